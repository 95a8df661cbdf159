// Verification, in one fixed order: size, shape, header, signature, claims, revocation.
// Never looks at a claim before the signature holds, and never keeps a promise across calls.
import {
  assertPolicy,
  assertWhole,
  checkClaims,
  checkForm,
  type JwtClaims,
  type VerifyPolicy,
} from './claims.ts';
import { AuthError } from './errors.ts';
import { joseEngine } from './jws/jose.ts';
import { readHeader, readPayload, type SignatureCheck } from './jws/shape.ts';
import { type Keyring, readKeys, toKeyring } from './keyring.ts';

/** Which key a verifier uses, and what it asks of tokens. Takes exactly one of `keyring` and `secret`. */
export interface VerifierOptions extends VerifyPolicy {
  /** The keys, from `createKeyring` or `readAuthConfig`. */
  readonly keyring?: Keyring;
  /** One secret, where there is no keyring. */
  readonly secret?: string;
  /** Greatest length of a token in bytes, 1 to 65536. Default 8192. */
  readonly maxTokenBytes?: number;
}

/** A token that holds, as far as the verifier knows. */
export interface VerifiedToken<Claims extends JwtClaims = JwtClaims> {
  /** The claims, deeply frozen. Their types beyond `exp`, `nbf` and `iat` are the signer's promise. */
  readonly claims: Claims;
  /** The id of the key that signed it. */
  readonly keyId: string;
}

/** Judges tokens. Immutable: another key or policy means another verifier. */
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

const DIGEST = /^(?:sha256:)?([0-9a-f]{64})$/i;

const freeze = (value: unknown): void => {
  if (typeof value !== 'object' || value === null) return;
  Object.freeze(value);
  for (const member of Object.values(value)) freeze(member);
};

const sha256 = async (text: string): Promise<string> => {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
};

/**
 * Makes a verifier of HS256 tokens.
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
export const createVerifier = <Claims extends JwtClaims = JwtClaims>({
  keyring,
  secret,
  maxTokenBytes = DEFAULT_MAX_TOKEN_BYTES,
  ...asked
}: VerifierOptions): Verifier<Claims> => {
  const source = keyring ?? secret;
  if (source === undefined || (keyring !== undefined && secret !== undefined)) {
    throw new TypeError('createVerifier takes exactly one of keyring and secret');
  }
  assertWhole('maxTokenBytes', maxTokenBytes, 1, 65536);
  assertPolicy(asked);
  const policy = structuredClone(asked); // nobody changes a list in it afterwards
  const ring = toKeyring(source);
  // A digest may lack its prefix, and then it may be a jti as well.
  const digests = (policy.revoked ?? []).flatMap(
    (entry) => DIGEST.exec(entry)?.[1]?.toLowerCase() ?? [],
  );
  const revoked = new Set([...(policy.revoked ?? []), ...digests.map((hex) => `sha256:${hex}`)]);
  const hasDigests = digests.length > 0;
  let keys: ReadonlyMap<string, SignatureCheck> | undefined;

  /** The id of the key that signed the token: the one that `kid` names, else each in turn. */
  const findSigner = async (token: string, kid: unknown): Promise<string> => {
    keys ??= new Map((await readKeys(ring)).map(({ id, bytes }) => [id, joseEngine(bytes)]));
    const named = keys.get(kid as string); // a kid that names no key here finds nothing
    const candidates = named === undefined ? keys : [[kid as string, named] as const];
    for (const [id, isSignedBy] of candidates) if (await isSignedBy(token)) return id;
    throw new AuthError('ERR_TOKEN_SIGNATURE', 'the token is not signed with a secret known here');
  };

  const verify = async (token: string): Promise<VerifiedToken<Claims>> => {
    if (typeof token !== 'string') throw new TypeError('a token must be a string');
    const header = readHeader(token, maxTokenBytes);
    const keyId = await findSigner(token, header['kid']);
    const claims = checkForm(readPayload(token));
    checkClaims(claims, policy, Date.now() / 1000);
    const { jti } = claims as { jti?: unknown };
    const isName = typeof jti === 'string' || typeof jti === 'number'; // some signers count
    if (
      (isName && revoked.has(String(jti))) ||
      (hasDigests && revoked.has(`sha256:${await sha256(token)}`))
    ) {
      throw new AuthError('ERR_TOKEN_REVOKED', 'the token has been revoked');
    }
    freeze(claims);
    return { claims: claims as Claims, keyId }; // Claims is the caller's word for what the signer puts in
  };
  return Object.freeze({ verify });
};
