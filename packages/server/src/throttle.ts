// Slows down who guesses: after too many wrong tokens from one address, no more of them are looked at for a while.
// Never counts a token that was signed with the secret, and never keeps more addresses than its bound.
import { type AuthErrorCode, isAuthError } from '@zep-auth/core';
import { assertWhole, catchError, type MaybePromise } from '@zep-auth/core/internal';
import type { Context } from 'hono';
import { createLRU } from 'lru.min';
import { refuse } from './answers.ts';

/** How many wrong tokens one address may send. Counted in memory, for each guard of each instance. */
export interface ThrottleOptions {
  /**
   * The client's address, or a name for its network. Where it is `undefined` nothing is counted. Take it from the
   * connection, or from a header that a proxy of yours sets: whoever can choose it is not slowed down.
   */
  readonly clientAddress: (c: Context) => string | undefined;
  /** How many wrong tokens are looked at in a window, 1 to 1000000. Default 20. */
  readonly limit?: number;
  /** How long a window is, 1 to 86400 whole seconds. It begins with the first wrong token. Default 60. */
  readonly windowSeconds?: number;
}

/** Carries out a verification, if the client may have one. */
export type Throttle = <T>(c: Context, verify: () => MaybePromise<T>) => MaybePromise<T>;

const MAX_ADDRESSES = 10_000;

// What someone sends who does not have the secret. An expired token, say, is no guess.
const GUESSES: readonly AuthErrorCode[] = [
  'ERR_TOKEN_MALFORMED',
  'ERR_TOKEN_TOO_LARGE',
  'ERR_TOKEN_ALGORITHM',
  'ERR_TOKEN_SIGNATURE',
];

interface Failures {
  readonly count: number;
  readonly endsMs: number;
}

/**
 * Makes a throttle.
 *
 * @throws {TypeError} when `clientAddress` is not a function
 * @throws {RangeError} when a number is out of its range
 */
export const createThrottle = (options: ThrottleOptions): Throttle => {
  const { clientAddress, limit = 20, windowSeconds = 60 } = options;
  if (typeof clientAddress !== 'function') {
    throw new TypeError('throttle needs clientAddress, a function of the context');
  }
  assertWhole('limit', limit, 1, 1_000_000);
  assertWhole('windowSeconds', windowSeconds, 1, 86_400);
  const failures = createLRU<string, Failures>({ max: MAX_ADDRESSES });

  /** The failures of the window that has not ended, or of one that would begin now. */
  const find = (address: string, nowMs: number): Failures => {
    const found = failures.get(address);
    if (found !== undefined && nowMs < found.endsMs) return found;
    return { count: 0, endsMs: nowMs + windowSeconds * 1000 };
  };

  return (c, verify) => {
    const address = clientAddress(c);
    if (address === undefined) return verify();
    const nowMs = performance.now();
    const { count, endsMs } = find(address, nowMs);
    if (count >= limit) {
      const retryAfterSeconds = Math.ceil((endsMs - nowMs) / 1000);
      throw refuse('ERR_TOO_MANY_FAILURES', { retryAfterSeconds });
    }
    return catchError(verify, (error) => {
      if (isAuthError(error) && GUESSES.includes(error.code)) {
        const failed = find(address, performance.now()); // others may have failed meanwhile
        failures.set(address, { ...failed, count: failed.count + 1 });
      }
      throw error;
    });
  };
};
