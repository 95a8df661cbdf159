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
   * IPv6 addresses count by their /64, and by their /48 with 16 times the limit. Brackets, a zone and a port do not count.
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

// An address as connections and proxies write it: mapped to IPv6, in brackets, with a zone, a port, or the size of its network.
const ADDRESS =
  /^\[?(?:(?:::ffff:|64:ff9b::)?((?:\d+\.){3}\d+)|([\da-f]*:[\da-f:]*))(?:[%\]].*|:\d+|\/64)?$/i;

/** The names that an address counts under: the /64 and the /48 of an IPv6 address, else the address itself. */
const networksOf = (address: string): readonly string[] => {
  const [, v4 = address, v6] = ADDRESS.exec(address) ?? [];
  if (v6 === undefined) return [v4];
  const missing = Math.max(0, 9 - v6.split(':').length);
  const groups = v6.replace('::', `:${'0:'.repeat(missing)}`).split(':');
  const names = groups.map((group) => Number(`0x0${group}`).toString(16));
  const [narrow = '', wide = '', whole = ''] = [4, 3, 8].map((n) => names.slice(0, n).join(':'));
  // One network holds every IPv4 client (RFC 4291 section 2.5.5.2, RFC 6052 section 2.1).
  return /^(?:(?:0:){5}ffff|64:ff9b(?::0){4}):/.test(whole) ? [whole] : [narrow, wide];
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
