// Tokens aimed at the configurations of the fuzzer: times close to tolerances and ages, claims that a policy requires, any
// key under any kid. Also the twins of a token: similar tokens, verified after it. Does not use the code under test.
import * as fc from 'fast-check';
import { encode, HEADER, keyIdOf, NOW, seal } from '../kit/tokens.ts';
import { SECRETS } from './worlds.ts';

/** Distances from now, in seconds, at which the answer of a rule changes. */
const EDGES = [1, 2, 60, 120, 300, 301, 360, 600].flatMap((edge) =>
  [-edge, edge].flatMap((seconds) => [seconds - 1, seconds, seconds + 1]),
);
const OFFSETS = [...EDGES, -0.5, -0.25, 0, 0.25, 0.5];
const edge = fc.constantFrom(...OFFSETS).map((offset) => NOW + offset);
const timeOr = (usual: number): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 5, arbitrary: fc.constant(undefined) },
    { weight: 4, arbitrary: fc.constant(usual) },
    { weight: 5, arbitrary: edge },
    {
      weight: 1,
      arbitrary: fc.constantFrom<unknown[]>(null, false, 0, '', `${NOW}`, -1, NOW * 1000, [NOW]),
    },
  );
const mostly = (usual: unknown, ...others: readonly unknown[]): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(undefined, ...others) },
  );

const claims = fc.record({
  exp: timeOr(NOW + 4000),
  nbf: timeOr(NOW - 4000),
  iat: timeOr(NOW),
  iss: mostly('a', 'b', 'A', ['a'], null, ''),
  aud: mostly('x', ['x'], ['z', 'y'], 7, [], ['X'], [['x']], { x: 'x' }, null, 'xx'),
  sub: mostly('s', 'S', ['s'], '', 's ', null),
  jti: fc.constantFrom<unknown[]>(undefined, undefined, 'k', 'j', 7, '7', 7.5, ['j'], {}, true),
});

const kid = fc.oneof(
  { weight: 6, arbitrary: fc.constant(undefined) },
  { weight: 2, arbitrary: fc.constantFrom(...SECRETS).map(keyIdOf) },
  { weight: 1, arbitrary: fc.constantFrom<unknown[]>('', 'unknown', '__proto__', null, 1) },
);

/** Mostly the keys that most configurations have. */
const signer = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...SECRETS.slice(0, 2)) },
  { weight: 1, arbitrary: fc.constantFrom(...SECRETS) },
);

export const aimedTokens: fc.Arbitrary<string> = fc
  .record({ claims, kid, signer, isNamed: fc.boolean() })
  .map(({ claims, kid, signer, isNamed }) => {
    const id = isNamed ? keyIdOf(signer) : kid;
    const header = id === undefined ? HEADER : JSON.stringify({ alg: 'HS256', kid: id });
    return seal(`${encode(header)}.${encode(JSON.stringify(claims))}`, signer);
  });

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const turn = (char: string): string =>
  ALPHABET.charAt((ALPHABET.indexOf(char) + 1) % ALPHABET.length);

/** Wrong encodings of a correct text. Other libraries accept some of them. */
const SPELLINGS: readonly ((text: string) => string)[] = [
  (text) => encode(`\uFEFF${text}`),
  (text) => `${encode(text)}=`,
  (text) => `${encode(text)}\n`,
  (text) => ` ${encode(text)}`,
  (text) => encode(text).replace(/.$/, turn),
];

export const misspelledTokens: fc.Arbitrary<string> = fc
  .record({
    signer,
    texts: fc.tuple(
      fc.constantFrom(HEADER, '{"alg":"HS256"}'),
      fc.constantFrom('{}', '{"sub":"s"}'),
    ),
    at: fc.nat(1),
    spelling: fc.constantFrom(...SPELLINGS),
  })
  .map(({ signer, texts, at, spelling }) =>
    seal(texts.map((text, i) => (i === at ? spelling : encode)(text)).join('.'), signer),
  );

/** Makes a similar token, which must not be accepted because the first one is cached. */
const TWINS: readonly ((token: string, at: number, secret: string) => string)[] = [
  (token) => `${token}=`,
  (token) => token.slice(0, -1),
  (token) => token.slice(0, -1) + turn(token.slice(-1)),
  (token, at) => token.slice(0, at) + turn(token.charAt(at)) + token.slice(at + 1),
  (token) => token.toLowerCase(),
  (token, _at, secret) => seal(token.slice(0, token.lastIndexOf('.')), secret),
  (token) => seal(token.slice(0, token.lastIndexOf('.')), 'a secret that is not configured'),
  (token, _at, secret) => seal(`${token.split('.')[0]}.e30`, secret),
  // Four characters, so that the length stays valid for base64url.
  ...['\n', ' ', '=', '\r', '.', '\0'].map(
    (char) => (token: string, at: number, secret: string) => {
      const input = token.slice(0, token.lastIndexOf('.'));
      const place = at % 3 === 0 ? 0 : at % (input.length + 1);
      return seal(input.slice(0, place) + char.repeat(4) + input.slice(place), secret);
    },
  ),
  // Headers that begin with a cached one.
  (token, _at, secret) => seal(`${token.split('.')[0]}ICAg.e30`, secret),
  (token, _at, secret) => seal(`${token.split('.')[0]}.${token.split('.')[0]}.e30`, secret),
  (token, _at, secret) => seal(`${token.split('.')[0]?.slice(0, -1)}.e30`, secret),
];

export interface Twin {
  readonly kind: number;
  readonly at: number;
}

/** Which twin of a token is verified. */
export const twins: fc.Arbitrary<Twin> = fc.record({
  kind: fc.constantFrom(...TWINS.keys()),
  at: fc.nat(),
});

export const twinOf = (token: string, { kind, at }: Twin, secret: string): string =>
  TWINS[kind]?.(token, at % (token.length + 1), secret) ?? '';
