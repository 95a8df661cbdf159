import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JwtClaims } from '@zep-auth/core';
import { assertOptions } from '@zep-auth/core/internal';
import type { Auth, AuthResult } from '../auth-result.ts';
import { type AuthenticatorOptions, createDecision, DECISION_OPTIONS } from '../authenticate.ts';
import { toPrivateCacheControl } from '../gate/response-policy.ts';
import { describeAuth, type GuardResult } from '../guard-result.ts';
import {
  assertScopes,
  type Challenge,
  guardError,
  type Refusal,
  toChallenge,
  toProblem,
} from '../problem-response.ts';
import type { RequestView } from '../request.ts';
import { NodeRequestView } from './request-view.ts';

/** A request behind `nodeGuard`. */
export interface RequestWithAuth<Claims extends object = JwtClaims> extends IncomingMessage {
  /** Whose request it is. Unset for a request that passed without a token. */
  auth?: Auth<Claims> | undefined;
}

/** A middleware for Express, Nest, and any server that is made of connect's. */
export type NodeMiddleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

interface GuardState {
  readonly result: AuthResult;
  readonly view: RequestView;
  readonly challenge: Challenge;
  readonly onResult: AuthenticatorOptions<JwtClaims, IncomingMessage>['onResult'];
}

/** What the guard in front has decided, where no application can write. */
const states = new WeakMap<IncomingMessage, GuardState>();

const refuse = (response: ServerResponse, refusal: Refusal): void => {
  const { status, headers, body } = toProblem(refusal);
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
};

/**
 * Keeps an answer out of shared caches, which know an Authorization header, but no other credential.
 *
 * @see RFC 6750 section 2.3, RFC 9111 section 5.2.2.7
 */
const keepPrivate = (response: ServerResponse): void => {
  const { writeHead } = response;
  response.writeHead = (status: number, ...rest: unknown[]): ServerResponse => {
    response.writeHead = writeHead;
    const last = rest.at(-1);
    // What a framework gives along with the status is set first, so that one Cache-Control is left.
    if (typeof last === 'object' && last !== null) {
      rest.pop();
      const pairs: unknown[] = Array.isArray(last) ? last.flat() : Object.entries(last).flat(1);
      for (let i = 0; i < pairs.length; i += 2) {
        const [name, value] = [String(pairs[i]), pairs[i + 1] as string | readonly string[]];
        if (Array.isArray(last)) response.appendHeader(name, value);
        else if (value !== undefined) response.setHeader(name, value);
      }
    }
    const said = [response.getHeader('cache-control') ?? []].flat().map(String);
    response.setHeader('Cache-Control', toPrivateCacheControl(said));
    return Reflect.apply(writeHead, response, [status, ...rest]);
  };
};

/**
 * Creates a middleware for `node:http` and what is built on it: it lets a request through only with a good token, and
 * sets `request.auth`. What a hook throws goes to `next`, and the handler does not run.
 *
 * @throws {TypeError} when not exactly one of `config` and `env` is given, or an option has a wrong form
 * @throws {RangeError} when a number is out of its range
 * @throws {AuthError} `ERR_CONFIG_INVALID` when the configuration is not valid
 * @see RFC 6750, RFC 9457
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { nodeGuard, type RequestWithAuth } from '@zep-auth/server/node';
 *
 * const guard = nodeGuard({ env: process.env });
 * createServer((request: RequestWithAuth, response) =>
 *   guard(request, response, (error) => {
 *     if (error) response.writeHead(500);
 *     response.end(request.auth?.claims.sub);
 *   }),
 * );
 * ```
 */
export const nodeGuard = <Claims extends object = JwtClaims>(
  options: AuthenticatorOptions<Claims, IncomingMessage>,
): NodeMiddleware => {
  assertOptions('nodeGuard', options, DECISION_OPTIONS);
  const { authenticate } = createDecision<Claims, IncomingMessage>(options);
  const challenge = toChallenge(options);
  const { onResult } = options;
  return function nodeGuard(request: RequestWithAuth<Claims>, response, next) {
    // Before anything can throw: the identity that an outer guard found does not count here.
    request.auth = undefined;
    states.delete(request);
    const view = new NodeRequestView(request);
    const proceed = (result: AuthResult<Claims>): void => {
      if (result.outcome === 'refused') {
        refuse(response, result);
        return;
      }
      request.auth = result.auth;
      // A state does not depend on what the claims are.
      states.set(request, { result: result as AuthResult, view, challenge, onResult });
      if (result.auth !== undefined && result.auth.source !== 'bearer') keepPrivate(response);
      next();
    };
    let result: ReturnType<typeof authenticate>;
    try {
      result = authenticate(view, request);
    } catch (error) {
      next(error);
      return;
    }
    // Not `catch`: what a handler throws must not call `next` once more.
    if (result instanceof Promise) result.then(proceed, next);
    else proceed(result);
  };
};

/** Creates a middleware behind a guard that asks for scopes. */
const createRequirement = (
  name: string,
  scopes: readonly string[],
  isMet: (held: readonly string[]) => boolean,
): NodeMiddleware => {
  if (scopes.length === 0) throw new TypeError(`${name} takes at least one scope`);
  assertScopes(name, scopes);
  return function scopeGuard(request, response, next) {
    const state = states.get(request);
    if (state?.result.outcome === 'off') {
      next();
      return;
    }
    const auth = state?.result.auth;
    if (auth !== undefined && isMet(auth.scopes)) {
      next();
      return;
    }
    const code = auth === undefined ? 'ERR_CREDENTIALS_MISSING' : 'ERR_SCOPE_INSUFFICIENT';
    const told: GuardResult = {
      outcome: 'refused',
      check: 'scope',
      code,
      ...(auth && describeAuth(auth)),
      durationMs: 0,
    };
    Promise.resolve()
      .then(() => state?.onResult?.(told, state.view, request))
      .then(() =>
        refuse(response, {
          error: guardError(code, { scopes }),
          challenge: state?.challenge ?? {},
        }),
      )
      .catch(next);
  };
};

/**
 * Creates a middleware, behind `nodeGuard`, that asks for each of `scopes` in the token's `scope` claim. Without a token it
 * answers 401, without a scope 403; where authentication is switched off it lets every request through.
 *
 * @throws {TypeError} without a scope, or with one that RFC 6749 does not allow
 * @see RFC 6750 section 3.1, RFC 8693 section 4.2
 */
export const requireScope = (...scopes: readonly [string, ...string[]]): NodeMiddleware =>
  createRequirement('requireScope', scopes, (held) => scopes.every((s) => held.includes(s)));

/**
 * Creates a middleware, behind `nodeGuard`, that asks for at least one of `scopes`.
 *
 * @throws {TypeError} without a scope, or with one that RFC 6749 does not allow
 * @see RFC 6750 section 3.1, RFC 8693 section 4.2
 */
export const requireAnyScope = (...scopes: readonly [string, ...string[]]): NodeMiddleware =>
  createRequirement('requireAnyScope', scopes, (held) => scopes.some((s) => held.includes(s)));
