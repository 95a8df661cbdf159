// Why a token is refused, with the facts: when it expired, which issuer it names and which one is expected.
import type { AuthConfig, AuthError } from '@zep-auth/core';
import { toJson } from '../io/io.ts';
import { decodePart } from './decode.ts';
import { formatTime } from './format-time.ts';

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
