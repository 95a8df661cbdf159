// Paths that could be confused with other paths, made from public and protected ones by every trick of spelling. Nothing
// is decoded here: a path is its bytes, one character per byte.
import { toWire } from '../kit/attacks/craft.ts';

export const PUBLIC_PATHS = ['/healthz', '/open', '/public/info'] as const;
export const PROTECTED_PATHS = ['/admin', '/api/v1/sessions'] as const;

const SLASHES = [
  '//',
  '///',
  '/./',
  '/%2e/',
  '/%2E/',
  '\\',
  '\\\\',
  '/\\',
  '%2f',
  '%2F',
  '%252f',
  '%252F',
  '%5c',
  '%5C',
  '/;/',
  '/;x/',
  ';/',
  '%c0%af',
  toWire('∕'),
  toWire('／'),
  toWire('⁄'),
];
const ASCENTS = [
  '/../',
  '/x/../',
  '/../../',
  '/%2e%2e/',
  '/%2E%2E/',
  '/.%2e/',
  '/%2e./',
  '/%252e%252e/',
  '/..;/',
  '/..;x/',
  '/;/../',
  '//..//',
  '/..%2f',
  '%2f..%2f',
  '%2F..%2F',
  '%2f%2e%2e%2f',
  '%252F..%252F',
  '%5c..%5c',
  '\\..\\',
  '/..\\',
  '/..%00/',
  '/..%c0%af',
  '/%c0%ae%c0%ae/',
  '/%uff0e%uff0e/',
  '/%u002e%u002e/',
  `/${toWire('．．')}/`,
  '/..../',
  '/. ./',
  '/.\t./',
];
const FRONTS = [
  '/',
  '//',
  '/.',
  '/./',
  '/%2e/',
  '/%2E/',
  '/x/..',
  '/x/%2e%2e',
  '/..',
  '/%2e%2e',
  '/%2f',
  '/%2F',
  '/%252f',
  '/\\',
  '/%5c',
  '/;',
  '/;x',
  '/;x/',
  '/%20',
  '/%09',
  '/%00',
  '/\0',
  '/~',
  '/*',
  '/@',
  '/:80',
  '/?',
  '/?x=',
  '/#',
  '/x?y=',
  '/%3f',
  '/%23',
  '/http:/',
  '/http://gate.example',
  '//gate.example',
  '/http:%2f%2fgate.example',
];
const BACKS = [
  '/',
  '//',
  '/.',
  '/..',
  '/./',
  '/../',
  '/x',
  '/*',
  '.',
  '..',
  '...',
  '%20',
  ' ',
  '%09',
  '\t',
  '%00',
  '\0',
  '%0a',
  '%0d',
  '%0d%0a',
  '%e2%80%a8',
  '%e2%80%a9',
  ';',
  ';x',
  ';x=y',
  ';/',
  ';/..',
  '%3b',
  '%3Bx',
  '%2f',
  '%2F',
  '%252f',
  '%252F',
  '%5c',
  '%5C',
  '\\',
  '?',
  '??',
  '?x',
  '?/',
  '#',
  '#x',
  '#/',
  '%3f',
  '%3F',
  '%23',
  '.json',
  '.css',
  '.html',
  '~',
  '*',
  '&',
  '&x',
  '=',
  '+',
  '@',
  '@x',
  ':',
  ':80',
  ',',
  '|',
  '"',
  '<',
  '>',
  '`',
  '{}',
  '[]',
  '^',
  '%',
  '%zz',
  '%2',
  '%u002f',
  '%ff',
  '%c2%a0',
  '\u00a0',
  '\u00ad',
  toWire('\u200b'),
  toWire('\u202e'),
  toWire('\ufeff'),
];

const percent = (char: string): string => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
const isLetter = (char: string): boolean => /[a-z]/i.test(char);

/** Characters that look like a letter, or become one by case folding or normalisation. */
const LOOK_ALIKES: Readonly<Record<string, readonly string[]>> = {
  a: ['а', 'ａ', 'á', 'ª', 'ⓐ'],
  e: ['е', 'ｅ', 'é'],
  i: ['і', 'ｉ', 'İ', 'ı'],
  k: ['\u212a'],
  l: ['ｌ', '1', 'ⅼ'],
  n: ['ｎ', 'п'],
  o: ['о', 'ｏ', '0', 'º'],
  p: ['р', 'ｐ'],
  s: ['ѕ', 'ſ', 'ß'],
  t: ['ｔ'],
  z: ['ｚ', 'ʐ'],
};

const replaceAt = (path: string, at: number, by: string): string =>
  path.slice(0, at) + by + path.slice(at + 1);

/** The spellings of one path, character by character. */
const respell = (path: string): readonly string[] => [
  path.toUpperCase(),
  path.slice(0, -1),
  `${path.slice(0, -1)}%`,
  [...path].map((char) => (isLetter(char) ? percent(char) : char)).join(''),
  [...path].map((char) => (isLetter(char) ? percent(char).replace('%', '%25') : char)).join(''),
  ...[...path].flatMap((char, at) => {
    if (at === 0) return [];
    const encoded = percent(char);
    const spellings = [encoded, encoded.toUpperCase(), `%25${encoded.slice(1)}`];
    if (isLetter(char))
      spellings.push(char.toUpperCase(), ...(LOOK_ALIKES[char] ?? []).map(toWire));
    if (char === '/') spellings.push(...SLASHES);
    return spellings.map((spelling) => replaceAt(path, at, spelling));
  }),
  ...['.', '%00', ';', '%2e', '\u00ad', '//', '/./', '%0a', '\\'].map(
    (inserted) => `${path.slice(0, 3)}${inserted}${path.slice(3)}`,
  ),
];

const ALL = [...PUBLIC_PATHS, ...PROTECTED_PATHS];

/** Tricks that need two paths: out of one into the other, and one in the query of the other. */
const join = (from: string, to: string): readonly string[] => [
  ...ASCENTS.map((ascent) => `${from}${ascent}${to.slice(1)}`),
  ...SLASHES.map((slash) => `${from}${slash}${to.slice(1)}`),
  ...[
    '?',
    '#',
    '??',
    '?x=',
    '?next=',
    '#x',
    '%3f',
    '%23',
    ';',
    '&',
    '@',
    '\0',
    '%00',
    '%0a',
    ' ',
  ].map((mark) => `${from}${mark}${to}`),
];

/** Every path once, each beginning with a slash. */
export const createPaths = (): readonly string[] => [
  ...new Set([
    ...ALL,
    '/',
    ...ALL.flatMap((path) => [
      ...FRONTS.flatMap((front) => [`${front}${path}`, `${front}${path.slice(1)}`]),
      ...BACKS.map((back) => `${path}${back}`),
      ...BACKS.flatMap((back) =>
        ['//', '/./', '/%2e/'].map((front) => `${front}${path.slice(1)}${back}`),
      ),
      ...respell(path),
      ...ALL.filter((other) => other !== path).flatMap((other) => join(path, other)),
    ]),
  ]),
];

/** The path of a target, up to its query or fragment. */
export const pathOf = (target: string): string => /^[^?#]*/.exec(target)?.[0] ?? '';

export const isPublicPath = (path: string): boolean =>
  PUBLIC_PATHS.some((publicPath) => publicPath === path);
