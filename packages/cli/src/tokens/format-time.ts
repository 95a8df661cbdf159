// Times of a token as people read them.
import { SECONDS } from '../argv/values.ts';

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
