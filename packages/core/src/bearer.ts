// The grammar of an Authorization header that carries a bearer token (RFC 6750 section 2.1).
// Never verifies: a token that comes out of here is only a text.
import { AuthError } from './errors.ts';

/**
 * Takes the token out of the value of an Authorization header. `undefined` means that there are no bearer
 * credentials: no header, another scheme, a bare token, or a scheme with nothing behind it.
 *
 * @throws {AuthError} `ERR_CREDENTIALS_AMBIGUOUS` when two headers were joined (a comma)
 * @see RFC 6750 section 2.1, RFC 9110 section 11.4
 * @example
 * ```ts
 * import { parseBearer } from '@zep-auth/core';
 * const token = parseBearer(request.headers.get('authorization'));
 * ```
 */
export const parseBearer = (authorization: string | null | undefined): string | undefined => {
  if (authorization === null || authorization === undefined) return undefined;
  if (authorization.includes(',')) {
    throw new AuthError('ERR_CREDENTIALS_AMBIGUOUS', 'more than one Authorization header');
  }
  // The usual spelling first, without the cost of an expression.
  if (authorization.startsWith('Bearer ey')) return authorization.slice(7);
  return /^bearer +([^ ].*)/is.exec(authorization)?.[1];
};

const mistakeIn = (token: string): string | undefined => {
  if (token === '') return 'it is empty';
  if (/[\r\n]/.test(token)) return 'it holds a line break; remove it';
  if (/^bearer\b/i.test(token)) return 'it begins with the word Bearer; give the token alone';
  if (/^(["'`]).*\1$/.test(token)) return 'it is wrapped in quotes; remove them';
  if (/\s/.test(token)) return 'it holds white space; remove it';
  if (!/^ey[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) {
    return 'it is not a JWT; if it is the secret, that stays on the server, and `zepcli token` makes a token with it';
  }
  return undefined;
};

/**
 * Makes the value of an Authorization header from a token, and catches what people paste in place of one.
 *
 * @throws {TypeError} when `token` is not a string
 * @throws {AuthError} `ERR_TOKEN_MALFORMED` when it is not a JWT in one piece; the message names the mistake
 * @see RFC 6750 section 2.1
 */
export const formatBearer = (token: string): string => {
  if (typeof token !== 'string') throw new TypeError('a token must be a string');
  const mistake = mistakeIn(token);
  if (mistake !== undefined) {
    throw new AuthError('ERR_TOKEN_MALFORMED', `the token cannot be used: ${mistake}`);
  }
  return `Bearer ${token}`;
};
