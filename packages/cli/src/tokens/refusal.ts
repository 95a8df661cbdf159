// Why a token is refused, with the facts: when it expired, which issuer it names and which one is expected.
import type { AuthConfig, AuthError, AuthErrorCode } from '@zep-auth/core';
import { splitHint } from '../io/errors.ts';
import { toJson, toWord } from '../io/io.ts';
import { membersOf, toValue } from './decode.ts';
import { parseExactly, toText } from './exact-json.ts';
import { formatTime, isTime } from './format-time.ts';

/** What to do about a refusal. */
export const ADVICE: Partial<Record<AuthErrorCode, string>> = {
  ERR_TOKEN_MALFORMED:
    'copy the token again, whole; if that does not help, make one with `zepcli token`',
  ERR_TOKEN_TOO_LARGE: 'put fewer claims into it',
  ERR_TOKEN_ALGORITHM: 'have it signed with HS256, or make one with `zepcli token`',
  ERR_TOKEN_EXPIRED: 'make a new one: `zepcli token --dotenv .env --sub NAME --expires-in 90d`',
  ERR_TOKEN_NOT_YET_VALID: 'set the clocks of this machine and of the signer, or wait',
  ERR_TOKEN_CLAIM: 'make a token with the claims that the configuration asks for',
  ERR_TOKEN_REVOKED:
    'make a new one; or take it out of ZEP_AUTH_REVOKED or, with --undo, the store',
};

/** Options that set these claims, as far as they are plain words; what may be a secret in a wrong place is left out. */
const toOptions = (claims: { readonly [name: string]: unknown }): string =>
  Object.entries(claims)
    .flatMap(([name, value]) => [value].flat().map((one) => [name, toText(one ?? '')] as const))
    .filter(([, text]) => /^(?!.*[\w+/=-]{40})[\w@][\w@.:/+ -]{0,63}$/.test(text))
    .map(([name, text]) => ` --${name} ${toWord(text)}`)
    .join('');

/**
 * The command that makes a token again with what it claims, and with the issuer and the audience that the configuration
 * asks for.
 */
const toCommand = (
  token: string,
  source: string,
  { issuer, audience }: AuthConfig['policy'],
): string => {
  const { iss, sub, aud, scope } = membersOf(token, 'claims', parseExactly);
  const options = toOptions({ iss: issuer ?? iss, sub, aud: audience ?? aud, scope });
  return `zepcli token${source}${options} --expires-in 90d`;
};

/** The key that a token names, where it has the form of an id, and the keys here. */
export const nameKeys = (token: string, ids: readonly string[]): string => {
  const { kid } = membersOf(token, 'header');
  const named = /^[\w-]{11}$/.test(String(kid))
    ? `its key id is ${kid}`
    : 'it has no key id of ours';
  return ids.length === 0 ? named : `${named}, and here it is ${ids.join(' or ')}`;
};

const EXPECTED = { iss: 'issuer', aud: 'audience', sub: 'subject' } as const;

const findFact = (
  { code, claim }: AuthError,
  token: string,
  policy: AuthConfig['policy'],
  isLocal: boolean,
): string | undefined => {
  const claims = membersOf(token, 'claims', parseExactly);
  const at = (name: string, words: string): string | undefined => {
    const time = claims[name];
    return isTime(time) ? `${words} ${formatTime(time, isLocal)}` : undefined;
  };
  if (code === 'ERR_TOKEN_EXPIRED') return at('exp', 'it expired on');
  if (code === 'ERR_TOKEN_NOT_YET_VALID')
    return at('nbf', 'it is valid from') ?? at('iat', 'it was issued on');
  if (code !== 'ERR_TOKEN_CLAIM' || claim === undefined) return undefined;
  const isExpected = Object.hasOwn(EXPECTED, claim);
  const expected = isExpected ? policy[EXPECTED[claim as keyof typeof EXPECTED]] : undefined;
  const words = expected === undefined ? '' : `; expected ${toJson(expected)}`;
  if (claims[claim] === undefined) return `it has no ${claim}${words}`;
  return words && `its ${claim} is ${toValue(claims[claim])}${words}`;
};

/** Why a token is refused, with the fact that explains it, and what to do; `source` is the option of the secret. */
export const explainRefusal = (
  error: AuthError,
  token: string,
  policy: AuthConfig['policy'],
  source: string,
  isLocal = false,
): { readonly message: string; readonly hint?: string | undefined } => {
  const { code, message } = error;
  if (code === 'ERR_TOKEN_MALFORMED') return { hint: ADVICE[code], ...splitHint(message) };
  const fact = findFact(error, token, policy, isLocal);
  const isMadeAgain = code === 'ERR_TOKEN_EXPIRED' || code === 'ERR_TOKEN_CLAIM';
  return {
    message: fact ? `${message}: ${fact}` : message,
    hint: isMadeAgain ? `make a new one: \`${toCommand(token, source, policy)}\`` : ADVICE[code],
  };
};
