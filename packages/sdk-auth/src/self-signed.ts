// Tokens that a server signs for itself, for where one service calls another and both hold the secret.
// Never for a client that is not trusted with the secret, and never a new token for each request.
import { createKeyring, type JwtClaims, type Keyring, signToken } from '@zep-auth/core';
import type { TokenRequest } from './token-source.ts';

/** What is signed, and with what. Takes exactly one of `secret` and `keyring`. */
export interface SelfSignedOptions {
  /** The secret that the called API has too. */
  readonly secret?: string | undefined;
  /** A keyring in its place, from `createKeyring` or `readAuthConfig`; its current secret signs. */
  readonly keyring?: Keyring | undefined;
  /** What the tokens say beside `exp` and `iat`, read each time that one is signed. Default nothing. */
  readonly claims?: JwtClaims;
  /** Life of a token in seconds, a whole number above 0. Default 300. */
  readonly expiresInSeconds?: number;
}

// More than the margin of createAuthFetch, which so gets a new token when it asks for one ahead of time.
const MARGIN_SECONDS = 60;

/**
 * Makes a function that gives a short-lived token: for `token` of `createAuthFetch`, or to be called alone. A token is
 * signed once and given out until 60 seconds before its end, or half of its life if that is less.
 *
 * @throws {TypeError} when there is not exactly one of `secret` and `keyring`. The function that it makes rejects with
 * a TypeError when `keyring` is none, or the claims cannot be signed
 * @throws {RangeError} when `expiresInSeconds` is not a whole number above 0
 * @throws {AuthError} `ERR_SECRET_WEAK` when a secret is given and it is not fit
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
  if ((secret === undefined) === (keyring === undefined)) {
    throw new TypeError('selfSignedTokens takes exactly one of secret and keyring');
  }
  if (!Number.isSafeInteger(expiresInSeconds) || expiresInSeconds <= 0) {
    throw new RangeError('expiresInSeconds must be a whole number of seconds above 0');
  }
  const keys = keyring ?? createKeyring(secret ?? '');
  const keptMs = Math.max(expiresInSeconds - MARGIN_SECONDS, expiresInSeconds / 2) * 1000;
  let token = '';
  let signedAt = Number.NEGATIVE_INFINITY;
  let turn = 0;

  // The clock may be set back: such a token would be from the future.
  const isFresh = (): boolean => {
    const ageMs = Date.now() - signedAt;
    return ageMs >= 0 && ageMs < keptMs;
  };

  return async function selfSigned(request) {
    if (isFresh() && request?.isRefused !== true) return token;
    const [mine, startedAt] = [turn, Date.now()];
    const signed = await signToken(keys, claims, { expiresInSeconds });
    // Of calls that come together each may get here, as only values are kept; the first to arrive stays.
    if (mine === turn) {
      turn++;
      [token, signedAt] = [signed, startedAt];
    }
    return token;
  };
};
