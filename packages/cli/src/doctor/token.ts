// A token that is refused here: which check fails, and what was done wrong. An explanation never lifts a refusal.
import {
  type AuthErrorCode,
  assertToken,
  createVerifier,
  isAuthError,
  type JwtClaims,
} from '@zep-auth/core';
import { readText } from '../files/read-text.ts';
import { dropLineEnding, readStdin } from '../io/decode-text.ts';
import type { Io } from '../io/io.ts';
import { formatTime } from '../tokens/format-time.ts';
import { explainRefusal } from '../tokens/refusal.ts';
import { readTime } from './clock.ts';
import type { Environment } from './environment.ts';
import { findMisreading, isSignedWith } from './misread-secrets.ts';
import { type Finding, fail, findBy, pass, skipped } from './result.ts';

/** A token, and what is wrong with it at first sight. */
export interface GivenToken {
  readonly text: string;
  /** Why a client could not send it. */
  readonly mistake?: string;
}

/** Whether a URL is known to be another API than the one that the client's token is for. */
const isElsewhere = (apiUrl: string | undefined, url: URL | undefined): boolean =>
  url !== undefined &&
  apiUrl !== undefined &&
  URL.canParse(apiUrl) &&
  new URL(apiUrl).origin !== url.origin;

/**
 * Reads the token from `--token-file`, else from `ZEP_API_KEY`, which is for the API of `ZEP_API_URL` where that is set.
 *
 * @throws {CliError} when the file cannot be read, or is not UTF-8 text
 */
export const findToken = async (
  io: Io,
  record: Io['env'],
  tokenFile: string | undefined,
  url: URL | undefined,
): Promise<GivenToken | undefined> => {
  const own = isElsewhere(record['ZEP_API_URL'], url) ? undefined : record['ZEP_API_KEY'];
  const read = async (file: string): Promise<string> =>
    file === '-' ? readStdin(io, 'the token') : dropLineEnding(await readText(io, file));
  const text = tokenFile === undefined ? own : await read(tokenFile);
  if (text === undefined || (text === '' && tokenFile === undefined)) return undefined;
  try {
    assertToken(text);
    return { text };
  } catch (error) {
    if (!isAuthError(error)) throw error;
    return { text, mistake: error.message };
  }
};

const ADVICE: Partial<Record<AuthErrorCode, string>> = {
  ERR_TOKEN_MALFORMED: 'copy the token again, whole; or make one with `zepcli token`',
  ERR_TOKEN_TOO_LARGE: 'put fewer claims into it',
  ERR_TOKEN_ALGORITHM: 'have it signed with HS256, or make one with `zepcli token`',
  ERR_TOKEN_EXPIRED: 'make a new one: `zepcli token --expires-in 90d`',
  ERR_TOKEN_NOT_YET_VALID: 'set the clocks of this machine and of the signer, or wait',
  ERR_TOKEN_CLAIM: 'make a token with the claims that the configuration asks for',
  ERR_TOKEN_REVOKED: 'make a new one; this one is named in ZEP_AUTH_REVOKED',
};

/** Why no secret here fits the signature. */
const explainSignature = (token: string, secrets: readonly string[]): Finding => {
  if (secrets.some((secret) => isSignedWith(token, secret))) {
    return fail(
      'it is signed with a secret known here, but its kid names another',
      'leave the kid out, or name the key that signs: `zepcli token` does',
    );
  }
  const found = secrets
    .map((secret) => findMisreading(token, secret))
    .find((misreading) => misreading !== undefined);
  if (found !== undefined) return fail(`it is signed with ${found.what}`, found.advice);
  return fail(
    'it is signed with a secret that is not known here, nor any usual misreading of one',
    'make a token with the secret of this server, or give this server the secret of the signer',
  );
};

const withCode = ({ detail, ...finding }: Finding, code: string): Finding => ({
  ...finding,
  detail: `${detail} (${code})`,
});

const describe = ({ exp }: JwtClaims, nowSeconds: number): string =>
  exp === undefined ? 'it never expires' : `it expires ${formatTime(exp, nowSeconds)}`;

/** Says whether a token would be accepted here, and if not, why. */
export const diagnoseToken = async (
  given: GivenToken | undefined,
  { config, secrets }: Pick<Environment, 'config' | 'secrets'>,
): Promise<Finding> => {
  if (given === undefined) {
    return skipped('there is no token', 'give one with --token-file or in ZEP_API_KEY');
  }
  const { text, mistake } = given;
  const nowSeconds = Date.now() / 1000;
  if (secrets.includes(text)) {
    return fail(
      'it is the secret itself, which no client may have',
      'make a token with `zepcli token`, and a new secret if that one has left the server',
    );
  }
  if (mistake !== undefined) return findBy('fail', mistake.replace(/^[^:]+: /, ''));
  const exp = readTime(text, 'exp');
  if (secrets.length === 0 && exp !== undefined && exp <= nowSeconds) {
    const words = `it has expired on ${formatTime(exp, nowSeconds)}`;
    return withCode(fail(words, ADVICE.ERR_TOKEN_EXPIRED ?? ''), 'ERR_TOKEN_EXPIRED');
  }
  if (secrets.length === 0) return skipped('there is no secret here to check it with');
  const keyring = config?.keyring;
  if (config === undefined || keyring === undefined) {
    if (isSignedWith(text, secrets[0] ?? '')) {
      return skipped('it is signed with the secret, but the configuration is wrong');
    }
    return withCode(explainSignature(text, secrets), 'ERR_TOKEN_SIGNATURE');
  }
  try {
    const { claims } = await createVerifier({ keyring, ...config.policy }).verify(text);
    return pass(`it is accepted here; ${describe(claims, nowSeconds)}`);
  } catch (error) {
    if (!isAuthError(error)) throw error;
    const { code } = error;
    const message = explainRefusal(error, text, config.policy, nowSeconds, false);
    const finding =
      code === 'ERR_TOKEN_SIGNATURE'
        ? explainSignature(text, secrets)
        : fail(message, ADVICE[code] ?? 'see `zepcli verify`');
    return withCode(finding, code);
  }
};
