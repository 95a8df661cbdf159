// Observes each request until the headers of its answer: its id, client, result and duration.
import { randomUUID } from 'node:crypto';
import type { GateOptions } from '@zep-auth/server';
import type { Context, Hono } from 'hono';
import type { Log, Observed } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { NodeBindings } from './node-server.ts';
import type { TrustedProxies } from './trusted-proxies.ts';

interface Bindings extends NodeBindings {
  readonly observed: Observed;
}

/** The hooks of a gate, and the function through which all its requests pass. */
export interface Observer {
  readonly hooks: Pick<GateOptions, 'requestId' | 'onResult' | 'onUpstreamError'>;
  /** The address of the other end of the connection. */
  readonly addressOf: (c: Context) => string | undefined;
  readonly clientOf: (c: Context) => string | undefined;
  readonly pass: (gate: Hono, request: Request, env: NodeBindings) => Promise<Response>;
}

const observedIn = (c: Context): Observed => (c.env as Bindings).observed; // every request goes through `pass`
const isName = (text: string): boolean => /^[\w.:=-]{1,128}$/.test(text);
const pathOf = (url: string): string => /^\w+:\/\/[^/]*([^?#]*)/.exec(url)?.[1] ?? '';

export const createObserver = (
  proxies: TrustedProxies,
  log: Log,
  metrics: Metrics | undefined,
): Observer => ({
  hooks: {
    requestId: (c) => observedIn(c).id,
    onResult: (result, _view, c) => {
      observedIn(c).result = result;
    },
    onUpstreamError: ({ code, message }, c) => {
      metrics?.countUpstreamError(code);
      log.failure(observedIn(c), code, message);
    },
  },
  addressOf: (c) => (c.env as Bindings).incoming.socket.remoteAddress,
  clientOf: (c) => observedIn(c).client,
  pass: async (gate, request, env) => {
    const startMs = performance.now();
    const { headers, method, url } = request;
    const address = env.incoming.socket.remoteAddress;
    const told = proxies.isTrusted(address) ? headers.get('x-request-id') : null;
    const observed: Observed = {
      id: told !== null && isName(told) ? told : randomUUID(),
      method,
      path: pathOf(url),
      client: proxies.clientOf(address, headers.get('x-forwarded-for')),
      durationMs: 0,
    };
    const bindings: Bindings = { ...env, observed };
    const response = await gate.fetch(request, bindings);
    observed.status = response.status;
    observed.durationMs = performance.now() - startMs;
    metrics?.countRequest(observed);
    log.request(observed);
    return response;
  },
});
