// What `zepcli revoke` is asked to revoke: a token, by its id or its digest, or an id alone.
import { AuthError, createVerifier, isAuthError, type Keyring } from '@zep-auth/core';
import { toRevokedIds } from '@zep-auth/core/internal';
import type { Revocation } from '@zep-auth/server';
import { createVariableReader, loadKeyring, type SecretSource } from '../config.ts';
import { assertOneInput } from '../io/decode-text.ts';
import { UsageError } from '../io/errors.ts';
import { type Io, log, quote, warn } from '../io/io.ts';
import { membersOf, toDigest } from '../tokens/decode.ts';
import { parseExactly, toText } from '../tokens/exact-json.ts';
import { assertWholeToken, readToken } from '../tokens/token-input.ts';

/** What is revoked, and its name in `ZEP_AUTH_REVOKED`. */
export interface Target {
  readonly revocation: Revocation;
  /** All by which a store may have revoked it. */
  readonly revocations: readonly Revocation[];
  readonly name: string;
  /** A token by its text. */
  readonly digest?: string;
  /** What a gate is asked about: the token with its claims, or a token with each id that is meant. */
  readonly asked: readonly (readonly [token: string, claims: Claims])[];
  readonly record: Io['env'];
}

interface Claims {
  readonly jti?: unknown;
  readonly exp?: number;
}

/** Whether an id means others too: JSON reads `1.0` as 1, and rounds large numbers. */
const isShared = (id: string): boolean =>
  toRevokedIds(id).length > 1 || Math.abs(Number(id)) > Number.MAX_SAFE_INTEGER;

/** Whether an id can stand in a list of them, and on a screen, as it is. */
const isPlain = (jti: string): boolean => /^(?!sha-?256)[\w.:@/+=-]{1,256}$/i.test(jti);

/** Whether an argument is an id: it is not a token, and not as long as a secret; a digest gets its own hint. */
export const isArgument = (text: string): boolean =>
  /^(?!ey[AJ]|-$)(?:[\w:-]{1,39}|[\d.]{1,39}(?:e[+-]?\d{1,3})?|sha-?256.*)$/i.test(text);

/** The claims of a token that the secret has signed: anyone can make up another. */
const readGenuine = async (keyring: Keyring, token: string): Promise<Claims> => {
  try {
    // As tolerant as any gate may be.
    return (await createVerifier({ keyring, clockToleranceSeconds: 300 }).verify(token)).claims;
  } catch (error) {
    if (!isAuthError(error)) throw error;
    if (error.code === 'ERR_TOKEN_NOT_YET_VALID') return membersOf(token, 'claims');
    throw new AuthError(error.code, `${error.message}, so there is nothing to revoke`);
  }
};

interface RevokeOptions extends SecretSource {
  readonly jti?: string | undefined;
  readonly token?: string;
}

/** What is to be revoked. An id alone needs no secret. `command` is the command line so far. */
export const findTarget = async (
  io: Io,
  command: string,
  { jti, token, ...source }: RevokeOptions,
): Promise<Target> => {
  if (jti !== undefined && token !== undefined)
    throw new UsageError('a token and --jti are given', 'give one of them');
  const id = jti ?? (token !== undefined && isArgument(token) ? token : undefined);
  if (id !== undefined) {
    const hint = /^sha-?256/i.test(id)
      ? 'it is the digest of a token: give the token, or change ZEP_AUTH_REVOKED'
      : 'it has no white space and no comma';
    if (!isPlain(id)) throw new UsageError(`--jti ${quote(id)} is not an id`, hint);
    const { read } = await createVariableReader(io, source);
    const asked = toRevokedIds(id).map((one) => ['', { jti: one }] as const);
    const revocation = { jti: id };
    return { revocation, revocations: [revocation], name: id, asked, record: await read() };
  }
  assertOneInput('the token', source.secretFile, token ?? '-');
  const text = await readToken(io, command, token);
  assertWholeToken(text);
  const { keyring, record } = await loadKeyring(io, source);
  const claims = await readGenuine(keyring, text);
  if (Object.keys(claims).length === 0) {
    warn(
      io,
      'all tokens of `zepcli -i` with one secret are this same text, so all of them are meant; `zepcli rotate` makes another secret',
    );
  }
  const exp = claims.exp === undefined ? {} : { exp: claims.exp };
  const digest = toDigest(text);
  const { jti: given } = membersOf(text, 'claims', parseExactly);
  const own = ['string', 'number'].includes(typeof claims.jti) ? toText(given) : undefined;
  const byText = { token: text, ...exp };
  const common = { digest, asked: [[text, claims]], record } as const;
  if (own === undefined)
    return { ...common, revocation: byText, revocations: [byText], name: digest };
  const byId = { jti: own, ...exp };
  const revocations = [byText, byId];
  if (isShared(own)) return { ...common, revocation: byText, revocations, name: digest };
  return { ...common, revocation: byId, revocations, name: isPlain(own) ? own : digest };
};

/** Says where an id would revoke, or revokes, more than one token. */
export const explainShared = (io: Io, { revocation: { jti }, revocations }: Target): void => {
  if (jti !== undefined && isShared(jti))
    warn(
      io,
      `each token whose jti JSON reads as ${Number(jti)} is revoked; give a token to revoke it alone`,
    );
  const own = revocations[1]?.jti;
  if (jti === undefined && own !== undefined)
    log(
      io,
      `by its digest: its jti ${quote(own)} may mean other tokens too, as JSON rounds numbers`,
    );
};
