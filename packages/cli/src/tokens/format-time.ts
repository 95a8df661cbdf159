// Times of a token as people read them.
import { SECONDS } from '../argv/values.ts';

const UNITS = [
  ['year', SECONDS.y],
  ['day', SECONDS.d],
  ['hour', SECONDS.h],
  ['minute', SECONDS.m],
] as const;

/** One of a unit is told only where it is about one; else the smaller unit says more: 90 minutes. */
const toDistance = (seconds: number): string => {
  const isUnit = (size: number): boolean => {
    const count = Math.abs(seconds) / size;
    return count >= 1.95 || Math.abs(count - 1) < 0.01;
  };
  const [unit, size] = UNITS.find(([, one]) => isUnit(one)) ?? ['second', 1];
  const count = Math.floor(Math.abs(seconds) / size + 0.05);
  // Intl.RelativeTimeFormat would take longer than the rest of a command.
  const distance = `${count} ${unit}${count === 1 ? '' : 's'}`;
  return seconds < 0 ? `${distance} ago` : `in ${distance}`;
};

const pad = (number: number): string => String(number).padStart(2, '0');

/** RFC 3339 in UTC, or with the offset of the local time zone. */
const toDate = (seconds: number, isLocal: boolean): string => {
  const date = new Date(seconds * 1000);
  if (!isLocal) return date.toISOString().replace('.000Z', 'Z');
  const offset = -date.getTimezoneOffset();
  const zone = `${offset < 0 ? '-' : '+'}${pad(Math.floor(Math.abs(offset) / 60))}:${pad(Math.abs(offset) % 60)}`;
  return new Date(date.getTime() + offset * 60_000).toISOString().slice(0, 19) + zone;
};

/** Whether a value is a time that a date can show. */
export const isTime = (value: unknown): value is number =>
  typeof value === 'number' && Math.abs(value) <= 8.64e12;

const toWords = (seconds: number): string => toDistance(seconds - Math.floor(Date.now() / 1000));

/** A time in seconds as a date and in words: `2030-01-31T12:00:00Z (in 90 days)`. */
export const formatTime = (seconds: number, isLocal = false): string =>
  `${toDate(seconds, isLocal)} (${toWords(seconds)})`;

/** Until when a token is good, the words first: `expires in 90 days (2030-01-31T12:00:00Z)`. */
export const formatExpiry = (seconds: number | undefined, isLocal = false): string =>
  seconds === undefined
    ? 'never expires'
    : `expires ${toWords(seconds)} (${toDate(seconds, isLocal)})`;
