// What is open through the gate on fetch ends with its token, to the second. The clock stands still but for the tests.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Auth } from '../../src/auth-result.ts';
import { createWatch } from '../../src/gate/watch.ts';
import { guardError } from '../../src/problem-response.ts';
import { configOf, ENV, forge, NOW_SECONDS, OTHER_SECRET, TOKEN } from '../tokens.ts';
import { gated, type MoreOptions } from './gated.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: NOW_SECONDS * 1000 });
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0); // nothing is watched that has ended
  vi.useRealTimers();
});

type Controller = ReadableStreamDefaultController<Uint8Array>;

/** A gate whose upstream answers with a stream that the test writes. */
const start = (options: MoreOptions = {}) => {
  const codes: string[] = [];
  const state: { controller?: Controller; isCancelled: boolean; answer?: () => void } = {
    isCancelled: false,
  };
  const body = () =>
    new ReadableStream<Uint8Array>({
      start: (controller) => {
        state.controller = controller;
      },
      cancel: () => {
        state.isCancelled = true;
      },
    });
  const made = gated(
    { onEnded: ({ code }) => codes.push(code), ...options },
    (url, { signal }) =>
      new Promise((resolve, reject) => {
        const answer = () => resolve(new Response(body()));
        signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
        if (url.endsWith('/slow')) state.answer = answer;
        else answer();
      }),
  );
  const write = (text: string): void => state.controller?.enqueue(new TextEncoder().encode(text));
  return { ...made, codes, state, write };
};

const withToken = (token: string): RequestInit => ({
  headers: { authorization: `Bearer ${token}` },
});

/** Whether a body that has begun has broken off, has ended, or is still open. */
const readAll = (response: Response) => {
  const seen = { text: '', end: 'open' };
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const done = (async () => {
    try {
      for (;;) {
        const { done: isDone, value } = (await reader?.read()) ?? { done: true };
        if (isDone) break;
        seen.text += value;
      }
      seen.end = 'whole';
    } catch {
      seen.end = 'broken';
    }
  })();
  return { seen, done, cancel: () => reader?.cancel() };
};

const passSeconds = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000);

describe('an open body', () => {
  it('breaks off at the second of its expiry', async () => {
    const { ask, codes, state, write } = start();
    const { seen, done } = readAll(await ask('/', withToken(forge({ exp: NOW_SECONDS + 25 }))));
    write('one');
    await passSeconds(24.999);
    write('two');
    await passSeconds(0);
    expect(seen).toEqual({ text: 'onetwo', end: 'open' });
    await passSeconds(0.001);
    await done;
    expect(seen).toEqual({ text: 'onetwo', end: 'broken' });
    expect([codes, state.isCancelled]).toEqual([['ERR_TOKEN_EXPIRED'], true]);
  });

  it('has the clock tolerance too', async () => {
    const { ask } = start({ config: configOf({ ZEP_AUTH_CLOCK_TOLERANCE_SECONDS: '30' }) });
    const token = forge({ exp: NOW_SECONDS + 5 });
    const { seen, done } = readAll(await ask('/', withToken(token)));
    await passSeconds(34.999);
    expect(seen.end).toBe('open');
    await passSeconds(1);
    await done;
    expect(seen.end).toBe('broken');
  });

  it.each([
    [undefined, 10],
    [3, 3],
    [86_400, 86_400],
  ])('with recheckSeconds %s is checked again after %d s', async (recheckSeconds, seconds) => {
    let isRevoked = false;
    const { ask, codes } = start({
      ...(recheckSeconds !== undefined && { recheckSeconds }),
      revocations: { isRevoked: async () => isRevoked },
    });
    const { seen, done } = readAll(await ask('/'));
    await passSeconds(seconds - 0.001);
    isRevoked = true;
    await passSeconds(0);
    expect(seen.end).toBe('open');
    await passSeconds(0.001);
    await done;
    expect(seen.end).toBe('broken');
    expect(codes).toEqual(['ERR_TOKEN_REVOKED']);
  });

  it('is not checked with recheckSeconds 0 before it expires', async () => {
    const isRevoked = vi.fn(() => false);
    const options = { recheckSeconds: 0, revocations: { isRevoked } };
    const { ask, state } = start(options);
    const forever = readAll(await ask('/'));
    expect(vi.getTimerCount()).toBe(0);
    state.controller?.close();
    await forever.done;
    const { seen, done } = readAll(await ask('/', withToken(forge({ exp: NOW_SECONDS + 100 }))));
    await passSeconds(99);
    expect(isRevoked).toHaveBeenCalledTimes(2);
    await passSeconds(1);
    await done;
    expect([forever.seen.end, seen.end]).toEqual(['whole', 'broken']);
  });

  it('ends with the environment that let it in', async () => {
    const env: Record<string, string> = { ...ENV };
    const { ask, codes } = start({ env: () => env });
    const { seen, done } = readAll(await ask('/'));
    await passSeconds(10);
    expect(seen.end).toBe('open');
    env['ZEP_AUTH_SECRET'] = OTHER_SECRET;
    await passSeconds(10);
    await done;
    expect(codes).toEqual(['ERR_TOKEN_SIGNATURE']);
  });

  it('is not watched when it has ended, its client has gone, or nobody signed for it', async () => {
    const { ask, askBare, state, write } = start({ publicPaths: ['/open'] });
    const whole = readAll(await ask('/'));
    write('all');
    state.controller?.close();
    await whole.done;
    await passSeconds(0);
    expect([whole.seen, vi.getTimerCount()]).toEqual([{ text: 'all', end: 'whole' }, 0]);
    const left = readAll(await ask('/'));
    expect(vi.getTimerCount()).toBe(1);
    await left.cancel();
    await passSeconds(0);
    expect([vi.getTimerCount(), state.isCancelled]).toEqual([0, true]);
    await askBare('/open');
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a request without an answer yet', () => {
  it('gets its 401 if it only reads, with the same refusal as any other', async () => {
    const { ask, codes } = start();
    const answer = ask('/slow', withToken(forge({ exp: NOW_SECONDS + 5 })));
    await passSeconds(5);
    const { status, headers } = await answer;
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toBe('Bearer realm="api", error="invalid_token"');
    expect(codes).toEqual(['ERR_TOKEN_EXPIRED']);
  });

  it('is left alone until then if it changes something', async () => {
    const { ask, state, codes } = start();
    const init = { ...withToken(forge({ exp: NOW_SECONDS + 5 })), method: 'POST', body: 'x' };
    const answer = ask('/slow', init);
    await passSeconds(30);
    expect(codes).toEqual([]);
    state.answer?.();
    const { seen, done } = readAll(await answer);
    await passSeconds(1);
    await done;
    expect(seen.end).toBe('broken');
  });
});

it('a good token keeps what it has opened', async () => {
  const { ask, codes, write, state } = start();
  const { seen, done } = readAll(await ask('/', withToken(TOKEN)));
  await passSeconds(3600);
  write('still there');
  state.controller?.close();
  await done;
  expect(seen).toEqual({ text: 'still there', end: 'whole' });
  expect(codes).toEqual([]);
});

it('ends at the expiry, even if the timer fires a moment early and the clock moves on during the check', () => {
  const expiresAt = NOW_SECONDS + 10;
  const auth = { expiresAt } as Auth;
  const passed = { outcome: 'accepted', auth, cached: true } as const;
  const refused = { outcome: 'refused', error: guardError('ERR_TOKEN_EXPIRED') } as const;
  const recheck = vi.fn(() => {
    const result = Date.now() < expiresAt * 1000 ? passed : refused;
    vi.setSystemTime(expiresAt * 1000);
    return result;
  });
  const end = vi.fn();
  createWatch(recheck, 0)(auth, undefined, end);
  vi.setSystemTime(NOW_SECONDS * 1000 - 1);
  vi.advanceTimersByTime(10_000);
  expect([recheck.mock.calls.length, end.mock.calls.length]).toEqual([1, 0]);
  vi.advanceTimersByTime(1);
  expect(end.mock.calls).toEqual([[refused]]);
});
