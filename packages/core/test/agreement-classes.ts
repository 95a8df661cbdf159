// Where this package refuses what jose.jwtVerify accepts: classes of tokens as data, each with its reason.
// Does not use the code under test: tokens are read here by Buffer, JSON.parse and a separate tokenizer.
import { HEADER, NOW, rawToken, tokenOf } from './raw-token.ts';

/** One part of a token, read as leniently as jose reads it. */
interface Part {
  readonly hasBom: boolean;
  readonly depth: number;
  readonly repeats: boolean;
  readonly members: ReadonlyMap<string, unknown>;
}

export interface Facts {
  readonly token: string;
  readonly segments: readonly string[];
  readonly header: Part;
  readonly payload: Part;
}

const LEXEMES = /"(?:[^"\\]|\\.)*"|[{}[\]:]/g;

/** The depth of a JSON text, and the names of its outermost members in their order. */
const outline = (text: string): { readonly depth: number; readonly names: readonly string[] } => {
  const lexemes = text.match(LEXEMES) ?? [];
  const names: string[] = [];
  let [level, depth] = [0, 0];
  for (const [i, lexeme] of lexemes.entries()) {
    if (lexeme === '{' || lexeme === '[') depth = Math.max(depth, ++level);
    else if (lexeme === '}' || lexeme === ']') level--;
    else if (level === 1 && lexeme !== ':' && lexemes[i + 1] === ':')
      names.push(JSON.parse(lexeme));
  }
  return { depth, names };
};

const readPart = (segment: string): Part => {
  const bytes = Buffer.from(segment, 'base64url');
  const text = new TextDecoder().decode(bytes); // takes a byte order mark away
  const hasBom = bytes.subarray(0, 3).toString('latin1') === '\xef\xbb\xbf';
  try {
    const value: unknown = JSON.parse(text);
    const { depth, names } = outline(text);
    const members = new Map(Object.entries(value ?? {}));
    return { hasBom, depth, repeats: new Set(names).size < names.length, members };
  } catch {
    return { hasBom, depth: 0, repeats: false, members: new Map() };
  }
};

export const readFacts = (token: string): Facts => {
  const segments = token.split('.');
  const [header, payload] = [readPart(segments[0] ?? ''), readPart(segments[1] ?? '')];
  return { token, segments, header, payload };
};

const isCanonical = (segment: string): boolean =>
  Buffer.from(segment, 'base64url').toString('base64url') === segment;

const MAX_TIME = Date.UTC(9999, 11, 31, 23, 59, 59) / 1000;
const isNoTime = (value: unknown): boolean =>
  typeof value === 'number' && !(value >= 0 && value <= MAX_TIME);

const TYPES = /^(?:application\/)?(?:at\+)?jwt$/i;

export interface StricterClass {
  readonly name: string;
  readonly reason: string;
  /** A token of the class that jose accepts. */
  readonly example: string;
  readonly includes: (facts: Facts) => boolean;
}

const header = (members: string): string => rawToken(`{"alg":"HS256",${members}}`, '{}');
const payload = (members: string): string => rawToken(HEADER, `{${members}}`);

export const STRICTER: readonly StricterClass[] = [
  {
    name: 'size',
    reason: 'a token has at most 8192 bytes, so that nothing large is decoded or hashed',
    example: tokenOf({ a: 'x'.repeat(8192) }),
    includes: ({ token }) => token.length > 8192,
  },
  {
    name: 'spelling',
    reason:
      'one token has one spelling: no padding, white space or bits to spare (RFC 7515 section 2)',
    example: `${tokenOf({})}=`,
    includes: ({ segments }) => !segments.every(isCanonical),
  },
  {
    name: 'nesting',
    reason: 'deep nesting is made to exhaust a stack: at most 64 levels',
    example: payload(`"a":${'['.repeat(64)}${']'.repeat(64)}`),
    includes: (facts) => facts.header.depth > 64 || facts.payload.depth > 64,
  },
  {
    name: 'repeated member',
    reason: 'readers differ on which one counts (RFC 7515 section 4, RFC 7519 section 4)',
    example: payload(`"exp":${NOW - 1},"exp":${NOW + 1}`),
    includes: (facts) => facts.header.repeats || facts.payload.repeats,
  },
  {
    name: 'byte order mark',
    reason: 'JSON text must not have one (RFC 8259 section 8.1)',
    example: rawToken(HEADER, '\uFEFF{}'),
    includes: (facts) => facts.header.hasBom || facts.payload.hasBom,
  },
  {
    name: 'typ',
    reason: 'other kinds of token are not for an API (RFC 8725 section 3.11)',
    example: header('"typ":"dpop+jwt"'),
    includes: (facts) => {
      const typ = facts.header.members.get('typ');
      return facts.header.members.has('typ') && !(typeof typ === 'string' && TYPES.test(typ));
    },
  },
  {
    name: 'kid that is not a string',
    reason: 'a kid is a string (RFC 7515 section 4.1.4)',
    example: header('"kid":1'),
    includes: ({ header: { members } }) =>
      members.has('kid') && typeof members.get('kid') !== 'string',
  },
  {
    name: 'crit or b64',
    reason: 'no extension is known here (RFC 7515 section 4.1.11, RFC 7797 section 7)',
    example: header('"crit":["b64"],"b64":true'),
    includes: ({ header: { members } }) => members.has('crit') || members.has('b64'),
  },
  {
    name: 'time out of range',
    reason: 'a time is from 1970 to 9999: beyond it are milliseconds and mistakes',
    example: payload('"exp":1e50'),
    includes: ({ payload: { members } }) =>
      ['exp', 'nbf', 'iat'].some((claim) => isNoTime(members.get(claim))),
  },
  {
    name: 'iat in the future',
    reason: 'a token that is issued more than 60 s from now is made with a wrong clock, or forged',
    example: payload(`"iat":${NOW + 61}`),
    includes: ({ payload: { members } }) => Number(members.get('iat') ?? 0) > NOW + 60,
  },
];

/** The classes that a token falls into. */
export const classesOf = (token: string): readonly string[] => {
  const facts = readFacts(token);
  return STRICTER.filter(({ includes }) => includes(facts)).map(({ name }) => name);
};
