// The answers to a request that is refused: RFC 6750 challenges and RFC 9457 bodies.
// Never says which check failed: that is for the operator, through `onResult`.
import type { AuthError, AuthErrorCode } from '@zep-auth/core';

interface Answer {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  /** RFC 6750 section 3.1's error, in the challenge and as the body's `code`. */
  readonly error?: string;
  /** The body's `code`, where it says more than `error`. */
  readonly code?: string;
}

const INVALID_TOKEN: Answer = {
  status: 401,
  title: 'Unauthorized',
  detail: 'The bearer token was refused.',
  error: 'invalid_token',
};

const ANSWERS: Partial<Record<AuthErrorCode, Answer>> = {
  ERR_CREDENTIALS_MISSING: {
    status: 401,
    title: 'Unauthorized',
    detail: 'This resource needs a bearer token in the Authorization header.',
  },
  ERR_CREDENTIALS_AMBIGUOUS: {
    status: 400,
    title: 'Bad Request',
    detail: 'The request has more than one set of credentials; send exactly one.',
    error: 'invalid_request',
  },
  ERR_TOKEN_EXPIRED: {
    ...INVALID_TOKEN,
    detail: 'The bearer token has expired.',
    code: 'token_expired',
  },
  ERR_SCOPE_INSUFFICIENT: {
    status: 403,
    title: 'Forbidden',
    detail: 'The bearer token lacks a scope that this resource needs.',
    error: 'insufficient_scope',
  },
  ERR_CONFIG_INVALID: {
    status: 500,
    title: 'Internal Server Error',
    detail: 'The authentication of this service is misconfigured.',
  },
};

/**
 * A problem document.
 *
 * @see RFC 9457 section 3
 */
export const problem = (
  status: number,
  title: string,
  detail: string,
  { code, headers }: { readonly code?: string | undefined; readonly headers?: HeadersInit } = {},
): Response => {
  const response = Response.json(
    { type: 'about:blank', title, status, detail, ...(code !== undefined && { code }) },
    { status, headers: headers ?? {} },
  );
  response.headers.set('content-type', 'application/problem+json');
  response.headers.set('cache-control', 'no-store');
  return response;
};

/**
 * The answer to a refused request.
 *
 * @see RFC 6750 section 3
 */
export const answer = ({ code, scopes }: AuthError, realm: string): Response => {
  const { status, title, detail, error, ...more } = ANSWERS[code] ?? INVALID_TOKEN;
  const challenge = [
    `Bearer realm="${realm}"`,
    ...(error === undefined ? [] : [`error="${error}"`]),
    ...(scopes === undefined ? [] : [`scope="${scopes.join(' ')}"`]),
  ].join(', ');
  return problem(status, title, detail, {
    code: more.code ?? error,
    headers: status < 500 ? { 'www-authenticate': challenge } : {},
  });
};

/**
 * Checks the name of a realm.
 *
 * @throws {TypeError} when it cannot stand between quotes as it is (RFC 9110 section 5.6.4)
 */
export const assertRealm = (realm: string): void => {
  if (!/^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/.test(realm)) {
    throw new TypeError('a realm is printable ASCII without " and \\');
  }
};
