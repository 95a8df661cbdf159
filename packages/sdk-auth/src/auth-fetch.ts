// A fetch that carries a token, to the origins that it is meant for and no other.
// Never sends the token in the clear, and never overrides an Authorization header of the caller's own.
import { AuthError, formatBearer } from '@zep-auth/core';
import { isRepeatable, refusesToken } from './resend.ts';
import { createTokenSource, type RefreshOptions, type TokenProvider } from './token-source.ts';

/** What {@link createAuthFetch} makes: to be used wherever a `fetch` is taken. */
export type AuthFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** Which token goes where. What it has of {@link RefreshOptions} is for a `token` that is a function. */
export interface AuthFetchOptions extends RefreshOptions {
  /** The client's token, or a function that gives one when one is needed. */
  readonly token: string | TokenProvider;
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

/** What the platform makes. Its own error would repeat a value that it does not like. */
const attempt = <Made>(make: () => Made, message: string): Made => {
  try {
    return make();
  } catch {
    throw new TypeError(message);
  }
};

const toOrigin = (text: string): URL => {
  const message = 'an origin looks like https://api.example.com';
  const url = attempt(() => new URL(text), message);
  if (!/^https?:$/.test(url.protocol) || `${url.origin}/` !== url.href)
    throw new TypeError(message);
  return url;
};

/**
 * Makes a `fetch` that attaches a token as `Authorization: Bearer …`, unless the call has that header already.
 * Redirects are the platform's own: they lose the header when they leave the origin.
 *
 * A token from a function is kept until shortly before its `exp`, and replaced when an API refuses it: a call that is
 * answered with 401, and not for an error other than `invalid_token`, is sent once more with a new token. Its body is
 * sent again too, unless it is a stream; a Request is cloned for that before it is sent. The call is rejected with
 * `ERR_TOKEN_PROVIDER` when the function fails, and with `ERR_TOKEN_EXPIRED` when a stream would have to be sent again.
 *
 * @throws {AuthError} `ERR_TOKEN_MALFORMED` when `token` is not a token; the message names the mistake
 * @throws {AuthError} `ERR_INSECURE_TRANSPORT` when an origin is plain HTTP, not on loopback, and not in `insecureOrigins`
 * @throws {TypeError} when there is no origin, or one with a path or another scheme
 * @throws {RangeError} when a number of the {@link RefreshOptions} is out of its range
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
  const source = isProvider ? createTokenSource(token, options) : undefined;
  const authorization = isProvider ? '' : formatBearer(token);
  const send: AuthFetch = options.fetch ?? ((input, init) => fetch(input, init));
  const insecure = insecureOrigins.map((text) => toOrigin(text).origin);
  const allowed = origins.map((text) => {
    const { origin, protocol, hostname } = toOrigin(text);
    if (protocol === 'http:' && !LOOPBACK.test(hostname) && !insecure.includes(origin)) {
      const message = `${origin} is plain HTTP: use https, or insecureOrigins`;
      throw new AuthError('ERR_INSECURE_TRANSPORT', message);
    }
    return origin;
  });
  allowed.push(...insecure);
  if (!allowed.length) throw new TypeError('origins is empty');

  return async function authFetch(input, init) {
    // A `fetch` of the caller's own may have a Request of its own.
    const isRequest = input instanceof Request || (options.fetch && 'clone' in Object(input));
    const request = isRequest ? (input as Request) : undefined;
    const { origin, href } = attempt(
      // A page may give a URL relative to itself.
      () =>
        new URL(
          request?.url ?? String(input),
          globalThis.document?.baseURI ?? globalThis.location?.href,
        ),
      'the URL of the request is not allowed',
    );
    const target = request ?? href; // what is judged is what is sent
    if (!allowed.includes(origin)) {
      if (onUnlistedOrigin === 'omit') return send(target, init);
      throw new AuthError('ERR_ORIGIN_NOT_ALLOWED', `${origin} is not in origins`);
    }
    const headers = attempt(
      () => new Headers(init?.headers ?? request?.headers),
      'a header of the request is not allowed',
    );
    const isOwn = headers.has('authorization');
    const sendWith = (value: string, to = target): Promise<Response> => {
      if (!isOwn) headers.set('authorization', value);
      return send(to, { ...init, headers });
    };
    if (!source || isOwn) return sendWith(authorization);

    const { signal = request?.signal, method = request?.method ?? 'GET', body } = init ?? {};
    const held = await source(signal);
    const spare = (!body && request?.clone()) || target; // the body of a Request can be read once
    const response = await sendWith(held.authorization);
    if (!refusesToken(response, origin)) return response;
    held.renewAt = held.endsAt = 0;
    // What has led to a redirect may have been carried out.
    if (response.redirected && method !== 'GET') return response;
    response.body?.cancel?.().catch(() => {}); // nobody reads it, and it would keep its connection
    const { authorization: next } = await source(signal);
    if (isRepeatable(body)) return sendWith(next, spare);
    throw new AuthError(
      'ERR_TOKEN_EXPIRED',
      'the token was refused: a stream cannot be sent again',
    );
  };
};
