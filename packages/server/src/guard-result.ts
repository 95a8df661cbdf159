import type { AuthErrorCode, JwtClaims } from '@zep-auth/core';
import {
  andThen,
  type MaybePromise,
  readSignedRefusal,
  selectEngine,
  toHex,
} from '@zep-auth/core/internal';
import { type Auth, type AuthResult, evidenceOf } from './auth-result.ts';

/** What `onResult` learns of a decision. */
export interface GuardResult {
  readonly outcome: AuthResult['outcome'];
  /** Which guard decided: `token` for the authenticator, `scope` or `claims` for what an accepted token lacked. */
  readonly check: 'token' | 'scope' | 'claims';
  /** Why it was refused. For the operator only; the client learns less. */
  readonly code?: AuthErrorCode;
  /** The key that signed the token, where its signature holds. */
  readonly keyId?: string;
  /** The `sub` of a token whose signature holds, if it is a text of at most 256 characters. */
  readonly sub?: string;
  /**
   * What revokes the token, where its signature holds: its `jti`, if that is a text of at most 64 characters; for a
   * refused token without one, `sha256:` and the hex digest of its text.
   */
  readonly tokenId?: string;
  /** Whether an accepted token came from the cache. */
  readonly cached?: boolean;
  /** How long the decision took, in milliseconds. */
  readonly durationMs: number;
}

type Described = Omit<GuardResult, 'durationMs'>;

const isShortText = (value: unknown, maxLength: number): value is string =>
  typeof value === 'string' && value !== '' && value.length <= maxLength;

/** Whose token it is. */
const describePayload = ({ sub, jti }: JwtClaims): Pick<GuardResult, 'sub' | 'tokenId'> => ({
  ...(isShortText(sub, 256) && { sub }),
  ...(isShortText(jti, 64) && { tokenId: jti }),
});

/** Whose token was accepted, and with which key. */
export const describeAuth = (auth: Auth): Pick<GuardResult, 'keyId' | 'sub' | 'tokenId'> => ({
  keyId: auth.keyId,
  ...describePayload(evidenceOf(auth)?.payload ?? {}),
});

/** Describes the decision of an authenticator. */
export const describeResult = (result: AuthResult): MaybePromise<Described> => {
  const { outcome, auth, error } = result;
  const check = error?.code === 'ERR_SCOPE_INSUFFICIENT' ? 'scope' : 'token';
  const decided = { outcome, check } as const;
  if (auth !== undefined) return { ...decided, cached: result.cached, ...describeAuth(auth) };
  if (error === undefined) return decided;
  const refused = { ...decided, code: error.code };
  const signed = readSignedRefusal(error);
  if (signed === undefined) return refused;
  const named = { ...refused, keyId: signed.keyId, ...describePayload(signed.payload) };
  if (named.tokenId !== undefined) return named;
  return andThen(selectEngine().sha256(signed.token), (digest) => ({
    ...named,
    tokenId: `sha256:${toHex(digest)}`,
  }));
};
