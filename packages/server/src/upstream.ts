// Asking the upstream: one request out, its answer back, both bodies streaming.
// Never leaves the upstream's origin, and never follows a redirect for a client.
import { AuthError, isAuthError } from '@zep-auth/core';
import { withoutHopByHop } from './forward.ts';
import { readTarget } from './target.ts';

/** Where the upstream is and how to ask it. */
export interface UpstreamOptions {
  /** The API behind the gate: an http or https URL, with a base path if it has one. */
  readonly upstream: string | URL;
  /** Asks the upstream. Default the runtime's own `fetch`. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** How long to wait for the headers of an answer, in seconds up to 86400. Default 60. Bodies have no limit. */
  readonly responseTimeoutSeconds?: number;
}

/** Sends a request on with other headers, and with its body where it has one. */
export type AskUpstream = (
  request: Request,
  headers: Headers,
  body: ReadableStream | null,
) => Promise<Response>;

const toUpstream = (upstream: string | URL): URL => {
  const url = new URL(upstream);
  if (!/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash) {
    throw new TypeError(
      'upstream must be an http or https URL without credentials, query and fragment',
    );
  }
  return url;
};

/** The upstream's origin and base path, then the request's path and query as text: no other host can come out. */
const toUpstreamUrl = (upstream: URL, url: string): string => {
  const { path, query } = readTarget(url);
  const base = upstream.pathname.replace(/\/$/, '');
  const target = new URL(`${upstream.origin}${base}${path}${query}`);
  if (target.origin !== upstream.origin || !target.pathname.startsWith(`${base}/`)) {
    throw new AuthError('ERR_UPSTREAM_UNREACHABLE', 'the path leads out of the upstream');
  }
  return target.href;
};

/** What can be said of an unknown error without its message, which may hold a URL. */
export const nameError = (error: unknown): string => {
  const { cause, name } = error as { cause?: { code?: unknown }; name?: unknown };
  return String(cause?.code ?? name);
};

// What `fetch` decodes on its own.
const DECODED = ['gzip', 'x-gzip', 'deflate', 'br'];

/** The upstream's answer as the client gets it: as it came, without the connection's own headers. */
const toClientResponse = (response: Response, method: string): Response => {
  const headers = withoutHopByHop(response.headers);
  const encoding = (headers.get('content-encoding') ?? 'identity').toLowerCase();
  if (encoding !== 'identity' && response.body !== null && method !== 'HEAD') {
    if (!encoding.split(',').every((coding) => DECODED.includes(coding.trim()))) {
      throw new AuthError(
        'ERR_UPSTREAM_UNREACHABLE',
        'the upstream used an encoding not asked for',
      );
    }
    headers.delete('content-encoding');
    headers.delete('content-length');
  }
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
};

/**
 * Makes the function that asks the upstream. It rejects with `ERR_UPSTREAM_UNREACHABLE` or `ERR_UPSTREAM_TIMEOUT`.
 *
 * @throws {TypeError} when `upstream` is not an http or https URL, or has credentials, a query or a fragment
 * @throws {RangeError} when `responseTimeoutSeconds` is out of its range
 */
export const createUpstream = (options: UpstreamOptions): AskUpstream => {
  const { fetch: send = (url, init) => fetch(url, init), responseTimeoutSeconds = 60 } = options;
  const upstream = toUpstream(options.upstream);
  if (!(responseTimeoutSeconds > 0 && responseTimeoutSeconds <= 86_400)) {
    throw new RangeError('responseTimeoutSeconds must be above 0 and at most 86400');
  }
  return async (request, headers, body) => {
    const abort = new AbortController();
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      abort.abort();
    }, responseTimeoutSeconds * 1000);
    // When the client goes away, so does the request to the upstream. Not every runtime has a signal.
    request.signal?.addEventListener('abort', () => abort.abort(), { once: true });
    try {
      const response = await send(toUpstreamUrl(upstream, request.url), {
        method: request.method,
        headers,
        redirect: 'manual',
        signal: abort.signal,
        ...(body && { body, duplex: 'half' }),
      } as RequestInit); // the DOM's types do not know `duplex`, the Fetch standard does
      return toClientResponse(response, request.method);
    } catch (error) {
      if (isAuthError(error)) throw error;
      if (isLate)
        throw new AuthError('ERR_UPSTREAM_TIMEOUT', 'the upstream did not answer in time');
      const reason = nameError(error);
      throw new AuthError('ERR_UPSTREAM_UNREACHABLE', `the upstream did not answer (${reason})`);
    } finally {
      clearTimeout(timer);
    }
  };
};
