// What a token says, unverified: as values, and as lines for people.
import { createHash } from 'node:crypto';
import { type Io, toJson } from '../io/io.ts';
import { type OutputStream, paintFor, widthOf, wrap } from '../io/style.ts';
import { listInexact, parseExactly, unmark } from './exact-json.ts';
import { formatTime, isTime } from './format-time.ts';

type Part = 'header' | 'claims';

/** The JSON of a part of a token; `undefined` where it is not JSON. */
export const decodePart = (
  token: string,
  part: Part,
  parse: (json: string) => unknown = JSON.parse,
): unknown => {
  const segment = token.split('.')[part === 'header' ? 0 : 1] ?? '';
  try {
    return parse(Buffer.from(segment, 'base64url').toString());
  } catch {
    return undefined;
  }
};

/** The members of a part of a token; none where it is not a JSON object. */
export const membersOf = (
  token: string,
  part: Part,
  parse?: (json: string) => unknown,
): { readonly [name: string]: unknown } => Object(decodePart(token, part, parse));

/** For JSON: the numbers in a part of a token that a double cannot hold, as the token has them. */
export const findInexact = (
  token: string,
  part: Part = 'claims',
): { readonly [name: string]: object } => {
  const found = listInexact(decodePart(token, part, parseExactly));
  const name = part === 'claims' ? 'inexact' : 'inexactHeader';
  return found.length === 0 ? {} : { [name]: Object.fromEntries(found) };
};

/** The name of a token in `ZEP_AUTH_REVOKED`. */
export const toDigest = (token: string): string =>
  `sha256:${createHash('sha256').update(token).digest('hex')}`;

const toName = (name: string): string => (/^[\w.:@/-]+$/.test(name) ? name : toJson(name));
/** A value of `parseExactly` as JSON that is safe to show. */
export const toValue = (value: unknown): string => unmark(toJson(value));

/**
 * The members of a part of a token in columns, one line each: a name, its value, and for a time what it means, which
 * gets a separate line at a narrow terminal. Lines may be printed behind two spaces.
 */
export const toTable = (
  token: string,
  part: Part,
  stream: OutputStream,
  env: Io['env'],
  isLocal: boolean,
): readonly string[] => {
  const paint = paintFor(stream, env);
  const content = decodePart(token, part, parseExactly);
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    return [toValue(content)];
  }
  const width = Math.max(...Object.keys(content).map((name) => toName(name).length));
  return Object.entries(content).flatMap(([name, value]) => {
    const start = `${paint('bold', toName(name).padEnd(width))}  ${toValue(value)}`;
    const isShown = ['exp', 'nbf', 'iat'].includes(name) && isTime(value);
    if (!isShown) return start;
    const time = formatTime(value, isLocal);
    const isLong = width + 6 + toValue(value).length + time.length > widthOf(stream);
    if (!stream.isTTY || !isLong) return `${start}  ${paint('dim', time)}`;
    const lines = wrap(time, widthOf(stream) - width - 4);
    return [start, ...lines.map((line) => ' '.repeat(width + 2) + paint('dim', line))];
  });
};
