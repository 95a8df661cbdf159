import { isAuthError, type JwtClaims } from '@zep-auth/core';
import { type Context, Hono } from 'hono';
import type { AuthenticatorOptions } from '../authenticator-options.ts';
import { readFacts } from '../hono/guard.ts';
import { isSafeMethod, readTarget, toRequestView } from '../request.ts';
import { FAILED, type GateAnswer } from './answers.ts';
import { createGateDecision } from './decide.ts';
import { canPassWebSockets, toEndable, toWebSocketResponse } from './endable.ts';
import type { ForwardOptions, GateForward } from './forward.ts';
import { createFetchUpstream, type FetchOptions, readBody } from './upstream.ts';
import { parseUpstream } from './upstream-address.ts';

/** Where a gate on `fetch` leads, and what it tells the upstream. */
export interface FetchGateOptions extends ForwardOptions<Context>, FetchOptions {
  /** The address of the other end of the connection, for `X-Forwarded-For`. Default what @hono/node-server tells. */
  readonly peerAddress?: (c: Context) => string | undefined;
}

/** The options of a gate, beside those of its guard. Takes exactly one of `config` and `env`. */
export type GateOptions = AuthenticatorOptions<JwtClaims, Context> & FetchGateOptions;

const toHeaders = (list: readonly string[]): Headers => {
  const headers = new Headers();
  for (let i = 0; i < list.length; i += 2) headers.append(list[i] ?? '', list[i + 1] ?? '');
  return headers;
};

const toResponse = ({ status, headers, body }: GateAnswer): Response =>
  new Response(body === '' ? null : body, { status, headers: toHeaders(headers) });

/**
 * Creates a gate: a guard with a reverse proxy behind it, as a Hono application that asks the upstream by `fetch`. For
 * Workers, Deno and Bun; on Node `createNodeGate` is faster and passes on what `fetch` cannot.
 *
 * @throws {TypeError} when `upstream` or an option of the guard has a wrong form
 * @throws {RangeError} when `responseTimeoutSeconds` is out of its range
 * @throws {AuthError} `ERR_CONFIG_INVALID` when the configuration is not valid
 * @see RFC 9110 section 7.6
 * @example
 * ```ts
 * import { createGate } from '@zep-auth/server';
 *
 * export default createGate({ env: process.env, upstream: 'http://127.0.0.1:8000' });
 * ```
 */
export const createGate = (options: GateOptions): Hono => {
  const address = parseUpstream(options.upstream);
  if (address.socketPath !== undefined) {
    throw new TypeError(
      'fetch knows no Unix sockets: createNodeGate of @zep-auth/server/node does',
    );
  }
  const fetchUpstream = createFetchUpstream(address, options);
  const fetchHealth = createFetchUpstream(address, { ...options, responseTimeoutSeconds: 2 });
  const { decide } = createGateDecision<Context>(options, address, async (target) => {
    const { status, body } = await fetchHealth({ method: 'GET', target, headers: [], body: null });
    body?.cancel().catch(() => {}); // unread, it would hold a connection
    return status;
  });

  const forward = async (request: Request, step: GateForward): Promise<Response> => {
    const { target, headers, hasBody, upgrade, watch, toClientHeaders, toFailure } = step;
    const { method, signal } = request;
    const ending = new AbortController();
    if (signal?.aborted) ending.abort();
    signal?.addEventListener('abort', () => ending.abort(), { once: true });
    let refusal: Response | undefined;
    let hasAnswer = false;
    const startWatch = () =>
      watch?.((toAnswer) => {
        if (!hasAnswer) refusal = toResponse(toAnswer());
        ending.abort();
      });
    // A request that changes something goes on until its answer begins: a client that got a 401 would send it again.
    let stop = isSafeMethod(method) && upgrade === undefined ? startWatch() : undefined;
    try {
      const body = hasBody ? await readBody(request) : null;
      const sent = { method, target, headers, body, upgrade, signal: ending.signal };
      const response = await fetchUpstream(sent);
      hasAnswer = true;
      const { status, statusText } = response;
      const list = toHeaders(toClientHeaders(status, [...response.headers].flat()));
      if (status === 101) return toWebSocketResponse(response, list, watch);
      if (response.body === null || watch === undefined) {
        stop?.();
        return new Response(response.body, { status, statusText, headers: list });
      }
      stop ??= startWatch();
      const open = toEndable(response.body, list, ending.signal, () => stop?.());
      return new Response(open, { status, statusText, headers: list });
    } catch (error) {
      stop?.();
      if (refusal !== undefined) return refusal;
      if (!isAuthError(error)) throw error;
      return toResponse(toFailure(error, signal?.aborted));
    }
  };

  // The raw path, so that no decoding stands between what is compared and what is forwarded.
  const gate = new Hono({ getPath: (request) => readTarget(request.url).path });
  gate.all('*', async (c) => {
    const request = c.req.raw;
    const view = toRequestView(request, readFacts(c));
    if (options.peerAddress !== undefined) {
      // Read when it is needed: what the hook throws is answered by the decision.
      Object.defineProperty(view, 'peerAddress', { get: () => options.peerAddress?.(c) });
    }
    const step = await decide({
      view,
      headers: [...request.headers].flat(),
      context: c,
      canUpgrade: canPassWebSockets() && /^websocket$/i.test(view.values('upgrade').join()),
    });
    return step.kind === 'answer' ? toResponse(step) : forward(request, step);
  });
  gate.onError(() => toResponse(FAILED));
  return gate;
};
