import type { AuthError, AuthErrorCode, AuthErrorDetail } from '@zep-auth/core';
import { refusal } from '@zep-auth/core/internal';

/** The answer to a refusal. Only the operator sees which check failed, so most codes share one answer. */
type Answer = readonly [
  status: keyof typeof TITLES,
  detail: string,
  /** RFC 6750 section 3.1's error, in the challenge and as the body's `code`. */
  error?: string,
  /** The body's `code`, where it says more than `error`. */
  code?: string,
];

const TITLES = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
} as const;

const ANSWERS: Partial<Record<AuthErrorCode, Answer>> = {
  ERR_CREDENTIALS_MISSING: [401, 'This resource needs a bearer token.'],
  ERR_CREDENTIALS_AMBIGUOUS: [400, 'The request has several credentials.', 'invalid_request'],
  ERR_TOKEN_EXPIRED: [401, 'The bearer token has expired.', 'invalid_token', 'token_expired'],
  ERR_SCOPE_INSUFFICIENT: [403, 'The bearer token lacks a scope.', 'insufficient_scope'],
  ERR_ORIGIN_NOT_ALLOWED: [403, 'This origin may not use the cookie.'],
  ERR_INSECURE_TRANSPORT: [403, 'This resource needs HTTPS.'],
  ERR_TOO_MANY_FAILURES: [429, 'Too many bearer tokens were refused.'],
  ERR_REVOCATION_UNAVAILABLE: [503, 'Authentication is not available here.'],
  ERR_CONFIG_INVALID: [500, 'Authentication is misconfigured here.'],
};

const findAnswer = (code: AuthErrorCode): Answer =>
  ANSWERS[code] ?? [401, 'The bearer token was refused.', 'invalid_token'];

/** An error of the guard itself, in the words of its answer. */
export const guardError = (code: AuthErrorCode, detail?: AuthErrorDetail): AuthError =>
  refusal(code, findAnswer(code)[1], detail);

/** The body of every answer of a guard (RFC 9457). */
export type ProblemDocument = {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** RFC 6750's error code, or `token_expired`. */
  readonly code?: string;
};

/** An answer as data, for doors that do not speak `Response`. */
export interface Problem {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The document, and its JSON. */
  readonly document: ProblemDocument;
  readonly body: string;
}

/**
 * A problem document.
 *
 * @see RFC 9457 section 3
 */
export const createProblem = (
  status: number,
  title: string,
  detail: string,
  more: { readonly code?: string | undefined; readonly headers?: Problem['headers'] } = {},
): Problem => {
  const document: ProblemDocument = {
    type: 'about:blank',
    title,
    status,
    detail,
    ...(more.code !== undefined && { code: more.code }),
  };
  const type = 'application/problem+json';
  const headers = { ...more.headers, 'content-type': type, 'cache-control': 'no-store' };
  return { status, headers, document, body: JSON.stringify(document) };
};

/** What every challenge of a guard says. */
export interface Challenge {
  /** The realm that challenges name, printable ASCII without `"` and `\`. Default `api`. */
  readonly realm?: string;
  /** The URL of the resource's metadata, for clients that look for an authorization server (RFC 9728). Default none. */
  readonly resourceMetadata?: string | URL;
  /** Scopes that each request needs beside a good token. Both 401 and 403 name them. Default none. */
  readonly scopes?: readonly string[];
}

/** Why a request is refused, and what the answer's challenge names. */
export interface Refusal {
  /** Which check failed. For the operator: the client learns less. */
  readonly error: AuthError;
  readonly challenge?: Challenge;
}

/**
 * The answer to a refused request, as data.
 *
 * @see RFC 6750 section 3, RFC 9110 section 10.2.3, RFC 9728 section 5.1
 */
export const toProblem = ({ error: refused, challenge = {} }: Refusal): Problem => {
  const { code, scopes, retryAfterSeconds } = refused;
  const [status, detail, error, bodyCode = error] = findAnswer(code);
  const { realm = 'api', resourceMetadata } = challenge;
  const needed = scopes ?? (status === 401 ? challenge.scopes : undefined);
  const scope = needed?.join(' ');
  const parameters = { realm, error, scope, resource_metadata: resourceMetadata };
  const named = Object.entries(parameters)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}="${value}"`)
    .join(', ');
  return createProblem(status, TITLES[status], detail, {
    code: bodyCode,
    headers: {
      ...((status === 401 || error !== undefined) && { 'www-authenticate': `Bearer ${named}` }),
      ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
    },
  });
};

/**
 * The answer to a refused request: RFC 6750's challenge, and a problem document as its body.
 *
 * @example
 * ```ts
 * import { createAuthenticator, toResponse } from '@zep-auth/server';
 *
 * const { authenticate } = createAuthenticator({ env: process.env });
 * export const handle = async (request: Request): Promise<Response> => {
 *   const result = await authenticate(request);
 *   return result.outcome === 'refused' ? toResponse(result) : new Response('hello');
 * };
 * ```
 * @see RFC 6750 section 3, RFC 9457 section 3
 */
export const toResponse = (refused: Refusal): Response => {
  const { status, headers, body } = toProblem(refused);
  return new Response(body, { status, headers });
};

// Printable ASCII but space, " and \ (RFC 6749 section 3.3).
const SCOPE_TOKEN = /^[!#-[\]-~]+$/;

/**
 * Checks scopes, wherever they are required.
 *
 * @throws {TypeError} when one is not what RFC 6749 allows; `place` names where they were given
 */
export const assertScopes = (place: string, scopes: readonly string[]): void => {
  if (!Array.isArray(scopes) || !scopes.every((scope) => SCOPE_TOKEN.test(scope))) {
    throw new TypeError(`${place} takes scopes: no space, printable ASCII without " and \\`);
  }
};

/**
 * Checks what challenges say, and returns a copy of only that.
 *
 * @throws {TypeError} when a scope has a wrong form, or a part cannot stand between quotes (RFC 9110 section 5.6.4), or is not a URL
 */
export const toChallenge = ({ realm, resourceMetadata, scopes = [] }: Challenge): Challenge => {
  assertScopes('scopes', scopes);
  const url = String(resourceMetadata ?? 'https:a');
  const isQuotable = /^[ !#-[\]-~]*$/.test(`${realm}`);
  if (!isQuotable || !/^https?:[!#-[\]-~]+$/.test(url) || !URL.canParse(url)) {
    throw new TypeError(
      'realm and the URL resourceMetadata must be printable ASCII without " and \\',
    );
  }
  return {
    ...(realm !== undefined && { realm }),
    ...(resourceMetadata !== undefined && { resourceMetadata: url }),
    ...(scopes.length > 0 && { scopes: [...scopes] }),
  };
};
