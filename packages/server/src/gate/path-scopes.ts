import { assertOptions } from '@zep-auth/core/internal';
import { toPublicPaths } from '../request.ts';

/**
 * The scopes that a token needs for a path and everything below it: `{ '/admin': 'admin' }`. A string may name several,
 * separated by single spaces.
 */
export type PathScopes = Readonly<Record<string, string | readonly string[]>>;

const MAX_DECODINGS = 3;

const decodeOnce = (text: string): string =>
  text
    .replace(/%u([\da-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/**
 * Decodes bytes as UTF-8, including the overlong two-byte forms that some servers accept. Text with a character above
 * U+00FF is not bytes: only its overlong forms are decoded.
 */
const toText = (bytes: string): string => {
  const short = bytes.replace(/[\xc0\xc1][\x80-\xbf]/g, (pair) =>
    String.fromCharCode(((pair.charCodeAt(0) & 1) << 6) | (pair.charCodeAt(1) & 0x3f)),
  );
  if (!/^[\0-\xff]*$/.test(short)) return short;
  return new TextDecoder().decode(Uint8Array.from(short, (char) => char.charCodeAt(0)));
};

/** Decodes a path `MAX_DECODINGS` times, and returns it as text in one form (NFKC) and in lower case. */
const decode = (path: string): string => {
  if (/^[\x20-\x24\x26-\x7e]*$/.test(path)) return path.toLowerCase(); // nothing to decode
  let text = path;
  for (let i = 0; i < MAX_DECODINGS; i++) text = decodeOnce(text);
  return toText(text).normalize('NFKC').toLowerCase();
};

const countSlashes = (text: string): number => text.split(/[/\u2044\u2215]/).length;

/**
 * Whether servers may disagree on where a path leads. Some decode it before they resolve dot segments, cut off the query
 * or split it into segments; others decode it after that.
 */
const isAmbiguous = (path: string): boolean => {
  const text = decode(path);
  return (
    /[\\?#;\0]|%[\da-f]{2}|[/\u2044\u2215]{2}|(?:^|[/\u2044\u2215])\.{1,2}(?:$|[/\u2044\u2215])/.test(
      text,
    ) || countSlashes(text) !== path.split('/').length
  );
};

/**
 * Reads a path as a lenient server might. It decodes the path, treats every kind of slash as `/`, and removes the query,
 * parameters, dot segments, empty segments, trailing dots, spaces and invisible characters. The result is in lower case.
 */
const normalize = (path: string): string => {
  const text = decode(path);
  const segments: string[] = [];
  for (const part of (text.split(/[?#]/, 1)[0] ?? '').split(/[/\\\u2044\u2215]/)) {
    const segment = part
      .replace(/;.*$/s, '')
      .replace(/[^\x21-\x7e\xa1-\uffff]|\xad|[\u200b-\u200f\u202a-\u202e\u2060\ufeff]/g, '');
    if (segment === '..') segments.pop();
    else if (!/^\.*$/.test(segment)) segments.push(segment.replace(/(?<!\.)\.+$/, '')); // from the first dot only: a path may be all dots
  }
  return `/${segments.join('/')}`;
};

/**
 * Creates a function that returns the scopes a path needs: those of every prefix that matches. A prefix may match the
 * path as it was sent, or as a lenient server may read it. An ambiguous path needs all scopes, and so does an empty one,
 * which stands for an unknown path.
 *
 * @throws {TypeError} when a prefix is not a plain path, or its scopes are missing or malformed
 */
export const createPathScopes = (pathScopes: PathScopes): ((path: string) => readonly string[]) => {
  const prefixes = Object.keys(pathScopes);
  assertOptions('pathScopes', pathScopes, prefixes); // of a Map it would read nothing
  toPublicPaths(prefixes);
  const rules = Object.entries(pathScopes).map(([prefix, scopes]) => {
    const needed = typeof scopes === 'string' ? scopes.split(' ') : scopes;
    // RFC 6749 section 3.3
    if (
      needed.length === 0 ||
      !needed.every((scope) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope))
    ) {
      throw new TypeError(`pathScopes: '${prefix}' needs scopes: printable ASCII without " and \\`);
    }
    const plain = prefix.replace(/\/$/, '');
    return { needed, plain, folded: normalize(plain).replace(/^\/$/, '') };
  });
  // A dot may begin a format suffix: many frameworks route /admin.json as /admin.
  const isBelow = (path: string, prefix: string): boolean =>
    path.startsWith(prefix) && /^(?:$|[/.])/.test(path.slice(prefix.length));
  const all = [...new Set(rules.flatMap(({ needed }) => needed))];
  if (all.length === 0) return () => all;
  return (path) => {
    if (path === '' || isAmbiguous(path)) return all;
    const folded = normalize(path);
    const matching = rules.filter(
      (rule) => isBelow(path, rule.plain) || isBelow(folded, rule.folded),
    );
    return [...new Set(matching.flatMap(({ needed }) => needed))];
  };
};
