import { AuthError, formatBearer } from '@zep-auth/core';
import { isRepeatable, isTokenRefused } from './retry.ts';
import { createTokenSource, type RefreshOptions, type TokenProvider } from './token-source.ts';

/** A `fetch` that attaches a token. Pass it to any client that takes a `fetch`. */
export type AuthFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** Which token is sent to which origins. The {@link RefreshOptions} apply to a `token` that is a function. */
export interface AuthFetchOptions extends RefreshOptions {
  /** The client's token, or a function that returns one. */
  readonly token: string | TokenProvider;
  /** The origins that get the token, such as `https://api.example.com`. HTTPS, or HTTP on loopback. */
  readonly origins: readonly string[];
  /** Origins that get the token over plain HTTP, where anyone on the way can read it. Default none. */
  readonly insecureOrigins?: readonly string[];
  /** What to do with another origin: reject with `ERR_ORIGIN_NOT_ALLOWED`, or send without a token. Default `error`. */
  readonly onUnlistedOrigin?: 'error' | 'omit';
  /** Sends the requests. Default the runtime's `fetch`. */
  readonly fetch?: AuthFetch;
}

// RFC 6761 section 6.3, RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3
const LOOPBACK = /^(?:(?:.+\.)?localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Replaces the platform's errors, because they quote the value that they reject. */
const orTypeError = <Result>(run: () => Result, message: string): Result => {
  try {
    return run();
  } catch {
    throw new TypeError(message);
  }
};

const parseOrigin = (text: string): URL => {
  const message = 'an origin looks like https://api.example.com';
  const url = orTypeError(() => new URL(text), message);
  if (!/^https?:$/.test(url.protocol) || `${url.origin}/` !== url.href)
    throw new TypeError(message);
  return url;
};

/**
 * Creates a `fetch` that sends `Authorization: Bearer …`, unless the call sets that header itself. The platform follows
 * redirects, and drops the header when one leaves the origin.
 *
 * A token from a function is cached until shortly before its `exp`. When an API answers 401, and not for an error other
 * than `invalid_token`, the token is refreshed and the request sent once more. Its body is sent again too, unless it is
 * a stream; a Request is cloned first. The call rejects with `ERR_TOKEN_PROVIDER` when the function fails, and with
 * `ERR_TOKEN_EXPIRED` when a stream would have to be sent again.
 *
 * @throws {AuthError} `ERR_TOKEN_MALFORMED` when `token` is not a token; the message names the mistake
 * @throws {AuthError} `ERR_INSECURE_TRANSPORT` when an origin is plain HTTP, not on loopback, and not in `insecureOrigins`
 * @throws {TypeError} when there is no origin, or one with a path or another scheme
 * @throws {RangeError} when a number of the {@link RefreshOptions} is out of range
 * @see RFC 6750 sections 2.1, 3.1 and 5.2, RFC 9110 section 11.6.1
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
  const { token, origins, insecureOrigins = [], onUnlistedOrigin } = options;
  const isProvider = typeof token === 'function';
  const getToken = isProvider ? createTokenSource(token, options) : undefined;
  const authorization = isProvider ? '' : formatBearer(token);
  const send: AuthFetch = options.fetch ?? ((input, init) => fetch(input, init));
  const insecure = insecureOrigins.map((text) => parseOrigin(text).origin);
  const allowed = origins.map((text) => {
    const { origin, protocol, hostname } = parseOrigin(text);
    if (protocol === 'http:' && !LOOPBACK.test(hostname) && !insecure.includes(origin)) {
      const message = `${origin} is plain HTTP: use https, or insecureOrigins`;
      throw new AuthError('ERR_INSECURE_TRANSPORT', message);
    }
    return origin;
  });
  allowed.push(...insecure);
  if (!allowed.length) throw new TypeError('origins is empty');

  return async function authFetch(input, init) {
    // A custom fetch may have its own Request class.
    const isRequest = input instanceof Request || (options.fetch && 'clone' in Object(input));
    const request = isRequest ? (input as Request) : undefined;
    const { origin, href } = orTypeError(
      // In a page a URL may be relative.
      () =>
        new URL(
          request?.url ?? String(input),
          globalThis.document?.baseURI ?? globalThis.location?.href,
        ),
      'the URL of the request is not allowed',
    );
    const target = request ?? href; // send exactly the URL that was checked
    if (!allowed.includes(origin)) {
      if (onUnlistedOrigin === 'omit') return send(target, init);
      throw new AuthError('ERR_ORIGIN_NOT_ALLOWED', `${origin} is not in origins`);
    }
    const headers = orTypeError(
      () => new Headers(init?.headers ?? request?.headers),
      'a header of the request is not allowed',
    );
    const isCallers = headers.has('authorization');
    const sendWith = (value: string, to = target): Promise<Response> => {
      if (!isCallers) headers.set('authorization', value);
      return send(to, { ...init, headers });
    };
    if (!getToken || isCallers) return sendWith(authorization);

    const { signal = request?.signal, method = request?.method ?? 'GET', body } = init ?? {};
    const cached = await getToken(signal);
    const spare = (!body && request?.clone()) || target; // a Request's body can be read only once
    const response = await sendWith(cached.authorization);
    if (!isTokenRefused(response, origin)) return response;
    cached.refreshAtMs = cached.expiresAtMs = 0;
    // The request may have been carried out before the redirect.
    if (response.redirected && method !== 'GET') return response;
    response.body?.cancel?.().catch(() => {}); // an unread body would keep its connection busy
    const { authorization: next } = await getToken(signal);
    if (isRepeatable(body)) return sendWith(next, spare);
    throw new AuthError(
      'ERR_TOKEN_EXPIRED',
      'the token was refused: a stream cannot be sent again',
    );
  };
};
