// The gate with the runtime's own fetch in front of a real upstream: what is sent and what comes back.
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { streaming } from '../raw-request.ts';
import { start } from './gate-on-http.ts';

describe('a request through the gate', () => {
  it('reaches the upstream and comes back', async () => {
    const { ask, requests } = await start((_, response) => {
      response.writeHead(201, { 'x-zep-version': '0.27.2', 'set-cookie': ['a=1', 'b=2'] });
      response.end('made');
    });
    const response = await ask('/things?x=%2F', { method: 'POST', body: 'x' });
    expect([response.status, await response.text()]).toEqual([201, 'made']);
    expect(response.headers.get('x-zep-version')).toBe('0.27.2');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(requests).toMatchObject([{ method: 'POST', target: '/things?x=%2F' }]);
    expect(requests[0]?.headers.has('authorization')).toBe(false);
  });

  it('is not sent without a token', async () => {
    const { gate, requests } = await start();
    expect((await gate.request('http://gate.example/things')).status).toBe(401);
    expect(requests).toEqual([]);
  });

  it.each(['DELETE', 'OPTIONS', 'GET', 'HEAD', 'POST'])(
    'without a body arrives without one and without chunks: %s',
    async (method) => {
      const lengths: number[] = [];
      const { ask, requests } = await start((request, response) => {
        let length = 0;
        request.on('data', (chunk: Buffer) => {
          length += chunk.length;
        });
        request.on('end', () => {
          lengths.push(length);
          response.end();
        });
      });
      expect((await ask('/', { method })).status).toBe(200);
      if (method !== 'GET' && method !== 'HEAD') {
        const body = new ReadableStream({ start: (controller) => controller.close() });
        expect((await ask('/', streaming({ method, body }))).status).toBe(200);
      }
      expect(new Set(lengths)).toEqual(new Set([0]));
      for (const { headers } of requests) {
        expect(headers.has('transfer-encoding')).toBe(false);
        expect(headers.get('content-length') ?? ['0']).toEqual(['0']);
      }
    },
  );

  it('with a length arrives with that length and no chunks', async () => {
    const { ask, requests } = await start();
    const headers = { 'content-length': '4' };
    await ask('/', { method: 'PUT', body: 'four', headers });
    expect(requests[0]?.headers.get('content-length')).toEqual(['4']);
    expect(requests[0]?.headers.has('transfer-encoding')).toBe(false);
  });

  it('has the upstream’s host in Host', async () => {
    const { ask, requests, port } = await start();
    await ask('/', { headers: { host: 'evil.example' } });
    const headers = requests[0]?.headers;
    expect(headers?.get('host')).toEqual([`127.0.0.1:${port}`]);
    expect(headers?.get('x-forwarded-host')).toEqual(['evil.example']);
    expect(headers?.get('accept-encoding')).toEqual(['identity']);
  });

  it('gets a compressed answer decoded, without Content-Encoding', async () => {
    const { ask } = await start((_, response) => {
      const body = gzipSync('clear text');
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': body.length });
      response.end(body);
    });
    const response = await ask('/');
    expect(await response.text()).toBe('clear text');
    expect(response.headers.has('content-encoding')).toBe(false);
    expect(response.headers.has('content-length')).toBe(false);
  });

  it.each([204, 304])('gets an answer without a body: %d', async (status) => {
    const { ask } = await start((_, response) => {
      response.writeHead(status, { etag: '"1"' });
      response.end();
    });
    const response = await ask('/');
    expect([response.status, response.headers.get('etag'), await response.text()]).toEqual([
      status,
      '"1"',
      '',
    ]);
  });

  it('gets the length that HEAD announces', async () => {
    const { ask, requests } = await start((_, response) => {
      response.writeHead(200, { 'content-length': '1234', 'content-encoding': 'gzip' });
      response.end();
    });
    const response = await ask('/', { method: 'HEAD' });
    expect(response.headers.get('content-length')).toBe('1234');
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect(requests).toMatchObject([{ method: 'HEAD' }]);
  });

  it('gets a redirect unchanged', async () => {
    const elsewhere = await start();
    const { ask } = await start((_, response) => {
      response.writeHead(307, { location: `${elsewhere.url}/x` });
      response.end();
    });
    const response = await ask('/', { method: 'POST', body: 'x' });
    expect([response.status, response.headers.get('location')]).toEqual([
      307,
      `${elsewhere.url}/x`,
    ]);
    expect(elsewhere.requests).toEqual([]);
  });
});
