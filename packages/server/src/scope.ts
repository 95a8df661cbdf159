// Scopes: a handler that needs more than a good token.
// Never guesses: a scope is one word of `claims.scope`, compared exactly.
import type { MiddlewareHandler } from 'hono';
import { answer, refuse } from './answers.ts';
import { readPassage } from './guard.ts';

// RFC 6749 section 3.3
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/**
 * Makes a middleware that asks for every one of `scopes` in the token's `scope` claim. It stands behind
 * `authGuard`: without a token it answers 401, with authentication switched off it passes.
 *
 * @throws {TypeError} when there is no scope, or one that RFC 6749 does not allow
 * @see RFC 6750 section 3.1, RFC 8693 section 4.2
 */
export const requireScope = (...scopes: readonly [string, ...string[]]): MiddlewareHandler => {
  if (scopes.length === 0 || !scopes.every((scope) => SCOPE_TOKEN.test(scope))) {
    throw new TypeError('requireScope takes scopes: printable ASCII without spaces, " and \\');
  }
  return async function requireScope(c, next) {
    const passage = readPassage(c);
    if (passage?.verdict.outcome === 'off') return next();
    const auth = passage?.verdict.auth;
    const scope = auth?.claims['scope'];
    const held = typeof scope === 'string' ? scope.split(' ') : undefined;
    if (scopes.every((wanted) => held?.includes(wanted))) return next();
    const error =
      auth === undefined
        ? refuse('ERR_CREDENTIALS_MISSING')
        : refuse('ERR_SCOPE_INSUFFICIENT', { scopes });
    await passage?.onResult?.(
      { outcome: 'refused', code: error.code, ...(auth && { keyId: auth.keyId }), durationMs: 0 },
      c,
    );
    return answer(error, passage?.challenge ?? {});
  };
};
