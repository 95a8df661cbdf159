// Whether the gate can do its work: it asks the upstream, and not more often than it has to.
// Never says more than yes, no or not quite: anybody may ask.
import { isAuthError } from '@zep-auth/core';
import type { Context } from 'hono';
import { createFetchUpstream, type UpstreamOptions } from './upstream.ts';

export interface ReadinessOptions extends UpstreamOptions {
  /** What the upstream is asked for. Any answer below 500 will do. */
  readonly path: string;
  /** Whether something needs the operator. */
  readonly hasWarning?: () => boolean;
}

const CHECK_MS = 5000;
const TIMEOUT_SECONDS = 2;

/**
 * Makes the handler that says whether the gate is ready: 200 with `pass` or `warn`, or 503 with `fail` when the
 * upstream does not answer. The upstream is asked at most once in 5 seconds; whoever asks meanwhile gets the last answer.
 */
export const createReadiness = ({ path, hasWarning, ...options }: ReadinessOptions) => {
  const fetchUpstream = createFetchUpstream({
    ...options,
    responseTimeoutSeconds: TIMEOUT_SECONDS,
  });
  let isUp: boolean | undefined;
  let askedMs = Number.NEGATIVE_INFINITY;
  const check = async (): Promise<boolean> => {
    try {
      const request = new Request(new URL('/', options.upstream));
      const { status, body } = await fetchUpstream(request, {
        target: path,
        headers: new Headers(),
        body: null,
      });
      body?.cancel().catch(() => {}); // nobody reads it, and it holds a connection
      return status < 500;
    } catch (error) {
      if (isAuthError(error)) return false;
      throw error;
    }
  };
  return async (c: Context): Promise<Response> => {
    const nowMs = performance.now();
    // Until there is an answer, everybody asks: promises are not shared between requests.
    if (isUp === undefined || nowMs - askedMs >= CHECK_MS) {
      askedMs = nowMs;
      isUp = await check();
    }
    const status = !isUp ? 'fail' : hasWarning?.() ? 'warn' : 'pass';
    return c.json({ status }, isUp ? 200 : 503, { 'cache-control': 'no-store' });
  };
};
