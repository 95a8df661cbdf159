import type { JwtClaims } from '@zep-auth/core';
import type { Context, MiddlewareHandler, Next } from 'hono';
import type { Auth, AuthResult } from '../auth-result.ts';
import { type Authenticator, createAuthenticator, type DecisionOptions } from '../authenticate.ts';
import { type Challenge, toResponse } from '../problem-response.ts';
import { type DoorFacts, type RequestView, toRequestView } from '../request.ts';
import type { ConfigSource } from '../verifier-source.ts';

declare module 'hono' {
  interface ContextVariableMap {
    /** Set by `authGuard`: whose request it is. Unset for a request that passed without a token. */
    auth?: Auth | undefined;
  }
}

/** How a guard decides and answers. Takes exactly one of `config` and `env`. */
export type GuardOptions = DecisionOptions<Context> & ConfigSource<Context>;

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
  readonly challenge: Challenge;
  readonly onResult: DecisionOptions<Context>['onResult'];
}

// A symbol, so that no variable of an application can replace it. Hono's map takes any key, its type only strings.
const GUARD_STATE = Symbol('zep-auth guard') as unknown as string;

/** What the guard in front of this handler decided, if there is one. */
export const readGuardState = (c: Context): GuardState | undefined => c.get(GUARD_STATE);

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
  options: GuardOptions & { readonly optional?: false; readonly publicPaths?: readonly [] },
): MiddlewareHandler<{ Variables: AuthVariables<Claims> }>;
export function authGuard<Claims extends object = JwtClaims>(
  options: GuardOptions,
): MiddlewareHandler<{ Variables: OptionalAuthVariables<Claims> }>;
export function authGuard(options: GuardOptions): MiddlewareHandler {
  return createGuard(createAuthenticator<JwtClaims, Context>(options), options);
}

/** What @hono/node-server puts into `c.env`. Other runtimes tell the scheme by the URL. */
interface NodeEnv {
  readonly incoming?: {
    readonly socket?: { readonly encrypted?: boolean; readonly remoteAddress?: string };
  };
}

const readFacts = (c: Context): DoorFacts => {
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
  const directives = (c.res.headers.get('cache-control') ?? '').split(',').map((d) => d.trim());
  if (directives.some((directive) => /^(?:private|no-store)$/i.test(directive))) return;
  const kept = directives.filter((d) => /^(?!public|s-maxage)[\w-]+(?:=\d+)?$/i.test(d));
  c.header('cache-control', [...kept, 'private'].join(', ')); // Hono copies a response that is immutable
};

/** Creates the guard of an authenticator. */
export const createGuard = (
  { authenticate }: Authenticator<JwtClaims, Context>,
  { realm, resourceMetadata, onResult }: GuardOptions,
): MiddlewareHandler => {
  const challenge: Challenge = {
    ...(realm !== undefined && { realm }),
    ...(resourceMetadata !== undefined && { resourceMetadata }),
  };
  const proceed = (
    c: Context,
    next: Next,
    view: RequestView,
    result: AuthResult,
  ): ReturnType<MiddlewareHandler> => {
    if (result.outcome === 'refused') return Promise.resolve(toResponse(result));
    if (result.outcome === 'preflight') {
      const { url, method, headers, signal } = c.req.raw;
      c.req.raw = new Request(url, { method, headers, signal }); // a preflight has no body to hand on
    }
    // Set even when undefined: the identity that an outer guard found does not count here.
    c.set('auth', result.auth);
    const state: GuardState = { result, view, challenge, onResult };
    c.set(GUARD_STATE, state);
    const isBearer = result.auth === undefined || result.auth.source === 'bearer';
    return isBearer ? next() : next().then(() => keepPrivate(c));
  };
  return function authGuard(c, next) {
    const view = toRequestView(c.req.raw, readFacts(c));
    const result = authenticate(view, c);
    // With Node's crypto the result is synchronous, and no promise is made.
    if (result instanceof Promise) return result.then((made) => proceed(c, next, view, made));
    return proceed(c, next, view, result);
  };
};
