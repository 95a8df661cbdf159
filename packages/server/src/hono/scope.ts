import type { JwtClaims } from '@zep-auth/core';
import type { MiddlewareHandler } from 'hono';
import type { Auth } from '../auth-result.ts';
import { describeAuth, type GuardResult } from '../guard-result.ts';
import { assertScopes, guardError } from '../problem-response.ts';
import type { RefusalResponse } from './auth-refusal.ts';
import { forgetGuard, readGuardState, refuseOn } from './guard.ts';

type Scopes = readonly [string, ...string[]];

/** A middleware whose refusals `hc` knows where it stands in a route. */
type Requirement = MiddlewareHandler<
  Record<never, never>,
  string,
  Record<never, never>,
  RefusalResponse
>;

const assertSomeScopes = (name: string, scopes: readonly string[]): void => {
  if (scopes.length === 0) throw new TypeError(`${name} takes at least one scope`);
  assertScopes(name, scopes);
};

/** Creates a middleware behind a guard that asks for more than a good token. */
const createRequirement = (
  check: GuardResult['check'],
  isMet: (auth: Auth) => boolean,
  scopes?: Scopes,
): Requirement =>
  async function requirement(c, next) {
    const state = readGuardState(c);
    if (state?.result.outcome === 'off') return next();
    const auth = state?.result.auth;
    let isPassed = false;
    try {
      isPassed = auth !== undefined && isMet(auth);
    } finally {
      if (!isPassed) forgetGuard(c); // before a hook can throw
    }
    if (isPassed) return next();
    const code = auth === undefined ? 'ERR_CREDENTIALS_MISSING' : 'ERR_SCOPE_INSUFFICIENT';
    const error = guardError(code, scopes && { scopes });
    const token = auth && describeAuth(auth);
    const result = {
      outcome: 'refused',
      check,
      code,
      ...token,
      durationMs: 0,
    } as const;
    await state?.guard.onResult?.(result, state.view, c);
    return refuseOn(state, error, c);
  };

/**
 * Creates a middleware, behind `authGuard`, that asks for each of `scopes` in the token's `scope` claim, compared
 * exactly. Without a token it answers 401; where authentication is switched off it lets every request through.
 *
 * @throws {TypeError} without a scope, or with one that RFC 6749 does not allow
 * @see RFC 6750 section 3.1, RFC 8693 section 4.2
 */
export const requireScope = (...scopes: Scopes): Requirement => {
  assertSomeScopes('requireScope', scopes);
  return createRequirement(
    'scope',
    (auth) => scopes.every((scope) => auth.scopes.includes(scope)),
    scopes,
  );
};

/**
 * Creates a middleware, behind `authGuard`, that asks for at least one of `scopes`.
 *
 * @throws {TypeError} without a scope, or with one that RFC 6749 does not allow
 * @see RFC 6750 section 3.1, RFC 8693 section 4.2
 */
export const requireAnyScope = (...scopes: Scopes): Requirement => {
  assertSomeScopes('requireAnyScope', scopes);
  return createRequirement(
    'scope',
    (auth) => scopes.some((scope) => auth.scopes.includes(scope)),
    scopes,
  );
};

/**
 * Creates a middleware, behind `authGuard`, that asks for claims: `requireClaims(({ team }) => team === 'ops')`. What
 * fails is answered with 403; only `true` passes.
 *
 * @throws {TypeError} when `isMet` is not a function
 * @see RFC 6750 section 3.1
 */
export const requireClaims = <Claims extends object = JwtClaims>(
  isMet: (claims: Claims) => boolean,
): Requirement => {
  if (typeof isMet !== 'function')
    throw new TypeError('requireClaims takes a function of the claims');
  return createRequirement(
    'claims',
    // The caller says by Claims what the guard's schema makes, or the signer puts in.
    ({ claims }) => isMet(claims as object as Claims) === true,
  );
};
