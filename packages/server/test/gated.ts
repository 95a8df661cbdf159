// A gate in front of an upstream that is only a function, which keeps what it was asked.
// Never a network: what reaches `calls` is what would have been sent.
import type { Hono } from 'hono';
import { createGate, type GateOptions } from '../src/index.ts';
import { config, TOKEN } from './tokens.ts';

interface Call {
  readonly url: string;
  readonly init: RequestInit;
  /** The headers, by name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Gated {
  readonly gate: Hono;
  readonly calls: readonly Call[];
  /** Sends a request with a good token, unless it brings an Authorization header of its own. */
  readonly send: (request: Request) => Promise<Response>;
  /** The same, to `http://gate.example` and a path. */
  readonly ask: (path: string, init?: RequestInit) => Promise<Response>;
  /** The same, without a token. */
  readonly askBare: (path: string, init?: RequestInit) => Promise<Response>;
}

type Upstream = NonNullable<GateOptions['fetch']>;

export const gated = (
  options: Partial<GateOptions> = {},
  upstream: Upstream = async () => new Response('from the upstream'),
): Gated => {
  const calls: Call[] = [];
  const gate = createGate({
    ...(options.env === undefined && { config }),
    upstream: 'http://upstream.example:8000',
    fetch: (url, init) => {
      calls.push({ url, init, headers: Object.fromEntries(new Headers(init.headers)) });
      return upstream(url, init);
    },
    ...options,
  });
  const send = async (request: Request): Promise<Response> => {
    if (!request.headers.has('authorization')) {
      request.headers.set('authorization', `Bearer ${TOKEN}`);
    }
    return gate.fetch(request);
  };
  const at = (path: string): string => `http://gate.example${path}`;
  return {
    gate,
    calls,
    send,
    ask: (path, init) => send(new Request(at(path), init)),
    askBare: async (path, init) => gate.fetch(new Request(at(path), init)),
  };
};
