import { AuthError, isAuthError } from '@zep-auth/core';
import { errorCode } from '../error-code.ts';
import type { UpstreamAddress } from './upstream-address.ts';

/** How the upstream is asked by `fetch`. */
export interface FetchOptions {
  /** Asks the upstream. Default the runtime's own `fetch`. A body that it is given can be read once, and not be cloned. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  readonly responseTimeoutSeconds?: number;
}

type Bytes = Uint8Array<ArrayBuffer>;
type Body = ReadableStream<Bytes>;

/** What the upstream is sent. */
export interface UpstreamRequest {
  readonly method: string;
  readonly target: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: Body | null;
  /** The protocol that it is asked to switch to. */
  readonly upgrade?: string | undefined;
  /** Aborted when the client goes away. Not every runtime has it. */
  readonly signal?: AbortSignal;
}

/**
 * Checks how long to wait for an answer.
 *
 * @throws {RangeError} when it is not above 0 and at most 86400
 */
export const assertResponseTimeout = (seconds: number): void => {
  if (seconds > 0 && seconds <= 86_400) return;
  throw new RangeError('responseTimeoutSeconds must be above 0 and at most 86400');
};

interface IdleTimeout {
  readonly hasFired: () => boolean;
  readonly stop: () => void;
  /** A stream that passes an upload through, and starts the wait again with each chunk. */
  readonly resetByChunks: () => TransformStream<Bytes, Bytes>;
}

/** Calls `onTimeout` once nothing has happened for `limitMs`. */
const createIdleTimeout = (limitMs: number, onTimeout: () => void): IdleTimeout => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let state: 'waiting' | 'fired' | 'stopped' = 'waiting';
  const reset = (): void => {
    if (state !== 'waiting') return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      state = 'fired';
      onTimeout();
    }, limitMs);
  };
  reset();
  return {
    hasFired: () => state === 'fired',
    stop: () => {
      if (state === 'waiting') state = 'stopped';
      clearTimeout(timer);
    },
    resetByChunks: () =>
      new TransformStream<Bytes, Bytes>({
        transform: (chunk, controller) => {
          reset();
          controller.enqueue(chunk);
        },
      }),
  };
};

/** The body of a request, if it has one: some runtimes give an empty stream to a request without a body. */
export const readBody = async ({ body, headers }: Request): Promise<Body | null> => {
  if (body === null || headers.get('content-length') === '0') return null;
  if (headers.has('content-length') || headers.has('transfer-encoding')) return body;
  const [probe, rest] = body.tee();
  const reader = probe.getReader();
  const { done } = await reader.read();
  reader.cancel().catch(() => {}); // settles only with the other branch
  return done ? null : rest;
};

/** What a Worker writes itself when it opens a WebSocket. */
const HANDSHAKE = ['sec-websocket-key', 'sec-websocket-version', 'sec-websocket-extensions'];

const toHeaders = (
  list: readonly string[],
  { method, upgrade }: Pick<UpstreamRequest, 'method' | 'upgrade'>,
): Headers => {
  const headers = new Headers();
  for (let i = 0; i < list.length; i += 2) headers.append(list[i] ?? '', list[i + 1] ?? '');
  if (method === 'GET' || method === 'HEAD') headers.delete('content-length');
  // `fetch` hands over neither trailers nor encoded bodies.
  for (const name of ['te', 'trailer']) headers.delete(name);
  headers.set('accept-encoding', 'identity');
  if (upgrade !== undefined) {
    headers.set('upgrade', upgrade);
    for (const name of HANDSHAKE) headers.delete(name);
  }
  return headers;
};

// What `fetch` decodes.
const DECODED = ['gzip', 'x-gzip', 'deflate', 'br'];

/** The headers of an answer without those that a decoded body makes untrue. */
const describeBody = ({ headers: given, body, status }: Response, method: string): Headers => {
  const headers = new Headers(given);
  headers.delete('trailer');
  const encoding = (headers.get('content-encoding') || 'identity').toLowerCase();
  if (encoding !== 'identity' && body !== null && method !== 'HEAD') {
    if (!encoding.split(',').every((coding) => DECODED.includes(coding.trim()))) {
      const message = 'the upstream used an encoding that was not asked for';
      throw new AuthError('ERR_UPSTREAM_UNREACHABLE', message);
    }
    headers.delete('content-encoding');
    headers.delete('content-length');
  }
  if (status === 205) headers.delete('content-length'); // a body that `fetch` drops (RFC 9110 section 15.3.6)
  return headers;
};

/**
 * A body that is not copied. Node's `fetch` copies a request by `tee` for the case that it must be sent again, and the
 * copy that is never read would hold the whole upload in memory. What streams is sent once.
 */
const sendOnce = (body: Body): Body =>
  Object.defineProperty(body, 'tee', { value: () => [new ReadableStream(), body] });

/** The URL to ask, as text. `fetch` resolves what a path leaves to resolve, so that is held against the base path. */
const toUrl = ({ origin, basePath }: UpstreamAddress, target: string): string => {
  const url = `${origin}${target}`;
  const { origin: asked, pathname } = new URL(url);
  if (asked === origin && `${pathname}/`.startsWith(`${basePath}/`)) return url;
  throw new AuthError('ERR_UPSTREAM_UNREACHABLE', 'the path leads out of the upstream');
};

/**
 * Creates the function that asks the upstream by `fetch`. It rejects with `ERR_UPSTREAM_UNREACHABLE` or
 * `ERR_UPSTREAM_TIMEOUT`.
 *
 * @throws {RangeError} when `responseTimeoutSeconds` is out of its range
 */
export const createFetchUpstream = (
  address: UpstreamAddress,
  { fetch: send = (url, init) => fetch(url, init), responseTimeoutSeconds = 60 }: FetchOptions,
): ((request: UpstreamRequest) => Promise<Response>) => {
  assertResponseTimeout(responseTimeoutSeconds);
  return async ({ method, target, headers, body, upgrade, signal }) => {
    const abort = new AbortController();
    if (signal?.aborted) abort.abort();
    signal?.addEventListener('abort', () => abort.abort(), { once: true });
    const idleTimeout = createIdleTimeout(responseTimeoutSeconds * 1000, () => abort.abort());
    let response: Response | undefined;
    try {
      response = await send(toUrl(address, target), {
        method,
        headers: toHeaders(headers, { method, upgrade }),
        redirect: 'manual',
        signal: abort.signal,
        ...(body && {
          body: sendOnce(body.pipeThrough(idleTimeout.resetByChunks())),
          duplex: 'half',
        }),
      } as RequestInit); // the DOM's types do not know `duplex`, the Fetch standard does
      const { status, statusText } = response;
      if (status === 101) return response;
      return new Response(response.body, {
        status,
        statusText: /^[\t\x20-\x7e]*$/.test(statusText) ? statusText : '',
        headers: describeBody(response, method),
      });
    } catch (error) {
      response?.body?.cancel().catch(() => {}); // unread, it would hold a connection
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
