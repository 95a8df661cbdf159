// A fetch that carries a token, to the origins that it is meant for and no other.
// Never sends the token in the clear, and never overrides an Authorization header of the caller's own.
import { AuthError, formatBearer } from '@zep-auth/core';

/** What {@link createAuthFetch} makes: to be used wherever a `fetch` is taken. */
export type AuthFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** Which token goes where. */
export interface AuthFetchOptions {
  /** The client's token. */
  readonly token: string;
  /** The origins that get the token, such as `https://api.example.com`. HTTPS, or HTTP on loopback. */
  readonly origins: readonly string[];
  /** Origins that get the token over plain HTTP, where anyone on the way can read it. Default none. */
  readonly insecureOrigins?: readonly string[];
  /** What to do for another origin: reject with `ERR_ORIGIN_NOT_ALLOWED`, or send it without a token. Default `error`. */
  readonly onUnlistedOrigin?: 'error' | 'omit';
  /** What sends the request. Default the runtime's own `fetch`. */
  readonly fetch?: AuthFetch;
}

// RFC 6761 section 6.3, RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3
const LOOPBACK = /^(?:(?:.+\.)?localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

const toOrigin = (text: string): URL => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || `${url.origin}/` !== url.href) {
    throw new TypeError('an origin is a scheme, a host and no path: https://api.example.com');
  }
  return url;
};

/** A copy to add to. The platform's own error would repeat a value that it does not like. */
const copyHeaders = (headers: HeadersInit | undefined): Headers => {
  try {
    return new Headers(headers);
  } catch {
    throw new TypeError('a header of the request has a name or a value that is not allowed');
  }
};

/** The origin of a request's URL, which a page may give relative to itself. */
const readOrigin = (text: string): string => {
  const base = globalThis.location?.href;
  if (!URL.canParse(text, base)) throw new TypeError('the URL of the request is not a URL'); // unlike the platform's error, this one does not repeat it
  return new URL(text, base).origin;
};

/**
 * Makes a `fetch` that attaches a token as `Authorization: Bearer …`, unless the call has that header already.
 * Redirects are the platform's own: they lose the header when they leave the origin.
 *
 * @throws {AuthError} `ERR_TOKEN_MALFORMED` when `token` is not a token; the message names the mistake
 * @throws {AuthError} `ERR_INSECURE_TRANSPORT` when an origin is plain HTTP, not on loopback, and not in `insecureOrigins`
 * @throws {TypeError} when there is no origin, or one with a path or another scheme
 * @see RFC 6750 sections 2.1 and 5.2
 * @example
 * ```ts
 * import { createAuthFetch, tokenFromEnv } from '@zep-auth/sdk-auth';
 *
 * const authFetch = createAuthFetch({
 *   token: tokenFromEnv(process.env),
 *   origins: ['https://api.example.com'],
 * });
 * ```
 */
export const createAuthFetch = (options: AuthFetchOptions): AuthFetch => {
  const { token, origins, insecureOrigins = [], onUnlistedOrigin = 'error' } = options;
  const authorization = formatBearer(token);
  const send: AuthFetch = options.fetch ?? ((input, init) => fetch(input, init));
  const insecure = insecureOrigins.map(toOrigin).map(({ origin }) => origin);
  const allowed = new Set(insecure);
  for (const { origin, protocol, hostname } of origins.map(toOrigin)) {
    if (protocol === 'http:' && !LOOPBACK.test(hostname) && !insecure.includes(origin)) {
      const message = `${origin} is plain HTTP: use https, or name it in insecureOrigins`;
      throw new AuthError('ERR_INSECURE_TRANSPORT', message);
    }
    allowed.add(origin);
  }
  if (allowed.size === 0)
    throw new TypeError('createAuthFetch needs an origin to send the token to');

  return async function authFetch(input, init) {
    const request = typeof input === 'object' && 'headers' in input ? input : undefined;
    const target = request ?? String(input); // read once: what is judged is what is sent
    const origin = readOrigin(request?.url ?? String(target));
    if (!allowed.has(origin)) {
      if (onUnlistedOrigin === 'omit') return send(target, init);
      throw new AuthError('ERR_ORIGIN_NOT_ALLOWED', `${origin} is not in the list of origins`);
    }
    const headers = copyHeaders(init?.headers ?? request?.headers);
    if (!headers.has('authorization')) headers.set('authorization', authorization);
    return send(target, { ...init, headers });
  };
};
