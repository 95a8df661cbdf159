// Why a token is refused, with the facts: when it expired, which issuer it names and which one is expected.
import type { AuthConfig, AuthError, AuthErrorCode } from '@zep-auth/core';
import { toJson, toWord } from '../io/io.ts';
import { decodePart } from './decode.ts';
import { formatTime } from './format-time.ts';

/** What to do about a refusal. */
export const ADVICE: Partial<Record<AuthErrorCode, string>> = {
  ERR_TOKEN_MALFORMED: 'copy the token again, whole; or make one with `zepcli token`',
  ERR_TOKEN_TOO_LARGE: 'put fewer claims into it',
  ERR_TOKEN_ALGORITHM: 'have it signed with HS256, or make one with `zepcli token`',
  ERR_TOKEN_EXPIRED: 'make a new one: `zepcli token --dotenv .env --sub NAME --expires-in 90d`',
  ERR_TOKEN_NOT_YET_VALID: 'set the clocks of this machine and of the signer, or wait',
  ERR_TOKEN_CLAIM: 'make a token with the claims that the configuration asks for',
  ERR_TOKEN_REVOKED:
    'make a new one; or take it out of ZEP_AUTH_REVOKED or, with --undo, the store',
};

/**
 * What to do about the refusal of a token whose signature holds: an expired one is made again with what it claims, as
 * far as that is plain words.
 */
export const adviseOn = (
  code: AuthErrorCode,
  token: string,
  source: string,
): string | undefined => {
  if (code !== 'ERR_TOKEN_EXPIRED') return ADVICE[code];
  const claims = (decodePart(token, 'claims') ?? {}) as Claims;
  const options = ['iss', 'sub', 'aud', 'scope'].flatMap((name) =>
    [claims[name]]
      .flat()
      .filter((value) => /^[\w@][\w@.:/+ -]{0,63}$/.test(String(value ?? '')))
      .map((value) => ` --${name} ${toWord(String(value))}`),
  );
  return `make a new one: \`zepcli token${source}${options.join('')} --expires-in 90d\``;
};

/** The key that a token names, where it has the form of an id, and the keys here. */
export const nameKeys = (token: string, ids: readonly string[]): string => {
  const { kid } = Object(decodePart(token, 'header')) as { readonly kid?: unknown };
  const named = /^[\w-]{11}$/.test(String(kid))
    ? `its key id is ${kid}`
    : 'it has no key id of ours';
  return ids.length === 0 ? named : `${named}, and here it is ${ids.join(' or ')}`;
};

type Claims = { readonly [name: string]: unknown };

const EXPECTED = { iss: 'issuer', aud: 'audience', sub: 'subject' } as const;

const findFact = (
  { code, claim }: AuthError,
  token: string,
  policy: AuthConfig['policy'],
  format: (seconds: number) => string,
): string | undefined => {
  const claims = (decodePart(token, 'claims') ?? {}) as Claims;
  const at = (name: string, words: string): string | undefined => {
    const time = claims[name];
    return typeof time === 'number' && Math.abs(time) < 8.64e12
      ? `${words} ${format(time)}`
      : undefined;
  };
  if (code === 'ERR_TOKEN_EXPIRED') return at('exp', 'it expired on');
  if (code === 'ERR_TOKEN_NOT_YET_VALID')
    return at('nbf', 'it is valid from') ?? at('iat', 'it was issued on');
  if (code !== 'ERR_TOKEN_CLAIM' || claim === undefined) return undefined;
  const expected = Object.hasOwn(EXPECTED, claim)
    ? (policy as Claims)[EXPECTED[claim as keyof typeof EXPECTED]]
    : undefined;
  if (claims[claim] === undefined) {
    return `it has no ${claim}${expected === undefined ? '' : `; expected ${toJson(expected)}`}`;
  }
  return expected === undefined
    ? undefined
    : `its ${claim} is ${toJson(claims[claim])}; expected ${toJson(expected)}`;
};

/** The message of a refusal, with the fact that explains it. */
export const explainRefusal = (
  error: AuthError,
  token: string,
  policy: AuthConfig['policy'],
  nowSeconds: number,
  isLocal: boolean,
): string => {
  const fact = findFact(error, token, policy, (time) => formatTime(time, nowSeconds, isLocal));
  return fact === undefined ? error.message : `${error.message}: ${fact}`;
};
