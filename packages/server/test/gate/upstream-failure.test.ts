// An upstream that fails, does not answer, or whose client has left: what the client gets and what the operator learns.
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { GateOptions } from '../../src/index.ts';
import { streaming } from '../raw-request.ts';
import { readRefusal, refusal } from '../refusal.ts';
import { gated } from './gated.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('an upstream that fails', () => {
  it.each<[string, unknown]>([
    ['an error of fetch', new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } })],
    ['an error without a cause', new Error('x')],
    ['an error with an odd cause', new Error('x', { cause: null })],
    ['a text', 'x'],
    ['a symbol', Symbol('x')],
    ['null', null],
    ['undefined', undefined],
  ])('is a 502 and is reported to onUpstreamError: %s', async (_, thrown) => {
    const seen: [string, string][] = [];
    const onUpstreamError: GateOptions['onUpstreamError'] = ({ code }, c) =>
      seen.push([code, c.req.path]);
    const { ask, calls } = gated({ onUpstreamError }, () => Promise.reject(thrown));
    expect(await readRefusal(await ask('/things'))).toStrictEqual(refusal(502, null));
    expect(calls).toHaveLength(1);
    expect(seen).toEqual([['ERR_UPSTREAM_UNREACHABLE', '/things']]);
  });

  it('is a 502 also if fetch throws synchronously', async () => {
    const { ask } = gated({}, () => {
      throw new Error('x');
    });
    expect(await readRefusal(await ask('/'))).toStrictEqual(refusal(502, null));
  });

  it('is reported to the operator by code, not by message', async () => {
    const messages: string[] = [];
    const onUpstreamError: GateOptions['onUpstreamError'] = ({ message }) => messages.push(message);
    const error = new TypeError('http://upstream.example/?q', { cause: { code: 'ECONNRESET' } });
    await gated({ onUpstreamError }, () => Promise.reject(error)).ask('/');
    expect(messages).toEqual([expect.stringContaining('ECONNRESET')]);
    expect(messages[0]).not.toContain('?q');
  });

  it('is not reported while it answers', async () => {
    const onUpstreamError = vi.fn<() => void>();
    await gated({ onUpstreamError }, async () => new Response('x', { status: 500 })).ask('/');
    expect(onUpstreamError).not.toHaveBeenCalled();
  });

  it('is a 500 if onUpstreamError throws too', async () => {
    const onUpstreamError = (): never => {
      throw new Error('a hook failed');
    };
    const { ask } = gated({ onUpstreamError }, () => Promise.reject(new Error('x')));
    expect(await readRefusal(await ask('/'))).toStrictEqual(refusal(500, null));
  });
});

/** An upstream that never answers, ends when it is aborted, and reports when it is called. */
const createSilent = () => {
  let tell = (): void => {};
  const isAsked = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const silent = (_url: string, { signal }: RequestInit): Promise<Response> => {
    tell();
    return new Promise((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason));
    });
  };
  return { isAsked, silent };
};

describe('an upstream that does not answer in time', () => {
  it.each([
    [60, {}],
    [0.25, { responseTimeoutSeconds: 0.25 }],
    [86_400, { responseTimeoutSeconds: 86_400 }],
  ])('is a 504 after %d seconds and not before', async (seconds, options) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const codes: string[] = [];
    const onUpstreamError: GateOptions['onUpstreamError'] = ({ code }) => codes.push(code);
    const { isAsked, silent } = createSilent();
    const { ask, calls } = gated({ ...options, onUpstreamError, recheckSeconds: 0 }, silent);
    let response: Response | undefined;
    const answer = ask('/').then((value) => {
      response = value;
      return value;
    });
    await isAsked;
    await vi.advanceTimersByTimeAsync(seconds * 1000 - 1);
    expect(response).toBeUndefined();
    expect(calls[0]?.init.signal?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await readRefusal(await answer)).toStrictEqual(refusal(504, null));
    expect(calls[0]?.init.signal?.aborted).toBe(true);
    expect(codes).toEqual(['ERR_UPSTREAM_TIMEOUT']);
  });

  it('may take any time for the body after its headers', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const { ask, calls } = gated({ recheckSeconds: 0 }, async () => new Response(readable));
    const response = await ask('/');
    await vi.advanceTimersByTimeAsync(24 * 3600 * 1000);
    expect(calls[0]?.init.signal?.aborted).toBe(false);
    const writer = writable.getWriter();
    const text = response.text();
    await writer.write(new TextEncoder().encode('late'));
    await writer.close();
    expect(await text).toBe('late');
    await vi.advanceTimersByTimeAsync(0); // the pipe ends a moment after its reader
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is not timed out while the client sends the body of the request', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const { isAsked, silent } = createSilent();
    const { ask, calls } = gated({}, async (url, init) => {
      const body = new Response(init.body ?? null).text();
      return new Response(await Promise.race([body, silent(url, init).then(() => 'aborted')]));
    });
    const headers = { 'transfer-encoding': 'chunked' };
    const answer = ask('/', streaming({ method: 'POST', body: readable, headers }));
    const writer = writable.getWriter();
    await writer.write(new TextEncoder().encode('0'));
    await isAsked;
    for (let i = 1; i < 5; i++) {
      await vi.advanceTimersByTimeAsync(50_000); // each piece is in time, all together are not
      expect(calls[0]?.init.signal?.aborted).toBe(false);
      await writer.write(new TextEncoder().encode(String(i)));
    }
    await writer.close();
    expect(await (await answer).text()).toBe('01234');
    await vi.advanceTimersByTimeAsync(3600 * 1000);
    expect(calls[0]?.init.signal?.aborted).toBe(false);
  });
});

describe('a client that goes away', () => {
  it('ends the request to the upstream', async () => {
    const abort = new AbortController();
    const { isAsked, silent } = createSilent();
    const { ask, calls } = gated({}, silent);
    const answer = ask('/', { signal: abort.signal });
    await isAsked;
    expect(calls[0]?.init.signal?.aborted).toBe(false);
    abort.abort();
    expect((await answer).status).toBe(502);
    expect(calls[0]?.init.signal?.aborted).toBe(true);
  });

  it('ends an answer that has begun', async () => {
    const abort = new AbortController();
    const { ask, calls } = gated();
    await ask('/', { signal: abort.signal });
    abort.abort();
    expect(calls[0]?.init.signal?.aborted).toBe(true);
  });

  it('causes no request if it has gone before', async () => {
    const abort = new AbortController();
    const { send, calls } = gated();
    const request = new Request('http://gate.example/', { signal: abort.signal });
    abort.abort();
    await send(request);
    expect(calls.every(({ init }) => init.signal?.aborted)).toBe(true);
  });
});
