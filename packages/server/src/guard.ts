// The guard: a middleware that lets a request reach the handler only with a good token.
// Never calls the next handler when it has refused, and never answers for one that it let pass.
import type { JwtClaims } from '@zep-auth/core';
import type { Context, MiddlewareHandler, Next } from 'hono';
import { answer, assertChallenge, type Challenge } from './answers.ts';
import { createJudge, type Judge, type JudgeOptions } from './judge.ts';
import type { Auth, Verdict } from './verdict.ts';

/** How a guard decides and answers. Takes exactly one of `config` and `env`. */
export interface GuardOptions extends JudgeOptions, Challenge {}

/** What a guard sets on the context: `c.var.auth`. */
export interface AuthVariables<Claims extends JwtClaims = JwtClaims> {
  /** Whose request it is. Unset where authentication is switched off, and for a CORS preflight. */
  auth: Auth<Claims>;
}

/** What a guard sets that lets some requests pass without a token. */
export interface OptionalAuthVariables<Claims extends JwtClaims = JwtClaims> {
  /** Whose request it is; unset for a request without a token. */
  auth: Auth<Claims> | undefined;
}

/** What a guard leaves for `requireScope` and the gate. */
export interface Passage {
  readonly verdict: Verdict;
  readonly challenge: Challenge;
  readonly onResult: JudgeOptions['onResult'];
}

const EXEMPT = { exempt: true };

// A symbol, so that no application's variable can stand in for it.
const PASSAGE = Symbol('zep-auth passage');

/** What the guard in front of this handler decided, if there is one. */
export const readPassage = (c: Context): Passage | undefined => c.get(PASSAGE as unknown as string); // Hono's map takes any key, its type only strings

/**
 * Makes a middleware that asks for a bearer token.
 *
 * @throws {TypeError} when not exactly one of `config` and `env` is given, or an option has a bad form
 * @throws {AuthError} `ERR_CONFIG_INVALID` when `config` requires authentication without a keyring
 * @see RFC 6750, RFC 9457
 * @example
 * ```ts
 * import { readAuthConfig } from '@zep-auth/core';
 * import { authGuard } from '@zep-auth/server';
 * import { Hono } from 'hono';
 *
 * const app = new Hono();
 * app.use(authGuard({ config: readAuthConfig(process.env) }));
 * ```
 */
export function authGuard<Claims extends JwtClaims = JwtClaims>(
  options: GuardOptions & { readonly optional?: false; readonly publicPaths?: readonly [] },
): MiddlewareHandler<{ Variables: AuthVariables<Claims> }>;
export function authGuard<Claims extends JwtClaims = JwtClaims>(
  options: GuardOptions,
): MiddlewareHandler<{ Variables: OptionalAuthVariables<Claims> }>;
export function authGuard(options: GuardOptions): MiddlewareHandler {
  return createGuard(createJudge(options), options);
}

/**
 * Keeps an answer out of shared caches, which know an Authorization header, but neither a cookie nor a query.
 *
 * @see RFC 6750 section 2.3, RFC 9111 section 5.2.2.7
 */
const keepPrivate = (c: Context): void => {
  const said = (c.res.headers.get('cache-control') ?? '').split(',').map((part) => part.trim());
  if (said.some((part) => /^(?:private|no-store)$/i.test(part))) return;
  const kept = said.filter((part) => /^(?!public|s-maxage)[\w-]+(?:=\d+)?$/i.test(part));
  c.header('cache-control', [...kept, 'private'].join(', ')); // of an answer that cannot be changed, Hono makes another
};

/** Makes the guard of a judge that exists already. */
export const createGuard = (
  judge: Judge,
  { onResult, ...challenge }: GuardOptions,
): MiddlewareHandler => {
  assertChallenge(challenge);
  const proceed = (c: Context, next: Next, verdict: Verdict): ReturnType<MiddlewareHandler> => {
    if (verdict.outcome === 'refused') return Promise.resolve(answer(verdict.error, challenge));
    if (verdict.outcome === 'preflight') {
      const { url, method, headers, signal } = c.req.raw;
      c.req.raw = new Request(url, { method, headers, signal }); // whatever its body, it was not asked for
    }
    // Also when there is none: an outer guard's word does not count in here.
    c.set('auth', verdict.auth);
    const passage: Passage = { verdict, challenge, onResult };
    c.set(PASSAGE as unknown as string, passage); // Hono's map takes any key, its type only strings
    const isHidden = /cookie|query/.test(String(verdict.auth?.source));
    return isHidden ? next().then(() => keepPrivate(c)) : next();
  };
  return function authGuard(c, next) {
    const verdict = judge(c, EXEMPT);
    // What is there is not waited for.
    if (verdict instanceof Promise) return verdict.then((decided) => proceed(c, next, decided));
    return proceed(c, next, verdict);
  };
};
