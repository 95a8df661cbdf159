// The token on a real wire, and what the platform's own redirects do with it.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createAuthFetch } from '../src/index.ts';
import { BEARER, TOKEN } from './recorder.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

interface Received {
  readonly path: string | undefined;
  readonly authorization: string | undefined;
  readonly own: string | string[] | undefined;
  readonly body: string;
}

/** A server on loopback that keeps what it was asked. */
const start = async (
  answer: (request: IncomingMessage, response: ServerResponse) => void = (_, response) =>
    response.end('arrived'),
) => {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { authorization, 'x-own': own } = request.headers;
    received.push({ path: request.url, authorization, own, body });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return { origin: `http://127.0.0.1:${port}`, received };
};

/** A server that sends everything but `/target` on to a URL. */
const startRedirecting = (status: number, location: () => string) =>
  start((request, response) => {
    if (request.url === '/target') response.end('arrived');
    else response.writeHead(status, { location: location() }).end();
  });

describe('a call on the wire', () => {
  it('carries the token, the caller’s headers and the body', async () => {
    const { origin, received } = await start();
    const authFetch = createAuthFetch({ token: TOKEN, origins: [origin] });
    const init = { method: 'POST', body: 'a body', headers: { 'x-own': '1' } };
    expect(await (await authFetch(`${origin}/a`, init)).text()).toBe('arrived');
    expect(await (await authFetch(new Request(`${origin}/b`, init))).text()).toBe('arrived');
    expect(received).toEqual([
      { path: '/a', authorization: BEARER, own: '1', body: 'a body' },
      { path: '/b', authorization: BEARER, own: '1', body: 'a body' },
    ]);
  });

  it('to an origin that is not listed never leaves', async () => {
    const listed = await start();
    const other = await start();
    const authFetch = createAuthFetch({ token: TOKEN, origins: [listed.origin] });
    await expect(authFetch(other.origin)).rejects.toMatchObject({ code: 'ERR_ORIGIN_NOT_ALLOWED' });
    expect(other.received).toEqual([]);
  });

  it('to an origin that is not listed leaves without the token where that is asked for', async () => {
    const listed = await start();
    const other = await start();
    const origins = [listed.origin];
    const authFetch = createAuthFetch({ token: TOKEN, origins, onUnlistedOrigin: 'omit' });
    await authFetch(other.origin);
    expect(other.received).toMatchObject([{ path: '/', authorization: undefined }]);
  });
});

describe.each([301, 302, 303, 307, 308])('a redirect with %d', (status) => {
  it('keeps the token within its origin', async () => {
    const { origin, received } = await startRedirecting(status, () => '/target');
    const authFetch = createAuthFetch({ token: TOKEN, origins: [origin] });
    expect(await (await authFetch(`${origin}/from`)).text()).toBe('arrived');
    expect(received).toMatchObject([
      { path: '/from', authorization: BEARER },
      { path: '/target', authorization: BEARER },
    ]);
  });

  it('loses it on the way to another origin, even to one that is listed', async () => {
    const other = await start();
    const { origin, received } = await startRedirecting(status, () => `${other.origin}/target`);
    for (const origins of [[origin], [origin, other.origin]]) {
      const authFetch = createAuthFetch({ token: TOKEN, origins });
      expect(await (await authFetch(`${origin}/from`)).text()).toBe('arrived');
    }
    expect(received.map(({ authorization }) => authorization)).toEqual([BEARER, BEARER]);
    expect(other.received).toMatchObject([
      { path: '/target', authorization: undefined },
      { path: '/target', authorization: undefined },
    ]);
  });

  it('does not give it back on the way home', async () => {
    const away: { home: string } = { home: '' };
    const other = await startRedirecting(status, () => away.home);
    const { origin, received } = await startRedirecting(status, () => `${other.origin}/back`);
    away.home = `${origin}/target`;
    const authFetch = createAuthFetch({ token: TOKEN, origins: [origin] });
    expect(await (await authFetch(`${origin}/from`)).text()).toBe('arrived');
    expect(other.received).toMatchObject([{ path: '/back', authorization: undefined }]);
    expect(received).toMatchObject([
      { path: '/from', authorization: BEARER },
      { path: '/target', authorization: undefined },
    ]);
  });
});
