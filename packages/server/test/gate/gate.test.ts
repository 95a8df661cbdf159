// The gate: what it lets through, what it answers itself. A refused request does not reach the upstream.
import { describe, expect, it, vi } from 'vitest';
import { rawRequest } from '../raw-request.ts';
import { BARE, INVALID_REQUEST, INVALID_TOKEN, readRefusal, refusal } from '../refusal.ts';
import { forge, TOKEN } from '../tokens.ts';
import { gated } from './gated.ts';

describe('a request with a good token', () => {
  it('reaches the upstream, and its answer comes back unchanged', async () => {
    const { ask, calls } = gated({}, async () => {
      const headers = { 'content-type': 'text/x-made', 'x-zep-version': '0.27.2', etag: '"1"' };
      return new Response('made', { status: 201, statusText: 'Made', headers });
    });
    const response = await ask('/api/v1/sessions?limit=3', {
      method: 'POST',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json', 'content-length': '7' },
    });
    expect([response.status, response.statusText, await response.text()]).toEqual([
      201,
      'Made',
      'made',
    ]);
    expect(Object.fromEntries(response.headers)).toEqual({
      'content-type': 'text/x-made',
      'x-zep-version': '0.27.2',
      etag: '"1"',
      'cache-control': 'private',
      vary: 'Authorization',
    });
    const [call] = calls;
    expect(calls).toHaveLength(1);
    expect(call?.url).toBe('http://upstream.example:8000/api/v1/sessions?limit=3');
    expect(call?.init.method).toBe('POST');
    expect(call?.headers).toMatchObject({ 'content-type': 'application/json' });
    expect(await new Response(call?.init.body ?? null).text()).toBe('{"a":1}');
  });

  it.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'QUERY'])(
    'keeps its method: %s',
    async (method) => {
      const { ask, calls } = gated();
      expect((await ask('/', { method })).status).toBe(200);
      expect(calls.map(({ init }) => init.method)).toEqual([method]);
    },
  );

  it.each(['401', '403', '404', '500', '503'])(
    'gets the upstream’s own %s, not the gate’s',
    async (status) => {
      const { ask } = gated({}, async () => new Response('own', { status: Number(status) }));
      const response = await ask('/');
      expect([response.status, await response.text()]).toEqual([Number(status), 'own']);
      expect(response.headers.has('www-authenticate')).toBe(false);
    },
  );
});

describe('a refused request does not reach the upstream', () => {
  it.each<[string, string | undefined, number, string, string?]>([
    ['no credentials', undefined, 401, BARE],
    ['Api-Key', `Api-Key ${TOKEN}`, 401, BARE],
    ['a bad token', 'Bearer x', 401, INVALID_TOKEN, 'invalid_token'],
    ['an expired token', `Bearer ${forge({ exp: 1 })}`, 401, INVALID_TOKEN, 'token_expired'],
    ['two tokens', `Bearer ${TOKEN}, x`, 400, INVALID_REQUEST, 'invalid_request'],
  ])('%s', async (_, authorization, status, challenge, code) => {
    const { askBare, calls } = gated();
    for (const path of ['/', '/things', '//healthz', '/healthz/', '/HEALTHZ']) {
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        const headers = authorization === undefined ? {} : { authorization };
        const response = await askBare(path, { method, headers });
        expect(await readRefusal(response)).toStrictEqual(refusal(status, challenge, code));
      }
    }
    expect(calls).toEqual([]);
  });

  it('nor does any request with an invalid environment', async () => {
    const onWarning = vi.fn<(warning: string) => void>();
    const { ask, calls } = gated({ env: () => ({}), onWarning });
    for (const path of ['/', '/healthz', '/']) {
      expect(await readRefusal(await ask(path))).toStrictEqual(refusal(500, null));
    }
    expect(calls).toEqual([]);
    expect(onWarning).toHaveBeenCalledTimes(1);
  });
});

describe('/healthz', () => {
  it.each(['GET', 'HEAD'])('is public by default: %s', async (method) => {
    const { askBare, calls } = gated({}, async () => new Response('.'));
    const response = await askBare('/healthz', { method });
    expect([response.status, await response.text()]).toEqual([200, method === 'GET' ? '.' : '']);
    expect(calls).toHaveLength(1);
  });

  it('is not another path', async () => {
    const { askBare, calls } = gated({ publicPaths: ['/ping'] });
    expect((await askBare('/healthz')).status).toBe(401);
    expect((await askBare('/ping')).status).toBe(200);
    expect(calls).toHaveLength(1);
  });
});

describe('methods and upgrades that are not let through', () => {
  it.each(['TRACE', 'CONNECT'])('%s is 405 with Allow, token or not', async (method) => {
    const { send, gate, calls } = gated();
    const url = 'http://gate.example/healthz';
    for (const response of [
      await send(rawRequest({ url, method })),
      await gate.fetch(rawRequest({ url, method })),
    ]) {
      expect(response.headers.get('allow')).toBe('GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS');
      expect(await readRefusal(response)).toStrictEqual(refusal(405, null));
    }
    expect(calls).toEqual([]);
  });

  it.each(['websocket', 'WebSocket', 'TLS/1.0', 'h2c, websocket', 'h2c,websocket', 'h3'])(
    'an upgrade to %s is 501',
    async (upgrade) => {
      const { ask, askBare, calls } = gated();
      const init = { headers: { upgrade, connection: 'upgrade' } };
      expect(await readRefusal(await ask('/', init))).toStrictEqual(refusal(501, null));
      expect((await askBare('/healthz', init)).status).toBe(501);
      expect(calls).toEqual([]);
    },
  );

  it.each(['h2c', 'H2C', '', ' , h2c'])('an offer of %j is ignored', async (upgrade) => {
    const { ask, calls } = gated();
    const headers = {
      upgrade,
      connection: 'Upgrade, HTTP2-Settings',
      'http2-settings': 'AAMAAABkAARAAAAAAAIAAAAA',
    };
    expect((await ask('/', { headers })).status).toBe(200);
    const names = Object.keys(calls[0]?.headers ?? {});
    expect(names).not.toContain('upgrade');
    expect(names).not.toContain('http2-settings');
    expect(names).not.toContain('connection');
  });
});

describe('the gate’s own pages', () => {
  it('/_gate/health answers without a token and without the upstream', async () => {
    const { askBare, calls } = gated({ env: () => ({}), onWarning: () => {} });
    const response = await askBare('/_gate/health');
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }]);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect((await askBare('/_gate/health', { method: 'HEAD' })).status).toBe(200);
    expect(calls).toEqual([]);
  });

  it.each([
    ['GET', '/_gate'],
    ['GET', '/_gate/'],
    ['GET', '/_gate/other'],
    ['GET', '/_gate/authx'],
    ['GET', '/_gate/health/x'],
    ['POST', '/_gate/health'],
    ['OPTIONS', '/_gate/other'],
  ])('%s %s is 404, token or not, and never forwarded', async (method, path) => {
    const { ask, askBare, calls } = gated();
    expect(await readRefusal(await ask(path, { method }))).toStrictEqual(refusal(404, null));
    expect((await askBare(path, { method })).status).toBe(404);
    expect(calls).toEqual([]);
  });

  it('match only the raw path', async () => {
    const { askBare, calls } = gated();
    for (const path of ['//_gate/health', '/_gate%2fhealth', '/%5fgate/health', '/_GATE/health']) {
      expect((await askBare(path)).status).toBe(401);
    }
    expect(calls).toEqual([]);
  });
});

describe('a failure inside the gate is a 500 problem and does not reach the upstream', () => {
  const fail = (): never => {
    throw new Error('a hook failed');
  };

  it.each([
    ['onResult', { onResult: fail }],
    ['env', { env: fail }],
    ['peerAddress', { peerAddress: fail }],
    ['trustedProxy', { trustedProxy: fail }],
  ])('%s', async (_, options) => {
    const onWarning = vi.fn<(warning: string) => void>();
    const { ask, calls } = gated({ ...options, onWarning });
    expect(await readRefusal(await ask('/'))).toStrictEqual(refusal(500, null));
    expect(calls).toEqual([]);
    expect(onWarning.mock.calls).toEqual([[expect.stringContaining('(Error)')]]);
  });

  it('also if onWarning fails', async () => {
    const { ask, calls } = gated({ onResult: fail, onWarning: fail });
    expect(await readRefusal(await ask('/'))).toStrictEqual(refusal(500, null));
    expect(calls).toEqual([]);
  });

  it('also if the thrown value is not an Error', async () => {
    const onResult = (): never => {
      throw 'a text';
    };
    const { ask, calls } = gated({ onResult });
    expect(await readRefusal(await ask('/'))).toStrictEqual(refusal(500, null));
    expect(calls).toEqual([]);
  });
});

it.each(['1.2.3.999', '0x.0x.0x.0xfff'])('answers 400 to an invalid Host: %s', async (host) => {
  const { gate, calls } = gated();
  const response = await gate.fetch(rawRequest({ url: `http://${host}/things` }));
  expect(response.status).toBe(400);
  expect(calls).toEqual([]);
});

it.each([
  'http://user:pass@gate.example/x',
  'http://user@gate.example/healthz',
  'http://:p@gate.example/x',
])('a target with credentials in it is refused: %s', async (url) => {
  const { gate, calls } = gated();
  // As a server passes it on: the platform's own Request accepts no such URL.
  const request = new Proxy(new Request('http://gate.example/x'), {
    get: (target, name) => (name === 'url' ? url : Reflect.get(target, name, target)),
  });
  expect((await gate.fetch(request)).status).toBe(400);
  expect(calls).toEqual([]);
});
