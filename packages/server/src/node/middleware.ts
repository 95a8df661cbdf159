import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JwtClaims } from '@zep-auth/core';
import { assertOptions } from '@zep-auth/core/internal';
import type { Auth, AuthResult } from '../auth-result.ts';
import { createDecision } from '../authenticate.ts';
import {
  type AuthenticatorOptions,
  DECISION_OPTIONS,
  type Decision,
} from '../authenticator-options.ts';
import { isCdnField, toPrivateCacheControl } from '../private-cache.ts';
import { type Refusal, toProblem } from '../problem-response.ts';
import type { RequestView } from '../request.ts';
import {
  findUnmet,
  type Requirement,
  type Scopes,
  toClaimsRequirement,
  toScopeRequirement,
} from '../requirement.ts';
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

interface GuardState extends Pick<Decision<JwtClaims, IncomingMessage>, 'challenge' | 'notify'> {
  readonly result: AuthResult;
  readonly view: RequestView;
}

/** What the guard in front has decided, where no application can write. */
const states = new WeakMap<IncomingMessage, GuardState>();

const refuse = (response: ServerResponse, refusal: Refusal): void => {
  const { status, headers, body } = toProblem(refusal);
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
};

/** Keeps an answer out of shared caches, which know an Authorization header, but no other credential. */
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
    for (const name of response.getHeaderNames().filter(isCdnField)) response.removeHeader(name);
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
  const decision = createDecision<Claims, IncomingMessage>(options);
  const { authenticate, challenge, notify } = decision;
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
      states.set(request, { result: result as AuthResult, view, challenge, notify });
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

const createRequirement = (requirement: Requirement): NodeMiddleware =>
  function requirementHandler(request, response, next) {
    const state = states.get(request);
    let unmet: ReturnType<typeof findUnmet>;
    try {
      unmet = findUnmet(requirement, state?.result);
    } catch (thrown) {
      next(thrown);
      return;
    }
    if (unmet === undefined) {
      next();
      return;
    }
    const { error, told } = unmet;
    Promise.resolve()
      .then(() => state?.notify(told, state.view, request))
      .then(() => refuse(response, { error, challenge: state?.challenge ?? {} }))
      .catch(next);
  };

/**
 * Creates a middleware, behind `nodeGuard`, that asks for each of `scopes` in the token's `scope` claim. Without a token it
 * answers 401, without a scope 403; where authentication is switched off it lets every request through.
 *
 * @throws {TypeError} without a scope, or with one that RFC 6749 does not allow
 * @see RFC 6750 section 3.1, RFC 8693 section 4.2
 */
export const requireScope = (...scopes: Scopes): NodeMiddleware =>
  createRequirement(toScopeRequirement('requireScope', scopes));

/**
 * Creates a middleware, behind `nodeGuard`, that asks for at least one of `scopes`.
 *
 * @throws {TypeError} without a scope, or with one that RFC 6749 does not allow
 * @see RFC 6750 section 3.1, RFC 8693 section 4.2
 */
export const requireAnyScope = (...scopes: Scopes): NodeMiddleware =>
  createRequirement(toScopeRequirement('requireAnyScope', scopes));

/**
 * Creates a middleware, behind `nodeGuard`, that asks for claims: `requireClaims(({ team }) => team === 'ops')`. What
 * fails is answered with 403; only `true` passes.
 *
 * @throws {TypeError} when `isMet` is not a function
 * @see RFC 6750 section 3.1
 */
export const requireClaims = <Claims extends object = JwtClaims>(
  isMet: (claims: Claims) => boolean,
): NodeMiddleware => createRequirement(toClaimsRequirement(isMet));
