// What a token says, in columns: a name, its value, and for a time what it means.
import { toJson } from '../io/io.ts';
import type { Paint } from '../io/style.ts';
import { unmark } from './exact-json.ts';
import { formatTime } from './format-time.ts';

const TIMES = ['exp', 'nbf', 'iat'];
/** The greatest time that a date can show, in seconds. */
const MAX_TIME = 8.64e12;

const toName = (name: string): string => (/^[\w.:@/-]+$/.test(name) ? name : toJson(name));
const toValue = (value: unknown): string => unmark(toJson(value));

/** The members of a part of a token, one line each. */
export const toTable = (
  part: unknown,
  paint: Paint,
  nowSeconds: number,
  isLocal: boolean,
): readonly string[] => {
  if (typeof part !== 'object' || part === null || Array.isArray(part)) return [toValue(part)];
  const members = Object.entries(part).map(([name, value]) => ({
    name,
    label: toName(name),
    value,
  }));
  const width = Math.max(...members.map(({ label }) => label.length));
  return members.map(({ name, label, value }) => {
    const start = `${paint('bold', label.padEnd(width))}  ${toValue(value)}`;
    const isTime = TIMES.includes(name) && typeof value === 'number' && Math.abs(value) <= MAX_TIME;
    return isTime ? `${start}  ${paint('dim', formatTime(value, nowSeconds, isLocal))}` : start;
  });
};
