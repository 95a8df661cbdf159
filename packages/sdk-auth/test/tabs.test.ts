// Tabs of one origin, each with its own client: one asks the provider, and the others get its token.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAuthFetch, type TokenProvider } from '../src/index.ts';
import { shareAcrossTabs } from '../src/tabs.ts';
import { createRecorder, makeToken, refuse, sentIn } from './recorder.ts';

const ORIGIN = 'https://api.example.com';
const NOW = 1_900_000_000;

/** Channels that deliver when they are told to, and locks as in the specification. */
const createPlatform = () => {
  const channels: { name: string; onmessage?: (event: { data: unknown }) => void }[] = [];
  const posted: (() => void)[] = [];
  const queues = new Map<string, Promise<unknown>[]>();
  class BroadcastChannel {
    onmessage?: (event: { data: unknown }) => void;
    readonly name: string;
    constructor(name: string) {
      this.name = name;
      channels.push(this);
    }
    postMessage(data: unknown) {
      for (const channel of channels) {
        if (channel !== this && channel.name === this.name) {
          posted.push(() => channel.onmessage?.({ data }));
        }
      }
    }
  }
  const request = async (name: string, ...rest: unknown[]) => {
    const run = rest.at(-1) as (lock: object | null) => Promise<unknown>;
    const queue = queues.get(name) ?? [];
    queues.set(name, queue);
    if (queue.length > 0 && rest.length === 2) return run(null);
    const before = queue.at(-1);
    const result = (async () => {
      await before?.catch(() => {});
      try {
        return await run({});
      } finally {
        queue.shift();
      }
    })();
    queue.push(result);
    return result;
  };
  const deliver = () => {
    for (const message of posted.splice(0)) message();
  };
  return { BroadcastChannel, navigator: { locks: { request } }, deliver, posted, channels };
};

let platform: ReturnType<typeof createPlatform>;
beforeEach(() => {
  platform = createPlatform();
  vi.stubGlobal('BroadcastChannel', platform.BroadcastChannel);
  vi.stubGlobal('navigator', platform.navigator);
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now: NOW * 1000 });
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const settle = () => vi.advanceTimersByTimeAsync(0);
const settleAll = async () => {
  for (let i = 0; i < 20; i++) {
    platform.deliver();
    await settle();
  }
};

/** A login server that numbers its tokens, and tabs that ask it. */
const openTabs = (count: number, answer?: (n: number) => string | Promise<string>) => {
  let n = 0;
  const server = vi.fn(async () => {
    n++;
    const iat = Math.floor(Date.now() / 1000);
    return answer ? answer(n) : makeToken({ n, iat, exp: iat + 300 });
  });
  const { fetch, calls } = createRecorder();
  const tabs = Array.from({ length: count }, () =>
    createAuthFetch({ token: shareAcrossTabs(server), origins: [ORIGIN], fetch }),
  );
  return { server, tabs, calls };
};

describe('tabs', () => {
  it('that need a token at the same time ask once', async () => {
    const { server, tabs, calls } = openTabs(5);
    const all = Promise.all(tabs.map((tab) => tab(ORIGIN)));
    await settleAll();
    await all;
    expect(server).toHaveBeenCalledTimes(1);
    expect(new Set(sentIn(calls)).size).toBe(1);
  });

  it('that need it later use the token of the tab that asked', async () => {
    const { server, tabs } = openTabs(3);
    for (const tab of tabs) {
      const call = tab(ORIGIN);
      await settleAll();
      await call;
    }
    expect(server).toHaveBeenCalledTimes(1);
  });

  it('that see it expire refresh it once, in each of its lifetimes', async () => {
    const { server, tabs, calls } = openTabs(4);
    for (const round of [1, 2, 3]) {
      const all = Promise.all(tabs.map((tab) => tab(ORIGIN)));
      await settleAll();
      await all;
      expect(server).toHaveBeenCalledTimes(round);
      vi.setSystemTime((NOW + round * 270) * 1000);
    }
    expect(new Set(sentIn(calls)).size).toBe(3);
  });

  it('ask once even if the message arrives after the lock is free', async () => {
    const { server, tabs } = openTabs(2);
    const all = Promise.all(tabs.map((tab) => tab(ORIGIN)));
    await vi.advanceTimersByTimeAsync(999);
    expect(platform.posted).toHaveLength(1);
    platform.deliver();
    await all;
    expect(server).toHaveBeenCalledTimes(1);
  });

  it('ask for themselves when no message arrives within a second', async () => {
    const { server, tabs } = openTabs(2);
    const all = Promise.all(tabs.map((tab) => tab(ORIGIN)));
    await vi.advanceTimersByTimeAsync(1000);
    await all;
    expect(server).toHaveBeenCalledTimes(2);
  });

  it('ask in turn when the provider fails', async () => {
    const { server, tabs } = openTabs(3, (n) =>
      n < 3 ? Promise.reject(new Error('down')) : makeToken({ n }),
    );
    const all = Promise.allSettled(tabs.map((tab) => tab(ORIGIN)));
    await settleAll();
    const outcomes = (await all).map(({ status }) => status);
    expect(outcomes).toEqual(['rejected', 'rejected', 'fulfilled']);
    expect(server).toHaveBeenCalledTimes(3);
  });

  it('do not wait longer than 10 seconds for one that hangs', async () => {
    const { server, tabs } = openTabs(2, (n) =>
      n === 1 ? new Promise(() => {}) : makeToken({ n }),
    );
    const hanging = tabs[0]?.(ORIGIN).catch(({ code }) => code);
    const other = tabs[1]?.(ORIGIN);
    await vi.advanceTimersByTimeAsync(10_999);
    expect(server).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect((await other)?.status).toBe(200);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await hanging).toBe('ERR_TOKEN_PROVIDER');
  });

  it('ask again when an API refuses the token that they share', async () => {
    const { server } = openTabs(0);
    const { fetch } = createRecorder((_, n) => (n === 0 ? refuse() : new Response('ok')));
    const token = shareAcrossTabs(server);
    const other = shareAcrossTabs(server);
    const authFetch = createAuthFetch({ token, origins: [ORIGIN], fetch });
    const call = authFetch(ORIGIN);
    await settleAll();
    expect((await call).status).toBe(200);
    expect(server.mock.calls).toEqual([[{ isRefused: false }], [{ isRefused: true }]]);
    // Another tab has heard of the new token already.
    expect(await other({ isRefused: true })).toBe(await server.mock.results[1]?.value);
    expect(server).toHaveBeenCalledTimes(2);
  });

  it('do not use a token that has expired since they heard of it', async () => {
    const { server, tabs } = openTabs(2);
    const first = tabs[0]?.(ORIGIN);
    await settleAll();
    await first;
    vi.setSystemTime((NOW + 300) * 1000);
    const second = tabs[1]?.(ORIGIN);
    await settleAll();
    await second;
    expect(server).toHaveBeenCalledTimes(2);
  });

  it('do not take a message of another script for a token', async () => {
    const { server, tabs, calls } = openTabs(1);
    for (const data of [{ type: 'logout' }, 'hello', '', null, 7]) {
      platform.channels[0]?.onmessage?.({ data });
    }
    const call = tabs[0]?.(ORIGIN);
    await settleAll();
    await call;
    expect(server).toHaveBeenCalledTimes(1);
    expect(sentIn(calls)[0]).toMatch(/^Bearer ey/);
  });

  it('ask for themselves where the platform refuses its locks, as in a sandboxed frame', async () => {
    platform.navigator.locks.request = () => Promise.reject(new Error('SecurityError'));
    const { server, tabs } = openTabs(2);
    for (const tab of tabs) expect((await tab(ORIGIN)).status).toBe(200);
    expect(server).toHaveBeenCalledTimes(2);
  });

  it('with another name do not hear of it', async () => {
    const { server } = openTabs(0);
    await shareAcrossTabs(server)({ isRefused: false });
    await settleAll();
    await shareAcrossTabs(server, { name: 'other' })({ isRefused: false });
    expect(server).toHaveBeenCalledTimes(2);
    expect(platform.channels.map(({ name }) => name)).toEqual(['zep-auth', 'other']);
  });
});

describe('a platform without', () => {
  const provider: TokenProvider = () => makeToken({});

  it.each([
    ['navigator', { navigator: undefined }],
    ['Web Locks', { navigator: {} }],
    ['BroadcastChannel', { BroadcastChannel: undefined }],
  ])('%s gets the provider as it is', (_, globals) => {
    for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
    expect(shareAcrossTabs(provider)).toBe(provider);
    expect(platform.channels).toEqual([]);
  });
});
