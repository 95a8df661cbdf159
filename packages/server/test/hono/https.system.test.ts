// Whose word on HTTPS counts on Node, over a socket: the connection's where the guard gets it, else the URL's.
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { openConnection } from '@zep-auth/test-kit/http';
import { expect, it } from 'vitest';
import { createAuthenticator, createGate, toResponse } from '../../src/index.ts';
import { config, TOKEN } from '../tokens.ts';
import { guarded } from './guarded.ts';

type Fetch = (request: Request, env: object) => Response | Promise<Response>;

const options = { config, requireHttps: true };
const { app } = guarded(options);
const gate = createGate({ ...options, upstream: 'http://127.0.0.1:9' });
const { authenticate } = createAuthenticator(options);

/** The status that a client gets who claims HTTPS over plain TCP, by a target in absolute form. */
const statusOfClaim = async (fetch: Fetch): Promise<number> => {
  const server = serve({ fetch, port: 0, hostname: '127.0.0.1' });
  try {
    if (!server.listening) await new Promise<void>((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo; // it listens on TCP
    const { socket, closed } = await openConnection(port);
    const lines = ['GET https://127.0.0.1/ HTTP/1.1', 'Host: 127.0.0.1', 'Connection: close'];
    socket.write([...lines, `Authorization: Bearer ${TOKEN}`, '', ''].join('\r\n'));
    return Number(/^HTTP\/1\.1 (\d+)/.exec((await closed).toString('latin1'))?.[1]);
  } finally {
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
};

it.each<[string, Fetch, number]>([
  ['app.fetch', app.fetch, 403],
  ['a function that passes the env on', (request, env) => app.fetch(request, env), 403],
  ['gate.fetch', gate.fetch, 400], // a target of another scheme than the connection's
])('a target cannot claim HTTPS where the guard gets the socket: %s', async (_, fetch, status) => {
  expect(await statusOfClaim(fetch)).toBe(status);
});

// As documented: the scheme of such a Request says what the client says.
it.each<[string, Fetch]>([
  ['a function that drops the env', (request) => app.fetch(request)],
  [
    'authenticate with a plain Request',
    async (request) => {
      const result = await authenticate(request);
      return result.outcome === 'refused' ? toResponse(result) : new Response('reached');
    },
  ],
])('a target can claim HTTPS where the guard gets only a Request: %s', async (_, fetch) => {
  expect(await statusOfClaim(fetch)).toBe(200);
});
