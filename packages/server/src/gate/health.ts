import type { GateAnswer } from './answers.ts';

/** Asks the upstream for a target with GET and no headers; resolves with the status of its answer. */
export type Probe = (target: string) => Promise<number>;

const CHECK_MS = 5000;

const toHealth = (status: number, health: string): GateAnswer => ({
  kind: 'answer',
  status,
  headers: ['content-type', 'application/json', 'cache-control', 'no-store'],
  body: JSON.stringify({ status: health }),
});

/** Says that the gate runs. */
export const ALIVE: GateAnswer = toHealth(200, 'ok');

/**
 * Creates what says whether the gate is ready: 200 with `pass` or `warn`, or 503 with `fail` when the upstream does not
 * answer, or with 500 and more. The upstream is asked at most once in 5 seconds; meanwhile its last answer counts.
 */
export const createReadiness = (
  probe: Probe,
  target: string,
  hasWarning: () => boolean = () => false,
): (() => Promise<GateAnswer>) => {
  let isUp: boolean | undefined;
  let askedMs = Number.NEGATIVE_INFINITY;
  return async () => {
    const nowMs = performance.now();
    // Until there is an answer, every request asks: promises are not shared between requests.
    if (isUp === undefined || nowMs - askedMs >= CHECK_MS) {
      askedMs = nowMs;
      isUp = await probe(target).then(
        (status) => status < 500,
        () => false,
      );
    }
    if (!isUp) return toHealth(503, 'fail');
    return toHealth(200, hasWarning() ? 'warn' : 'pass');
  };
};
