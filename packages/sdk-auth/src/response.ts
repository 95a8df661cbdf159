import { AuthError } from '@zep-auth/core';
import type { CachedToken } from './token-source.ts';

/** A response to an AuthFetch. */
export type AuthResponse = Response & {
  /** With 429 and 503: the seconds to wait according to `Retry-After`. In a page, only if CORS exposes that header. */
  readonly retryAfterSeconds?: number;
};

/** A request that can be sent twice. */
export interface Call {
  /** The URL as it is sent. */
  readonly href: string;
  readonly origin: string;
  readonly method: string | undefined;
  readonly body: unknown;
  readonly signal: AbortSignal | null | undefined;
  readonly send: (token: string, isRetry?: boolean) => Promise<AuthResponse>;
}

/**
 * Adds `retryAfterSeconds` to a 429 or 503.
 *
 * @see RFC 9110 section 10.2.3
 */
export const withRetryAfter = (response: Response): AuthResponse => {
  const { status, headers } = response;
  const value = status === 429 || status === 503 ? headers.get('retry-after') : undefined;
  if (!value || Number(value) < 0) return response;
  const seconds =
    Number(value) >= 0 ? Number(value) : Math.max(0, (Date.parse(value) - Date.now()) / 1000); // NaN if it is not a date
  return seconds >= 0 ? Object.assign(response, { retryAfterSeconds: seconds }) : response;
};

/**
 * Whether a response refuses the token that was sent to `origin`: a 401 whose challenge says `invalid_token` or names
 * no error. After a redirect to another origin a 401 does not count, because the token was not sent there.
 *
 * @see RFC 6750 section 3.1
 */
export const isTokenRefused = ({ status, headers, url }: Response, origin: string): boolean =>
  status === 401 &&
  /^(?!.*\berror\s*=)|invalid_token/i.test(`${headers.get('www-authenticate')}`) &&
  (!url || url.startsWith(`${origin}/`));

/**
 * Whether a body can be sent twice. A stream cannot; an unknown object counts as a stream. Bytes, Blob, File, FormData
 * and URLSearchParams are known by their members, because they may come from another realm or library.
 */
const isRepeatable = (body: unknown): boolean => {
  const { byteLength, slice, append, pipe } = Object(body);
  return Object(body) !== body || (!pipe && (byteLength ?? slice ?? append) !== undefined);
};

export const expired = (reason: string): AuthError =>
  new AuthError('ERR_TOKEN_EXPIRED', `the token was refused: ${reason}`);

/**
 * Sends a request, and once more with a new token if the API refuses the first one. With `refreshOnNetworkError` a GET
 * without an answer counts as refused.
 *
 * @throws {AuthError} `ERR_TOKEN_EXPIRED` without another token, or when the body cannot be sent again
 */
export const sendWithRefresh = async (
  { href, origin, method, body, signal, send }: Call,
  getToken: (signal?: AbortSignal | null) => Promise<CachedToken>,
  refreshOnNetworkError?: boolean,
): Promise<AuthResponse> => {
  const isGet = (method ?? 'GET') === 'GET';
  const cached = await getToken(signal);
  let networkError: unknown;
  const response = await send(cached.token).catch((error) => {
    if (!refreshOnNetworkError || !isGet || !(error instanceof TypeError)) throw error;
    networkError = error;
  });
  if (response && !isTokenRefused(response, origin)) return response;
  cached.refreshAtMs = cached.expiresAtMs = 0;
  if (response) {
    // After a redirect the request may have been carried out. React Native does not tell `redirected`.
    const { redirected = response.url && response.url !== href } = response;
    if (redirected && !isGet) return response;
    response.body?.cancel?.().catch(() => {}); // an unread body would keep its connection busy
  }
  const { token } = await getToken(signal).catch((error) => {
    throw networkError ?? error;
  });
  if (token === cached.token) throw networkError ?? expired('the provider has no other');
  if (!isRepeatable(body)) throw expired('a stream cannot be sent again');
  return send(token, true);
};
