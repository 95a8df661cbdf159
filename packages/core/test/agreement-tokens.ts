// Tokens by the thousand: valid, mutated, oddly encoded, oddly typed, of other keys.
// Does not use the code under test.
import * as fc from 'fast-check';
import { encode, HEADER, keyIdOf, NOW, SECRET, seal, secretNamed } from './raw-token.ts';

export const PREVIOUS: string = secretNamed('previous');

type Text = fc.Arbitrary<string>;

const words = (text: string): string[] => text.split(' ');

/** A text of a JSON value: what the grammar allows, at its edges. */
const number: Text = fc.oneof(
  fc.constantFrom(...words('0 -0 -1 1e3 1E+3 1e-7 1e50 1e400 -1e400 0.1 5e-324')),
  fc.constantFrom(...words('9007199254740993 1800000000.5 253402300799.5')),
  fc.constantFrom(...words('253402300799 253402300800')),
  fc.constantFrom(-301, -61, -60, -1, 0, 1, 59, 60, 61, 301).map((offset) => String(NOW + offset)),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.integer().map(String),
);
const escapeAll = (text: string): string =>
  [...text].map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
const string: Text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }).map((text) => JSON.stringify(text)),
  fc.string({ unit: 'grapheme', maxLength: 6 }).map((text) => JSON.stringify(text)),
  fc.constantFrom(
    '""',
    '"\\""',
    '"\\\\"',
    '"\\\\\\""',
    '"{[:,"',
    '"\\ud83d"',
    '"\uFEFF"',
    '"\\u0000"',
  ),
);
const nested: Text = fc
  .tuple(
    fc.constantFrom(1, 2, 30, 62, 63, 64, 65, 200),
    fc.constantFrom(['[', ']'], ['{"a":', '}']),
  )
  .map(([depth, [open = '', close = '']]) =>
    open === '['
      ? open.repeat(depth) + close.repeat(depth)
      : `${open.repeat(depth)}1${close.repeat(depth)}`,
  );
const value: Text = fc.oneof(
  { weight: 3, arbitrary: number },
  { weight: 3, arbitrary: string },
  {
    weight: 2,
    arbitrary: fc.constantFrom(...words('null true false [] {} [1] {"a":1,"a":2}')),
  },
  { weight: 1, arbitrary: nested },
  { weight: 1, arbitrary: fc.json({ maxDepth: 3 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('NaN', '01', '+1', '.5', "'a'", 'undefined', '"\n"', '[1,]', ''),
  },
);

const nameOf = (names: readonly string[]): Text =>
  fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...names).map((name) => JSON.stringify(name)) },
    { weight: 1, arbitrary: fc.constantFrom(...names).map((name) => `"${escapeAll(name)}"`) },
    { weight: 1, arbitrary: string },
  );

const space: Text = fc.oneof(
  { weight: 9, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.constantFrom(' ', '\n', '\t\r', '\u00A0', '\0') },
);
const objectOf = (members: fc.Arbitrary<readonly string[]>): Text =>
  fc
    .tuple(space, members, space)
    .map(([before, list, after]) => `${before}{${list.join()}}${after}`);
const member = (name: Text, text: Text): Text => fc.tuple(name, text).map((pair) => pair.join(':'));

const HEADER_NAMES = [...words('alg typ kid crit b64 cty jku __proto__ constructor'), ''];
const headerValue: Text = fc.oneof(
  { weight: 2, arbitrary: value },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '"HS256"',
      '"hs256"',
      '"HS512"',
      '"none"',
      '["HS256"]',
      '["b64"]',
      '["exp"]',
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '"JWT"',
      '"jwt"',
      '"at+jwt"',
      '"application/at+JWT"',
      '"JWS"',
      '"\u212AWT"',
    ),
  },
);
/** Most are HS256, so that the rest of the header is judged too. */
const header: Text = objectOf(
  fc
    .tuple(
      fc.option(fc.constantFrom('"alg":"HS256"', '"\\u0061lg":"HS256"'), { freq: 12, nil: '' }),
      fc.array(member(nameOf(HEADER_NAMES), headerValue), { maxLength: 3 }),
      fc.boolean(),
    )
    .map(([alg, members, isLast]) => (isLast ? [...members, alg] : [alg, ...members]))
    .map((members) => members.filter((text) => text !== '')),
);

const CLAIM_NAMES = [...words('exp nbf iat iss sub aud jti __proto__ toString a'), ''];
const TIME_NAMES = ['exp', 'nbf', 'iat'];
const payload: Text = fc.oneof(
  {
    weight: 9,
    arbitrary: objectOf(
      fc.array(fc.oneof(member(nameOf(CLAIM_NAMES), value), member(nameOf(TIME_NAMES), number)), {
        maxLength: 4,
      }),
    ),
  },
  { weight: 1, arbitrary: value },
);

/** Good claims, so that something else decides. */
const goodPayload: Text = fc
  .record({
    sub: fc.string({ unit: 'grapheme', maxLength: 12 }),
    n: fc.integer(),
    list: fc.array(fc.nat()),
  })
  .map((claims) => JSON.stringify({ ...claims, exp: NOW + 1, nbf: NOW, iat: NOW }));

const signed = (headerText: string | Uint8Array, payloadText: string | Uint8Array): string =>
  seal(`${encode(headerText)}.${encode(payloadText)}`);
const validToken = goodPayload.map((text) => signed(HEADER, text));

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const character: Text = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...ALPHABET) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('=', '+', '/', '.', ' ', '\n', '\0', 'é', '\u{1F511}', '\uFEFF'),
  },
  { weight: 1, arbitrary: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) },
);

/** A text with one change: a character replaced, added or taken away, or its bits turned. */
const mutationOf = (texts: Text): Text =>
  fc
    .tuple(
      texts,
      fc.nat(),
      fc.constantFrom('replace', 'insert', 'remove', 'turn'),
      character,
      fc.nat(6),
    )
    .map(([text, seed, kind, char, bit]) => {
      const position = seed % text.length;
      const [before, after] = [text.slice(0, position), text.slice(position + 1)];
      if (kind === 'insert') return before + char + text.slice(position);
      if (kind === 'remove') return before + after;
      const turned = String.fromCharCode(text.charCodeAt(position) ^ (1 << bit));
      return before + (kind === 'turn' ? turned : char) + after;
    });

const padded = (segment: string): string => segment.padEnd(Math.ceil(segment.length / 4) * 4, '=');
const next = (segment: string): string =>
  segment.slice(0, -1) + ALPHABET.charAt((ALPHABET.indexOf(segment.slice(-1)) + 1) % 64);
const ENCODINGS: readonly ((content: Uint8Array) => string)[] = [
  encode,
  encode,
  encode,
  (bytes) => padded(encode(bytes)),
  (bytes) => next(encode(bytes)),
  (bytes) => Buffer.from(bytes).toString('base64'),
  (bytes) => `${encode(bytes).slice(0, 5)}\n ${encode(bytes).slice(5)}`,
  (bytes) => `${encode(bytes)}A`,
  (bytes) => `${encode(bytes)}\n`,
  (bytes) => encode(Buffer.concat([Buffer.from('\uFEFF'), bytes])),
  (bytes) => encode(Buffer.concat([bytes, Buffer.from([0])])),
  (bytes) => encode(Buffer.from(Buffer.from(bytes).toString('utf8'), 'utf16le')),
  (bytes) => encode(Buffer.from(Buffer.from(bytes).toString('utf8'), 'latin1')),
  () => '',
];
const bytesOf = (texts: Text): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(texts, fc.option(fc.tuple(fc.nat(), fc.integer({ min: 0x80, max: 0xff })), { freq: 3 }))
    .map(([text, broken]) => {
      const bytes = Buffer.from(text);
      if (broken !== null && bytes.length > 0) bytes[broken[0] % bytes.length] = broken[1];
      return bytes;
    });
const encodedAs = fc.constantFrom(...ENCODINGS);
const seals: readonly ((input: string) => string)[] = [
  seal,
  seal,
  seal,
  (input) => `${seal(input)}=`,
  (input) => next(seal(input)),
  (input) => seal(input).replace(/-/g, '+').replace(/_/g, '/'),
  (input) => `${seal(input).slice(0, -9)} ${seal(input).slice(-9)}`,
  (input) => `${seal(input)}\r\n`,
  (input) => `${seal(input)}.`,
  (input) => `${seal(input)}.e30`,
  (input) => `${input}.`,
  (input) => seal(input).slice(0, -1),
];

const kids = [
  keyIdOf(SECRET),
  keyIdOf(PREVIOUS),
  keyIdOf(secretNamed('other')),
  '',
  'constructor',
  '__proto__',
];
const secrets = [
  SECRET,
  PREVIOUS,
  secretNamed('other'),
  SECRET.replace(/=+$/, ''),
  `${SECRET}\n`,
  SECRET.toLowerCase(),
  'test-secret',
  '',
];
const foreign: Text = fc
  .tuple(
    fc.constantFrom(...secrets),
    fc.option(
      fc.oneof(
        fc.constantFrom(...kids).map((kid) => JSON.stringify(kid)),
        value,
      ),
      { freq: 3 },
    ),
    goodPayload,
  )
  .map(([secret, kid, text]) =>
    seal(
      `${encode(`{"alg":"HS256"${kid === null ? '' : `,"kid":${kid}`}}`)}.${encode(text)}`,
      secret,
    ),
  );

const large: Text = fc
  .tuple(fc.integer({ min: 6050, max: 6100 }), fc.boolean())
  .map(([length, isText]) =>
    signed(HEADER, isText ? `{"a":"${'x'.repeat(length)}"}` : `{}${' '.repeat(length)}`),
  );

/** The kinds of tokens, and how often each is asked of 100 times. */
export const KINDS: readonly {
  readonly kind: string;
  readonly share: number;
  readonly tokens: Text;
}[] = [
  { kind: 'valid', share: 8, tokens: validToken },
  { kind: 'mutated anywhere', share: 20, tokens: mutationOf(validToken) },
  {
    kind: 'with odd header members',
    share: 18,
    tokens: fc.tuple(header, goodPayload).map(([h, p]) => signed(h, p)),
  },
  { kind: 'with odd claims', share: 18, tokens: payload.map((text) => signed(HEADER, text)) },
  {
    kind: 'mutated before they were signed',
    share: 14,
    tokens: fc
      .tuple(mutationOf(fc.oneof(header, fc.constant(HEADER))), mutationOf(goodPayload))
      .map(([h, p]) => signed(h, p)),
  },
  {
    kind: 'oddly encoded',
    share: 11,
    tokens: fc
      .tuple(bytesOf(header), encodedAs, bytesOf(payload), encodedAs, fc.constantFrom(...seals))
      .map(([h, encodeHeader, p, encodePayload, sealed]) =>
        sealed(`${encodeHeader(h)}.${encodePayload(p)}`),
      ),
  },
  { kind: 'of other keys and key ids', share: 10, tokens: foreign },
  { kind: 'about as large as they may be', share: 1, tokens: large },
];
