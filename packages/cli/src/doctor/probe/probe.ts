// The probing of a server: each check in turn, and what is left when it stops answering.
import { isLoopback } from '../../io/loopback.ts';
import { judgeDifference } from '../clock.ts';
import { type Finding, type Result, skipped, unknown } from '../result.ts';
import { type Answer, createClient, Unreachable } from './client.ts';
import { judgeAnonymous, judgeCors, judgeHealth, judgeHealthPrefix } from './open-checks.ts';
import { judgePathVariants } from './path-variants.ts';
import { createProbeContext, type ProbeContext } from './probe-context.ts';
import { createProbeTokens, type ProbeClaims } from './probe-tokens.ts';
import { FORGERY_CHECKS, judgeCache, judgeGiven, judgeSigned } from './token-checks.ts';
import {
  explainUnreachable,
  inspectTls,
  judgePlainHttp,
  judgeTls,
  type TlsState,
} from './transport.ts';

/** What to probe, and with what. */
export interface ProbeOptions {
  readonly url: URL;
  readonly signal: AbortSignal;
  /** The user's token. */
  readonly token?: string | undefined;
  /** The current secret, to sign for the probes with. */
  readonly secret?: string | undefined;
  /** What a token for this API claims. */
  readonly claims?: ProbeClaims;
  /** The port of plain HTTP beside HTTPS. Default 80. */
  readonly plainPort?: number;
  /** Certificates to trust instead of the well-known ones, in PEM. */
  readonly ca?: string;
  /** Looks at TLS, instead of a connection. */
  readonly inspect?: () => Promise<TlsState>;
  /** The time of one answer, and of all, in milliseconds. Default 10,000 and 60,000. */
  readonly timeoutMs?: number;
  readonly totalMs?: number;
}

type Check = readonly [name: string, judge: (context: ProbeContext) => Promise<Finding> | Finding];

const TOTAL_MS = 60_000;

/** The difference of the clocks by the answer with the least: another may come from a cache. */
const findDifference = (answers: readonly Answer[]): number | undefined => {
  const all = answers.flatMap(({ secondsAhead }) => secondsAhead ?? []);
  return all.sort((one, other) => Math.abs(one) - Math.abs(other))[0];
};

/**
 * Probes a server with at most 40 requests, GET and OPTIONS only, and yields each result as it comes.
 *
 * @throws {CliError} when the run is interrupted
 */
export async function* probe(options: ProbeOptions): AsyncGenerator<Result> {
  const { url, signal, token, secret, claims = {}, timeoutMs, plainPort = 80 } = options;
  const deadlineMs = performance.now() + (options.totalMs ?? TOTAL_MS);
  const limits = { signal, timeoutMs, deadlineMs };
  const client = createClient({ ...limits, origin: url.origin, ca: options.ca });
  const plain = createClient({ ...limits, origin: `http://${url.hostname}:${plainPort}` });
  const context = createProbeContext(client, {
    url,
    mayCarryTokens: url.protocol === 'https:' || isLoopback(url.hostname),
    token,
    tokens: secret === undefined ? undefined : createProbeTokens(secret, claims),
    claims,
  });
  const inspect = options.inspect ?? (() => inspectTls(url, options.ca, timeoutMs));
  const judgePlain = ({ path }: ProbeContext): Promise<Finding> | Finding => {
    if (url.protocol === 'https:') return judgePlainHttp(plain, path);
    return isLoopback(url.hostname)
      ? skipped('this is it, and it stays on this machine')
      : judgePlainHttp(client, path);
  };
  const checks: readonly Check[] = [
    ['TLS', () => judgeTls(url, inspect)],
    ['no token', judgeAnonymous],
    ['other spellings', judgePathVariants],
    ['/healthz', judgeHealth],
    ['below /healthz', judgeHealthPrefix],
    ['CORS', judgeCors],
    ['your token', judgeGiven],
    ['token signed here', judgeSigned],
    ['cache', judgeCache],
    ...FORGERY_CHECKS,
    ['plain HTTP', judgePlain],
    ['server clock', () => judgeDifference(findDifference(client.answers))],
  ];
  let isGone = false;
  try {
    for (const [name, judge] of checks) {
      if (isGone) {
        yield { name, ...unknown('not checked') };
        continue;
      }
      try {
        yield { name, ...(await judge(context)) };
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error;
        isGone = true;
        yield { name, ...explainUnreachable(error) };
      }
    }
  } finally {
    client.close();
    plain.close();
  }
}
