const UNITS = [
  ['year', 31_536_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

const dates = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'long',
  timeStyle: 'medium',
  timeZone: 'UTC',
});
const distances = new Intl.RelativeTimeFormat('en');
const MAX_DATE_SECONDS = 8.64e12; // the last second that Date can express

/** Formats seconds since 1970 as `31 January 2030 at 12:00:00 UTC (in 90 days)`. Undefined if they are not a date. */
export const timeInWords = (seconds: unknown, nowSeconds: number): string | undefined => {
  if (typeof seconds !== 'number' || Math.abs(seconds) > MAX_DATE_SECONDS) return undefined;
  const distance = seconds - nowSeconds;
  const fits = ([, size]: readonly [string, number]): boolean => Math.abs(distance) >= 1.95 * size;
  const [unit, size] = UNITS.find(fits) ?? ['second', 1];
  const words = distances.format(Math.round(distance / size), unit);
  return `${dates.format(seconds * 1000)} UTC (${words})`;
};
