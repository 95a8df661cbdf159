// Explains a token check by check, in the order of a server. Core decides each check: "Accepted" means that core has
// accepted exactly this token with the given secret.
import { type AuthError, createVerifier, generateSecret, isAuthError } from '@zep-auth/core';
import type { Tone } from './elements.ts';
import { findMistake } from './find-mistake.ts';
import { type ReadToken, readToken } from './read-token.ts';
import { signAgain } from './sign-again.ts';

/** The outcome of one check, or of all of them. */
export interface Finding {
  readonly title: string;
  readonly tone: Tone;
  /** Core's error code, if core refused. */
  readonly code?: string;
  readonly message: string;
}

export interface Explanation extends ReadToken {
  readonly verdict: Finding;
  readonly checks: readonly Finding[];
}

const refusalOf = async (token: string, secret: string): Promise<AuthError | undefined> => {
  try {
    await createVerifier({ secret, cacheSize: 0 }).verify(token);
    return undefined;
  } catch (error) {
    if (isAuthError(error)) return error;
    throw error;
  }
};

const refused = (title: string, { code, message }: AuthError, more = ''): Finding => ({
  title,
  tone: 'bad',
  code,
  message: `${message}${more}`,
});
const good = (title: string, message: string): Finding => ({ title, tone: 'good', message });
const open = (title: string, message: string): Finding => ({ title, tone: 'open', message });

const FORM = 'Form and header';
const SIGNATURE = 'Signature';
const CLAIMS = 'Times and form of the claims';

const judgeSignature = async (token: string, secret: string): Promise<Finding> => {
  if (secret === '') {
    return open(SIGNATURE, 'not checked: this needs the secret');
  }
  const refusal = await refusalOf(token, secret);
  if (refusal?.code === 'ERR_SECRET_WEAK') {
    return { ...open(SIGNATURE, `not checked: ${refusal.message}`), code: refusal.code };
  }
  if (refusal?.code === 'ERR_TOKEN_SIGNATURE') return refused(SIGNATURE, refusal);
  return good(SIGNATURE, 'made with this secret');
};

const conclude = (form: Finding, signature: Finding, claims: Finding): Finding => {
  const failed = [form, signature, claims].find(({ tone }) => tone === 'bad');
  if (failed !== undefined) {
    const isWhatever = signature.tone === 'open' && failed !== form;
    return { ...failed, title: isWhatever ? 'Refused, whatever the secret is' : 'Refused' };
  }
  if (signature.tone === 'open') {
    return open(
      'Not verified',
      'It looks like a good token, but anyone could have written it. Enter the secret to check.',
    );
  }
  return good(
    'Accepted',
    'Signed with this secret, and valid now. A server may also require an issuer, an audience or scopes.',
  );
};

/** Explains a text that should be a token. Without a secret, pass ''. */
export const explainToken = async (text: string, secret: string): Promise<Explanation> => {
  const read = readToken(text);
  const throwaway = generateSecret();
  const refusal = await refusalOf(text, throwaway);
  // Core checks the signature after form and header, and no token is signed with the throwaway secret.
  if (refusal !== undefined && refusal.code !== 'ERR_TOKEN_SIGNATURE') {
    const mistake = findMistake(text, read.header);
    const form = refused(FORM, refusal, mistake === undefined ? '' : `. ${mistake}`);
    const rest = [SIGNATURE, CLAIMS].map((title) => open(title, 'not checked'));
    return { ...read, checks: [form, ...rest], verdict: { ...form, title: 'Refused' } };
  }
  const form = good(FORM, 'a well-formed HS256 token');
  const signature = await judgeSignature(text, secret);
  const claimsRefusal = await refusalOf(await signAgain(text, throwaway), throwaway);
  const claims =
    claimsRefusal === undefined
      ? good(CLAIMS, 'the token is valid now')
      : refused(CLAIMS, claimsRefusal);
  const checks = [form, signature, claims];
  return { ...read, checks, verdict: conclude(form, signature, claims) };
};
