// What a token says, unverified.
import { createHash } from 'node:crypto';
import { parseExactly } from './exact-json.ts';

const textOf = (token: string, part: 'header' | 'claims'): string =>
  Buffer.from(token.split('.')[part === 'header' ? 0 : 1] ?? '', 'base64url').toString();

/** The JSON of a part of a token; `undefined` where it is not JSON. */
export const decodePart = (token: string, part: 'header' | 'claims'): unknown => {
  try {
    return JSON.parse(textOf(token, part));
  } catch {
    return undefined;
  }
};

/** The same, with each number that a double cannot hold as its own text (see `exact-json.ts`). */
export const decodeExactly = (token: string, part: 'header' | 'claims'): unknown => {
  try {
    return parseExactly(textOf(token, part));
  } catch {
    return undefined;
  }
};

/** The name of a token in `ZEP_AUTH_REVOKED`. */
export const toDigest = (token: string): string =>
  `sha256:${createHash('sha256').update(token).digest('hex')}`;
