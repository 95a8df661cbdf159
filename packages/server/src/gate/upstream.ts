import { AuthError, isAuthError } from '@zep-auth/core';
import { errorCode } from '../error-code.ts';
import { createProblem, problemToResponse } from '../problem-response.ts';
import { type UpstreamRequest, withoutHopByHop } from './forward.ts';
import { createIdleTimeout } from './idle-timeout.ts';

/** Where the upstream is and how to ask it. */
export interface UpstreamOptions {
  /** The API behind the gate: an http or https URL, with a base path if it has one. */
  readonly upstream: string | URL;
  /** Asks the upstream. Default the runtime's own `fetch`. A body that it is given can be read once, and not be cloned. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** How long to wait for the headers of an answer, in seconds up to 86400. Default 60. Bodies have no limit. */
  readonly responseTimeoutSeconds?: number;
}

/** Sends a request to the upstream instead of the client's own. */
export type FetchUpstream = (request: Request, sent: UpstreamRequest) => Promise<Response>;

const toUpstream = (upstream: string | URL): URL => {
  const url = URL.canParse(upstream) ? new URL(upstream) : undefined;
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (!isHttp || `${url.origin}${url.pathname}` !== url.href) {
    throw new TypeError(
      'upstream must begin with http:// or https://, and have no credentials, query or fragment',
    );
  }
  return url;
};

/** The upstream's origin and base path, then the request's own text: no other host can come out. */
const toUpstreamUrl = (upstream: URL, target: string): string => {
  const base = upstream.pathname.replace(/\/$/, '');
  const url = new URL(`${upstream.origin}${base}${target}`);
  if (url.origin !== upstream.origin || !url.pathname.startsWith(`${base}/`)) {
    throw new AuthError('ERR_UPSTREAM_UNREACHABLE', 'the path leads out of the upstream');
  }
  return url.href;
};

/** The answer to a request that the upstream has not answered. */
export const answerFailure = ({ code }: AuthError): Response =>
  code === 'ERR_UPSTREAM_TIMEOUT'
    ? problemToResponse(
        createProblem(504, 'Gateway Timeout', 'The upstream service did not answer in time.'),
      )
    : problemToResponse(createProblem(502, 'Bad Gateway', 'The upstream service did not answer.'));

// What `fetch` decodes on its own.
const DECODED = ['gzip', 'x-gzip', 'deflate', 'br'];

/** The upstream's answer as the client gets it: as it came, without the connection's own headers. */
const toClientResponse = (response: Response, method: string): Response => {
  const headers = withoutHopByHop(response.headers);
  const encoding = (headers.get('content-encoding') || 'identity').toLowerCase();
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
  const { status } = response;
  if (status === 205) headers.delete('content-length'); // a body that `fetch` drops (RFC 9110 section 15.3.6)
  const statusText = /^[\t\x20-\x7e]*$/.test(response.statusText) ? response.statusText : '';
  return new Response(response.body, { status, statusText, headers });
};

/**
 * A body that nobody keeps. Node's `fetch` copies a request for the case that it must be sent again, by `tee`, and
 * the copy that is never read would hold the whole upload in memory. What streams is sent once.
 */
const sendOnce = (body: NonNullable<UpstreamRequest['body']>): typeof body =>
  Object.defineProperty(body, 'tee', { value: () => [new ReadableStream(), body] });

/**
 * Makes the function that asks the upstream. It rejects with `ERR_UPSTREAM_UNREACHABLE` or `ERR_UPSTREAM_TIMEOUT`.
 *
 * @throws {TypeError} when `upstream` is not an http or https URL, or has credentials, a query or a fragment
 * @throws {RangeError} when `responseTimeoutSeconds` is out of its range
 */
export const createFetchUpstream = (options: UpstreamOptions): FetchUpstream => {
  const { fetch: send = (url, init) => fetch(url, init), responseTimeoutSeconds = 60 } = options;
  const upstream = toUpstream(options.upstream);
  if (!(responseTimeoutSeconds > 0 && responseTimeoutSeconds <= 86_400)) {
    throw new RangeError('responseTimeoutSeconds must be above 0 and at most 86400');
  }
  return async (request, { target, headers, body }) => {
    const abort = new AbortController();
    // When the client goes away, so does the request to the upstream. Not every runtime has a signal.
    if (request.signal?.aborted) abort.abort();
    request.signal?.addEventListener('abort', () => abort.abort(), { once: true });
    const idleTimeout = createIdleTimeout(responseTimeoutSeconds * 1000, () => abort.abort());
    let response: Response | undefined;
    try {
      response = await send(toUpstreamUrl(upstream, target), {
        method: request.method,
        headers,
        redirect: 'manual',
        signal: abort.signal,
        ...(body && {
          body: sendOnce(body.pipeThrough(idleTimeout.resetByChunks())),
          duplex: 'half',
        }),
      } as RequestInit); // the DOM's types do not know `duplex`, the Fetch standard does
      return toClientResponse(response, request.method);
    } catch (error) {
      response?.body?.cancel().catch(() => {}); // nobody reads it, and it holds a connection
      if (isAuthError(error)) throw error;
      if (idleTimeout.hasFired()) {
        throw new AuthError('ERR_UPSTREAM_TIMEOUT', 'the upstream did not answer in time');
      }
      const reason = errorCode(error);
      throw new AuthError('ERR_UPSTREAM_UNREACHABLE', `the upstream did not answer (${reason})`);
    } finally {
      idleTimeout.stop();
    }
  };
};
