// Whether a request may be sent a second time: what its answer says, and what its body is.
// Never takes what is not known for repeatable.

/**
 * Whether an answer refuses the token that was sent to this origin: a 401 for `invalid_token`, or for no error that
 * can be read. What another origin refuses is not the token, which a redirect does not take there.
 *
 * @see RFC 6750 section 3.1
 */
export const refusesToken = (
  { status, headers, redirected, url }: Response,
  origin: string,
): boolean =>
  status === 401 &&
  /^(?!.*\berror\s*=)|invalid_token/i.test(`${headers.get('www-authenticate')}`) &&
  (!redirected || url.startsWith(`${origin}/`));

/** Whether a body can be read twice: a stream cannot, and of what is not known nobody can say. */
export const isRepeatable = (body: unknown): boolean =>
  Object(body) !== body ||
  ArrayBuffer.isView(body) ||
  [ArrayBuffer, Blob, FormData, URLSearchParams].some((kind) => body instanceof kind);
