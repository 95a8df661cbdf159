// The URL that the gate requests, and how the answer comes back.
import { describe, expect, it, vi } from 'vitest';
import { rawRequest } from '../raw-request.ts';
import { readRefusal, refusal } from '../refusal.ts';
import { gated, type MoreOptions } from './gated.ts';

const ORIGIN = 'http://upstream.example:8000';

/** The URLs that the upstream gets when a server passes on a request with this URL. */
const asked = async (url: string, upstream: string = ORIGIN): Promise<readonly string[]> => {
  const { send, calls } = gated({ upstream });
  const response = await send(rawRequest({ url }));
  expect(response.status).toBe(calls.length === 0 ? 400 : 200);
  return calls.map((call) => call.url);
};

describe('the URL at the upstream', () => {
  it.each([
    ['/', '/'],
    ['/a/b/', '/a/b/'],
    ['//evil.example/x', '//evil.example/x'],
    ['///evil.example', '///evil.example'],
    ['//evil.example:80@x/', '//evil.example:80@x/'],
    ['/@evil.example', '/@evil.example'],
    ['/http://evil.example/', '/http://evil.example/'],
    ['/a%2Fb', '/a%2Fb'],
    ['/a%2fb%00%25', '/a%2fb%00%25'],
    ['/a;b=c', '/a;b=c'],
    ['/a//b', '/a//b'],
    ['/a?', '/a?'],
    ['/a?b=c&b=d&e', '/a?b=c&b=d&e'],
    ['/a?b=%2F+%20?/../x', '/a?b=%2F+%20?/../x'],
    ['/?//evil.example', '/?//evil.example'],
    ['/a#part', '/a'],
    ['/a?b#part?c', '/a?b'],
    ['/a#part?b', '/a'],
    ['/..', '/..'],
    ['/../../x', '/../../x'],
    ['/a/../b', '/a/../b'],
    ['/%2e%2e/b', '/%2e%2e/b'],
  ])('for %s is at the upstream’s origin: %s', async (path, expected) => {
    expect(await asked(`http://gate.example${path}`)).toEqual([`${ORIGIN}${expected}`]);
  });

  it.each(['http://evil.example/x', 'https://evil.example:8443/x', 'http://upstream.example:1/x'])(
    'ignores the authority in the request: %s',
    async (url) => {
      expect(await asked(url)).toEqual([`${ORIGIN}/x`]);
    },
  );

  it.each([
    [`${ORIGIN}/api`, '/x', '/api/x'],
    [`${ORIGIN}/api/`, '/x', '/api/x'],
    [`${ORIGIN}/api/v1/`, '/', '/api/v1/'],
    [`${ORIGIN}/api`, '//x', '/api//x'],
    [`${ORIGIN}/api`, '/a/../b', '/api/a/../b'],
    [`${ORIGIN}/a%20b`, '/x', '/a%20b/x'],
  ])('is below the base path: %s and %s', async (upstream, path, expected) => {
    expect(await asked(`http://gate.example${path}`, upstream)).toEqual([`${ORIGIN}${expected}`]);
  });

  it.each([
    '/..',
    '/../',
    '/../x',
    '/../api/x',
    '/../apix',
    '/a/../../x',
    '/%2e%2e/x',
    '/.%2E/x',
    '/..\\x',
    '/..%2fx',
    '/..%5cx',
    '/..;a=b/x',
    '//../x',
    '/./../x',
  ])('does not leave the base path: %s', async (path) => {
    expect(await asked(`http://gate.example${path}`, `${ORIGIN}/api`)).toEqual([]);
  });
});

describe('a URL without a path, which no server passes on', () => {
  it.each(['http://gate.example', 'http://gate.example?x', 'http://gate.example#x', 'http://a'])(
    'does not change the upstream’s host: %s',
    async (url) => {
      const hosts = (await asked(url, 'http://upstream.example')).map((text) => new URL(text).host);
      expect(hosts.filter((host) => host !== 'upstream.example')).toEqual([]);
    },
  );
});

describe('what the upstream is asked', () => {
  it('is one request, and no redirect is followed', async () => {
    const location = 'http://elsewhere.example/x';
    const { ask, calls } = gated({}, async () => {
      return new Response('moved', { status: 302, headers: { location } });
    });
    const response = await ask('/');
    expect([response.status, response.headers.get('location')]).toEqual([302, location]);
    expect(calls.map(({ init }) => init.redirect)).toEqual(['manual']);
  });
});

describe('an answer of the upstream', () => {
  const answered = async (
    body: BodyInit | null,
    init: ResponseInit,
    method = 'GET',
    options: MoreOptions = {},
  ) => gated(options, async () => new Response(body, init)).ask('/', { method });

  it('loses the headers of its connection', async () => {
    const headers = {
      connection: 'close, X-Hop',
      'x-hop': '1',
      'keep-alive': 'timeout=5',
      'proxy-authenticate': 'Basic',
      trailer: 'x-sum',
      'transfer-encoding': 'chunked',
      upgrade: 'h2c',
      'x-own': '2',
    };
    const response = await answered('x', { headers });
    expect(Object.fromEntries(response.headers)).toEqual({
      'content-type': 'text/plain;charset=UTF-8',
      'x-own': '2',
      'cache-control': 'private',
      vary: 'Authorization',
    });
  });

  it('keeps each of its cookies', async () => {
    const headers = new Headers([
      ['set-cookie', 'a=1; Path=/'],
      ['set-cookie', 'b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT'],
    ]);
    const response = await answered('x', { headers });
    expect(response.headers.getSetCookie()).toEqual([
      'a=1; Path=/',
      'b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT',
    ]);
  });

  it.each([204, 205, 304])('without a body comes back without one: %d', async (status) => {
    const response = await answered(null, { status, headers: { etag: '"1"' } });
    expect([response.status, response.body]).toEqual([status, null]);
    expect(response.headers.get('etag')).toBe('"1"');
  });

  it('to HEAD keeps the headers that GET would have', async () => {
    const headers = { 'content-length': '1234', 'content-encoding': 'zstd' };
    // Some runtimes have an empty stream instead of no body.
    for (const body of [null, new ReadableStream({ start: (stream) => stream.close() })]) {
      const response = await answered(body, { headers }, 'HEAD');
      expect(Object.fromEntries(response.headers)).toMatchObject(headers);
      expect(await response.text()).toBe('');
    }
  });

  it.each(['gzip', 'x-gzip', 'deflate', 'br', 'GZIP', 'gzip, br'])(
    'that fetch has decoded loses its Content-Encoding: %s',
    async (encoding) => {
      const headers = { 'content-encoding': encoding, 'content-length': '3', 'x-own': '1' };
      const response = await answered('decoded', { headers });
      expect(await response.text()).toBe('decoded');
      expect(response.headers.has('content-encoding')).toBe(false);
      expect(response.headers.has('content-length')).toBe(false);
      expect(response.headers.get('x-own')).toBe('1');
    },
  );

  it('with identity keeps its length', async () => {
    const headers = { 'content-encoding': 'identity', 'content-length': '4' };
    const response = await answered('four', { headers });
    expect(response.headers.get('content-length')).toBe('4');
  });

  it.each(['zstd', 'compress', 'gzip, zstd', 'aes128gcm'])(
    'in a coding that was not asked for is a 502: %s',
    async (encoding) => {
      const codes: string[] = [];
      const onUpstreamError: MoreOptions['onUpstreamError'] = ({ code }) => codes.push(code);
      const headers = { 'content-encoding': encoding };
      const response = await answered('bytes', { headers }, 'GET', { onUpstreamError });
      expect(await readRefusal(response)).toStrictEqual(refusal(502, null));
      expect(codes).toEqual(['ERR_UPSTREAM_UNREACHABLE']);
    },
  );

  it('in a coding that was not asked for is closed', async () => {
    const cancel = vi.fn<() => void>();
    const body = new ReadableStream({ cancel });
    await answered(body, { headers: { 'content-encoding': 'zstd' } });
    expect(cancel).toHaveBeenCalledTimes(1);
  });

  it('with a status that cannot be passed on is a 502, and closed', async () => {
    const cancel = vi.fn<() => void>();
    const odd = Object.defineProperty(new Response(new ReadableStream({ cancel })), 'status', {
      value: 999,
    });
    const { ask } = gated({}, async () => odd);
    expect((await ask('/things')).status).toBe(502);
    expect(cancel).toHaveBeenCalledTimes(1);
  });

  it('with an invalid reason phrase comes without one', async () => {
    const odd = Object.defineProperty(new Response('ok'), 'statusText', { value: '成功' });
    const { ask } = gated({}, async () => odd);
    const response = await ask('/things');
    expect([response.status, response.statusText, await response.text()]).toEqual([200, '', 'ok']);
  });

  it('of 205 announces no body, because it does not have one', async () => {
    const { ask } = gated(
      {},
      async () => new Response(null, { status: 205, headers: { 'content-length': '5' } }),
    );
    const response = await ask('/things');
    expect([response.status, response.headers.get('content-length')]).toEqual([205, null]);
  });

  it('with an empty Content-Encoding is treated as without one', async () => {
    const { ask } = gated(
      {},
      async () => new Response('ok', { headers: { 'content-encoding': '' } }),
    );
    expect(await (await ask('/things')).text()).toBe('ok');
  });
});
