// Revoked tokens in a store that many guards share. A timeout is an error, never "not revoked", and the store gets
// digests only, never a token or an id.
import { AuthError, type JwtClaims } from '@zep-auth/core';
import { assertOptions, createLru, type MaybePromise } from '@zep-auth/core/internal';
import { errorCode } from '../error-code.ts';
import {
  assertNamed,
  endOf,
  keysOf,
  keysOfToken,
  type Revocation,
  toEntry,
  untilOf,
} from './entry.ts';

/** Stores revocations: a storage of unstorage, or anything else with these three functions. */
export interface RevocationStorage {
  /** Returns the value of a key; `null` or `undefined` when it has no value. */
  getItem(key: string): unknown;
  /** Stores a text. After `ttl` seconds it may be dropped. */
  setItem(key: string, value: string, options: { ttl?: number }): unknown;
  removeItem(key: string): unknown;
}

/** How a list uses its store. */
export interface RevocationOptions {
  readonly storage: RevocationStorage;
  /** How long an answer of the store is used, in seconds, 0 to 300. Default 10. */
  readonly rememberSeconds?: number;
  /** How many answers are cached, 0 to 1000000. Default 10000. */
  readonly maxRemembered?: number;
  /** How long to wait for the store, in seconds up to 60. Default 2. */
  readonly timeoutSeconds?: number;
  /**
   * What happens to a token while the store does not answer and no answer is cached: `closed` refuses it, `open` lets
   * it in, revoked or not. Default `closed`.
   */
  readonly whenUnavailable?: 'closed' | 'open';
  /** Called for each token that the store could not be asked about. */
  readonly onUnavailable?: (error: AuthError) => void;
}

/** Revoked tokens, as guards ask for them and operators change them. */
export interface RevocationList {
  /**
   * Whether a verified token is revoked, by its text or by its `jti`.
   *
   * @throws {AuthError} `ERR_REVOCATION_UNAVAILABLE` when the store does not answer, unless the list is `open`
   */
  readonly isRevoked: (token: string, claims: JwtClaims) => MaybePromise<boolean>;
  /**
   * Revokes a token or an id. Other instances notice once their cached answers have expired.
   *
   * @throws {AuthError} `ERR_REVOCATION_UNAVAILABLE` when the store does not answer
   */
  readonly revoke: (revocation: Revocation) => Promise<void>;
  /**
   * Undoes a revocation.
   *
   * @throws {AuthError} `ERR_REVOCATION_UNAVAILABLE` when the store does not answer
   */
  readonly restore: (revocation: Omit<Revocation, 'exp'>) => Promise<void>;
}

/** How long the store is not asked after a failure, so that its outage does not slow down every request. */
const SILENCE_MS = 1000;

/** Rejects when the promise does not settle in time. */
const within = async <T>(limitMs: number, promise: Promise<T>): Promise<T> => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new DOMException(undefined, 'TimeoutError')), // errorCode reports its name
      limitMs,
    );
  });
  try {
    return await Promise.race([promise, silence]);
  } finally {
    clearTimeout(timer);
  }
};

const assertRange = (name: string, value: number, min: number, max: number): void => {
  if (!(value >= min && value <= max))
    throw new RangeError(`${name} must be from ${min} to ${max}`);
};

/**
 * Creates a list of revoked tokens, for the option `revocations` of a guard.
 *
 * @throws {RangeError} when a number is out of its range
 * @throws {TypeError} when `storage` lacks a function, or `whenUnavailable` is neither `closed` nor `open`, or an option is unknown
 * @see RFC 7519 section 4.1.7
 * @example
 * ```ts
 * import { readAuthConfig } from '@zep-auth/core';
 * import { authGuard, createRevocationList } from '@zep-auth/server';
 * import { createStorage } from 'unstorage';
 *
 * const revocations = createRevocationList({ storage: createStorage() });
 * const guard = authGuard({ config: readAuthConfig(process.env), revocations });
 * await revocations.revoke({ jti: '0b1e7c3a' });
 * ```
 */
export const createRevocationList = (options: RevocationOptions): RevocationList => {
  assertOptions('createRevocationList', options, [
    ...(['storage', 'rememberSeconds', 'maxRemembered', 'timeoutSeconds'] as const),
    ...(['whenUnavailable', 'onUnavailable'] as const),
  ]);
  const { storage, rememberSeconds = 10, maxRemembered = 10_000, timeoutSeconds = 2 } = options;
  const { whenUnavailable = 'closed', onUnavailable } = options;
  assertRange('rememberSeconds', rememberSeconds, 0, 300);
  assertRange('maxRemembered', maxRemembered, 0, 1_000_000);
  assertRange('timeoutSeconds', timeoutSeconds, 0.001, 60);
  if (!['closed', 'open'].includes(whenUnavailable)) {
    throw new TypeError('whenUnavailable is closed or open');
  }
  for (const name of ['getItem', 'setItem', 'removeItem'] as const) {
    if (typeof storage?.[name] !== 'function') throw new TypeError(`the storage has no ${name}`);
  }
  const remembered = createLru<{ readonly isListed: boolean; readonly untilMs: number }>(
    maxRemembered,
  );
  let silentUntilMs = 0;
  let changes = 0;

  const toUnavailable = (reason: string): AuthError =>
    new AuthError('ERR_REVOCATION_UNAVAILABLE', `the revocation store did not answer (${reason})`, {
      retryAfterSeconds: 1,
    });

  /** Asks the store. Its errors may contain an address and a password, so only their code or class is reported. */
  const ask = async <T>(question: () => Promise<T>): Promise<T> => {
    try {
      return await within(timeoutSeconds * 1000, question());
    } catch (error) {
      throw toUnavailable(errorCode(error));
    }
  };

  const look = async (token: string, claims: JwtClaims): Promise<boolean> => {
    const startMs = performance.now();
    const changesBefore = changes;
    try {
      if (startMs < silentUntilMs) throw toUnavailable('it has just failed');
      const values = await ask(async () =>
        Promise.all((await keysOfToken(token, claims)).map((key) => storage.getItem(key))),
      );
      const nowSeconds = Date.now() / 1000;
      const isListed = values.some((value) => untilOf(value) >= nowSeconds);
      // Counted from the question: the store may have read the value right after it.
      const untilMs = startMs + rememberSeconds * 1000;
      if (changes === changesBefore) remembered.set(token, { isListed, untilMs });
      return isListed;
    } catch (error) {
      const unavailable = error as AuthError; // nothing else is thrown above
      if (startMs >= silentUntilMs) silentUntilMs = performance.now() + SILENCE_MS;
      onUnavailable?.(unavailable);
      if (whenUnavailable === 'open') return false;
      throw unavailable;
    }
  };

  /** Stores a revocation. One that already lasts longer is not shortened. */
  const put = async (key: string, ends: number): Promise<void> => {
    const { value, ...ttl } = toEntry(Math.max(ends, untilOf(await storage.getItem(key))));
    await storage.setItem(key, value, ttl);
  };
  /** Drops all answers, also those of questions that are still open. */
  const forget = (): void => {
    changes += 1;
    remembered.clear();
  };

  return Object.freeze({
    isRevoked: (token: string, claims: JwtClaims) => {
      const known = remembered.get(token);
      if (known !== undefined && performance.now() < known.untilMs) return known.isListed;
      return look(token, claims);
    },
    revoke: async (revocation: Revocation) => {
      assertNamed(revocation);
      const ends = endOf(revocation);
      for (const key of await keysOf(revocation)) await ask(() => put(key, ends));
      forget();
    },
    restore: async (name: Omit<Revocation, 'exp'>) => {
      assertNamed(name);
      for (const key of await keysOf(name)) await ask(async () => storage.removeItem(key));
      forget();
    },
  });
};
