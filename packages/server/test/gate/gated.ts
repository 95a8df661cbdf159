// A gate in front of an upstream that is a function. `calls` records what would have been sent.
import type { AuthConfig } from '@zep-auth/core';
import type { Context, Hono } from 'hono';
import type { DecisionOptions } from '../../src/authenticator-options.ts';
import type { FetchGateOptions } from '../../src/gate/gate.ts';
import { createGate } from '../../src/index.ts';
import { config, TOKEN } from '../tokens.ts';

interface Call {
  readonly url: string;
  readonly init: RequestInit;
  /** The headers, by name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Gated {
  readonly gate: Hono;
  readonly calls: readonly Call[];
  /** Sends a request with a good token, unless it already has an Authorization header. */
  readonly send: (request: Request) => Promise<Response>;
  /** The same, to `http://gate.example` and a path. */
  readonly ask: (path: string, init?: RequestInit) => Promise<Response>;
  /** The same, without a token. */
  readonly askBare: (path: string, init?: RequestInit) => Promise<Response>;
}

/** Options in addition to `config` and `upstream`. */
export type MoreOptions = DecisionOptions<Context> &
  Partial<FetchGateOptions> & { readonly env?: () => object; readonly config?: AuthConfig };

type Upstream = NonNullable<FetchGateOptions['fetch']>;

export const gated = (
  { env, config: ownConfig = config, ...options }: MoreOptions = {},
  upstream: Upstream = async () => new Response('from the upstream'),
): Gated => {
  const calls: Call[] = [];
  const gate = createGate({
    ...(env === undefined ? { config: ownConfig } : { env }),
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
