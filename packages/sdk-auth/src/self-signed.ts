// For calls between services that both hold the secret. A client that must not have the secret needs a token instead.
import { createKeyring, type JwtClaims, type Keyring, signToken } from '@zep-auth/core';
import type { TokenRequest } from './token-source.ts';

/** What to sign, and with which key: exactly one of `secret` and `keyring`. */
export interface SelfSignedOptions {
  /** The secret that the called API has too. */
  readonly secret?: string | undefined;
  /** A keyring from `createKeyring` or `readAuthConfig`, instead of a secret; its current secret signs. */
  readonly keyring?: Keyring | undefined;
  /** Claims beside `exp` and `iat`, read each time a token is signed. Default none. */
  readonly claims?: JwtClaims;
  /** Lifetime of a token in seconds, a whole number above 0. Default 300. */
  readonly expiresInSeconds?: number;
}

// Longer than createAuthFetch's default margin: when it asks ahead of time, it gets a new token.
const MARGIN_SECONDS = 60;

/**
 * Creates a function that returns a short-lived token: pass it to `createAuthFetch` as `token`, or call it yourself.
 * Each token is signed once and reused until 60 seconds before it expires, or for half of its lifetime if that is
 * longer.
 *
 * @throws {TypeError} when not exactly one of `secret` and `keyring` is given. The function itself rejects with a
 * TypeError when `keyring` is not a keyring, or when the claims cannot be signed
 * @throws {RangeError} when `expiresInSeconds` is not a whole number above 0
 * @throws {AuthError} `ERR_SECRET_WEAK` when the secret is not fit for use
 * @see RFC 7523 section 2.1 for the idea
 * @example
 * ```ts
 * import { createAuthFetch } from '@zep-auth/sdk-auth';
 * import { selfSignedTokens } from '@zep-auth/sdk-auth/self-signed';
 *
 * const token = selfSignedTokens({ secret: process.env['ZEP_AUTH_SECRET'], claims: { sub: 'worker' } });
 * const authFetch = createAuthFetch({ token, origins: ['https://api.example.com'] });
 * ```
 */
export const selfSignedTokens = ({
  secret,
  keyring,
  claims = {},
  expiresInSeconds = 300,
}: SelfSignedOptions): ((request?: TokenRequest) => Promise<string>) => {
  if (secret === undefined && keyring === undefined) {
    throw new TypeError('secret is undefined: is ZEP_AUTH_SECRET set? (or give a keyring)');
  }
  if (secret !== undefined && keyring !== undefined) {
    throw new TypeError('selfSignedTokens takes exactly one of secret and keyring');
  }
  if (!Number.isSafeInteger(expiresInSeconds) || expiresInSeconds <= 0) {
    throw new RangeError('expiresInSeconds must be a whole number of seconds above 0');
  }
  const signingKeys = keyring ?? createKeyring(secret as string);
  const reuseMs = Math.max(expiresInSeconds - MARGIN_SECONDS, expiresInSeconds / 2) * 1000;
  let token = '';
  let signedAtMs = Number.NEGATIVE_INFINITY;
  let generation = 0;

  // After the clock was set back, the token would come from the future: sign a new one.
  const isFresh = (): boolean => {
    const ageMs = Date.now() - signedAtMs;
    return ageMs >= 0 && ageMs < reuseMs;
  };

  return async function selfSigned(request) {
    if (isFresh() && request?.isRefused !== true) return token;
    const [started, startedAtMs] = [generation, Date.now()];
    const signed = await signToken(signingKeys, claims, { expiresInSeconds });
    // Concurrent calls may each sign a token, since no promise is shared. All of them return the first one.
    if (started === generation) {
      generation++;
      [token, signedAtMs] = [signed, startedAtMs];
    }
    return token;
  };
};
