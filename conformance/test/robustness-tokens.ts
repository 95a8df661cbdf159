// The secret and the tokens of the robustness tests, made by hand.
// Never made by the code under test, and never used for anything else.
import { createHash, createHmac } from 'node:crypto';

export const secretNamed = (name: string): string =>
  `${createHash('sha512').update(name).digest('base64url')}==`;

export const SECRET: string = secretNamed('robustness');

const encode = (text: string): string => Buffer.from(text).toString('base64url');

/** A token with claims, good under the secret that the gate has unless it is given another. */
export const signClaims = (claims: object, secret: string = SECRET): string => {
  const input = `${encode('{"alg":"HS256","typ":"JWT"}')}.${encode(JSON.stringify(claims))}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
};

/** The same for a subject. */
export const tokenFor = (subject: string, secret?: string): string =>
  signClaims({ sub: `robust-${subject}` }, secret);

export const TOKEN: string = tokenFor('good');
export const FOREIGN_TOKEN: string = tokenFor('foreign', secretNamed('another'));

/** What stands in every one of these tokens, behind the header that all tokens share. */
export const TOKEN_MARK: string = encode('{"sub":"robu');

/** A request as text. It asks for the connection to be closed unless told otherwise. */
export const requestText = (
  start: string,
  { token = TOKEN, fields = [] as readonly string[], body = '', isLast = true } = {},
): string =>
  [
    `${start} HTTP/1.1`,
    'Host: gate.example',
    `Authorization: Bearer ${token}`,
    ...(isLast ? ['Connection: close'] : []),
    ...fields,
    '',
    body,
  ].join('\r\n');
