// A gate, called in process, in front of an upstream on loopback that is closed after each test.
import { type Handler, startUpstream, type Upstream } from '@zep-auth/test-kit/upstream';
import type { Hono } from 'hono';
import { afterEach } from 'vitest';
import type { FetchGateOptions } from '../../src/gate/gate.ts';
import { createGate } from '../../src/index.ts';
import { config, TOKEN } from '../tokens.ts';

export interface GateOnHttp extends Upstream {
  readonly gate: Hono;
  /** Sends a request with a good token. */
  readonly ask: (path: string, init?: RequestInit) => Promise<Response>;
}

const open: Upstream[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(({ close }) => close()));
});

const authorization = `Bearer ${TOKEN}`;

export const start = async (
  answer?: Handler,
  options: Partial<FetchGateOptions> = {},
): Promise<GateOnHttp> => {
  const upstream = await startUpstream(answer);
  open.push(upstream);
  const gate: Hono = createGate({ config, upstream: upstream.url, ...options });
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.set('authorization', authorization);
    return gate.request(`http://gate.example${path}`, { ...init, headers });
  };
  return { ...upstream, gate, ask };
};

/** A promise and the function that resolves it. */
export const createSignal = (): { readonly tell: () => void; readonly told: Promise<void> } => {
  let tell = (): void => {};
  const told = new Promise<void>((resolve) => {
    tell = resolve;
  });
  return { tell, told };
};

export const textOf = (value: Uint8Array | undefined): string => new TextDecoder().decode(value);
