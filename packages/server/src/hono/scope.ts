import type { MiddlewareHandler } from 'hono';
import { guardError, toResponse } from '../problem-response.ts';
import { readGuardState } from './guard.ts';

type Scopes = readonly [string, ...string[]];

// RFC 6749 section 3.3
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

const createScopeGuard = (
  name: string,
  scopes: Scopes,
  isEnough: (held: readonly string[]) => boolean,
): MiddlewareHandler => {
  if (scopes.length === 0 || !scopes.every((scope) => SCOPE_TOKEN.test(scope))) {
    throw new TypeError(`${name} takes scopes: printable ASCII without spaces, " and \\`);
  }
  return async function scopeGuard(c, next) {
    const state = readGuardState(c);
    if (state?.result.outcome === 'off') return next();
    const auth = state?.result.auth;
    if (auth !== undefined && isEnough(auth.scopes)) return next();
    const error =
      auth === undefined
        ? guardError('ERR_CREDENTIALS_MISSING')
        : guardError('ERR_SCOPE_INSUFFICIENT', { scopes });
    const result = { outcome: 'refused', code: error.code, durationMs: 0 } as const;
    const details = { ...result, ...(auth && { keyId: auth.keyId }) };
    await state?.onResult?.(details, state.view, c);
    return toResponse({ error, challenge: state?.challenge ?? {} });
  };
};

/**
 * Creates a middleware, behind `authGuard`, that asks for each of `scopes` in the token's `scope` claim, compared
 * exactly. Without a token it answers 401; where authentication is switched off it lets every request through.
 *
 * @throws {TypeError} without a scope, or with one that RFC 6749 does not allow
 * @see RFC 6750 section 3.1, RFC 8693 section 4.2
 */
export const requireScope = (...scopes: Scopes): MiddlewareHandler =>
  createScopeGuard('requireScope', scopes, (held) => scopes.every((s) => held.includes(s)));

/**
 * Creates a middleware, behind `authGuard`, that asks for at least one of `scopes`.
 *
 * @throws {TypeError} without a scope, or with one that RFC 6749 does not allow
 * @see RFC 6750 section 3.1, RFC 8693 section 4.2
 */
export const requireAnyScope = (...scopes: Scopes): MiddlewareHandler =>
  createScopeGuard('requireAnyScope', scopes, (held) => scopes.some((s) => held.includes(s)));
