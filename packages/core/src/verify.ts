// Verification in a fixed order: size, form, header, signature, claims, revocation. What is kept across calls are
// values, not promises: on Workers a request may not await the promise of another one.
import { createLRU } from 'lru.min';
import {
  assertPolicy,
  assertWhole,
  checkClaims,
  checkForm,
  type JwtClaims,
  type VerifyPolicy,
} from './claims.ts';
import { refusal } from './errors.ts';
import { createCompactReader } from './jws/compact.ts';
import { DEFAULT_MAX_TOKEN_BYTES, type Engine, MAX_TOKEN_BYTES } from './jws/engine.ts';
import { selectEngine } from './jws/select-engine.ts';
import { createKeyFinder } from './jws/verification-key.ts';
import { type Keyring, toKeyring } from './keyring.ts';
import { andThen, type MaybePromise } from './maybe-promise.ts';
import { assertOptions } from './options.ts';
import { createRevokedCheck } from './revoked.ts';

/** What a verifier asks of tokens, and how many it remembers. */
export interface VerifierLimits extends VerifyPolicy {
  /** Greatest length of a token in bytes, 1 to 65536. Default 8192. */
  readonly maxTokenBytes?: number;
  /** How many good tokens are remembered, 0 to 1000000; each place takes some 30 bytes even while unused. Default 1000. */
  readonly cacheSize?: number;
}

interface WithKeyring {
  /** The keys, from `createKeyring` or `readAuthConfig`. */
  readonly keyring: Keyring;
  readonly secret?: undefined;
}

interface WithSecret {
  /** One secret, instead of a keyring. */
  readonly secret: string;
  readonly keyring?: undefined;
}

/** How {@link createVerifier} verifies. Takes exactly one of `keyring` and `secret`. */
export type VerifierOptions = VerifierLimits & (WithKeyring | WithSecret);

/** An accepted token. */
export interface VerifiedToken<Claims extends object = JwtClaims> {
  /** The claims, deeply frozen. The types of all but `exp`, `nbf` and `iat` are the signer's promise. */
  readonly claims: Claims;
  /** The id of the key that signed it. */
  readonly keyId: string;
  /** Whether the same token was accepted before and came from the cache. */
  readonly cached: boolean;
}

/** Verifies tokens. Immutable: another key or policy needs another verifier, whose cache is empty. */
export interface Verifier<Claims extends object = JwtClaims> {
  /**
   * Resolves for a good token and rejects for any other; does not throw synchronously.
   *
   * @throws {AuthError} one of the `ERR_TOKEN_…` codes
   */
  readonly verify: (token: string) => Promise<VerifiedToken<Claims>>;
}

const DEFAULT_CACHE_SIZE = 1000;

const OPTIONS: readonly (keyof WithKeyring | keyof VerifierLimits)[] = [
  'keyring',
  'secret',
  'maxTokenBytes',
  'cacheSize',
  'issuer',
  'audience',
  'subject',
  'requiredClaims',
  'clockToleranceSeconds',
  'maxTokenAgeSeconds',
  'revoked',
];

const freeze = (value: object): void => {
  Object.freeze(value);
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null) freeze(member);
  }
};

/** Verifies a token. Synchronous when possible; may throw or reject. */
export interface SyncVerify<Claims extends object = JwtClaims> {
  (token: string): MaybePromise<VerifiedToken<Claims>>;
  /** Whether the token was accepted before and is still in the cache. */
  readonly remembers: (token: string) => boolean;
}

/** Creates the synchronous form of a verifier. {@link createVerifier} wraps it. */
export const createCheck = <Claims extends object = JwtClaims>(
  options: VerifierOptions,
  engine: Engine = selectEngine(),
): SyncVerify<Claims> => {
  const { keyring, secret, maxTokenBytes = DEFAULT_MAX_TOKEN_BYTES, ...rest } = options;
  const { cacheSize = DEFAULT_CACHE_SIZE, ...asked } = rest;
  assertOptions('createVerifier', options, OPTIONS);
  const source = keyring ?? secret;
  if (source === undefined || (keyring !== undefined && secret !== undefined)) {
    throw new TypeError('createVerifier takes exactly one of keyring and secret');
  }
  assertWhole('maxTokenBytes', maxTokenBytes, 1, MAX_TOKEN_BYTES);
  assertWhole('cacheSize', cacheSize, 0, 1_000_000);
  assertPolicy(asked);
  const policy = structuredClone(asked); // later changes of the caller's lists have no effect
  const { parseHeader, readPayload } = createCompactReader(engine);
  const findKey = createKeyFinder(toKeyring(source), engine);
  const isRevoked = createRevokedCheck(policy.revoked, engine);
  const remembered =
    cacheSize > 0 ? createLRU<string, VerifiedToken>({ max: cacheSize }) : undefined;

  /** Returns a token from the cache, if it is still good. */
  const recall = (token: string): VerifiedToken | undefined => {
    const known = remembered?.get(token);
    if (known === undefined) return undefined;
    try {
      checkClaims(known.claims, policy, Date.now() / 1000);
      return known;
    } catch (error) {
      remembered?.delete(token);
      throw error;
    }
  };

  /** Checks a token whose signature is right. */
  const accept = (token: string, keyId: string): MaybePromise<VerifiedToken> => {
    const claims = checkForm(readPayload(token));
    checkClaims(claims, policy, Date.now() / 1000);
    return andThen(isRevoked(token, claims), (revoked) => {
      if (revoked) throw refusal('ERR_TOKEN_REVOKED', 'the token has been revoked');
      freeze(claims);
      const verified = { claims, keyId };
      remembered?.set(token, Object.freeze({ ...verified, cached: true }));
      return Object.freeze({ ...verified, cached: false });
    });
  };

  const verify = (token: string): MaybePromise<VerifiedToken> => {
    if (typeof token !== 'string') throw new TypeError('the token must be a string');
    const known = recall(token);
    if (known !== undefined) return known;
    const kid = parseHeader(token, maxTokenBytes);
    return andThen(findKey(token, kid), (keyId) => accept(token, keyId));
  };

  const remembers = (token: string): boolean => remembered?.has(token) ?? false;
  // The caller says by Claims what the signer puts into a token.
  return Object.assign(verify, { remembers }) as SyncVerify<object> as SyncVerify<Claims>;
};

/** Creates a verifier on one engine. */
export const createVerifierOn = <Claims extends object = JwtClaims>(
  engine: Engine,
  options: VerifierOptions,
): Verifier<Claims> => {
  const check = createCheck<Claims>(options, engine);
  return Object.freeze({ verify: async (token: string) => check(token) });
};

/**
 * Makes a verifier of HS256 tokens, on Node's crypto where the runtime has it, else on WebCrypto.
 *
 * @throws {TypeError} when not exactly one of `keyring` and `secret` is given, an option is unknown, or a text is empty
 * @throws {RangeError} when a number is out of its range
 * @throws {AuthError} `ERR_SECRET_WEAK` when `secret` is not fit
 * @see RFC 7515 section 5.2, RFC 7519 section 7.2, RFC 8725
 * @example
 * ```ts
 * import { createVerifier, generateSecret, signToken } from '@zep-auth/core';
 * const secret = generateSecret();
 * const { verify } = createVerifier({ secret });
 * const { claims } = await verify(await signToken(secret, { sub: 'alice' }));
 * ```
 */
export const createVerifier = <Claims extends object = JwtClaims>(
  options: VerifierOptions,
): Verifier<Claims> => createVerifierOn(selectEngine(), options);
