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
    detail: 'This resource needs a bearer token.',
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
  ERR_ORIGIN_NOT_ALLOWED: {
    status: 403,
    title: 'Forbidden',
    detail: 'Pages of this origin may not use the cookie.',
  },
  ERR_INSECURE_TRANSPORT: {
    status: 403,
    title: 'Forbidden',
    detail: 'This resource is served over HTTPS only.',
  },
  ERR_TOO_MANY_FAILURES: {
    status: 429,
    title: 'Too Many Requests',
    detail: 'Too many bearer tokens from this address were refused.',
  },
  ERR_REVOCATION_UNAVAILABLE: {
    status: 503,
    title: 'Service Unavailable',
    detail: 'The authentication of this service is not available.',
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

/** What every challenge of a guard says. */
export interface Challenge {
  /** The realm that challenges name, printable ASCII without `"` and `\`. Default `api`. */
  readonly realm?: string;
  /** The URL of the resource's metadata, for clients that look for an authorization server (RFC 9728). Default none. */
  readonly resourceMetadata?: string | URL;
}

/**
 * The answer to a refused request.
 *
 * @see RFC 6750 section 3, RFC 9110 section 10.2.3, RFC 9728 section 5.1
 */
export const answer = (
  { code, scopes, retryAfterSeconds }: AuthError,
  { realm = 'api', resourceMetadata }: Challenge,
): Response => {
  const { status, title, detail, error, ...more } = ANSWERS[code] ?? INVALID_TOKEN;
  const challenge = [
    `Bearer realm="${realm}"`,
    ...(error === undefined ? [] : [`error="${error}"`]),
    ...(scopes === undefined ? [] : [`scope="${scopes.join(' ')}"`]),
    ...(resourceMetadata === undefined ? [] : [`resource_metadata="${resourceMetadata}"`]),
  ].join(', ');
  return problem(status, title, detail, {
    code: more.code ?? error,
    headers: {
      ...((status === 401 || error !== undefined) && { 'www-authenticate': challenge }),
      ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
    },
  });
};

/**
 * Checks what challenges say.
 *
 * @throws {TypeError} when it cannot stand between quotes as it is (RFC 9110 section 5.6.4), or is no URL
 */
export const assertChallenge = ({ realm = 'api', resourceMetadata }: Challenge): void => {
  if (!/^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/.test(realm)) {
    throw new TypeError('a realm is printable ASCII without " and \\');
  }
  const url = String(resourceMetadata ?? 'https://a.example');
  if (!URL.canParse(url) || !/^https?:\/\/[\x21\x23-\x5b\x5d-\x7e]+$/.test(url)) {
    throw new TypeError('resourceMetadata is an http or https URL');
  }
};
