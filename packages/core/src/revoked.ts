import type { Engine } from './jws/engine.ts';
import { andThen, type MaybePromise } from './maybe-promise.ts';

// Without its prefix it may be a `jti` as well.
const DIGEST = /^(?:sha256:)?[0-9a-f]{64}$/i;

/** What is wrong with an entry of `revoked` that would revoke nothing. */
const findMistake = (entry: string): string | undefined => {
  if (/^["'`]?(?:bearer\s+)?ey[\w-]+\.[\w-]+\./i.test(entry)) {
    return 'holds a token; name it by sha256:<hex digest>';
  }
  return /^(?:(?:jti|id|md5)\s*[:=]|sha-?(?:1|224|256|384|512)\b|["'`])|[\r\n]/i.test(entry) &&
    !DIGEST.test(entry)
    ? 'holds neither a jti alone nor sha256:<64 hex digits>'
    : undefined;
};

/** The entries of `revoked` that would revoke nothing: the place of each, and what is wrong with it. */
export const findRevokedMistakes = (entries: readonly string[]): readonly string[] =>
  entries.flatMap((entry, i) => {
    const mistake = findMistake(entry);
    return mistake === undefined ? [] : [`(entry ${i + 1}) ${mistake}`];
  });

const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?$/i;

/**
 * The ids that a revoked `jti` stands for. Some signers number their tokens, and JSON reads `1.0` as 1 and rounds
 * large numbers, so a number stands for itself as text and as JSON reads it.
 */
export const toRevokedIds = (jti: string): readonly string[] =>
  JSON_NUMBER.test(jti) ? [...new Set([jti, String(Number(jti))])] : [jti];

/** The id by which a token can be revoked: its `jti`, where that is a string or a number. */
export const readTokenId = ({ jti }: { readonly jti?: unknown }): string | undefined =>
  typeof jti === 'string' || typeof jti === 'number' ? String(jti) : undefined;

export const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Creates the check whether a token is on a list of revoked ones, by its id or its digest. */
export const createRevokedCheck = (
  list: readonly string[] | undefined,
  { sha256 }: Pick<Engine, 'sha256'>,
): ((token: string, claims: { readonly jti?: unknown }) => MaybePromise<boolean>) => {
  const ids = new Set(list?.flatMap(toRevokedIds));
  const named = list?.filter((entry) => DIGEST.test(entry));
  const digests = new Set(named?.map((entry) => entry.slice(-64).toLowerCase()));
  return (token, claims) => {
    const id = readTokenId(claims);
    if (id !== undefined && ids.has(id)) return true;
    return digests.size > 0 && andThen(sha256(token), (digest) => digests.has(toHex(digest)));
  };
};
