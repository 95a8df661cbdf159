import type { AuthError, JwtClaims } from '@zep-auth/core';
import { assertOptions } from '@zep-auth/core/internal';
import type { Context, MiddlewareHandler, Next } from 'hono';
import type { Auth, AuthResult } from '../auth-result.ts';
import {
  type Authenticator,
  type AuthenticatorOptions,
  createDecision,
  DECISION_OPTIONS,
  type DecisionOptions,
} from '../authenticate.ts';
import { type Challenge, type Refusal, toChallenge } from '../problem-response.ts';
import { type DoorFacts, type RequestView, toRequestView } from '../request.ts';
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

/** What a guard leaves for `requireScope` and the gate. */
export interface GuardState {
  readonly result: AuthResult;
  readonly view: RequestView;
  readonly guard: GuardSettings;
}

/** What one guard does with each of its requests. */
interface GuardSettings {
  readonly challenge: Challenge;
  readonly onResult: DecisionOptions<Context>['onResult'];
  /** Refuses: rejects with an `AuthRefusal`, or resolves to its answer. */
  readonly refuse: (refused: Refusal, c: Context) => Promise<RefusalResponse>;
}

// A symbol, so that no variable of an application can replace it. Hono's map takes any key, its type only strings.
const GUARD_STATE = Symbol('zep-auth guard') as unknown as string;

/** What the guard in front of this handler decided, if there is one. */
export const readGuardState = (c: Context): GuardState | undefined => c.get(GUARD_STATE);

/** A middleware that sets these variables, and whose refusals `hc` knows where it stands in a route. */
export type Guard<Variables extends object> = MiddlewareHandler<
  { Variables: Variables },
  string,
  Record<never, never>,
  RefusalResponse
>;

/** Forgets what a guard in front has found: its identity must not survive a refusal, or `some()` would go on with it. */
export const forgetGuard = (c: Context): void => {
  c.set('auth', undefined);
  c.set(GUARD_STATE, undefined);
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
  return createGuard(createDecision<JwtClaims, Context>(options), options);
}

/** What @hono/node-server puts into `c.env`. Other runtimes tell the scheme by the URL. */
interface NodeEnv {
  readonly incoming?: {
    readonly socket?: { readonly encrypted?: boolean; readonly remoteAddress?: string };
  };
}

/** What Hono and the runtime know of a request beside its `Request`. */
export const readFacts = (c: Context): DoorFacts => {
  const socket = (c.env as NodeEnv | undefined)?.incoming?.socket;
  if (socket === undefined) return { routedPath: c.req.path };
  return {
    routedPath: c.req.path,
    scheme: socket.encrypted === true ? 'https' : 'http',
    peerAddress: socket.remoteAddress,
  };
};

/**
 * Keeps an answer out of shared caches, which know an Authorization header, but no other credential.
 *
 * @see RFC 6750 section 2.3, RFC 9111 section 5.2.2.7
 */
const keepPrivate = (c: Context): void => {
  const directives = (c.res.headers.get('cache-control') ?? '')
    .replace(/"[^"]*"/g, '')
    .split(',')
    .map((d) => d.trim());
  if (directives.some((directive) => /^(?:private|no-store)$/i.test(directive))) return;
  const kept = directives.filter((d) => /^(?!public|s-maxage)[\w-]+(?:=\d+)?$/i.test(d));
  c.header('cache-control', [...kept, 'private'].join(', ')); // Hono copies a response that is immutable
};

const createSettings = (
  options: Challenge & RefusalOptions & Pick<DecisionOptions<Context>, 'onResult'>,
): GuardSettings => {
  const { onResult, onRefused, refuse = 'throw' } = options;
  if (refuse !== 'throw' && refuse !== 'return') throw new TypeError('refuse is throw or return');
  return {
    challenge: toChallenge(options),
    onResult,
    refuse: async (refused, c) => {
      forgetGuard(c);
      let refusal = createAuthRefusal(refused);
      const own = await onRefused?.(refusal, c);
      if (own !== undefined) refusal = createAuthRefusal(refused, own);
      if (refuse === 'throw') throw refusal;
      return refusal.getResponse() as RefusalResponse; // a problem document, or what the application chose instead
    },
  };
};

/** Refuses for a guard, or without one in front. */
export const refuseOn = (
  state: GuardState | undefined,
  error: AuthError,
  c: Context,
): Promise<RefusalResponse> => {
  const { refuse, challenge } = state?.guard ?? WITHOUT_GUARD;
  return refuse({ error, challenge }, c);
};

const WITHOUT_GUARD = createSettings({});

/** Creates the guard of an authenticator. */
const createGuard = (
  { authenticate }: Authenticator<JwtClaims, Context>,
  options: Parameters<typeof createSettings>[0],
): MiddlewareHandler => {
  const guard = createSettings(options);
  const proceed = (
    c: Context,
    next: Next,
    view: RequestView,
    result: AuthResult,
  ): ReturnType<MiddlewareHandler> => {
    if (result.outcome === 'refused') return guard.refuse(result, c);
    if (result.outcome === 'preflight') {
      const { url, method, headers, signal } = c.req.raw;
      c.req.raw = new Request(url, { method, headers, signal }); // a preflight has no body to hand on
    }
    // Set even when undefined: the identity that an outer guard found does not count here.
    c.set('auth', result.auth);
    const state: GuardState = { result, view, guard };
    c.set(GUARD_STATE, state);
    const isBearer = result.auth === undefined || result.auth.source === 'bearer';
    return isBearer ? next() : next().then(() => keepPrivate(c));
  };
  return function authGuard(c, next) {
    // Before anything can throw.
    if (readGuardState(c) !== undefined) forgetGuard(c);
    const view = toRequestView(c.req.raw, readFacts(c));
    const result = authenticate(view, c);
    // With Node's crypto the result is synchronous, and no promise is made.
    if (result instanceof Promise) return result.then((made) => proceed(c, next, view, made));
    return proceed(c, next, view, result);
  };
};
