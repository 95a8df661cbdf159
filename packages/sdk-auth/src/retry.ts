/**
 * Whether a response refuses the token that was sent to `origin`: a 401 whose challenge says `invalid_token` or names
 * no error. After a redirect to another origin a 401 does not count, because the token was not sent there.
 *
 * @see RFC 6750 section 3.1
 */
export const isTokenRefused = (
  { status, headers, redirected, url }: Response,
  origin: string,
): boolean =>
  status === 401 &&
  /^(?!.*\berror\s*=)|invalid_token/i.test(`${headers.get('www-authenticate')}`) &&
  (!redirected || url.startsWith(`${origin}/`));

/** Whether a body can be sent twice. A stream cannot; an unknown object counts as a stream. */
export const isRepeatable = (body: unknown): boolean =>
  Object(body) !== body ||
  ArrayBuffer.isView(body) ||
  [ArrayBuffer, Blob, FormData, URLSearchParams].some((type) => body instanceof type);
