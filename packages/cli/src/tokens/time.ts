// Times as people write and read them, beside the seconds of a token.
// Never guesses a unit: a number alone is refused.
import { UsageError } from '../io/io.ts';

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800, y: 31_536_000 };
const MAX_SECONDS = 100 * SECONDS.y;

/**
 * Reads a duration such as `45s`, `30m`, `12h`, `90d`, `6w` or `1y` as seconds.
 *
 * @throws {UsageError} for anything else
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
  // Date.parse takes the 30th of February for the 2nd of March.
  const day = text.slice(0, 10);
  if (Number.isNaN(milliseconds) || new Date(day).toISOString().slice(0, 10) !== day)
    throw new UsageError(`--${option} names a day or an hour that does not exist`);
  return Math.floor(milliseconds / 1000);
};

const describe = (seconds: number, nowSeconds: number): readonly [date: string, words: string] => {
  const date = new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
  const distance = seconds - nowSeconds;
  const [unit, size] = (
    [
      ['day', SECONDS.d],
      ['hour', SECONDS.h],
      ['minute', SECONDS.m],
    ] as const
  ).find(([, size]) => Math.abs(distance) >= 1.95 * size) ?? ['second', 1];
  return [date, new Intl.RelativeTimeFormat('en').format(Math.round(distance / size), unit)];
};

/** A time in seconds as a date and in words: `2030-01-31T12:00:00Z (in 90 days)`. */
export const formatTime = (seconds: number, nowSeconds: number): string => {
  const [date, words] = describe(seconds, nowSeconds);
  return `${date} (${words})`;
};

/** Until when a token is good, the words first: `expires in 90 days (2030-01-31T12:00:00Z)`. */
export const formatExpiry = (seconds: number, nowSeconds: number): string => {
  const [date, words] = describe(seconds, nowSeconds);
  return `expires ${words} (${date})`;
};
