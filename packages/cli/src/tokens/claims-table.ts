// What a token says, in columns: a name, its value, and for a time what it means.
// Never lets a character of a token command a terminal.
import { toText } from '../io/io.ts';
import type { Paint } from '../io/style.ts';
import { formatTime } from './format-time.ts';

const TIMES = ['exp', 'nbf', 'iat'];
/** The greatest time that a date can show, in seconds. */
const MAX_TIME = 8.64e12;

const toName = (name: string): string => (/^[\w.:@/-]+$/.test(name) ? name : toText(name));

/** The members of a part of a token, a line each; what is no object, as it is. */
export const toTable = (part: unknown, paint: Paint, nowSeconds: number): readonly string[] => {
  if (typeof part !== 'object' || part === null || Array.isArray(part)) return [toText(part)];
  const members = Object.entries(part).map(([name, value]) => ({
    name,
    label: toName(name),
    value,
  }));
  const width = Math.max(...members.map(({ label }) => label.length));
  return members.map(({ name, label, value }) => {
    const start = `${paint('bold', label.padEnd(width))}  ${toText(value)}`;
    const isTime = TIMES.includes(name) && typeof value === 'number' && Math.abs(value) <= MAX_TIME;
    return isTime ? `${start}  ${paint('dim', formatTime(value, nowSeconds))}` : start;
  });
};
