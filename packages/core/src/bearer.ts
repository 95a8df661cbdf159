import { AuthError } from './errors.ts';

/**
 * Returns the token in the value of an Authorization header, unverified. `undefined` means no bearer credentials: no
 * header, another scheme, a bare token, or a scheme with nothing after it.
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
  // The usual spelling first: no regular expression needed.
  if (authorization.startsWith('Bearer ey')) return authorization.slice(7);
  return /^bearer +([^ ].*)/is.exec(authorization)?.[1];
};

// What people paste instead of a token; the first that fits is named. A header may begin with white space: not only ey.
const MISTAKES: readonly (readonly [RegExp, string])[] = [
  [/^$/, 'it is empty or not set; `zepcli token` makes one'],
  [/[\r\n]/, 'it holds a line break; remove it'],
  [/^bearer\b/i, 'it begins with the word Bearer; give the token alone'],
  [/^(["'`]).*\1$/, 'it is wrapped in quotes; remove them'],
  [/\s/, 'it holds white space; remove it'],
  [/^ey[\w-]*(\.[\w-]*\.?)?$/, 'it is not a JWT but a part; copy all 3 parts'],
  [
    /^(?![CDIe][\w-]+\.[\w-]+\.[\w-]+$)/,
    'it is not a JWT; if it is the secret, that stays on the server, and `zepcli token` makes one with it',
  ],
];

/**
 * Asserts that a text is a token in one piece, and names what people paste instead of one. It verifies nothing.
 *
 * @throws {TypeError} when `token` is not a string
 * @throws {AuthError} `ERR_TOKEN_MALFORMED` when it is not a JWT in one piece; the message names the mistake and the
 * place of the first character that no token has
 * @see RFC 7515 section 7.1
 */
export function assertToken(token: unknown): asserts token is string {
  if (typeof token !== 'string') throw new TypeError('the token must be a string');
  const found = MISTAKES.find(([form]) => form.test(token));
  if (found === undefined) return;
  // Only what begins like a token: the place says nothing about other texts.
  const place = /^ey[\w.-]*(?=[^\w.-])/.exec(token)?.[0].length;
  const where = place === undefined ? '' : `; its first wrong character is number ${place + 1}`;
  throw new AuthError('ERR_TOKEN_MALFORMED', `the token cannot be used: ${found[1]}${where}`);
}

/**
 * Makes the value of an Authorization header from a token.
 *
 * @throws {TypeError} when `token` is not a string
 * @throws {AuthError} `ERR_TOKEN_MALFORMED` when it is not a JWT in one piece; the message names the mistake
 * @see RFC 6750 section 2.1
 */
export const formatBearer = (token: string): string => {
  assertToken(token);
  return `Bearer ${token}`;
};
