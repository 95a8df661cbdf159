import { toPublicPaths } from '../request.ts';

/** Scopes that requests below a path need, beside a good token: `{ '/admin': 'admin' }`. */
export type PathScopes = Readonly<Record<string, string | readonly string[]>>;

const MAX_DECODINGS = 3;

const decodeOnce = (text: string): string =>
  text
    .replace(/%u([\da-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** Bytes as the text that a server may see in them: UTF-8, with the overlong forms that some accept. */
const toText = (bytes: string): string => {
  const short = bytes.replace(/[\xc0\xc1][\x80-\xbf]/g, (pair) =>
    String.fromCharCode(((pair.charCodeAt(0) & 1) << 6) | (pair.charCodeAt(1) & 0x3f)),
  );
  if (!/^[\0-\xff]*$/.test(short)) return short;
  return new TextDecoder().decode(Uint8Array.from(short, (char) => char.charCodeAt(0)));
};

/** A path decoded again and again, in lower case and with one form for each character. */
const decode = (path: string): string => {
  if (/^[\x20-\x24\x26-\x7e]*$/.test(path)) return path.toLowerCase(); // nothing to decode
  let text = path;
  for (let i = 0; i < MAX_DECODINGS; i++) text = decodeOnce(text);
  return toText(text).normalize('NFKC').toLowerCase();
};

const countSlashes = (text: string): number => text.split(/[/\u2044\u2215]/).length;

/**
 * Whether servers disagree on where a path leads: some decode before they resolve dot segments, cut a query or split
 * segments, and some after.
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
 * The path that a lenient server would make of one: decoded, any slash a slash, without parameters, dot segments,
 * empty segments and invisible characters, in lower case.
 */
const normalize = (path: string): string => {
  const text = decode(path);
  const segments: string[] = [];
  for (const part of (text.split(/[?#]/, 1)[0] ?? '').split(/[/\\\u2044\u2215]/)) {
    const segment = part
      .replace(/;.*$/s, '')
      .replace(/[^\x21-\x7e\xa1-\uffff]|\xad|[\u200b-\u200f\u202a-\u202e\u2060\ufeff]/g, '');
    if (segment === '..') segments.pop();
    else if (!/^\.*$/.test(segment)) segments.push(segment.replace(/\.+$/, ''));
  }
  return `/${segments.join('/')}`;
};

/**
 * Creates what tells the scopes that a path needs: those of every prefix that it begins with, as it was sent or as a
 * server may read it. A path on which servers disagree, or an unknown one (empty), needs them all.
 *
 * @throws {TypeError} when a prefix is not a plain path, or there is no scope for it
 */
export const createPathScopes = (pathScopes: PathScopes): ((path: string) => readonly string[]) => {
  toPublicPaths(Object.keys(pathScopes));
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
  // Behind a dot there may be a format: many frameworks route /admin.json as /admin.
  const isBelow = (path: string, prefix: string): boolean =>
    path.startsWith(prefix) && /^(?:$|[/.])/.test(path.slice(prefix.length));
  const all = [...new Set(rules.flatMap(({ needed }) => needed))];
  return (path) => {
    if (path === '' || isAmbiguous(path)) return all;
    const folded = normalize(path);
    const matching = rules.filter(
      (rule) => isBelow(path, rule.plain) || isBelow(folded, rule.folded),
    );
    return [...new Set(matching.flatMap(({ needed }) => needed))];
  };
};
