// A token that is refused here: which check fails, and what was done wrong.
// Never softer than the verifier: whatever explains a refusal, it stays one.
import {
  type AuthErrorCode,
  createVerifier,
  formatBearer,
  isAuthError,
  type JwtClaims,
} from '@zep-auth/core';
import { readText } from '../files/read-text.ts';
import { type Io, readStdin } from '../io/io.ts';
import { formatTime } from '../tokens/format-time.ts';
import { readTime } from './clock.ts';
import type { Environment } from './environment.ts';
import { findMisreading, isSignedWith } from './misread-secrets.ts';
import { type Finding, fail, failWith, pass, skipped } from './result.ts';

/** A token, and whether it can be one at all. */
export interface GivenToken {
  readonly text: string;
  /** What a client could not send. */
  readonly mistake?: string;
}

/**
 * Takes the token from `--token-file`, else from `ZEP_API_KEY`, which is for the API of `ZEP_API_URL` where that is set.
 *
 * @throws {CliError} when the file cannot be read, or is not UTF-8 text
 */
export const findToken = async (
  io: Io,
  record: Io['env'],
  tokenFile: string | undefined,
  url: URL | undefined,
): Promise<GivenToken | undefined> => {
  const isForOthers = tokenFile === undefined && isElsewhere(record['ZEP_API_URL'], url);
  const text = isForOthers ? undefined : await readTokenText(io, record, tokenFile);
  if (text === undefined || (text === '' && tokenFile === undefined)) return undefined;
  try {
    formatBearer(text);
    return { text };
  } catch (error) {
    if (!isAuthError(error)) throw error;
    return { text, mistake: error.message };
  }
};

/** Whether a URL is known to be another API than the one that the client's token is for. */
const isElsewhere = (apiUrl: string | undefined, url: URL | undefined): boolean =>
  url !== undefined &&
  apiUrl !== undefined &&
  URL.canParse(apiUrl) &&
  new URL(apiUrl).origin !== url.origin;

const readTokenText = async (
  io: Io,
  record: Io['env'],
  tokenFile: string | undefined,
): Promise<string | undefined> => {
  if (tokenFile === undefined) return record['ZEP_API_KEY'];
  if (tokenFile === '-') return readStdin(io, 'the token');
  return (await readText('token-file', tokenFile)).replace(/\r?\n$/, '');
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

const describe = ({ exp }: JwtClaims): string =>
  exp === undefined
    ? 'it never expires'
    : `it expires ${formatTime(exp, Math.floor(Date.now() / 1000))}`;

/** What can be said of a token without a secret: only that it is over. */
const judgeUnverified = (token: string): Finding => {
  const exp = readTime(token, 'exp');
  if (exp !== undefined && exp <= Date.now() / 1000) {
    return withCode(fail('it has expired', ADVICE.ERR_TOKEN_EXPIRED ?? ''), 'ERR_TOKEN_EXPIRED');
  }
  return skipped('there is no secret here to check it with');
};

/** Says whether a token would get in here, and if not, why. */
export const diagnoseToken = async (
  given: GivenToken | undefined,
  { config, secrets }: Pick<Environment, 'config' | 'secrets'>,
): Promise<Finding> => {
  if (given === undefined) {
    return skipped('there is none here', 'give one with --token-file or in ZEP_API_KEY');
  }
  const { text, mistake } = given;
  if (secrets.includes(text)) {
    return fail(
      'it is the secret itself, which no client may have',
      'make a token with `zepcli token`, and a new secret if that one has left the server',
    );
  }
  if (mistake !== undefined) {
    const [what, ...rest] = mistake.split(': ');
    return failWith(rest.length > 0 ? rest.join(': ') : (what ?? ''));
  }
  if (secrets.length === 0) return judgeUnverified(text);
  const keyring = config?.keyring;
  if (keyring === undefined) {
    if (isSignedWith(text, secrets[0] ?? '')) {
      return skipped('it is signed with the secret, but the configuration is wrong');
    }
    return withCode(explainSignature(text, secrets), 'ERR_TOKEN_SIGNATURE');
  }
  try {
    const { claims } = await createVerifier({ keyring, ...config?.policy }).verify(text);
    return pass(`it would get in here; ${describe(claims)}`);
  } catch (error) {
    if (!isAuthError(error)) throw error;
    const { code, message } = error;
    const finding =
      code === 'ERR_TOKEN_SIGNATURE'
        ? explainSignature(text, secrets)
        : fail(message, ADVICE[code] ?? 'see `zepcli verify`');
    return withCode(finding, code);
  }
};
