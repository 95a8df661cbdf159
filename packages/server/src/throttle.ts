// Slows down who guesses: after too many wrong tokens from one address, no more of them are looked at for a while.
// Never counts a token that was signed with the secret, and never keeps more addresses than its bound.
import { AuthError, type AuthErrorCode, isAuthError } from '@zep-auth/core';
import type { Eventual } from '@zep-auth/core/internal';
import type { Context } from 'hono';
import { createLRU } from 'lru.min';

/** How many wrong tokens one address may send. Counted in memory, for each guard of each instance. */
export interface ThrottleOptions {
  /**
   * The client's address, or a name for its network. Where it is `undefined` nothing is counted. Take it from the
   * connection, or from a header that a proxy of yours sets: whoever can choose it is not slowed down.
   */
  readonly clientAddress: (c: Context) => string | undefined;
  /** How many wrong tokens are looked at in a window, 1 to 1000000. Default 20. */
  readonly limit?: number;
  /** How long a window is, in seconds up to 86400. It begins with the first wrong token. Default 60. */
  readonly windowSeconds?: number;
}

/** Carries out a verification, if the client may have one. */
export type Throttle = <T>(c: Context, verify: () => Eventual<T>) => Eventual<T>;

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
  const isInRange =
    limit >= 1 && limit <= 1_000_000 && windowSeconds > 0 && windowSeconds <= 86_400;
  if (!isInRange || !Number.isInteger(limit)) {
    throw new RangeError(
      'a throttle takes a whole limit up to 1000000, and a window up to 86400 s',
    );
  }
  const failures = createLRU<string, Failures>({ max: MAX_ADDRESSES });

  /** The failures of a window that has not ended. */
  const find = (address: string, nowMs: number): Failures | undefined => {
    const found = failures.get(address);
    return found !== undefined && nowMs < found.endsMs ? found : undefined;
  };

  const count = (address: string): void => {
    const nowMs = performance.now();
    const { count, endsMs } = find(address, nowMs) ?? {
      count: 0,
      endsMs: nowMs + windowSeconds * 1000,
    };
    failures.set(address, { count: count + 1, endsMs });
  };

  return (c, verify) => {
    const address = clientAddress(c);
    if (address === undefined) return verify();
    const nowMs = performance.now();
    const found = find(address, nowMs);
    if (found !== undefined && found.count >= limit) {
      const retryAfterSeconds = Math.ceil((found.endsMs - nowMs) / 1000);
      const message = 'too many tokens from this address were refused';
      throw new AuthError('ERR_TOO_MANY_FAILURES', message, { retryAfterSeconds });
    }
    const refuse = (error: unknown): never => {
      if (isAuthError(error) && GUESSES.includes(error.code)) count(address);
      throw error;
    };
    try {
      const result = verify();
      return result instanceof Promise ? result.catch(refuse) : result;
    } catch (error) {
      return refuse(error);
    }
  };
};
