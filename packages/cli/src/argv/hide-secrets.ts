// What an error quotes of the command line: what may be a secret is cut short there, wherever the message comes from.
import { existsSync } from 'node:fs';
import { quote } from '../io/io.ts';
import { DASHES, readingsOf } from './secrets-in-argv.ts';

const MIN_LENGTH = 20;
const MAX_LENGTH = 1024;
const SHOWN = 4;

/** A number, or the name of a command, an option or a code, also with a slip: a few words in letters. */
const NAME =
  /^(?:\d{1,39}|(?=.{0,31}$)(?:-{0,2}[a-z]{1,15}(?:-[a-z]{1,15}){0,2}|err(?:_[a-z]{1,15}){1,4}))$/i;

/** How often letters of either case and digits take turns: at every other place of a random text, in names seldom. */
const countTurns = (text: string): number =>
  (text.match(/(?=[a-z][A-Z\d]|[A-Z][a-z\d]|\d[A-Za-z])/g) ?? []).length;

/** Whether a text has a random part: base64 may hold slashes, as a path does. */
const looksRandom = (text: string): boolean => {
  const plain = text.replace(/[^\w./\\-]/g, '');
  return Array.from(plain, (_, i) => plain.slice(i, i + 20)).some((part) => countTurns(part) >= 8);
};

/** A path, a URL, a host or a range. */
const isPlace = (text: string): boolean =>
  /^(?=.*[./])[\p{L}\p{N}\p{C}\s_.~@:/\\?&=%+,*[\]-]+$/u.test(text) &&
  text.split(/\s/).length <= 3 &&
  (text.includes('/') || text.split('.').length <= 4) &&
  !looksRandom(text);

const mayBeSecret = (text: string): boolean =>
  text.length >= MIN_LENGTH &&
  (text.length > MAX_LENGTH || !(NAME.test(text) || isPlace(text) || existsSync(text)));

const shorten = (text: string): string => {
  const start = Array.from(text).slice(0, SHOWN).join('');
  return `${quote(start).slice(1, -1)}...(${text.length} characters)`;
};

/** Cuts short in a message what may be a secret, and stands in the command line. */
export const hideSecrets = (message: string, argv: readonly string[]): string => {
  const texts = argv
    .flatMap(readingsOf)
    .flatMap((text) => [text, text.split('=')[0] ?? ''])
    .flatMap((text) => [text, text.replace(DASHES, '')])
    .filter(mayBeSecret)
    .sort((a, b) => b.length - a.length);
  let hidden = message;
  for (const text of new Set(texts)) {
    // As messages write it: as a name, as a word to copy, as a part of a path, in another case.
    for (const form of [
      text,
      quote(text).slice(1, -1),
      text.replaceAll("'", "'\\''"),
      text.replace(/\/+/g, '/'),
    ]) {
      const pattern = new RegExp(form.replace(/[^\w\s]/g, '\\$&'), 'gi');
      hidden = hidden.replace(pattern, () => shorten(text));
    }
  }
  return hidden;
};
