import { isAuthError } from '@zep-auth/core';
import {
  assertOptions,
  assertWhole,
  catchError,
  createLru,
  type MaybePromise,
} from '@zep-auth/core/internal';
import { guardError } from './problem-response.ts';
import type { RequestView } from './request.ts';

/** How many wrong tokens one address may send. Counted in memory, by each guard of each instance. */
export interface ThrottleOptions<Context = unknown> {
  /**
   * The client's address, or a name for its network. A request for which it is `undefined` is not limited. Take it
   * from the connection, or from a header that your own proxy sets: a client that can choose it is not limited either.
   * IPv6 addresses count by their /64, and by their /48 with 16 times the limit.
   */
  readonly clientAddress: (view: RequestView, context: Context) => string | undefined;
  /** How many wrong tokens are verified in a window, 1 to 1000000. Default 20. */
  readonly limit?: number;
  /** How long a window is, 1 to 86400 whole seconds. It begins with the first wrong token. Default 60. */
  readonly windowSeconds?: number;
}

/** Runs a verification, unless its client has sent too many wrong tokens. */
type Throttle<Context> = <T>(
  view: RequestView,
  context: Context,
  verify: () => MaybePromise<T>,
) => MaybePromise<T>;

const MAX_ADDRESSES = 10_000;

// One client may have a /48 with its 65,536 /64s, enough to push every other address out of memory.
const WIDE_FACTOR = 16;

/** The names that an address counts under: the /64 and the /48 of an IPv6 address, else the address itself. */
const networksOf = (address: string): readonly string[] => {
  const [, text] = /^([\da-f]*:[\da-f:]*)(?:\/64)?$/i.exec(address) ?? [];
  if (text === undefined) return [address];
  const missing = Math.max(0, 9 - text.split(':').length);
  const groups = text.replace('::', `:${'0:'.repeat(missing)}`).split(':', 4);
  const names = groups.map((group) => Number(`0x0${group}`).toString(16));
  return [names.join(':'), names.slice(0, 3).join(':')];
};

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
 * @throws {TypeError} when `clientAddress` is not a function, or an option is unknown
 * @throws {RangeError} when a number is out of its range
 */
export const createThrottle = <Context>(options: ThrottleOptions<Context>): Throttle<Context> => {
  assertOptions('throttle', options, ['clientAddress', 'limit', 'windowSeconds']);
  const { clientAddress, limit = 20, windowSeconds = 60 } = options;
  if (typeof clientAddress !== 'function') {
    throw new TypeError('clientAddress must be a function');
  }
  assertWhole('limit', limit, 1, 1_000_000);
  assertWhole('windowSeconds', windowSeconds, 1, 86_400);
  const failures = createLru<Failures>(MAX_ADDRESSES);

  /** The failures of the current window, or of a new one that starts now. */
  const find = (network: string, nowMs: number): Failures => {
    const found = failures.get(network);
    if (found !== undefined && nowMs < found.endsMs) return found;
    return { count: 0, endsMs: nowMs + windowSeconds * 1000 };
  };

  return (view, context, verify) => {
    const address = clientAddress(view, context);
    if (address === undefined) return verify();
    const nowMs = performance.now();
    const networks = networksOf(address);
    for (const [i, network] of networks.entries()) {
      const { count, endsMs } = find(network, nowMs);
      if (count < limit * WIDE_FACTOR ** i) continue;
      const retryAfterSeconds = Math.ceil((endsMs - nowMs) / 1000);
      throw guardError('ERR_TOO_MANY_FAILURES', { retryAfterSeconds });
    }
    return catchError(verify, (error) => {
      for (const network of isGuess(error) ? networks : []) {
        const failed = find(network, performance.now()); // other attempts may have failed meanwhile
        failures.set(network, { ...failed, count: failed.count + 1 });
      }
      throw error;
    });
  };
};
