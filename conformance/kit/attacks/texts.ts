// Attacks on what the segments of a token say: header members, invalid JSON, and sizes. Every token is correctly signed.
import { encode, latin1 } from './craft.ts';
import {
  type Draft,
  type Expected,
  finish,
  HEADER,
  MALFORMED,
  type Material,
  PAYLOAD,
  TOO_LARGE,
  type TokenRow,
} from './row.ts';

const MAX_TOKEN_BYTES = 8192;
const H = encode(HEADER);

const CRIT_SOURCES = ['GHSA-hm7r-c7qw-ghp6', 'jsonwebtoken#1032', 'CVE-2026-32597'];

const createHeaderRows = ({ sign }: Material): readonly Draft[] => {
  const header = (text: string | Uint8Array<ArrayBuffer>) => sign(text, PAYLOAD);
  const member = (text: string) => header(`{"alg":"HS256",${text}}`);
  return [
    ...['["x"]', '["exp"]', '["b64"]', '[]', '[""]', 'null', '"exp"', 'false', '{}'].map(
      (value, i): Draft => [
        `crit ${value}`,
        MALFORMED,
        member(`"crit":${value}`),
        CRIT_SOURCES[i % CRIT_SOURCES.length],
      ],
    ),
    ['crit with what it names', MALFORMED, member('"crit":["x"],"x":1'), 'RFC 7515 section 4.1.11'],
    ['crit by an escaped name', MALFORMED, member('"cri\\u0074":["x"]'), 'RFC 7515 section 4.1.11'],
    ['CRIT, which is not crit', undefined, member('"CRIT":["x"]')],
    ['b64 false', MALFORMED, member('"b64":false'), 'RFC 7797 section 3'],
    ['b64 true', MALFORMED, member('"b64":true'), 'RFC 7797 section 3'],
    ['b64 false with crit', MALFORMED, member('"b64":false,"crit":["b64"]'), 'RFC 7797 section 6'],
    [
      'alg twice, good last',
      MALFORMED,
      header('{"alg":"none","alg":"HS256"}'),
      'RFC 7515 section 4',
    ],
    [
      'alg twice, good first',
      MALFORMED,
      header('{"alg":"HS256","alg":"none"}'),
      'RFC 7515 section 4',
    ],
    ['alg twice, alike', MALFORMED, header('{"alg":"HS256","alg":"HS256"}')],
    ['alg twice, once escaped', MALFORMED, header('{"alg":"HS256","\\u0061lg":"none"}')],
    ['alg twice, escaped first', MALFORMED, header('{"\\u0061lg":"none","alg":"HS256"}')],
    ['alg twice, escaped in capitals', MALFORMED, header('{"alg":"HS256","a\\u006Cg":"HS256"}')],
    ['alg twice in other members', undefined, member('"x":{"alg":"none"},"y":{"alg":"none"}')],
    ['kid twice', MALFORMED, member('"kid":"a","kid":"b"')],
    ...[
      '"JWT"',
      '"jwt"',
      '"Jwt"',
      '"at+jwt"',
      '"AT+JWT"',
      '"application/jwt"',
      '"application/at+jwt"',
      '"Application/AT+JWT"',
    ].map(
      (typ): Draft => [`typ ${typ}`, undefined, member(`"typ":${typ}`), 'RFC 9068 section 2.1'],
    ),
    ...[
      '"ＪＷＴ"',
      '"JWT\\u0000"',
      '"JWT "',
      '"appl\u0130cation/jwt"',
      '"application/j\u212at"',
      '"to\u212aen"',
      '"JOSE"',
      '"JWS"',
      '"dpop+jwt"',
      '"id+jwt"',
      '"logout+jwt"',
      '"application/"',
      '"text/jwt"',
      '"application/application/jwt"',
      '""',
      'null',
      'false',
      '0',
      '1',
      '["JWT"]',
      '{}',
    ].map(
      (typ): Draft => [`typ ${typ}`, MALFORMED, member(`"typ":${typ}`), 'RFC 8725 section 3.11'],
    ),
  ];
};

const createJsonRows = ({ sign }: Material): readonly Draft[] => {
  const texts: readonly (readonly [name: string, text: string, code?: Expected])[] = [
    ['an array', '[]'],
    ['an array of a header', `[${HEADER}]`],
    ['a text', '"x"'],
    ['null', 'null'],
    ['a number', '1'],
    ['true', 'true'],
    ['white space', ' '],
    ['a text that looks like a member', '"\\"alg\\":\\"HS256\\""'],
    ['a trailing comma', '{"alg":"HS256",}'],
    ['a comment', '{"alg":"HS256"/**/}'],
    ['single quotes', "{'alg':'HS256'}"],
    ['a name without quotes', '{alg:"HS256"}'],
    ['NaN', '{"alg":"HS256","a":NaN}'],
    ['a hexadecimal number', '{"alg":"HS256","a":0x10}'],
    ['two objects', '{"alg":"HS256"}{}'],
    ['an object and NUL', '{"alg":"HS256"}\u0000'],
    ['a control character in a text', '{"alg":"HS256","a":"\n"}'],
    ['half an object', '{"alg":"HS256"'],
    ['an unclosed text', '{"alg":"HS256","a":"'],
    ['an unclosed list', '{"alg":"HS256","a":['],
    ['a closing brace too many', '{"alg":"HS256"}}'],
    ['a member twice', '{"alg":"HS256","a":1,"a":1}'],
    ['a member twice, once escaped', '{"alg":"HS256","a":1,"\\u0061":1}'],
    ['a member twice, escaped first', '{"alg":"HS256","\\u0061":1,"a":1}'],
    ['a number as a name twice', '{"alg":"HS256","1":1,"2":1,"1":1}'],
    ['an empty name twice', '{"alg":"HS256","":1,"":1}'],
    ['__proto__ twice', '{"alg":"HS256","__proto__":1,"__proto__":2}'],
    ['__proto__ twice, once escaped', '{"alg":"HS256","__proto__":1,"\\u005f_proto__":2}'],
    ['a byte order mark', `\ufeff${HEADER}`],
    ['a byte order mark at the end', `${HEADER}\ufeff`],
    ['a no-break space', `\u00a0${HEADER}`],
    ['white space that JSON allows', ` \t\r\n${HEADER}\n`, undefined],
  ];
  const bytes = {
    'a byte that is not UTF-8': latin1('{"alg":"HS256","a":"\u00ff"}'),
    'an overlong quote': latin1('{"alg":"HS256","a":"\u00c0\u00a2"}'),
    'a surrogate in UTF-8': latin1('{"alg":"HS256","a":"\u00ed\u00a0\u0080"}'),
    'a sequence that is cut off': latin1('{"alg":"HS256"}\u00c3'),
    'UTF-16': latin1(HEADER.replace(/./g, '$&\u0000')),
  };
  return [
    ...texts.flatMap(([name, text, ...more]): readonly Draft[] => {
      const code = more.length === 0 ? MALFORMED : undefined;
      return [
        [`${name} for a header`, code, sign(text, PAYLOAD)],
        [`${name} for a payload`, code, sign(HEADER, text)],
      ];
    }),
    ...Object.entries(bytes).flatMap(([name, text]): readonly Draft[] => [
      [`${name} in the header`, MALFORMED, sign(text, PAYLOAD), 'RFC 7519 section 7.2'],
      [`${name} in the payload`, MALFORMED, sign(HEADER, text), 'RFC 7519 section 7.2'],
    ]),
    ['UTF-8 in the payload', undefined, sign(HEADER, '{"name":"é€\u{1f511}\\ud800"}')],
  ];
};

const createSizeRows = ({ sign }: Material): readonly Draft[] => {
  const nested = (depth: number): string =>
    `{"alg":"HS256","a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
  const objects = (depth: number): string =>
    `{"alg":"HS256","a":${'{"a":'.repeat(depth - 1)}1${'}'.repeat(depth - 1)}}`;
  // Two dots, 43 characters of signature, and 8 characters of JSON around the padding.
  const fillTo = (length: number) =>
    sign(HEADER, `{"a":"${'x'.repeat(Math.floor(((length - H.length - 45) * 3) / 4) - 8)}"}`);
  return [
    ['a token of the greatest size', undefined, fillTo(MAX_TOKEN_BYTES)],
    ['a token one byte larger', TOO_LARGE, fillTo(MAX_TOKEN_BYTES + 1)],
    ['a token of 12 KiB', TOO_LARGE, fillTo(12 * 1024)],
    ['a token of 64 KiB', TOO_LARGE, fillTo(64 * 1024)],
    ['64 KiB of dots', TOO_LARGE, '.'.repeat(64 * 1024)],
    ['8 KiB of dots', MALFORMED, '.'.repeat(8 * 1024)],
    ['8 KiB of nothing but a header', MALFORMED, 'e'.repeat(8 * 1024)],
    ['a header of 8 KiB', TOO_LARGE, sign(`{"alg":"HS256","a":"${'x'.repeat(8192)}"}`, '{}')],
    ...[nested, objects].flatMap((make, i): readonly Draft[] => {
      const what = ['lists', 'objects'][i];
      return [
        [`a header 64 deep of ${what}`, undefined, sign(make(64), PAYLOAD)],
        [`a header 65 deep of ${what}`, MALFORMED, sign(make(65), PAYLOAD)],
        [`a payload 64 deep of ${what}`, undefined, sign(HEADER, make(64))],
        [`a payload 65 deep of ${what}`, MALFORMED, sign(HEADER, make(65))],
        [`a payload 900 deep of ${what}`, MALFORMED, sign(HEADER, make(900))],
      ];
    }),
    ['a header 2000 deep', MALFORMED, sign(nested(2000), PAYLOAD)],
    ['brackets that never close', MALFORMED, sign(HEADER, '['.repeat(5000))],
  ];
};

export const createTextRows = (material: Material): Promise<readonly TokenRow[]> =>
  finish([...createHeaderRows(material), ...createJsonRows(material), ...createSizeRows(material)]);
