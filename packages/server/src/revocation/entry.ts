// What stands in a store of revocations: the keys, and until when they revoke.
// Never a token or an id, of which there are only digests; and what cannot be read revokes.
import type { JwtClaims } from '@zep-auth/core';
import {
  MAX_CLOCK_TOLERANCE_SECONDS,
  readTokenId,
  toHex,
  toRevokedIds,
} from '@zep-auth/core/internal';

/** What is revoked: one token by its text, or every token with an id. Takes exactly one of `token` and `jti`. */
export interface Revocation {
  readonly token?: string;
  readonly jti?: string;
  /** The `exp` of what is revoked, after which nobody has to know. Without it, it is revoked until it is restored. */
  readonly exp?: number;
}

const DAY_SECONDS = 86_400;

/** The key under which a token or an id is kept. Drivers disagree on what a key may hold, but not on hex. */
const toKey = async (kind: 'jti' | 'token', text: string): Promise<string> => {
  const bytes = new TextEncoder().encode(`${kind}\0${text}`);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return `r:${toHex(digest)}`;
};

/** The keys of what is revoked. */
export const keysOf = ({ token, jti }: Revocation): Promise<string[]> => {
  if (token !== undefined) return Promise.all([toKey('token', token)]);
  return Promise.all(toRevokedIds(String(jti)).map((id) => toKey('jti', id)));
};

/** @throws {TypeError} when not exactly one of `token` and `jti` is given */
export const assertNamed = ({ token, jti }: Revocation): void => {
  if ((token === undefined) === (jti === undefined)) {
    throw new TypeError('a revocation takes exactly one of token and jti');
  }
};

/** The keys under which a token may have been revoked. */
export const keysOfToken = (token: string, claims: JwtClaims): Promise<string[]> => {
  const id = readTokenId(claims);
  return Promise.all([toKey('token', token), ...(id === undefined ? [] : [toKey('jti', id)])]);
};

/** Until when a value revokes, in seconds. What cannot be read, or is cut off, revokes forever. */
export const untilOf = (value: unknown): number => {
  if (value === null || value === undefined) return 0;
  const found = typeof value === 'string' && /^until (\d{1,15})\.$/.exec(value);
  return found ? Number(found[1]) : Number.POSITIVE_INFINITY;
};

/** Until when a revocation has to be kept, in seconds: as long as the most tolerant guard takes the token. */
export const endOf = ({ exp = Number.POSITIVE_INFINITY }: Revocation): number =>
  Math.ceil(exp) + MAX_CLOCK_TOLERANCE_SECONDS;

/** What is kept for a revocation, and for how many seconds at least. */
export const toEntry = (until: number): { readonly value: string; readonly ttl?: number } => {
  if (until === Number.POSITIVE_INFINITY) return { value: 'until removed.' };
  // A day more than it takes: the clock here may be ahead of a guard's.
  const ttl = Math.max(0, until - Math.floor(Date.now() / 1000)) + DAY_SECONDS;
  return { value: `until ${until}.`, ttl };
};
