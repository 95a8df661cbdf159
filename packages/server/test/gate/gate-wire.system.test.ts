// The gate behind a real server, with requests that no client library sends.
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { openConnection } from '@zep-auth/test-kit/http';
import { startUpstream, type Upstream } from '@zep-auth/test-kit/upstream';
import { afterEach, describe, expect, it } from 'vitest';
import { createGate } from '../../src/index.ts';
import { config, TOKEN } from '../tokens.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

interface Wire extends Upstream {
  /** Sends the lines of a request and returns all that comes back. */
  readonly ask: (...lines: readonly string[]) => Promise<string>;
}

const start = async (): Promise<Wire> => {
  const upstream = await startUpstream();
  const gate = createGate({ config, upstream: upstream.url });
  const server = serve({ fetch: gate.fetch, port: 0, hostname: '127.0.0.1' });
  await new Promise<void>((resolve) => {
    if (server.listening) resolve();
    else server.once('listening', resolve);
  });
  const { port } = server.address() as AddressInfo; // it listens on TCP
  closers.push(upstream.close, () => new Promise((resolve) => server.close(() => resolve())));
  const ask = async (...lines: readonly string[]): Promise<string> => {
    const { socket, closed } = await openConnection(port);
    socket.write(lines.join('\r\n'));
    return (await closed).toString('latin1');
  };
  return { ...upstream, ask };
};

const COMMON = ['Host: gate.example', 'Connection: close'];
const BEARER = `Authorization: Bearer ${TOKEN}`;

describe('on the wire', () => {
  it.each([
    ['GET', '/healthz', 200],
    ['GET', '/healthz?x=1', 200],
    ['GET', '//healthz', 401],
    ['GET', '/HEALTHZ', 401],
    ['GET', '/%68ealthz', 401],
    ['GET', '/healthz%2f', 401],
    ['GET', '/healthz;x', 401],
    ['GET', '/things/..%2fhealthz', 401],
    ['POST', '/healthz', 401],
  ])('%s %s without a token is %d', async (method, path, status) => {
    const { ask, requests } = await start();
    const answer = await ask(`${method} ${path} HTTP/1.1`, ...COMMON, '', '');
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(requests).toHaveLength(status === 200 ? 1 : 0);
  });

  it.each(['//healthz', '//evil.example/x', '/a%2Fb?c=%20', '/a//b/'])(
    '%s with a token reaches the upstream unchanged',
    async (path) => {
      const { ask, requests } = await start();
      expect(await ask(`GET ${path} HTTP/1.1`, ...COMMON, BEARER, '', '')).toContain(' 200 ');
      expect(requests.map(({ target }) => target)).toEqual([path]);
    },
  );

  it.each(['/../x', '/a/../../x', '/%2e%2e/x'])(
    '%s with a token does not lead out of the upstream’s root',
    async (path) => {
      const { ask, requests } = await start();
      await ask(`GET ${path} HTTP/1.1`, ...COMMON, BEARER, '', '');
      expect(requests.map(({ target }) => target)).toEqual(['/x']);
    },
  );

  it('a URL in absolute form reaches the upstream and no other server', async () => {
    const { ask, requests, port } = await start();
    await ask('GET http://evil.example/x HTTP/1.1', ...COMMON, BEARER, '', '');
    expect(requests.map(({ target }) => target)).toEqual(['/x']);
    expect(requests[0]?.headers.get('host')).toEqual([`127.0.0.1:${port}`]);
  });

  it('a URL in absolute form needs a token too', async () => {
    const { ask, requests } = await start();
    const answer = await ask('GET http://evil.example/x HTTP/1.1', ...COMMON, '', '');
    expect(answer).toMatch(/^HTTP\/1\.1 40[01] /);
    expect(requests).toEqual([]);
  });

  it('two Authorization headers are an invalid request, even if one is good', async () => {
    const { ask, requests } = await start();
    for (const pair of [
      [BEARER, BEARER],
      [BEARER, 'Authorization: Basic YTpi'],
      ['Authorization: Basic YTpi', BEARER],
    ]) {
      const answer = await ask('GET / HTTP/1.1', ...COMMON, ...pair, '', '');
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(answer).toContain('"code":"invalid_request"');
    }
    expect(requests).toEqual([]);
  });

  it('TRACE is 405 and an upgrade 501, before the upstream sees them', async () => {
    const { ask, requests } = await start();
    expect(await ask('TRACE / HTTP/1.1', ...COMMON, BEARER, '', '')).toMatch(/^HTTP\/1\.1 405 /);
    const upgrade = ['Host: gate.example', 'Connection: Upgrade, close', 'Upgrade: websocket'];
    expect(await ask('GET / HTTP/1.1', ...upgrade, BEARER, '', '')).toMatch(/^HTTP\/1\.1 501 /);
    expect(requests).toEqual([]);
  });

  it.each(['DELETE', 'OPTIONS', 'POST'])(
    '%s without a body reaches the upstream without one',
    async (method) => {
      const { ask, requests } = await start();
      expect(await ask(`${method} / HTTP/1.1`, ...COMMON, BEARER, '', '')).toContain(' 200 ');
      expect(requests).toHaveLength(1);
      expect(requests[0]?.headers.has('transfer-encoding')).toBe(false);
      expect(requests[0]?.headers.get('content-length') ?? ['0']).toEqual(['0']);
    },
  );

  it('Expect is answered here and does not reach the upstream', async () => {
    const { ask, requests } = await start();
    const expectation = ['Content-Length: 1', 'Expect: 100-continue'];
    const answer = await ask('PUT / HTTP/1.1', ...COMMON, BEARER, ...expectation, '', 'x');
    expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
    expect(requests[0]?.headers.has('expect')).toBe(false);
  });

  it('headers that Connection names, and headers in the gate’s name, are not forwarded', async () => {
    const { ask, requests } = await start();
    const spoofed = [
      'X-Auth-Subject: root',
      'X_Auth_Subject: root',
      'X-Forwarded-For: 1.2.3.4',
      'X_Forwarded_For: 1.2.3.4',
      'X-Hop: 1',
      'X-Own: 1',
    ];
    const lines = ['Host: gate.example', 'Connection: close, X-Hop', ...spoofed];
    await ask('GET / HTTP/1.1', ...lines, BEARER, '', '');
    const names = [...(requests[0]?.headers.keys() ?? [])];
    expect(names).toContain('x-own');
    expect(names.filter((name) => /auth|forwarded.for|hop/.test(name))).toEqual([
      'x-forwarded-for',
    ]);
    expect(requests[0]?.headers.get('x-forwarded-for')).toEqual(['127.0.0.1']);
  });

  it('a chunked body reaches the upstream, and the next request is read correctly', async () => {
    const { ask, requests } = await start();
    const chunked = ['Transfer-Encoding: chunked', '', '5', 'hello', '0', '', ''];
    expect(await ask('POST / HTTP/1.1', ...COMMON, BEARER, ...chunked)).toContain(' 200 ');
    const smuggled = ['Content-Length: 5', ...chunked];
    expect(await ask('POST / HTTP/1.1', ...COMMON, BEARER, ...smuggled)).toContain(' 400 ');
    expect(requests).toHaveLength(1);
  });
});
