// Verification, in one fixed order: size, shape, header, signature, claims, revocation.
// Never looks at a claim before the signature holds, and keeps values across calls, never promises or refusals.
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
import { type Engine, type Eventual, follow, MAX_TOKEN_BYTES } from './jws/engine.ts';
import { joseEngine } from './jws/jose.ts';
import { findNativeEngine } from './jws/native.ts';
import { createShapeReader } from './jws/shape.ts';
import { type Keyring, toKeyring } from './keyring.ts';
import { createSignerFinder } from './signer.ts';

/** Which key a verifier uses, and what it asks of tokens. Takes exactly one of `keyring` and `secret`. */
export interface VerifierOptions extends VerifyPolicy {
  /** The keys, from `createKeyring` or `readAuthConfig`. */
  readonly keyring?: Keyring;
  /** One secret, where there is no keyring. */
  readonly secret?: string;
  /** Greatest length of a token in bytes, 1 to 65536. Default 8192. */
  readonly maxTokenBytes?: number;
  /** How many good tokens are remembered, 0 to 1000000; a place takes some 30 bytes before it is used. Default 1000. */
  readonly cacheSize?: number;
}

/** A token that holds, as far as the verifier knows. */
export interface VerifiedToken<Claims extends JwtClaims = JwtClaims> {
  /** The claims, deeply frozen. Their types beyond `exp`, `nbf` and `iat` are the signer's promise. */
  readonly claims: Claims;
  /** The id of the key that signed it. */
  readonly keyId: string;
}

/** Judges tokens. Immutable: another key or policy means another verifier, which remembers nothing yet. */
export interface Verifier<Claims extends JwtClaims = JwtClaims> {
  /**
   * Resolves for a good token, rejects for any other; never throws synchronously.
   *
   * @throws {AuthError} one of the `ERR_TOKEN_…` codes
   */
  readonly verify: (token: string) => Promise<VerifiedToken<Claims>>;
}

/** Greatest length of a token in bytes, unless an option says otherwise. */
export const DEFAULT_MAX_TOKEN_BYTES = 8192;
const DEFAULT_CACHE_SIZE = 1000;

// Without its prefix it may be a `jti` as well.
const DIGEST = /^(?:sha256:)?[0-9a-f]{64}$/i;

const freeze = (value: object): void => {
  Object.freeze(value);
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null) freeze(member);
  }
};

const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Makes the question whether a token is on a list of revoked ones. */
const createRevokedCheck = (list: readonly string[] | undefined, { sha256 }: Engine) => {
  const named = list?.filter((entry) => DIGEST.test(entry));
  const digests = new Set(named?.map((entry) => entry.slice(-64).toLowerCase()));
  // A large number is an id that JSON has rounded, or a text.
  const ids = new Set(
    list?.flatMap((id) => (/^-?[1-9]\d{15,}$/.test(id) ? [id, String(Number(id))] : [id])),
  );
  return (token: string, claims: JwtClaims): Eventual<boolean> => {
    const { jti } = claims as { readonly jti?: unknown };
    // Some signers number their tokens.
    const isName = typeof jti === 'string' || typeof jti === 'number';
    if (isName && ids.has(String(jti))) return true;
    return digests.size > 0 && follow(sha256(token), (digest) => digests.has(toHex(digest)));
  };
};

/** Verifies like a {@link Verifier}, without waiting for what is there: it throws as well as rejects. */
export interface Check<Claims extends JwtClaims = JwtClaims> {
  (token: string): Eventual<VerifiedToken<Claims>>;
  /** Whether a token was good before, and is remembered. */
  readonly remembers: (token: string) => boolean;
}

const checks = new WeakMap<object, Check<JwtClaims>>();

/** The form of a verifier that does not wait for what is there. */
export const checkOf = <Claims extends JwtClaims>(verifier: Verifier<Claims>): Check<Claims> => {
  const check = checks.get(verifier);
  if (check === undefined) throw new TypeError('this is not a verifier; createVerifier makes one');
  return check as Check<Claims>; // stored by the same type parameter, below
};

/** Makes a verifier on one engine. */
export const createVerifierOn = <Claims extends JwtClaims = JwtClaims>(
  engine: Engine,
  options: VerifierOptions,
): Verifier<Claims> => {
  const { keyring, secret, maxTokenBytes = DEFAULT_MAX_TOKEN_BYTES, ...rest } = options;
  const { cacheSize = DEFAULT_CACHE_SIZE, ...asked } = rest;
  const source = keyring ?? secret;
  if (source === undefined || (keyring !== undefined && secret !== undefined)) {
    throw new TypeError('createVerifier takes exactly one of keyring and secret');
  }
  assertWhole('maxTokenBytes', maxTokenBytes, 1, MAX_TOKEN_BYTES);
  assertWhole('cacheSize', cacheSize, 0, 1_000_000);
  assertPolicy(asked);
  const policy = structuredClone(asked); // nobody changes a list in it afterwards
  const { readKeyId, readPayload } = createShapeReader(engine);
  const findSigner = createSignerFinder(toKeyring(source), engine);
  const isRevoked = createRevokedCheck(policy.revoked, engine);
  const remembered =
    cacheSize > 0 ? createLRU<string, VerifiedToken<Claims>>({ max: cacheSize }) : undefined;

  /** A token that was good before, if it still is. */
  const recall = (token: string): VerifiedToken<Claims> | undefined => {
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

  /** The claims of a token whose signature holds. */
  const accept = (token: string, keyId: string): Eventual<VerifiedToken<Claims>> => {
    const claims = checkForm(readPayload(token));
    checkClaims(claims, policy, Date.now() / 1000);
    return follow(isRevoked(token, claims), (isListed) => {
      if (isListed) throw refusal('ERR_TOKEN_REVOKED', 'the token has been revoked');
      freeze(claims);
      // Claims is the caller's word for what the signer puts in.
      const verified = Object.freeze({ claims: claims as Claims, keyId });
      remembered?.set(token, verified);
      return verified;
    });
  };

  const verify = (token: string): Eventual<VerifiedToken<Claims>> => {
    if (typeof token !== 'string') throw new TypeError('the token must be a string');
    const known = recall(token);
    if (known !== undefined) return known;
    const kid = readKeyId(token, maxTokenBytes);
    return follow(findSigner(token, kid), (keyId) => accept(token, keyId));
  };

  const verifier: Verifier<Claims> = Object.freeze({
    verify: async (token: string) => verify(token),
  });
  const remembers = (token: string): boolean => remembered?.has(token) ?? false;
  checks.set(verifier, Object.assign(verify, { remembers }));
  return verifier;
};

/**
 * Makes a verifier of HS256 tokens, on Node's crypto where the runtime has it, else on WebCrypto.
 *
 * @throws {TypeError} when not exactly one of `keyring` and `secret` is given, or a policy text is empty
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
export const createVerifier = <Claims extends JwtClaims = JwtClaims>(
  options: VerifierOptions,
): Verifier<Claims> => createVerifierOn(findNativeEngine() ?? joseEngine, options);
