import { AuthError, assertToken } from '@zep-auth/core/client';
import { type OriginOptions, parseOrigins, resolveUrl } from './origin.ts';
import { type AuthResponse, expired, isTokenRefused, withRetryAfter } from './response.ts';
import { createTokenSource, type RefreshOptions, type TokenProvider } from './token-source.ts';

/** A `fetch` that attaches a token. Pass it to any client that takes a `fetch`. */
export type AuthFetch = ((
  input: string | URL | Request,
  init?: RequestInit,
) => Promise<AuthResponse>) &
  typeof globalThis.fetch;

/** Which token is sent to which origins. The {@link RefreshOptions} apply to a `token` that is a function. */
export interface AuthFetchOptions extends OriginOptions, RefreshOptions {
  /** The client's token, or a function that returns one. */
  readonly token: string | TokenProvider;
  /** What to do with another origin: reject with `ERR_ORIGIN_NOT_ALLOWED`, or send without a token. Default `error`. */
  readonly onUnlistedOrigin?: 'error' | 'omit';
  /** What to do when a call sets the header itself: keep that header, or replace it by the token. Default `keep`. */
  readonly authorization?: 'keep' | 'replace';
  /**
   * The header that carries the token. Any other than Authorization carries the token alone, without `Bearer`, and
   * makes a redirect an error, because it would be sent to the redirect's target. Default `authorization`.
   */
  readonly header?: string;
  /** Whether to refresh the token and try again when a GET gets no answer: it may be a 401 that CORS hides. Default `false`. */
  readonly refreshOnNetworkError?: boolean;
  /** Called once, when a kept header looks like an SDK's placeholder. Default `console.warn`. */
  readonly onWarning?: (warning: string) => void;
  /** Sends the requests. It gets a URL and an init, never a Request. Default the runtime's `fetch`. */
  readonly fetch?: (url: string, init?: RequestInit) => Promise<Response>;
}

/** The same options with a `fetch` whose types are not the platform's, such as undici's or node-fetch's. */
export interface ForeignFetchOptions extends Omit<AuthFetchOptions, 'fetch'> {
  readonly fetch: (url: string, init?: never) => Promise<unknown>;
}

// biome-ignore lint/suspicious/noConsole: the documented default, which an option replaces
const warnOnConsole = (warning: string): void => console.warn(warning);

// Nothing, a template that was not filled in, or a value with one of these words. Only whole words count, because a random
// key can contain any four letters.
const PLACEHOLDER =
  /^(bearer *)?(\W*|[<{[$%].*|(\S*[\W_])?(unused|dummy|fake|placeholder|required|needed|empty|none|null|undefined|missing|ollama|lm-studio|your|change-?me|no-?key|api.?key\W*$|x{3,}|1234|n\/a)([\W_]\S*)?)$/i;

/** Replaces the platform's errors, because they quote the value that they reject. */
const orTypeError = <Result>(run: () => Result, message: string): Result => {
  try {
    return run();
  } catch {
    throw new TypeError(message);
  }
};

/** Turns a Request into an init, for a `fetch` that does not know its class. */
const toInit = async (request: Request, init?: RequestInit): Promise<RequestInit> => {
  const merged: Record<string, unknown> = { ...init };
  // Every member, also what only one platform has, such as `cf`.
  for (const name in request) {
    if (merged[name] === undefined) merged[name] = request[name as keyof Request];
  }
  // React Native keeps the body that it was given, and cannot read it as bytes.
  const body =
    init?.body ?? ('_bodyInit' in request ? request._bodyInit : await request.arrayBuffer());
  merged['body'] = Object(body).byteLength === 0 ? undefined : body; // a GET must not have one
  return merged;
};

/**
 * Whether a body can be sent twice. A stream cannot; an unknown object counts as a stream. Bytes, Blob, File, FormData
 * and URLSearchParams are known by their members, because they may come from another realm or library.
 */
const isRepeatable = (body: unknown): boolean => {
  const { byteLength, slice, append, pipe } = Object(body);
  return Object(body) !== body || (!pipe && (byteLength ?? slice ?? append) !== undefined);
};

/**
 * Creates a `fetch` that sends `Authorization: Bearer …`, unless the call sets that header itself. The platform follows
 * redirects, and drops the header when one leaves the origin.
 *
 * A token from a function is cached until shortly before its `exp`. When an API answers 401, and not for an error other
 * than `invalid_token`, the token is refreshed and the request sent once more. Its body is sent again too, unless it is
 * a stream; a Request is cloned first. The call rejects with `ERR_TOKEN_PROVIDER` when the function fails, and with
 * `ERR_TOKEN_EXPIRED` when the function returns the refused token again, or when a stream would have to be sent again.
 *
 * @throws {AuthError} `ERR_TOKEN_MALFORMED` when `token` is not a token; the message names the mistake
 * @throws {AuthError} `ERR_INSECURE_TRANSPORT` when an origin is plain HTTP, not on loopback, and not in `insecureOrigins`
 * @throws {TypeError} without an origin, or with one that has a path or another scheme
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
export function createAuthFetch(options: AuthFetchOptions): AuthFetch;
export function createAuthFetch(options: ForeignFetchOptions): AuthFetch;
export function createAuthFetch(options: AuthFetchOptions | ForeignFetchOptions): AuthFetch {
  const { token, header = 'authorization', onWarning = warnOnConsole } = options;
  const source = typeof token === 'function' ? createTokenSource(token, options) : undefined;
  if (!source) assertToken(token);
  const origins = parseOrigins(options);
  const isBearer = /^authorization$/i.test(header);
  const fetchWith = (options.fetch ?? ((input, init) => fetch(input, init))) as typeof fetch;
  const send = async (target: string | Request, init?: RequestInit): Promise<AuthResponse> =>
    withRetryAfter(await fetchWith(target, init));
  if (!isBearer && !options.fetch && !new Request('http://localhost').redirect) {
    throw new TypeError(`a redirect would take ${header} along here`);
  }
  let hasWarned = false;

  async function authFetch(
    input: string | URL | Request,
    init?: RequestInit,
  ): Promise<AuthResponse> {
    const isRequest = options.fetch
      ? 'clone' in Object(input)
      : globalThis.Request && input instanceof Request;
    let request = isRequest ? (input as Request) : undefined;
    const url = String(request?.url ?? input);
    const [href, origin] = orTypeError(
      // In a page a URL may be relative.
      () => resolveUrl(url, globalThis.document?.baseURI ?? globalThis.location?.href),
      `the URL is not valid, or relative without a page: begin it with ${origins[0]}`,
    );
    const isListed = origins.includes(origin);
    if (!isListed && options.onUnlistedOrigin !== 'omit') {
      throw new AuthError('ERR_ORIGIN_NOT_ALLOWED', `${origin || 'this URL'} is not in origins`);
    }
    if (request && options.fetch) {
      // A custom fetch gets the URL that was checked: it may read another one from a Request.
      init = await toInit(request, init);
      request = undefined;
    }
    const headers = orTypeError(
      () => new Headers(init?.headers ?? request?.headers),
      'a header of the request is not allowed',
    );
    const own = headers.get(header);
    const isKept = own !== null && options.authorization !== 'replace';
    if (isListed && isKept && !hasWarned && PLACEHOLDER.test(own)) {
      hasWarned = true;
      onWarning(`a call sets ${header} to a placeholder: authorization: 'replace' sends the token`);
    }
    if (!isListed || isKept) return send(request ?? href, init);

    const {
      method = request?.method,
      signal = request?.signal,
      redirect = request?.redirect,
      body,
    } = init ?? {};
    // A Request's body can be read only once.
    const spare = source && !body ? request?.clone() : request;
    const sendToken = async (value: string, sent = request): Promise<AuthResponse> => {
      headers.set(header, isBearer ? `Bearer ${value}` : value);
      // As an object, because a fetch of another make does not read this platform's Headers.
      const changed: RequestInit = { ...init, headers: Object.fromEntries(headers) };
      // On a redirect the platform drops Authorization, but no other header.
      if (!isBearer && redirect !== 'manual') changed.redirect = 'error';
      // happy-dom's fetch ignores the init beside a Request.
      return !init && sent ? send(new Request(sent, changed)) : send(sent ?? href, changed);
    };
    if (!source) return sendToken(token as string); // checked above

    const isGet = /^get$/i.test(method ?? 'get');
    const first = await source.getToken(signal);
    let networkError: unknown;
    const response = await sendToken(first).catch((error) => {
      if (!options.refreshOnNetworkError || !isGet || !(error instanceof TypeError)) throw error;
      networkError = error;
    });
    if (response && !isTokenRefused(response, origin)) return response;
    source.refuse(first);
    if (response) {
      // After a redirect the request may have been carried out. React Native does not tell `redirected`.
      const { redirected = response.url && response.url !== href } = response;
      if (redirected && !isGet) return response;
      // An unread body would keep its connection busy. node-fetch's is a Node stream.
      const unread = Object(response.body);
      unread.cancel?.()?.catch(() => {});
      unread.destroy?.();
    }
    const second = await source.getToken(signal).catch((error) => {
      throw networkError ?? error;
    });
    if (first === second) throw networkError ?? expired('the provider has no other');
    if (!isRepeatable(body)) throw expired('a stream cannot be sent again');
    return sendToken(second, spare);
  }
  // Bun's types require a method of its fetch.
  const { preconnect } = Object(options.fetch ?? globalThis.fetch);
  return Object.assign(authFetch, preconnect && { preconnect }) as AuthFetch;
}
