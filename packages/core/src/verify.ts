// Verification in a fixed order: size, form, header, signature, claims, revocation, schema. What is kept across calls are
// values, not promises: on Workers a request may not await the promise of another one.
import {
  assertPolicy,
  assertWhole,
  checkClaims,
  checkForm,
  type JwtClaims,
  type VerifyPolicy,
} from './claims.ts';
import { type ClaimsSchema, createApplySchema, deepFreeze } from './claims-schema.ts';
import { type AuthError, assertOptions, isAuthError, refusal } from './errors.ts';
import { createCompactReader } from './jws/compact.ts';
import { DEFAULT_MAX_TOKEN_BYTES, type Engine, MAX_TOKEN_BYTES } from './jws/engine.ts';
import { selectEngine } from './jws/native.ts';
import { createKeyFinder, type Keyring, toKeyring } from './keyring.ts';
import { createLru } from './lru.ts';
import { andThen, catchError, type MaybePromise } from './maybe-promise.ts';
import { createRevokedCheck } from './revoked.ts';

/** What a verifier asks of tokens, and how many it remembers. */
export interface VerifierLimits extends VerifyPolicy {
  /** Greatest length of a token in bytes, 1 to 65536. Default 8192. */
  readonly maxTokenBytes?: number;
  /** How many good tokens are remembered, 0 to 1000000. Default 1000. */
  readonly cacheSize?: number;
}

type KeySource =
  | {
      /** The keys, from `createKeyring` or `readAuthConfig`. */
      readonly keyring: Keyring;
      readonly secret?: never;
    }
  | {
      /** One secret, instead of a keyring. */
      readonly secret: string;
      readonly keyring?: never;
    };

type Preset =
  | {
      /** A preset: `strict` requires `exp`, at most a day ahead, and needs `issuer` and `audience`. */
      readonly policy: 'strict';
      readonly issuer: string | readonly string[];
      readonly audience: string | readonly string[];
    }
  | { readonly policy?: never };

/** What a check needs. */
export interface CheckOptions extends VerifierLimits {
  readonly keyring: string | Keyring;
}

/** How {@link createVerifier} verifies. Takes exactly one of `keyring` and `secret`. */
export type VerifierOptions<Claims extends object = JwtClaims> = VerifierLimits &
  KeySource &
  Preset & {
    /** What the claims must be beyond the policy: a Standard Schema, whose output becomes `claims`. Default none. */
    readonly claimsSchema?: ClaimsSchema<Claims>;
  };

/** An accepted token. */
export interface VerifiedToken<Claims extends object = JwtClaims> {
  /** The claims: as signed and deeply frozen, or what the schema made of them. */
  readonly claims: Claims;
  /** The claims as signed, deeply frozen. */
  readonly payload: JwtClaims;
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

const OPTIONS: readonly (keyof CheckOptions)[] = [
  ...(['keyring', 'maxTokenBytes', 'cacheSize', 'issuer', 'audience'] as const),
  ...(['subject', 'requiredClaims', 'clockToleranceSeconds', 'maxTokenAgeSeconds'] as const),
  ...(['maxRemainingSeconds', 'typ', 'revoked'] as const),
];
const DAY_SECONDS = 86_400;

/** What a refused token said whose signature holds. */
export interface SignedRefusal {
  readonly token: string;
  readonly payload: JwtClaims;
  readonly keyId: string;
}

const signed = new WeakMap<AuthError, SignedRefusal>();

/** What the token of a refusal said, if its signature holds. */
export const readSignedRefusal = (error: AuthError): SignedRefusal | undefined => signed.get(error);

/** Runs a check on a token whose signature holds, and notes on a refusal what the token said. */
export const noteRefusal = <T>(
  token: SignedRefusal,
  check: () => MaybePromise<T>,
): MaybePromise<T> =>
  catchError(check, (thrown) => {
    if (isAuthError(thrown)) signed.set(thrown, token);
    throw thrown;
  });

/** Verifies a token. Synchronous when possible; may throw or reject. */
export interface SyncVerify<Claims extends object = JwtClaims> {
  (token: string): MaybePromise<VerifiedToken<Claims>>;
  /** Whether the token was accepted before and is still in the cache. */
  readonly remembers: (token: string) => boolean;
  /** Checks accepted claims against the policy again, at the time of now. */
  readonly checkAgain: (payload: JwtClaims) => void;
}

/** Creates the synchronous form of a verifier. {@link createVerifier} wraps it. */
export const createCheck = <Claims extends object = JwtClaims>(
  options: CheckOptions,
  engine: Engine = selectEngine(),
): SyncVerify<Claims> => {
  assertOptions('createVerifier', options, OPTIONS);
  const { keyring, maxTokenBytes = DEFAULT_MAX_TOKEN_BYTES, cacheSize = 1000, ...asked } = options;
  assertWhole('maxTokenBytes', maxTokenBytes, 1, MAX_TOKEN_BYTES);
  assertWhole('cacheSize', cacheSize, 0, 1_000_000);
  assertPolicy(asked);
  const policy = structuredClone(asked); // later changes of the caller's lists have no effect
  const { parseHeader, readPayload } = createCompactReader(engine, policy.typ);
  const findKey = createKeyFinder(toKeyring(keyring), engine);
  const isRevoked = createRevokedCheck(policy.revoked, engine);
  const remembered = createLru<VerifiedToken>(cacheSize);

  const checkAgain = (payload: JwtClaims): void => checkClaims(payload, policy, Date.now() / 1000);

  /** Returns a token from the cache, if it is still good. */
  const recall = (token: string): VerifiedToken | undefined => {
    const known = remembered.get(token);
    if (known === undefined) return undefined;
    try {
      checkAgain(known.payload);
      return known;
    } catch (error) {
      remembered.delete(token);
      signed.set(error as AuthError, { ...known, token }); // checkClaims throws nothing else
      throw error;
    }
  };

  /** Checks a token whose signature is right. */
  const accept = (token: string, keyId: string): MaybePromise<VerifiedToken> => {
    const payload = checkForm(readPayload(token));
    return noteRefusal({ token, payload, keyId }, () => {
      checkAgain(payload);
      return andThen(isRevoked(token, payload), (revoked) => {
        if (revoked) throw refusal('ERR_TOKEN_REVOKED', 'the token has been revoked');
        deepFreeze(payload);
        const verified = { claims: payload, payload, keyId };
        remembered.set(token, Object.freeze({ ...verified, cached: true }));
        return Object.freeze({ ...verified, cached: false });
      });
    });
  };

  const verify = (token: string): MaybePromise<VerifiedToken> => {
    if (typeof token !== 'string') throw new TypeError('the token must be a string');
    const known = recall(token);
    if (known !== undefined) return known;
    const kid = parseHeader(token, maxTokenBytes);
    return andThen(findKey(token, kid), (keyId) => accept(token, keyId));
  };

  // The caller says by Claims what the signer puts into a token.
  return Object.assign(verify, {
    remembers: remembered.has,
    checkAgain,
  }) as SyncVerify<object> as SyncVerify<Claims>;
};

/** The options under the preset `strict`: an issuer, an audience, and an `exp` within a day, or sooner where they say so. */
const toStrict = (preset: string, options: VerifierLimits): VerifierLimits => {
  if (preset !== 'strict') throw new TypeError('policy must be strict, or left out');
  const { issuer, audience, maxRemainingSeconds = DAY_SECONDS } = options;
  if (issuer === undefined || audience === undefined) {
    throw new TypeError('the policy strict needs issuer and audience');
  }
  assertWhole('maxRemainingSeconds', maxRemainingSeconds, 1, DAY_SECONDS);
  return { ...options, maxRemainingSeconds };
};

/** Creates a verifier on one engine. */
export const createVerifierOn = <Claims extends object = JwtClaims>(
  engine: Engine,
  options: VerifierOptions<Claims>,
): Verifier<Claims> => {
  assertOptions('createVerifier', options, [...OPTIONS, 'secret', 'policy', 'claimsSchema']);
  const { keyring, secret, policy, claimsSchema, ...limits } = options;
  const source = keyring ?? secret;
  if (source === undefined || (keyring !== undefined && secret !== undefined)) {
    throw new TypeError('createVerifier takes exactly one of keyring and secret');
  }
  const asked = policy === undefined ? limits : toStrict(policy, limits);
  const check = createCheck<Claims>({ ...asked, keyring: source }, engine);
  if (claimsSchema === undefined) {
    return Object.freeze({ verify: async (token: string) => check(token) });
  }
  const applySchema = createApplySchema(claimsSchema);
  return Object.freeze({
    verify: async (token: string) => {
      const verified = await check(token);
      const claims = await applySchema(verified.payload, check.checkAgain);
      return Object.freeze({ ...verified, claims });
    },
  });
};

/**
 * Creates a verifier of HS256 tokens, on Node's crypto where the runtime has it, else on WebCrypto.
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
  options: VerifierOptions<Claims>,
): Verifier<Claims> => createVerifierOn(selectEngine(), options);
