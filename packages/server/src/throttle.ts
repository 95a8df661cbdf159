import { isAuthError } from '@zep-auth/core';
import { assertWhole, catchError, createLru, type MaybePromise } from '@zep-auth/core/internal';
import { guardError } from './problem-response.ts';
import type { RequestView } from './request.ts';

/** How many wrong tokens one address may send. Counted in memory, by each guard of each instance. */
export interface ThrottleOptions<Context = unknown> {
  /**
   * The client's address, or a name for its network. A request for which it is `undefined` is not limited. Take it
   * from the connection, or from a header that your own proxy sets: a client that can choose it is not limited either.
   */
  readonly clientAddress: (view: RequestView, context: Context) => string | undefined;
  /** How many wrong tokens are verified in a window, 1 to 1000000. Default 20. */
  readonly limit?: number;
  /** How long a window is, 1 to 86400 whole seconds. It begins with the first wrong token. Default 60. */
  readonly windowSeconds?: number;
}

/** Runs a verification, unless its client has sent too many wrong tokens. */
export type Throttle<Context> = <T>(
  view: RequestView,
  context: Context,
  verify: () => MaybePromise<T>,
) => MaybePromise<T>;

const MAX_ADDRESSES = 10_000;

/**
 * Whether a client guesses the secret: its token has the right form, and a wrong signature. Anything else could not be
 * accepted whatever its signature is, and may be meant for another guard: an API key, or a JWT of another issuer.
 */
const isGuess = (error: unknown): boolean =>
  isAuthError(error) && error.code === 'ERR_TOKEN_SIGNATURE';

interface Failures {
  readonly count: number;
  readonly endsMs: number;
}

/**
 * Creates a throttle. A token signed with the secret is never counted.
 *
 * @throws {TypeError} when `clientAddress` is not a function
 * @throws {RangeError} when a number is out of its range
 */
export const createThrottle = <Context>(options: ThrottleOptions<Context>): Throttle<Context> => {
  const { clientAddress, limit = 20, windowSeconds = 60 } = options;
  if (typeof clientAddress !== 'function') {
    throw new TypeError('throttle needs clientAddress, a function of the request');
  }
  assertWhole('limit', limit, 1, 1_000_000);
  assertWhole('windowSeconds', windowSeconds, 1, 86_400);
  const failures = createLru<Failures>(MAX_ADDRESSES);

  /** The failures of the current window, or of a new one that starts now. */
  const find = (address: string, nowMs: number): Failures => {
    const found = failures.get(address);
    if (found !== undefined && nowMs < found.endsMs) return found;
    return { count: 0, endsMs: nowMs + windowSeconds * 1000 };
  };

  return (view, context, verify) => {
    const address = clientAddress(view, context);
    if (address === undefined) return verify();
    const nowMs = performance.now();
    const { count, endsMs } = find(address, nowMs);
    if (count >= limit) {
      const retryAfterSeconds = Math.ceil((endsMs - nowMs) / 1000);
      throw guardError('ERR_TOO_MANY_FAILURES', { retryAfterSeconds });
    }
    return catchError(verify, (error) => {
      if (isGuess(error)) {
        const failed = find(address, performance.now()); // other attempts may have failed meanwhile
        failures.set(address, { ...failed, count: failed.count + 1 });
      }
      throw error;
    });
  };
};
