// Attacks on how a token is sent: schemes, repeated fields, and places where no token is read. The tokens are good.
import { toWire } from './craft.ts';
import {
  AMBIGUOUS,
  type Expected,
  MALFORMED,
  MISSING,
  type RequestRow,
  TOO_LARGE,
  type TokenRow,
} from './row.ts';

/** What an HTTP/1.1 parser refuses in a field value (RFC 9110 section 5.5). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones
const FORBIDDEN = /[\x00-\x08\x0a-\x1f\x7f]/;
/** Node's limit for a header section, minus the other fields. */
const MAX_HEADER_BYTES = 16_000;

const statusOf = (code: Expected): number => {
  if (code === undefined) return 200;
  return code === AMBIGUOUS ? 400 : 401;
};

interface Ways {
  readonly source?: string;
  readonly query?: string;
  /** The header section is one that a parser refuses. */
  readonly isBroken?: boolean;
}

const toRow = (
  name: string,
  code: Expected,
  lines: string | readonly string[],
  { source = 'catalogue', query = '', isBroken = false }: Ways = {},
): RequestRow => {
  const list = typeof lines === 'string' ? [lines] : lines;
  const text = list.join('');
  const status = statusOf(code);
  const isLarge = text.length > MAX_HEADER_BYTES;
  const isForbidden = isBroken || FORBIDDEN.test(text);
  return {
    name,
    source,
    lines: list,
    query,
    code,
    status,
    socketStatus: isForbidden ? 400 : isLarge ? 431 : status,
    isWireOnly: isBroken || /[\0\r\n]/.test(text),
  };
};

/** The same tokens in an Authorization header, where a comma means two fields. */
export const carry = (rows: readonly TokenRow[]): readonly RequestRow[] =>
  rows.flatMap(({ name, source, token, code }) => {
    // White space at the edge of a field value is not part of it, so it is not sent (RFC 9110 section 5.5).
    if (token === '' || /^[ \t\r\n]|[ \t\r\n]$/.test(token)) return [];
    const sent = token.includes(',') ? AMBIGUOUS : code;
    return [toRow(name, sent, `Authorization: Bearer ${toWire(token)}`, { source })];
  });

/** Schemes and separators that are not `Bearer` and spaces. */
const createSchemeRows = (good: string): readonly RequestRow[] => [
  ...[
    'Basic',
    'Token',
    'JWT',
    'Api-Key',
    'DPoP',
    'Digest',
    'Negotiate',
    'HS256',
    'Bearer-Token',
    'xBearer',
  ].map((scheme) =>
    toRow(`${scheme} instead of Bearer`, MISSING, `Authorization: ${scheme} ${good}`, {
      source: 'CVE-2026-47673',
    }),
  ),
  toRow('a name and a password', MISSING, 'Authorization: Basic YWxhZGRpbjpvcGVuc2VzYW1l'),
  toRow('a bare token', MISSING, `Authorization: ${good}`, { source: 'CVE-2026-47673' }),
  toRow('no header', MISSING, []),
  toRow('an empty header', MISSING, 'Authorization:'),
  toRow('Bearer and nothing', MISSING, 'Authorization: Bearer'),
  toRow('Bearer and spaces', MISSING, 'Authorization: Bearer    '),
  ...['', '\t', ':', '=', ': ', '/', '.', '\u00a0', '\u0085', '%20', '+', '_', '-'].map(
    (separator) =>
      toRow(
        `Bearer${JSON.stringify(separator)}token`,
        MISSING,
        `Authorization: Bearer${separator}${good}`,
        {
          source: 'RFC 6750 section 2.1',
        },
      ),
  ),
  ...[' \t', ' \u00a0', ' :', ' =', ' Bearer ', ' "', " '", ' <', ' %20', ' token='].map(
    (separator) =>
      toRow(
        `Bearer${JSON.stringify(separator)}token`,
        MALFORMED,
        `Authorization: Bearer${separator}${good}`,
        {
          source: 'RFC 6750 section 2.1',
        },
      ),
  ),
  toRow('a token in quotes', MALFORMED, `Authorization: Bearer "${good}"`),
  toRow('a token in angle brackets', MALFORMED, `Authorization: Bearer <${good}>`),
  toRow('a scheme in full width', MISSING, `Authorization: ${toWire('Ｂｅａｒｅｒ')} ${good}`),
  toRow('a scheme with a Cyrillic letter', MISSING, `Authorization: ${toWire('Beаrer')} ${good}`),
  toRow(
    'a zero-width space before the scheme',
    MISSING,
    `Authorization: ${toWire('\u200bBearer')} ${good}`,
  ),
  toRow('a vertical tab before the scheme', MISSING, `Authorization: \u000bBearer ${good}`),
  toRow('two tokens', MALFORMED, `Authorization: Bearer ${good} ${good}`),
  toRow('a scheme of 9000 characters', MISSING, `Authorization: ${'B'.repeat(9000)} ${good}`),
  toRow('64 KiB of anything', TOO_LARGE, `Authorization: Bearer ${'A'.repeat(65_536)}`),
  toRow(
    '64 KiB of spaces and a good token',
    undefined,
    `Authorization: Bearer${' '.repeat(65_536)}${good}`,
  ),
];

/** Requests that look odd but are good. */
const createGoodRows = (good: string): readonly RequestRow[] => [
  ...['Bearer', 'bearer', 'BEARER', 'bEaReR'].map((scheme) =>
    toRow(`the scheme ${scheme}`, undefined, `Authorization: ${scheme} ${good}`, {
      source: 'RFC 9110 section 11.1',
    }),
  ),
  ...['authorization', 'AUTHORIZATION', 'aUTHORIZATION'].map((field) =>
    toRow(`the field ${field}`, undefined, `${field}: Bearer ${good}`, {
      source: 'RFC 9110 section 5.1',
    }),
  ),
  toRow('several spaces', undefined, `Authorization: Bearer    ${good}`),
  toRow('9000 spaces', undefined, `Authorization: Bearer${' '.repeat(9000)}${good}`),
  toRow('white space around the value', undefined, `Authorization: \t Bearer ${good} \t`),
  toRow('no space behind the colon', undefined, `Authorization:Bearer ${good}`),
  toRow('another scheme for a proxy beside it', undefined, [
    `Authorization: Bearer ${good}`,
    'Proxy-Authorization: Basic YTpi',
  ]),
  toRow('Connection naming the field', undefined, [
    `Authorization: Bearer ${good}`,
    'Connection: Authorization',
  ]),
];

/** More than one set of credentials, or an invalid header section. */
const createBrokenRows = (good: string): readonly RequestRow[] => {
  const bearer = `Authorization: Bearer ${good}`;
  const basic = 'Authorization: Basic YTpi';
  const twice = { source: 'RFC 9110 section 5.3' };
  const broken = { source: 'RFC 9112 section 5', isBroken: true };
  return [
    toRow('the same field twice', AMBIGUOUS, [bearer, bearer], twice),
    toRow('a good field and another scheme', AMBIGUOUS, [bearer, basic], twice),
    toRow('another scheme and a good field', AMBIGUOUS, [basic, bearer], twice),
    toRow('a good field and an empty one', AMBIGUOUS, [bearer, 'Authorization:'], twice),
    toRow('an empty field and a good one', AMBIGUOUS, ['Authorization:', bearer], twice),
    toRow('two spellings of the field', AMBIGUOUS, [bearer, bearer.toLowerCase()], twice),
    toRow('two credentials in one value', AMBIGUOUS, `${bearer}, Bearer ${good}`, twice),
    toRow('a comma behind a good token', AMBIGUOUS, `${bearer},`, twice),
    toRow('a comma before the scheme', AMBIGUOUS, `Authorization: , Bearer ${good}`, twice),
    toRow('another scheme in one value', AMBIGUOUS, `${basic}, Bearer ${good}`, twice),
    toRow('a folded line', MISSING, ['Authorization: Bearer', ` ${good}`], broken),
    toRow('a folded line behind the token', MISSING, [bearer, '\tx'], broken),
    toRow('NUL behind the scheme', MISSING, `Authorization: Bearer\u0000${good}`, broken),
    toRow('NUL behind the token', MISSING, `${bearer}\u0000`, broken),
    toRow('NUL in the name', MISSING, `Authorization\u0000: Bearer ${good}`, broken),
    toRow('a space before the colon', MISSING, `Authorization : Bearer ${good}`, broken),
    toRow('a tab before the colon', MISSING, `Authorization\t: Bearer ${good}`, broken),
    toRow(
      'a name with a letter beyond ASCII',
      MISSING,
      `${toWire('Ａuthorization')}: Bearer ${good}`,
      broken,
    ),
    toRow('no colon', MISSING, `Authorization Bearer ${good}`, broken),
    toRow('a carriage return in the value', MISSING, `Authorization: Bearer\r${good}`, broken),
    toRow('DEL in the value', MISSING, `Authorization: Bearer\u007f${good}`),
  ];
};

/** Places where other systems read tokens, and this one does not by default. */
const createPlaceRows = (good: string): readonly RequestRow[] => [
  ...[
    'Proxy-Authorization',
    'X-Authorization',
    'X-Forwarded-Authorization',
    'X-Original-Authorization',
    'Http_Authorization',
    'Authorization_',
    'Authorization-Bearer',
    'Authentication',
    'X-Auth-Token',
    'X-Access-Token',
    'X-Api-Key',
  ].flatMap((field) => [
    toRow(`Bearer in ${field}`, MISSING, `${field}: Bearer ${good}`),
    toRow(`a token in ${field}`, MISSING, `${field}: ${good}`),
  ]),
  toRow('an identity in X-Auth-Subject', MISSING, ['X-Auth-Subject: root', 'X-Auth-Scope: admin']),
  toRow('a token in the cookie jwt', MISSING, `Cookie: jwt=${good}`),
  toRow('a token in the cookie Authorization', MISSING, `Cookie: Authorization=Bearer ${good}`),
  toRow('a token in a subprotocol', MISSING, `Sec-WebSocket-Protocol: bearer, ${good}`),
  ...['access_token', 'token', 'jwt', 'bearer'].map((name) =>
    toRow(`a token in the query, ${name}`, MISSING, [], { query: `?${name}=${good}` }),
  ),
  toRow('Authorization in the query', MISSING, [], { query: `?authorization=Bearer%20${good}` }),
  toRow('a good token beside one in the query', undefined, `Authorization: Bearer ${good}`, {
    query: '?access_token=x',
  }),
];

export const createRequestRows = (good: string): readonly RequestRow[] => [
  ...createSchemeRows(good),
  ...createGoodRows(good),
  ...createBrokenRows(good),
  ...createPlaceRows(good),
];
