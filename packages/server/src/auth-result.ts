import type { AuthErrorCode, JwtClaims, VerifiedToken } from '@zep-auth/core';
import {
  andThen,
  type MaybePromise,
  readSignedRefusal,
  selectEngine,
  toHex,
} from '@zep-auth/core/internal';
import type { Refusal } from './problem-response.ts';

/** Whose request it is. Frozen; handlers share it. */
export interface Auth<Claims extends object = JwtClaims> {
  /** The claims of the token, deeply frozen; or what `claimsSchema` made of them. */
  readonly claims: Claims;
  /** The id of the key that signed it. */
  readonly keyId: string;
  /** The name of the source that held the token: `bearer`, `cookie:jwt`, `header:x-api-key` … */
  readonly source: string;
  /** The client: `client_id`, else `sub`, else the key id. */
  readonly clientId: string;
  /** The words of the `scope` claim (RFC 8693 section 4.2); empty without one. */
  readonly scopes: readonly string[];
  /** When the token expires, in seconds since 1970-01-01 UTC. Unset when it does not. */
  readonly expiresAt?: number;
}

/** A request that was let in with a good token. */
export interface Accepted<Claims extends object = JwtClaims> {
  readonly outcome: 'accepted';
  readonly auth: Auth<Claims>;
  /** Whether the token was accepted before and came from the cache. */
  readonly cached: boolean;
  readonly error?: never;
}

/** A request that must not reach the handler. `toResponse` turns it into an answer. */
export interface Refused extends Refusal {
  readonly outcome: 'refused';
  readonly auth?: never;
}

/**
 * A request that was let in without a token: `anonymous` (the guard is optional), `public` (a public path),
 * `preflight` (CORS), `off` (authentication is switched off).
 */
export interface Passed {
  readonly outcome: 'anonymous' | 'public' | 'preflight' | 'off';
  readonly auth?: never;
  readonly error?: never;
}

/** The decision on one request. */
export type AuthResult<Claims extends object = JwtClaims> = Accepted<Claims> | Refused | Passed;

/** What belongs to an {@link Auth} and must not be in an object that applications log or a schema can change. */
interface Evidence {
  readonly token: string;
  /** The claims as signed. */
  readonly payload: JwtClaims;
}

const evidence = new WeakMap<object, Evidence>();

/** The token and the signed claims behind an {@link Auth} that an authenticator made. */
export const evidenceOf = (auth: Auth<object>): Evidence | undefined => evidence.get(auth);

/** Gives a copy of an {@link Auth} the same token and claims. */
export const shareEvidence = (auth: Auth<object>, copy: object): void => {
  const known = evidence.get(auth);
  if (known !== undefined) evidence.set(copy, known);
};

const NO_SCOPES: readonly string[] = Object.freeze([]);

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

export const toAuth = (
  token: string,
  { payload, keyId }: VerifiedToken,
  claims: object,
  source: string,
): Auth => {
  const { scope, sub, client_id: client, exp } = payload as { readonly [claim: string]: unknown };
  const auth: Auth = Object.freeze({
    claims: claims as JwtClaims, // what the schema's type says, where there is one
    keyId,
    source,
    clientId: [client, sub].find(isText) ?? keyId,
    scopes: isText(scope) ? Object.freeze(scope.split(' ').filter(isText)) : NO_SCOPES,
    ...(typeof exp === 'number' && { expiresAt: exp }),
  });
  evidence.set(auth, { token, payload });
  return auth;
};

/** What `onResult` learns of a decision. */
export interface GuardResult {
  readonly outcome: AuthResult['outcome'];
  /** Which guard decided: `token` for the authenticator, `scope` or `claims` for what an accepted token lacked. */
  readonly check: 'token' | 'scope' | 'claims';
  /** Why it was refused. For the operator only; the client learns less. */
  readonly code?: AuthErrorCode;
  /** The same in words: which algorithm, say. It has no token and no secret in it. */
  readonly message?: string;
  /** The claim that is to blame, with `ERR_TOKEN_CLAIM`. */
  readonly claim?: string;
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

type TokenDescription = Pick<GuardResult, 'keyId' | 'sub' | 'tokenId'>;

const describeToken = (keyId: string, { sub, jti }: JwtClaims): TokenDescription => ({
  keyId,
  ...(isText(sub) && sub.length <= 256 && { sub }),
  ...(isText(jti) && jti.length <= 64 && { tokenId: jti }),
});

/** Describes an accepted token: whose it is, and with which key it was signed. */
export const describeAuth = (auth: Auth): TokenDescription =>
  describeToken(auth.keyId, evidenceOf(auth)?.payload ?? {});

/** Describes the decision of an authenticator. */
export const describeResult = (
  result: AuthResult,
): MaybePromise<Omit<GuardResult, 'durationMs'>> => {
  const { outcome, auth, error } = result;
  if (auth !== undefined) {
    return { outcome, check: 'token', cached: result.cached, ...describeAuth(auth) };
  }
  if (error === undefined) return { outcome, check: 'token' };
  const { code, message, claim } = error;
  const check = code === 'ERR_SCOPE_INSUFFICIENT' ? 'scope' : 'token';
  const refused = {
    outcome,
    check,
    code,
    message,
    ...(claim !== undefined && { claim }),
  } as const;
  const signed = readSignedRefusal(error);
  if (signed === undefined) return refused;
  const named = { ...refused, ...describeToken(signed.keyId, signed.payload) };
  if (named.tokenId !== undefined) return named;
  return andThen(selectEngine().sha256(signed.token), (digest) => ({
    ...named,
    tokenId: `sha256:${toHex(digest)}`,
  }));
};
