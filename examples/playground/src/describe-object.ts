// Shows a header or claims as a list. Characters that are invisible or reverse others are shown as escapes.
import { create } from './elements.ts';
import type { JsonObject } from './read-token.ts';
import { timeInWords } from './time-in-words.ts';

// RFC 7515 section 4.1, RFC 7519 section 4.1, RFC 8693 section 4.2
const MEANINGS = new Map([
  ['alg', 'algorithm'],
  ['typ', 'type'],
  ['kid', 'key id'],
  ['iss', 'issuer'],
  ['sub', 'subject'],
  ['aud', 'audience'],
  ['scope', 'scopes'],
  ['jti', 'token id'],
  ['exp', 'expires'],
  ['nbf', 'not before'],
  ['iat', 'issued'],
]);
const TIMES = new Set(['exp', 'nbf', 'iat']);

const toEscape = (character: string): string => `\\u{${character.codePointAt(0)?.toString(16)}}`;
const toVisible = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, toEscape);

const describeMember = ([name, value]: readonly [string, unknown], nowSeconds: number): Element => {
  const meaning = MEANINGS.get(name);
  const words = TIMES.has(name) ? timeInWords(value, nowSeconds) : undefined;
  return create(
    'div',
    create(
      'dt',
      create('code', toVisible(name)),
      ...(meaning === undefined ? [] : [' ', create('span.meaning', meaning)]),
    ),
    create(
      'dd',
      create('code', toVisible(JSON.stringify(value))),
      ...(words === undefined ? [] : [' ', create('span.words', words)]),
    ),
  );
};

/** Shows one part of a token. */
export const describeObject = (object: JsonObject | undefined, nowSeconds: number): Element => {
  if (object === undefined) return create('p.empty', 'This cannot be read as a JSON object.');
  const members = Object.entries(object);
  if (members.length === 0) return create('p.empty', 'None.');
  return create('dl', ...members.map((member) => describeMember(member, nowSeconds)));
};
