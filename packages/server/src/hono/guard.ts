import type { JwtClaims } from '@zep-auth/core';
import { assertOptions } from '@zep-auth/core/internal';
import type { Context, MiddlewareHandler, Next } from 'hono';
import type { Auth, AuthResult } from '../auth-result.ts';
import { createDecision } from '../authenticate.ts';
import {
  type AuthenticatorOptions,
  DECISION_OPTIONS,
  type Decision,
} from '../authenticator-options.ts';
import { isCdnField, toPrivateCacheControl } from '../private-cache.ts';
import type { Refusal } from '../problem-response.ts';
import { type DoorFacts, type RequestView, toRequestView } from '../request.ts';
import {
  findUnmet,
  type Requirement,
  type Scopes,
  toClaimsRequirement,
  toScopeRequirement,
} from '../requirement.ts';
import { type AuthRefusal, createAuthRefusal, type RefusalResponse } from './auth-refusal.ts';

declare module 'hono' {
  interface ContextVariableMap {
    /** Set by `authGuard`: whose request it is. Unset for a request that passed without a token. */
    auth?: Auth | undefined;
  }
}

/** How a guard answers a request that it refuses. */
export interface RefusalOptions {
  /**
   * `throw`: as Hono's own middlewares do, so that `some()`, `except()` and `app.onError` see an `AuthRefusal`.
   * `return`: for an application whose `onError` answers every error alike. Default `throw`.
   */
  readonly refuse?: 'throw' | 'return';
  /**
   * May return another response than the problem document. A status below 400 is replaced, and missing
   * `WWW-Authenticate`, `Retry-After` and `Cache-Control` headers are added.
   */
  readonly onRefused?: (
    refusal: AuthRefusal,
    c: Context,
  ) => Response | undefined | Promise<Response | undefined>;
}

/** How a guard decides and answers. Takes exactly one of `config` and `env`. */
export type GuardOptions<Claims extends object = JwtClaims> = AuthenticatorOptions<
  Claims,
  Context
> &
  RefusalOptions;

/** What a guard sets on the context: `c.var.auth`. */
export interface AuthVariables<Claims extends object = JwtClaims> {
  /** Whose request it is. Unset where authentication is switched off, and for a CORS preflight. */
  auth: Auth<Claims>;
}

/** What a guard sets that lets some requests pass without a token. */
export interface OptionalAuthVariables<Claims extends object = JwtClaims> {
  /** Whose request it is; unset for a request without a token. */
  auth: Auth<Claims> | undefined;
}

/** A middleware that sets these variables, and whose refusals `hc` knows where it stands in a route. */
export type Guard<Variables extends object> = MiddlewareHandler<
  { Variables: Variables },
  string,
  Record<never, never>,
  RefusalResponse
>;

/** Answers a refused request: rejects with an `AuthRefusal`, or resolves to its answer. */
type Refuse = (refused: Refusal, c: Context) => Promise<RefusalResponse>;

/** What a guard leaves for `requireScope` and its like. */
interface GuardState extends Pick<Decision<JwtClaims, Context>, 'challenge' | 'notify'> {
  readonly result: AuthResult;
  readonly view: RequestView;
  readonly refuse: Refuse;
}

// A symbol, so that no variable of an application can replace it. Hono's map takes any key, its type only strings.
const GUARD_STATE = Symbol('zep-auth guard') as unknown as string;

const readState = (c: Context): GuardState | undefined => c.get(GUARD_STATE);

/** Forgets what a guard in front has found: its identity must not survive a refusal, or `some()` would go on with it. */
const forgetGuard = (c: Context): void => {
  c.set('auth', undefined);
  c.set(GUARD_STATE, undefined);
};

const createRefuse = ({ onRefused, refuse = 'throw' }: RefusalOptions): Refuse => {
  if (refuse !== 'throw' && refuse !== 'return') throw new TypeError('refuse is throw or return');
  return async (refused, c) => {
    forgetGuard(c);
    let refusal = createAuthRefusal(refused);
    const own = await onRefused?.(refusal, c);
    if (own !== undefined) refusal = createAuthRefusal(refused, own);
    if (refuse === 'throw') throw refusal;
    return refusal.getResponse() as RefusalResponse; // a problem document, or what the application chose instead
  };
};

/** What @hono/node-server puts into `c.env`. */
interface NodeEnv {
  readonly incoming?: {
    readonly socket?: { readonly encrypted?: boolean; readonly remoteAddress?: string };
  };
}

/**
 * What Hono and the runtime know of a request beside its `Request`. Node's socket says whether it is encrypted: in
 * absolute form, a target says `https:` where it likes. Other runtimes tell the scheme by the URL.
 */
export const readFacts = (c: Context): DoorFacts => {
  const socket = (c.env as NodeEnv | undefined)?.incoming?.socket;
  return {
    routedPath: c.req.path,
    scheme: socket && (socket.encrypted === true ? 'https' : 'http'),
    peerAddress: socket?.remoteAddress,
  };
};

/** Keeps an answer out of shared caches, which know an Authorization header, but no other credential. */
const keepPrivate = (c: Context): void => {
  const said = c.res.headers.get('cache-control') ?? '';
  c.header('cache-control', toPrivateCacheControl([said])); // Hono copies a response that is immutable
  for (const name of [...c.res.headers.keys()]) if (isCdnField(name)) c.header(name);
};

/**
 * Creates a middleware that lets a request through only with a good bearer token, and sets `c.var.auth`.
 *
 * @throws {TypeError} when not exactly one of `config` and `env` is given, or an option has a wrong form
 * @throws {RangeError} when a number is out of its range
 * @throws {AuthError} `ERR_CONFIG_INVALID` when the configuration is not valid
 * @see RFC 6750, RFC 9457
 * @example
 * ```ts
 * import { authGuard } from '@zep-auth/server';
 * import { Hono } from 'hono';
 *
 * const app = new Hono();
 * app.use(authGuard({ env: process.env }));
 * app.get('/me', (c) => c.json({ sub: c.var.auth?.claims.sub ?? null }));
 * ```
 */
export function authGuard<Claims extends object = JwtClaims>(
  options: GuardOptions<Claims> & { readonly optional?: false; readonly publicPaths?: readonly [] },
): Guard<AuthVariables<Claims>>;
export function authGuard<Claims extends object = JwtClaims>(
  options: GuardOptions<Claims>,
): Guard<OptionalAuthVariables<Claims>>;
export function authGuard(options: GuardOptions): MiddlewareHandler {
  assertOptions('authGuard', options, [...DECISION_OPTIONS, 'refuse', 'onRefused']);
  const { authenticate, challenge, notify } = createDecision<JwtClaims, Context>(options);
  const refuse = createRefuse(options);
  const proceed = (
    c: Context,
    next: Next,
    view: RequestView,
    result: AuthResult,
  ): ReturnType<MiddlewareHandler> => {
    if (result.outcome === 'refused') return refuse(result, c);
    if (result.outcome === 'preflight') {
      const { url, method, headers, signal } = c.req.raw;
      c.req.raw = new Request(url, { method, headers, signal }); // a preflight has no body to hand on
    }
    // Set even when undefined: the identity that an outer guard found does not count here.
    c.set('auth', result.auth);
    const state: GuardState = { result, view, challenge, notify, refuse };
    c.set(GUARD_STATE, state);
    const isBearer = result.auth === undefined || result.auth.source === 'bearer';
    return isBearer ? next() : next().then(() => keepPrivate(c));
  };
  return function authGuard(c, next) {
    // Before anything can throw.
    if (readState(c) !== undefined) forgetGuard(c);
    const view = toRequestView(c.req.raw, readFacts(c));
    const result = authenticate(view, c);
    // With Node's crypto the result is synchronous, and no promise is made.
    if (result instanceof Promise) return result.then((made) => proceed(c, next, view, made));
    return proceed(c, next, view, result);
  };
}

/** A middleware whose refusals `hc` knows where it stands in a route. */
type RequirementHandler = Guard<Record<never, never>>;

const createRequirement = (requirement: Requirement): RequirementHandler =>
  async function requirementHandler(c, next) {
    const state = readState(c);
    let unmet: ReturnType<typeof findUnmet>;
    try {
      unmet = findUnmet(requirement, state?.result);
    } catch (thrown) {
      forgetGuard(c);
      throw thrown;
    }
    if (unmet === undefined) return next();
    forgetGuard(c); // before a hook can throw
    await state?.notify(unmet.told, state.view, c);
    const { refuse = createRefuse({}), challenge = {} } = state ?? {};
    return refuse({ error: unmet.error, challenge }, c);
  };

/**
 * Creates a middleware, behind `authGuard`, that asks for each of `scopes` in the token's `scope` claim, compared
 * exactly. Without a token it answers 401; where authentication is switched off it lets every request through.
 *
 * @throws {TypeError} without a scope, or with one that RFC 6749 does not allow
 * @see RFC 6750 section 3.1, RFC 8693 section 4.2
 */
export const requireScope = (...scopes: Scopes): RequirementHandler =>
  createRequirement(toScopeRequirement('requireScope', scopes));

/**
 * Creates a middleware, behind `authGuard`, that asks for at least one of `scopes`.
 *
 * @throws {TypeError} without a scope, or with one that RFC 6749 does not allow
 * @see RFC 6750 section 3.1, RFC 8693 section 4.2
 */
export const requireAnyScope = (...scopes: Scopes): RequirementHandler =>
  createRequirement(toScopeRequirement('requireAnyScope', scopes));

/**
 * Creates a middleware, behind `authGuard`, that asks for claims: `requireClaims(({ team }) => team === 'ops')`. What
 * fails is answered with 403; only `true` passes.
 *
 * @throws {TypeError} when `isMet` is not a function
 * @see RFC 6750 section 3.1
 */
export const requireClaims = <Claims extends object = JwtClaims>(
  isMet: (claims: Claims) => boolean,
): RequirementHandler => createRequirement(toClaimsRequirement(isMet));
