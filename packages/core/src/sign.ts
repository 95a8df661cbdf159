// Signing: claims in, a compact HS256 JWS out.
// Never signs what the verifier would call malformed.
import { SignJWT } from 'jose';
import { checkForm, type JwtClaims } from './claims.ts';
import { isAuthError } from './errors.ts';
import { createCompactReader } from './jws/compact.ts';
import { joseEngine } from './jws/jose.ts';
import { type Keyring, readKeys, toKeyring } from './keyring.ts';
import { DEFAULT_MAX_TOKEN_BYTES } from './verify.ts';

/** What {@link signToken} adds to the claims that it is given. By default nothing. */
export interface SignOptions {
  /** Life of the token in seconds from now, a whole number above 0: sets `exp` and `iat`. */
  readonly expiresInSeconds?: number;
  /** Names the key in the `kid` header, so that verifiers find it at once while rotating. Default `false`. */
  readonly keyId?: boolean;
}

/**
 * Signs claims with the current secret, and nothing but the claims unless `options` ask for more: with none,
 * the token is byte for byte the one that Zep's `zepcli -i` makes.
 *
 * @throws {TypeError} when the claims are not a JSON object, or a time in them is not in seconds
 * @throws {RangeError} when `expiresInSeconds` is not a whole number above 0
 * @throws {AuthError} `ERR_SECRET_WEAK` when a secret is given and it is not fit
 * @see RFC 7515 section 7.1, RFC 7519 section 7.1
 * @example
 * ```ts
 * import { generateSecret, signToken } from '@zep-auth/core';
 * const token = await signToken(generateSecret(), { sub: 'alice' }, { expiresInSeconds: 3600 });
 * ```
 */
export const signToken = async (
  secretOrKeyring: string | Keyring,
  claims: JwtClaims = {},
  { expiresInSeconds, keyId = false }: SignOptions = {},
): Promise<string> => {
  // A promise, a Map or a Date would be signed as {}.
  if (Object.prototype.toString.call(claims) !== '[object Object]') {
    throw new TypeError('the claims must be a plain object');
  }
  const [key] = await readKeys(toKeyring(secretOrKeyring), joseEngine);
  const payload: Record<string, unknown> = { ...claims };
  if (expiresInSeconds !== undefined) {
    if (!Number.isSafeInteger(expiresInSeconds) || expiresInSeconds <= 0) {
      throw new RangeError('expiresInSeconds must be a whole number of seconds above 0');
    }
    payload['iat'] ??= Math.floor(Date.now() / 1000);
    payload['exp'] = Math.floor(Date.now() / 1000) + expiresInSeconds;
  }
  try {
    const token = await new SignJWT(payload)
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT', ...(keyId && { kid: key.id }) })
      .sign(key.bytes);
    const { parseHeader, readPayload } = createCompactReader(joseEngine);
    parseHeader(token, DEFAULT_MAX_TOKEN_BYTES);
    checkForm(readPayload(token));
    return token;
  } catch (error) {
    // Not JSON (a function, a BigInt, a cycle), or what the verifier would refuse.
    const reason = isAuthError(error)
      ? error.message
      : 'they hold a value that JSON has no form for';
    throw new TypeError(`these claims cannot be signed: ${reason}`);
  }
};
