// Where the gate leads, how long it waits, and how an answer comes back.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type GateOptions } from '../src/index.ts';
import { gated } from './gated.ts';
import { rawRequest, streaming } from './raw-request.ts';
import { readRefusal, refusal } from './refusal.ts';

afterEach(() => {
  vi.useRealTimers();
});

const ORIGIN = 'http://upstream.example:8000';

/** The URLs that the upstream is asked for when a server hands out a request of this URL. */
const asked = async (url: string, upstream: string = ORIGIN): Promise<readonly string[]> => {
  const { send, calls } = gated({ upstream });
  const response = await send(rawRequest({ url }));
  expect(response.status).toBe(calls.length === 0 ? 502 : 200);
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
    ['/..', '/'],
    ['/../../x', '/x'],
    ['/a/../b', '/b'],
    ['/%2e%2e/b', '/b'],
  ])('for %s is at the upstream’s own origin: %s', async (path, expected) => {
    expect(await asked(`http://gate.example${path}`)).toEqual([`${ORIGIN}${expected}`]);
  });

  it.each([
    'http://evil.example/x',
    'https://evil.example:8443/x',
    'http://user:pass@evil.example/x',
    'http://upstream.example:1/x',
  ])('has nothing of the authority that was asked for: %s', async (url) => {
    expect(await asked(url)).toEqual([`${ORIGIN}/x`]);
  });

  it.each([
    [`${ORIGIN}/api`, '/x', '/api/x'],
    [`${ORIGIN}/api/`, '/x', '/api/x'],
    [`${ORIGIN}/api/v1/`, '/', '/api/v1/'],
    [`${ORIGIN}/api`, '//x', '/api//x'],
    [`${ORIGIN}/api`, '/a/../b', '/api/b'],
    [`${ORIGIN}/a%20b`, '/x', '/a%20b/x'],
    [`${ORIGIN}/api`, '/../api/x', '/api/x'],
  ])('stands below the base path: %s and %s', async (upstream, path, expected) => {
    expect(await asked(`http://gate.example${path}`, upstream)).toEqual([`${ORIGIN}${expected}`]);
  });

  it.each(['/..', '/../', '/../x', '/../apix', '/a/../../x', '/%2e%2e/x', '/.%2E/x', '/..\\x'])(
    'never leaves the base path: %s',
    async (path) => {
      expect(await asked(`http://gate.example${path}`, `${ORIGIN}/api`)).toEqual([]);
    },
  );
});

describe('what the upstream is asked', () => {
  it('is asked once, and no redirect is followed', async () => {
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
    options: Partial<GateOptions> = {},
  ) => gated(options, async () => new Response(body, init)).ask('/', { method });

  it('loses what belongs to one connection', async () => {
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

  it('to HEAD keeps the headers of the GET that it stands for', async () => {
    const headers = { 'content-length': '1234', 'content-encoding': 'zstd' };
    const response = await answered(null, { headers }, 'HEAD');
    expect(Object.fromEntries(response.headers)).toEqual(headers);
    expect(await response.text()).toBe('');
  });

  it.each(['gzip', 'x-gzip', 'deflate', 'br', 'GZIP', 'gzip, br'])(
    'that fetch has decoded no longer says that it is %s',
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
    'in a coding that nobody asked for is a 502: %s',
    async (encoding) => {
      const codes: string[] = [];
      const onUpstreamError: GateOptions['onUpstreamError'] = ({ code }) => codes.push(code);
      const headers = { 'content-encoding': encoding };
      const response = await answered('bytes', { headers }, 'GET', { onUpstreamError });
      expect(await readRefusal(response)).toStrictEqual(refusal(502, null));
      expect(codes).toEqual(['ERR_UPSTREAM_UNREACHABLE']);
    },
  );

  it('in a coding that nobody asked for is not left open', async () => {
    const cancel = vi.fn<() => void>();
    const body = new ReadableStream({ cancel });
    await answered(body, { headers: { 'content-encoding': 'zstd' } });
    expect(cancel).toHaveBeenCalledTimes(1);
  });
});

describe('an upstream that fails', () => {
  it.each<[string, unknown]>([
    ['an error of fetch', new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } })],
    ['an error without a cause', new Error('x')],
    ['an error with an odd cause', new Error('x', { cause: null })],
    ['an error whose code is an object', new Error('x', { cause: { code: Object.create(null) } })],
    ['a text', 'x'],
    ['a symbol', Symbol('x')],
    ['null', null],
    ['undefined', undefined],
  ])('is a 502 and is told to onUpstreamError: %s', async (_, thrown) => {
    const seen: [string, string][] = [];
    const onUpstreamError: GateOptions['onUpstreamError'] = ({ code }, c) =>
      seen.push([code, c.req.path]);
    const { ask, calls } = gated({ onUpstreamError }, () => Promise.reject(thrown));
    expect(await readRefusal(await ask('/things'))).toStrictEqual(refusal(502, null));
    expect(calls).toHaveLength(1);
    expect(seen).toEqual([['ERR_UPSTREAM_UNREACHABLE', '/things']]);
  });

  it('is a 502 also where fetch throws at once', async () => {
    const { ask } = gated({}, () => {
      throw new Error('x');
    });
    expect(await readRefusal(await ask('/'))).toStrictEqual(refusal(502, null));
  });

  it('is named to the operator by code, not by message', async () => {
    const messages: string[] = [];
    const onUpstreamError: GateOptions['onUpstreamError'] = ({ message }) => messages.push(message);
    const error = new TypeError('http://upstream.example/?q', { cause: { code: 'ECONNRESET' } });
    await gated({ onUpstreamError }, () => Promise.reject(error)).ask('/');
    expect(messages).toEqual([expect.stringContaining('ECONNRESET')]);
    expect(messages[0]).not.toContain('?q');
  });

  it('is nothing to onUpstreamError while it answers', async () => {
    const onUpstreamError = vi.fn<() => void>();
    await gated({ onUpstreamError }, async () => new Response('x', { status: 500 })).ask('/');
    expect(onUpstreamError).not.toHaveBeenCalled();
  });

  it('is a 500 where onUpstreamError fails too', async () => {
    const onUpstreamError = (): never => {
      throw new Error('a hook failed');
    };
    const { ask } = gated({ onUpstreamError }, () => Promise.reject(new Error('x')));
    expect(await readRefusal(await ask('/'))).toStrictEqual(refusal(500, null));
  });
});

/** An upstream that never answers, and gives up when it is told to. */
const silent = (_url: string, { signal }: RequestInit): Promise<Response> =>
  new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason));
  });

describe('an upstream that does not answer in time', () => {
  it.each([
    [60, {}],
    [0.25, { responseTimeoutSeconds: 0.25 }],
    [86_400, { responseTimeoutSeconds: 86_400 }],
  ])('is a 504 after %d seconds and not before', async (seconds, options) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const codes: string[] = [];
    const onUpstreamError: GateOptions['onUpstreamError'] = ({ code }) => codes.push(code);
    const { ask, calls } = gated({ ...options, onUpstreamError }, silent);
    let response: Response | undefined;
    const answer = ask('/').then((value) => {
      response = value;
      return value;
    });
    await vi.waitUntil(() => calls.length === 1);
    await vi.advanceTimersByTimeAsync(seconds * 1000 - 1);
    expect(response).toBeUndefined();
    expect(calls[0]?.init.signal?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await readRefusal(await answer)).toStrictEqual(refusal(504, null));
    expect(calls[0]?.init.signal?.aborted).toBe(true);
    expect(codes).toEqual(['ERR_UPSTREAM_TIMEOUT']);
  });

  it('may take any time for the body behind its headers', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const { ask, calls } = gated({}, async () => new Response(readable));
    const response = await ask('/');
    await vi.advanceTimersByTimeAsync(24 * 3600 * 1000);
    expect(calls[0]?.init.signal?.aborted).toBe(false);
    const writer = writable.getWriter();
    const text = response.text();
    await writer.write(new TextEncoder().encode('late'));
    await writer.close();
    expect(await text).toBe('late');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is not blamed for the time that the client takes for the body of the request', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const { ask, calls } = gated({}, async (url, init) => {
      const body = new Response(init.body ?? null).text();
      return new Response(await Promise.race([body, silent(url, init).then(() => 'aborted')]));
    });
    const headers = { 'transfer-encoding': 'chunked' };
    const answer = ask('/', streaming({ method: 'POST', body: readable, headers }));
    const writer = writable.getWriter();
    await writer.write(new TextEncoder().encode('first '));
    await vi.waitUntil(() => calls.length === 1);
    await vi.advanceTimersByTimeAsync(3600 * 1000);
    expect(calls[0]?.init.signal?.aborted).toBe(false);
    await Promise.all([writer.write(new TextEncoder().encode('last')), writer.close()]);
    expect(await (await answer).text()).toBe('first last');
  });
});

describe('a client that goes away', () => {
  it('takes the request to the upstream with it', async () => {
    const abort = new AbortController();
    const { ask, calls } = gated({}, silent);
    const answer = ask('/', { signal: abort.signal });
    await vi.waitUntil(() => calls.length === 1);
    expect(calls[0]?.init.signal?.aborted).toBe(false);
    abort.abort();
    expect((await answer).status).toBe(502);
    expect(calls[0]?.init.signal?.aborted).toBe(true);
  });

  it('takes an answer with it that has begun', async () => {
    const abort = new AbortController();
    const { ask, calls } = gated();
    await ask('/', { signal: abort.signal });
    abort.abort();
    expect(calls[0]?.init.signal?.aborted).toBe(true);
  });

  it('has nothing asked in its name where it was gone before', async () => {
    const abort = new AbortController();
    const { send, calls } = gated();
    const request = new Request('http://gate.example/', { signal: abort.signal });
    abort.abort();
    await send(request);
    for (const { init } of calls) expect(init.signal?.aborted).toBe(true);
  });
});
