// Numbers that JSON can write and a double cannot hold: 12345678901234567890, 1e999.
// They are kept as their own text, so that what is shown is what was written.
import { randomUUID } from 'node:crypto'; // the global crypto takes longer to load

/** A string or a number of JSON text. */
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
/** Marks the text of a number; random, so that a claim cannot pass for one. */
const MARK = randomUUID();

/** The digits of a decimal number without zeros at either end, and the place of its point. */
const toDecimal = (number: string): string => {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  const scale = Number(exponent) - fraction.length + digits.length - significant.length;
  return `${sign}${significant}e${scale}`;
};

/** Whether a double holds exactly the number that its text denotes. */
const isExactNumber = (number: string): boolean => {
  const value = Number(number);
  return Number.isFinite(value) && toDecimal(String(value)) === toDecimal(number);
};

/** The first member that an object of JSON text has twice: a parser keeps one of them without a word. */
export const findRepeatedMember = (json: string): string | undefined => {
  const open: Set<string>[] = [];
  for (const [token, isName] of json.matchAll(/"(?:[^"\\]|\\.)*"(?:\s*(:))?|[{}[\]]/g)) {
    if (token === '{' || token === '[') open.push(new Set());
    else if (token === '}' || token === ']') open.pop();
    else if (isName !== undefined) {
      const name: string = JSON.parse(token.slice(0, -1));
      if (open.at(-1)?.has(name)) return name;
      open.at(-1)?.add(name);
    }
  }
  return undefined;
};

/** Parses JSON with every inexact number as a marked text. @throws {SyntaxError} */
export const parseExactly = (json: string): unknown => {
  JSON.parse(json);
  return JSON.parse(
    json.replace(TOKENS, (token) =>
      token.startsWith('"') || isExactNumber(token) ? token : `"${MARK}${token}"`,
    ),
  );
};

/** Puts the numbers of `parseExactly` back into its value as JSON. */
export const unmark = (json: string): string =>
  json.replace(new RegExp(`"${MARK}([^"]*)"`, 'g'), '$1');

/** A value of `parseExactly` as text: a string as it is, anything else as JSON. */
export const toText = (value: unknown): string =>
  typeof value === 'string' ? value.replace(MARK, '') : unmark(JSON.stringify(value));

/** The inexact numbers in a value of `parseExactly`, by their place: `/id`, `/list/0`. */
export const listInexact = (value: unknown, place = ''): readonly (readonly [string, string])[] => {
  if (typeof value === 'string') {
    return value.startsWith(MARK) ? [[place, value.slice(MARK.length)]] : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    listInexact(member, `${place}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
};
