// Attacks on the form of a token, which a lenient parser would misread. One thing is wrong in each row: a signature
// covers exactly what is sent.
import { encode, seal } from './craft.ts';
import {
  ALGORITHM,
  type Draft,
  finish,
  HEADER,
  MALFORMED,
  type Material,
  PAYLOAD,
  SIGNATURE,
  type TokenRow,
} from './row.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** Changes an unused bit of the last character: the same bytes to a lenient decoder. */
const bend = (text: string): string =>
  `${text.slice(0, -1)}${ALPHABET.charAt(ALPHABET.indexOf(text.slice(-1)) + 1)}`;
/** Changes the first character: other bytes, in canonical form. */
const turn = (text: string): string => `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`;

const H = encode(HEADER);
const P = encode(PAYLOAD);

const createSignatureRows = async ({ sign }: Material): Promise<readonly Draft[]> => {
  const good = await sign(HEADER, PAYLOAD);
  const other = await sign(HEADER, '{"sub":"alice"}');
  const [signature, foreign] = [good.slice(-43), other.slice(-43)];
  const input = `${H}.${P}`;
  return [
    ['no signature', MALFORMED, `${input}.`, 'CVE-2020-28042'],
    ['no signature and no dot', MALFORMED, input],
    ['the signature "null"', MALFORMED, `${input}.null`],
    ['32 zero bytes for a signature', SIGNATURE, `${input}.${'A'.repeat(43)}`, 'CVE-2022-21449'],
    ['64 zero bytes for a signature', MALFORMED, `${input}.${'A'.repeat(86)}`, 'CVE-2022-21449'],
    ['the signature of another token', SIGNATURE, `${input}.${foreign}`],
    ['the payload of another token', SIGNATURE, `${H}.${other.split('.')[1]}.${signature}`],
    ['a signature with another first character', SIGNATURE, `${input}.${turn(signature)}`],
    ['a space in a signature', MALFORMED, `${good.slice(0, -9)} ${good.slice(-9)}`],
    ['a signature turned round', MALFORMED, `${input}.${[...signature].reverse().join('')}B`],
    ['a signature without its last character', MALFORMED, good.slice(0, -1)],
    ['a signature without its first character', MALFORMED, `${input}.${signature.slice(1)}`],
    ['half a signature', MALFORMED, `${input}.${signature.slice(0, 22)}`],
    ['a signature in hexadecimal', MALFORMED, `${input}.${'0a'.repeat(32)}`],
    ['another spelling of the last character', MALFORMED, bend(good), 'python-jose#379'],
    ['the segments in another order', MALFORMED, `${signature}.${P}.${H}`],
    ['header and payload swapped', ALGORITHM, `${P}.${H}.${signature}`],
  ];
};

const createTailRows = async ({ secret, sign }: Material): Promise<readonly Draft[]> => {
  const good = await sign(HEADER, PAYLOAD);
  const tails = [
    'A',
    '=',
    '==',
    '.',
    '.x',
    '..',
    '.x.y',
    '%00',
    '\u0000',
    '\n',
    '\r\n',
    ' ',
    '\t',
    '\u00a0',
  ];
  const marks = ['\u200b', '\ufeff', '#', '?x', '&x', '/', ';x', '"', ':', '~'];
  return [
    ...[...tails, ...marks, `.${good}`, good, ` ${good}`, `,${good}`].map(
      (tail): Draft => [
        `${JSON.stringify(tail.length > 8 ? `${tail.slice(0, 1)}…` : tail)} behind a good token`,
        MALFORMED,
        `${good}${tail}`,
        'fast-jwt#606',
      ],
    ),
    ...[' ', '\n', '.', 'Bearer ', '"', '\ufeff', '=', 'x'].map(
      (front): Draft => [
        `${JSON.stringify(front)} in front of a good token`,
        MALFORMED,
        `${front}${good}`,
        'fast-jwt#606',
      ],
    ),
    ['an empty token', MALFORMED, ''],
    ['two dots', MALFORMED, '..'],
    ['a token in base64', MALFORMED, encode(good)],
    ['a token in capitals', MALFORMED, good.toUpperCase()],
    ['a token in full width', MALFORMED, good.replaceAll('.', '．')],
    ['percent-encoded dots', MALFORMED, good.replaceAll('.', '%2E')],
    ['padding behind the header', MALFORMED, seal(`${H}=.${P}`, secret), 'fast-jwt#606'],
    ['padding behind the payload', MALFORMED, seal(`${H}.${P}==`, secret), 'fast-jwt#606'],
    ['white space in the payload', MALFORMED, seal(`${H}.${P.slice(0, 4)} ${P.slice(4)}`, secret)],
    [
      'a line break in the payload',
      MALFORMED,
      seal(`${H}.${P.slice(0, 4)}\n${P.slice(4)}`, secret),
    ],
    ['the alphabet of base64', MALFORMED, seal(`${H}.${btoa('{"a":"\u00fb\u00ff"}')}`, secret)],
    ['a character of no alphabet', MALFORMED, seal(`${H}.${P}*`, secret), 'fast-jwt#606'],
    [
      'a header in another spelling',
      MALFORMED,
      seal(`${bend(encode('{"alg":"HS256" }'))}.${P}`, secret),
    ],
    ['a header of that length', undefined, sign('{"alg":"HS256" }', PAYLOAD)],
    [
      'a payload in another spelling',
      MALFORMED,
      seal(`${H}.${bend(encode('{ }'.padEnd(4)))}`, secret),
    ],
    ['a payload of that length', undefined, sign(HEADER, '{ } ')],
    [
      'a segment of an impossible length',
      MALFORMED,
      seal(`${H}.${P}A`.replace(/(.{4})*$/, '$&A'), secret),
    ],
  ];
};

const createSerialisationRows = async ({ sign }: Material): Promise<readonly Draft[]> => {
  const good = await sign(HEADER, PAYLOAD);
  const signature = good.slice(-43);
  const flattened = { payload: P, protected: H, signature };
  const general = { payload: P, signatures: [{ protected: H, signature }] };
  const unprotected = { payload: P, signatures: [{ header: { alg: 'none' }, signature: '' }] };
  const jwe = [encode('{"alg":"dir","enc":"A256GCM"}'), '', 'AAAA', P, 'AAAA'].join('.');
  return [
    ['the flattened JSON form', MALFORMED, JSON.stringify(flattened), 'RFC 7515 section 7.2.2'],
    ['the general JSON form', MALFORMED, JSON.stringify(general), 'RFC 7515 section 7.2.1'],
    ['the general JSON form, unprotected', MALFORMED, JSON.stringify(unprotected)],
    ['JSON in base64url', MALFORMED, encode(JSON.stringify(flattened))],
    ['a JWE of five parts', ALGORITHM, jwe, 'RFC 7516 section 7.1'],
    ['a detached payload', MALFORMED, `${H}..${signature}`.slice(0, -1), 'RFC 7515 appendix F'],
    [
      'a detached payload of the right length',
      SIGNATURE,
      `${H}..${signature}`,
      'RFC 7515 appendix F',
    ],
    ['a token within a token', MALFORMED, sign('{"alg":"HS256","cty":"JWT"}', good)],
    ['cty JWT over claims', undefined, sign('{"alg":"HS256","cty":"JWT"}', PAYLOAD)],
    ['an empty payload, signed', MALFORMED, sign(HEADER, '')],
    ['an empty header, signed', MALFORMED, sign('', PAYLOAD)],
  ];
};

export const createShapeRows = async (material: Material): Promise<readonly TokenRow[]> =>
  finish([
    ...(await createSignatureRows(material)),
    ...(await createTailRows(material)),
    ...(await createSerialisationRows(material)),
  ]);
