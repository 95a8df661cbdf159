// What the text of an option means. Every refusal names the option and never repeats the text.
import { UsageError } from '../io/io.ts';

/** @throws {UsageError} for anything but a whole number between the two */
export const parseInteger = (option: string, value: string, min: number, max: number): number => {
  const number = /^\d{1,8}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw new UsageError(`--${option} takes a whole number from ${min} to ${max}`);
};

/** @throws {UsageError} for anything but one of the words */
export const parseWord = <const W extends string>(
  option: string,
  value: string | undefined,
  words: readonly W[],
): W => {
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  throw new UsageError(`--${option} takes ${words.slice(0, -1).join(', ')} or ${words.at(-1)}`);
};

/** The seconds in each unit of a duration. */
export const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800, y: 31_536_000 };
const MAX_SECONDS = 100 * SECONDS.y;

/**
 * Reads a duration such as `45s`, `30m`, `12h`, `90d`, `6w` or `1y` as seconds.
 *
 * @throws {UsageError} for anything else; a number without a unit is refused
 */
export const parseDuration = (option: string, text: string): number => {
  const [, count, unit] = /^([1-9]\d{0,9})([smhdwy])$/.exec(text) ?? [];
  const seconds = Number(count) * SECONDS[unit as keyof typeof SECONDS]; // NaN when nothing matched
  if (seconds <= MAX_SECONDS) return seconds;
  throw new UsageError(
    `--${option} takes a duration of at most 100y: 45s, 30m, 12h, 90d, 6w or 1y`,
  );
};

/**
 * Reads a point in time, a duration from now or an RFC 3339 time, as seconds since 1970.
 *
 * @throws {UsageError} for anything else
 */
export const parseTime = (option: string, text: string, nowSeconds: number): number => {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(text)) {
    try {
      return nowSeconds + parseDuration(option, text);
    } catch {
      throw new UsageError(
        `--${option} takes a time like 2030-01-31T12:00:00Z, or a duration from now: 30m, 12h, 90d`,
      );
    }
  }
  const milliseconds = Date.parse(text);
  // Date.parse reads the 30th of February as the 2nd of March.
  const day = text.slice(0, 10);
  if (Number.isNaN(milliseconds) || new Date(day).toISOString().slice(0, 10) !== day)
    throw new UsageError(`--${option} names a day or an hour that does not exist`);
  return Math.floor(milliseconds / 1000);
};
