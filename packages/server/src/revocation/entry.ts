// The entries of a store of revocations: a digest as the key, and an end. An entry that cannot be read revokes.
import type { JwtClaims } from '@zep-auth/core';
import {
  MAX_CLOCK_TOLERANCE_SECONDS,
  readTokenId,
  toHex,
  toRevokedIds,
} from '@zep-auth/core/internal';

/** One token by its text, or every token with an id. Takes exactly one of `token` and `jti`. */
export interface Revocation {
  readonly token?: string;
  readonly jti?: string;
  /** The `exp` of the token, after which the entry may be dropped. Without it, the entry stays until it is restored. */
  readonly exp?: number;
}

const DAY_SECONDS = 86_400;

/** The key of a token or an id. Hex, because drivers disagree on the characters that a key may contain. */
const toKey = async (kind: 'jti' | 'token', text: string): Promise<string> => {
  const bytes = new TextEncoder().encode(`${kind}\0${text}`);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return `r:${toHex(digest)}`;
};

/** The keys of a revocation. */
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

/** The end of a revocation, in seconds. A value that cannot be read, or is cut off, revokes forever. */
export const untilOf = (value: unknown): number => {
  if (value === null || value === undefined) return 0;
  const found = typeof value === 'string' && /^until (\d{1,15})\.$/.exec(value);
  return found ? Number(found[1]) : Number.POSITIVE_INFINITY;
};

/** When a revocation ends, in seconds: when even the most tolerant guard no longer accepts the token. */
export const endOf = ({ exp = Number.POSITIVE_INFINITY }: Revocation): number =>
  Math.ceil(exp) + MAX_CLOCK_TOLERANCE_SECONDS;

/** The value of a revocation, and for how many seconds it must be kept. */
export const toEntry = (until: number): { readonly value: string; readonly ttl?: number } => {
  if (until === Number.POSITIVE_INFINITY) return { value: 'until removed.' };
  // One day longer than necessary, because the clock here may be ahead of a guard's.
  const ttl = Math.max(0, until - Math.floor(Date.now() / 1000)) + DAY_SECONDS;
  return { value: `until ${until}.`, ttl };
};
