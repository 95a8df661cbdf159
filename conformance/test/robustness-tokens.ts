// The secret and the tokens of the robustness tests.
import { encode, secretNamed, tokenOf } from '../kit/tokens.ts';

export const SECRET: string = secretNamed('robustness');
export const ENV = { ZEP_AUTH_SECRET: SECRET };

/** A token for a subject, good for the gate unless another secret signs it. */
export const tokenFor = (subject: string, secret: string = SECRET): string =>
  tokenOf({ sub: `robust-${subject}` }, secret);

export const TOKEN: string = tokenFor('good');
export const FOREIGN_TOKEN: string = tokenFor('foreign', secretNamed('another'));

/** What every one of these tokens contains after the header that all tokens share. */
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
