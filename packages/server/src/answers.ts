// The answers to a request that is refused: RFC 6750 challenges and RFC 9457 bodies.
// Never says which check failed: that is for the operator, through `onResult`.
import type { AuthError, AuthErrorCode, AuthErrorDetail } from '@zep-auth/core';
import { refusal } from '@zep-auth/core/internal';

/** What a refusal is answered with. */
type Answer = readonly [
  status: number,
  title: string,
  detail: string,
  /** RFC 6750 section 3.1's error, in the challenge and as the body's `code`. */
  error?: string,
  /** The body's `code`, where it says more than `error`. */
  code?: string,
];

const ANSWERS: Partial<Record<AuthErrorCode, Answer>> = {
  ERR_CREDENTIALS_MISSING: [401, 'Unauthorized', 'This resource needs a bearer token.'],
  ERR_CREDENTIALS_AMBIGUOUS: [
    400,
    'Bad Request',
    'The request has more than one set of credentials; send exactly one.',
    'invalid_request',
  ],
  ERR_TOKEN_EXPIRED: [
    401,
    'Unauthorized',
    'The bearer token has expired.',
    'invalid_token',
    'token_expired',
  ],
  ERR_SCOPE_INSUFFICIENT: [
    403,
    'Forbidden',
    'The bearer token lacks a scope that this resource needs.',
    'insufficient_scope',
  ],
  ERR_ORIGIN_NOT_ALLOWED: [403, 'Forbidden', 'Pages of this origin may not use the cookie.'],
  ERR_INSECURE_TRANSPORT: [403, 'Forbidden', 'This resource is served over HTTPS only.'],
  ERR_TOO_MANY_FAILURES: [
    429,
    'Too Many Requests',
    'Too many bearer tokens from this address were refused.',
  ],
  ERR_REVOCATION_UNAVAILABLE: [
    503,
    'Service Unavailable',
    'The authentication of this service is not available.',
  ],
  ERR_CONFIG_INVALID: [
    500,
    'Internal Server Error',
    'The authentication of this service is misconfigured.',
  ],
};

const INVALID_TOKEN: Answer = [
  401,
  'Unauthorized',
  'The bearer token was refused.',
  'invalid_token',
];

const findAnswer = (code: AuthErrorCode): Answer => ANSWERS[code] ?? INVALID_TOKEN;

/** A refusal of the guard's own, in the words that it is answered with. */
export const refuse = (code: AuthErrorCode, detail?: AuthErrorDetail): AuthError =>
  refusal(code, findAnswer(code)[2], detail);

/**
 * A problem document.
 *
 * @see RFC 9457 section 3
 */
export const problem = (
  status: number,
  title: string,
  detail: string,
  {
    code,
    headers,
  }: {
    readonly code?: string | undefined;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): Response => {
  const body = JSON.stringify({ type: 'about:blank', title, status, detail, code });
  const own = { 'content-type': 'application/problem+json', 'cache-control': 'no-store' };
  return new Response(body, { status, headers: { ...headers, ...own } });
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
  const [status, title, detail, error, more = error] = findAnswer(code);
  const parameters = {
    realm,
    error,
    scope: scopes?.join(' '),
    resource_metadata: resourceMetadata,
  };
  const challenge = Object.entries(parameters)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}="${value}"`)
    .join(', ');
  return problem(status, title, detail, {
    code: more,
    headers: {
      ...((status === 401 || error !== undefined) && { 'www-authenticate': `Bearer ${challenge}` }),
      ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
    },
  });
};

/**
 * Checks what challenges say.
 *
 * @throws {TypeError} when it cannot stand between quotes as it is (RFC 9110 section 5.6.4), or is no URL
 */
export const assertChallenge = ({ realm, resourceMetadata = 'https:a' }: Challenge): void => {
  const url = String(resourceMetadata);
  const isQuotable = /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/.test(`${realm}${url}`);
  if (!isQuotable || !/^https?:\S+$/.test(url) || !URL.canParse(url)) {
    throw new TypeError(
      'realm and resourceMetadata are printable ASCII without " and \\, and the latter a URL',
    );
  }
};
