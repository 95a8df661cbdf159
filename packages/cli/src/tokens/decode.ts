// What a token says, unverified.
import { createHash } from 'node:crypto';
import { listInexact, parseExactly } from './exact-json.ts';

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

/** The same, with each number that a double cannot hold as its own text (see `exact-json.ts`). */
export const decodeExactly = (token: string, part: Part): unknown =>
  decodePart(token, part, parseExactly);

/** For JSON: the numbers in claims that a double cannot hold, as the token has them. */
export const findInexact = (token: string): { readonly inexact?: object } => {
  const found = listInexact(decodeExactly(token, 'claims'));
  return found.length === 0 ? {} : { inexact: Object.fromEntries(found) };
};

/** The name of a token in `ZEP_AUTH_REVOKED`. */
export const toDigest = (token: string): string =>
  `sha256:${createHash('sha256').update(token).digest('hex')}`;
