// A token that is refused here: which check fails, and what was done wrong. An explanation never lifts a refusal.
import { randomUUID } from 'node:crypto';
import {
  type AuthError,
  type AuthErrorCode,
  createVerifier,
  isAuthError,
  keyIds,
} from '@zep-auth/core';
import { STORE_VARIABLE, toOption } from '../config.ts';
import { readText } from '../files/read-text.ts';
import { readStdin } from '../io/decode-text.ts';
import { isCliError } from '../io/errors.ts';
import type { Io } from '../io/io.ts';
import { membersOf } from '../tokens/decode.ts';
import { formatExpiry, formatTime } from '../tokens/format-time.ts';
import { ADVICE, explainRefusal, nameKeys } from '../tokens/refusal.ts';
import { assertWholeToken } from '../tokens/token-input.ts';
import type { Environment, Secret, Sources } from './environment.ts';
import { findMisreading, isSignedWith } from './misread-secrets.ts';
import { type Finding, fail, pass, skipped, unknown } from './report.ts';
import type { Claims } from './site.ts';

/** Whether a URL is known to be another API than the one that the client's token is for. */
const isElsewhere = (apiUrl: string | undefined, url: URL | undefined): boolean =>
  url !== undefined &&
  apiUrl !== undefined &&
  URL.canParse(apiUrl) &&
  new URL(apiUrl).origin !== url.origin;

/**
 * Reads the token from `--token-file`, where white space around it is ignored as by `zepcli verify`, else from
 * `ZEP_API_KEY`, which is for the API of `ZEP_API_URL` where that is set.
 *
 * @throws {CliError} when the file cannot be read, or is not UTF-8 text
 */
export const findToken = async (
  io: Io,
  record: Io['env'],
  tokenFile: string | undefined,
  url: URL | undefined,
): Promise<string | undefined> => {
  const own = isElsewhere(record['ZEP_API_URL'], url) ? undefined : record['ZEP_API_KEY'];
  if (tokenFile === undefined) return own || undefined;
  const text = tokenFile === '-' ? readStdin(io, 'the token') : readText(io, tokenFile);
  return (await text).trim();
};

const refused = (code: AuthErrorCode, detail: string, advice = ADVICE[code] ?? ''): Finding =>
  fail(`${detail} (${code})`, advice);

/** Why no key here fits the signature. */
const explainSignature = (
  token: string,
  secrets: readonly Secret[],
  ids: readonly string[] = [],
): Finding => {
  const code = 'ERR_TOKEN_SIGNATURE';
  if (secrets.some(({ key }) => isSignedWith(token, key))) {
    return refused(
      code,
      'it is signed with a secret known here, but its kid names another',
      'leave the kid out, or name the key that signs: `zepcli token` does',
    );
  }
  for (const secret of secrets) {
    const misreading = findMisreading(token, secret);
    if (misreading === undefined) continue;
    return refused(code, `it is signed with ${misreading.what}`, misreading.advice);
  }
  return refused(
    code,
    `it is signed with a secret that is not known here, nor any usual misreading of one; ${nameKeys(token, ids)}`,
    'make a token with the secret of this server, or give this server the secret of the signer',
  );
};

/** Says whether a token would be accepted here, and if not, why. One that was asked about must not go unchecked. */
export const diagnoseToken = async (
  text: string | undefined,
  { record, config, secrets }: Pick<Environment, 'record' | 'config' | 'secrets'>,
  source: Sources = {},
  isAsked = false,
): Promise<Finding> => {
  if (text === undefined) {
    return skipped('there is no token', 'give one with --token-file or in ZEP_API_KEY');
  }
  if (secrets.some((secret) => secret.text === text)) {
    return fail(
      'it is the secret itself, which no client may have',
      'make a token with `zepcli token`, and a new secret if that one has left the server',
    );
  }
  const policy = config?.policy ?? {};
  const explain = (error: AuthError): Finding => {
    const { message, hint } = explainRefusal(error, text, policy, toOption(source));
    return refused(error.code, message.replace(/^the token cannot be used: /, ''), hint);
  };
  try {
    assertWholeToken(text);
  } catch (error) {
    if (!isAuthError(error)) throw error;
    return explain(error);
  }
  const [current] = secrets;
  if (current === undefined) {
    const { exp } = membersOf(text, 'claims');
    if (typeof exp === 'number' && exp >= 0 && exp <= Date.now() / 1000)
      return refused('ERR_TOKEN_EXPIRED', `it has expired on ${formatTime(exp)}`);
    const words = 'there is no secret here to check it with';
    return isAsked ? unknown(words, 'add --dotenv .env, the file of the server') : skipped(words);
  }
  const keyring = config?.keyring;
  if (config === undefined || keyring === undefined) {
    return isSignedWith(text, current.key)
      ? unknown('it is signed with the secret, but the configuration is wrong')
      : explainSignature(text, secrets);
  }
  try {
    const { claims } = await createVerifier({ keyring, ...config.policy }).verify(text);
    if (record[STORE_VARIABLE])
      await (await import('../store.ts')).assertNotRevoked(record, text, claims);
    return pass(`it is accepted here; it ${formatExpiry(claims.exp)}`);
  } catch (error) {
    if (isCliError(error)) return unknown(`whether it is revoked: ${error.message}`, error.hint);
    if (!isAuthError(error)) throw error;
    return error.code === 'ERR_TOKEN_SIGNATURE'
      ? explainSignature(text, secrets, await keyIds(keyring))
      : explain(error);
  }
};

/** What the tokens of a probe claim: what the configuration asks for, and the caller's claims if those may be sent. */
export const claimsFor = (
  token: string | undefined,
  { config, secrets }: Environment,
  sendClaims: boolean,
): Claims => {
  const { issuer, audience } = config?.policy ?? {};
  const asked = { iss: issuer, aud: audience };
  const [secret] = secrets;
  if (!sendClaims || token === undefined || secret === undefined) return asked;
  if (!isSignedWith(token, secret.key)) return asked;
  const { nbf, jti, ...claims } = membersOf(token, 'claims');
  return { ...asked, ...claims, ...(jti !== undefined && { jti: randomUUID() }) };
};
