import type { AuthError, AuthErrorCode } from '@zep-auth/core';
import { withoutStack } from '@zep-auth/core/internal';
import { HTTPException } from 'hono/http-exception';
import type { TypedResponse } from 'hono/types';
import {
  type Problem,
  type ProblemDocument,
  type Refusal,
  toProblem,
} from '../problem-response.ts';

type Status = 400 | 401 | 403 | 429 | 500 | 503;

/** The answers of a guard, for `hc`: `hc<ApplyGlobalResponse<typeof app, GuardResponses>>(…)`. */
export type GuardResponses = { readonly [S in Status]: { readonly json: ProblemDocument } };

/** The same as the type of a middleware's response, so that a guard in a route adds them to that route. */
export type RefusalResponse = {
  [S in Status]: Response & TypedResponse<ProblemDocument, S, 'json'>;
}[Status];

/** An application's own answer, made safe: its status is an error's, and no header of the refusal is missing. */
const complete = (own: Response, { status, headers }: Problem): Response => {
  const merged = new Headers(own.headers);
  for (const [name, value] of Object.entries(headers)) {
    if (name !== 'content-type' && !merged.has(name)) merged.set(name, value);
  }
  const ownStatus = own.status >= 400 ? own.status : status;
  return new Response(own.body, { status: ownStatus, headers: merged });
};

/**
 * What the guard throws, as Hono's own middlewares throw, so that `some()`, `except()` and `app.onError` see it.
 * Its message is the one for the client; `cause` is the `AuthError`, for the operator.
 */
export class AuthRefusal extends HTTPException {
  static {
    Object.defineProperty(AuthRefusal.prototype, 'name', { value: 'AuthRefusal' });
  }
  /** Which check failed. For the operator: the client learns less. */
  readonly code: AuthErrorCode;
  readonly #problem: Problem;
  readonly #own: Response | undefined;

  /** @internal */
  constructor(error: AuthError, problem: Problem, own: Response | undefined) {
    super(problem.status as Status, { message: problem.document.detail, cause: error }); // every problem of a guard has one of these
    this.code = error.code;
    this.#problem = problem;
    this.#own = own && complete(own, problem);
  }

  /** The answer, a new one at each call. */
  override getResponse(): Response {
    if (this.#own !== undefined) return this.#own.clone();
    const { status, headers, body } = this.#problem;
    const response = new Response(body, { status, headers });
    // Hono's error handler copies `body` at once, and sends a text much faster than a stream. Code that reads it
    // later, such as a runtime that sends this response itself, finds the stream again.
    Object.defineProperty(response, 'body', { value: body, configurable: true });
    queueMicrotask(() => Reflect.deleteProperty(response, 'body'));
    return response;
  }
}

/** A refusal as it is thrown. Taking a stack would cost more than the HMAC, and would say nothing. */
export const createAuthRefusal = (refused: Refusal, own?: Response): AuthRefusal =>
  withoutStack(() => new AuthRefusal(refused.error, toProblem(refused), own));
