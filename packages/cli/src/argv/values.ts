// What the text of an option means. Every refusal names the option, the text and what is expected.
import { UsageError } from '../io/errors.ts';
import { quote } from '../io/io.ts';

/** Says that the text of an option is not what is expected. */
export const refuse = (
  option: string,
  text: string,
  expected: string,
  example: string,
): UsageError => {
  const message = `--${option} ${quote(text)} is not ${expected}`;
  return new UsageError(message, `for example: --${option} ${example}`);
};

/** A number alone has no unit: the usual one is suggested. */
const toExample = (text: string, unit: string, usual: string): string =>
  /^[1-9]\d{0,3}$/.test(text) ? text + unit : usual;

export const parseInteger = (text: string, option: string, min: number, max: number): number => {
  const number = /^\d{1,8}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw refuse(option, text, `a whole number from ${min} to ${max}`, String(min));
};

/** One of the words, in any case. */
export const parseWord = <const W extends string>(
  text: string,
  option: string,
  words: readonly W[],
): W => {
  const found = words.find((word) => word === text.toLowerCase());
  if (found !== undefined) return found;
  const expected = `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
  throw refuse(option, text, expected, words[0] ?? '');
};

/** The seconds in each unit of a duration. */
export const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800, y: 31_536_000 };
const MAX_SECONDS = 100 * SECONDS.y;

const UNIT = /^(\d{1,10})\s*(seconds?|sec|minutes?|min|hours?|days?|weeks?|years?|[smhdwy])\s*/;

/** The seconds of `30days` or `1h30m`; `undefined` for anything else. A number alone has no unit. */
export const readDuration = (text: string): number | undefined => {
  let seconds = 0;
  for (let rest = text; rest !== ''; ) {
    const [whole, count, unit = ''] = UNIT.exec(rest) ?? [];
    if (whole === undefined) return undefined;
    seconds += Number(count) * SECONDS[unit.charAt(0) as keyof typeof SECONDS];
    rest = rest.slice(whole.length);
  }
  return seconds > 0 && seconds <= MAX_SECONDS ? seconds : undefined;
};

/** The seconds since 1970 of `2030-01-31`, in UTC, or of an RFC 3339 time; `undefined` for anything else. */
const readDate = (text: string): number | undefined => {
  const form = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))?$/;
  const milliseconds = form.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(milliseconds)) return undefined;
  // Date.parse reads the 30th of February as the 2nd of March.
  const day = text.slice(0, 10);
  return new Date(day).toISOString().startsWith(day) ? Math.floor(milliseconds / 1000) : undefined;
};

/** A duration such as `45s`, `30m`, `12h`, `30days`, `1h30m` or `1y`, in seconds. A number needs a unit. */
export const parseDuration = (text: string, option: string): number => {
  const seconds = readDuration(text);
  if (seconds !== undefined) return seconds;
  const expected = 'a duration of at most 100y, such as 45s, 30m, 1h30m, 90d or 1y';
  throw refuse(option, text, expected, toExample(text, 's', '30s'));
};

/** A point in time, in seconds since 1970: a date, an RFC 3339 time, or a duration from now. */
export const parseTime = (text: string, option: string): number => {
  const fromNow = readDuration(text);
  const seconds = fromNow === undefined ? readDate(text) : Math.floor(Date.now() / 1000) + fromNow;
  if (seconds !== undefined) return seconds;
  const expected = 'a date (2030-01-31), a time (2030-01-31T12:00:00Z) or a duration (90d)';
  throw refuse(option, text, expected, toExample(text, 'd', '90d'));
};
