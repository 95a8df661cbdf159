import { AuthError } from '@zep-auth/core/client';

/** A response to an AuthFetch. */
export type AuthResponse = Response & {
  /** With 429 and 503: the seconds to wait according to `Retry-After`. In a page, only if CORS exposes that header. */
  readonly retryAfterSeconds?: number;
};

/**
 * Adds `retryAfterSeconds` to a 429 or 503. What is neither a number of seconds nor a date says nothing: `Date.parse`
 * finds a year in almost any text.
 *
 * @see RFC 9110 sections 10.2.3 and 5.6.7
 */
export const withRetryAfter = (response: Response): AuthResponse => {
  const { status, headers } = response;
  const value = `${status === 429 || status === 503 ? headers.get('retry-after') : ''}`;
  const dateMs = Date.parse(
    /:\d\d( GMT| \d{4})$/.test(value) ? `${value.split(' GMT')[0]} GMT` : '',
  );
  const seconds = /^\d+$/.test(value) ? Number(value) : Math.max(0, (dateMs - Date.now()) / 1000);
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
  /^(?!.*\berror\s*=)|invalid_token/i.test(String(headers.get('www-authenticate'))) &&
  (!url || url.startsWith(`${origin}/`));

export const expired = (reason: string): AuthError =>
  new AuthError('ERR_TOKEN_EXPIRED', `the token was refused: ${reason}`);
