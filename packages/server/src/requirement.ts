// What a middleware behind a guard asks of the token, whatever the framework.
import type { AuthError, JwtClaims } from '@zep-auth/core';
import { type Auth, type AuthResult, describeAuth, type GuardResult } from './auth-result.ts';
import { assertScopes, guardError } from './problem-response.ts';

/** At least one scope. */
export type Scopes = readonly [string, ...string[]];

export interface Requirement {
  readonly check: 'scope' | 'claims';
  /** What the answer to a refused request names. */
  readonly scopes?: Scopes;
  readonly isMet: (auth: Auth) => boolean;
}

/**
 * Asks for each of some scopes, or for at least one.
 *
 * @throws {TypeError} without a scope, or with one that RFC 6749 does not allow
 */
export const toScopeRequirement = (
  name: 'requireScope' | 'requireAnyScope',
  scopes: Scopes,
): Requirement => {
  if (scopes.length === 0) throw new TypeError(`${name} takes at least one scope`);
  assertScopes(name, scopes);
  const quantifier = name === 'requireScope' ? 'every' : 'some';
  return {
    check: 'scope',
    scopes,
    isMet: (auth) => scopes[quantifier]((scope) => auth.scopes.includes(scope)),
  };
};

/**
 * Asks a function of the application; only `true` passes.
 *
 * @throws {TypeError} when `isMet` is not a function
 */
export const toClaimsRequirement = <Claims extends object>(
  isMet: (claims: Claims) => boolean,
): Requirement => {
  if (typeof isMet !== 'function') {
    throw new TypeError('requireClaims takes a function of the claims');
  }
  // The caller says by Claims what the guard's schema makes, or the signer puts in.
  return { check: 'claims', isMet: ({ claims }) => isMet(claims as object as Claims) === true };
};

/** A refusal, and what `onResult` learns of it. */
export interface UnmetRequirement {
  readonly error: AuthError;
  readonly told: GuardResult;
}

/** Refuses a request that does not meet a requirement. May throw what `isMet` throws. */
export const findUnmet = (
  { check, scopes, isMet }: Requirement,
  result: AuthResult<JwtClaims> | undefined,
): UnmetRequirement | undefined => {
  const auth = result?.auth;
  if (result?.outcome === 'off' || (auth !== undefined && isMet(auth))) return undefined;
  const code = auth === undefined ? 'ERR_CREDENTIALS_MISSING' : 'ERR_SCOPE_INSUFFICIENT';
  return {
    error: guardError(code, scopes && { scopes }),
    told: { outcome: 'refused', check, code, ...(auth && describeAuth(auth)), durationMs: 0 },
  };
};
