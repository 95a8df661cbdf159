// Readiness: what a load balancer learns, and how often the upstream is asked.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TOKEN } from '../tokens.ts';
import { gated } from './gated.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const READY = '/_gate/health/ready';
const read = async (response: Response) => [response.status, await response.json()];

describe('readiness', () => {
  it('passes when the upstream answers below 500, and asks it without credentials', async () => {
    for (const status of [200, 302, 401, 404]) {
      const { calls, ask } = gated({}, async () => new Response(null, { status }));
      const response = await ask(READY, { headers: { authorization: `Bearer ${TOKEN}` } });
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(await read(response)).toEqual([200, { status: 'pass' }]);
      expect(calls).toMatchObject([{ url: 'http://upstream.example:8000/healthz' }]);
      expect(calls[0]?.headers).toEqual({ 'accept-encoding': 'identity' });
    }
  });

  it.each([
    ['says that it fails', async () => new Response(null, { status: 500 })],
    ['cannot be reached', async () => Promise.reject(new TypeError('fetch failed'))],
  ])('fails when the upstream %s', async (_, upstream) => {
    const { askBare } = gated({}, upstream);
    expect(await read(await askBare(READY))).toEqual([503, { status: 'fail' }]);
  });

  it('fails when the upstream is silent for two seconds', async () => {
    const { askBare } = gated(
      {},
      (_url, { signal }) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(new Error('aborted')));
        }),
    );
    const answer = askBare(READY);
    await vi.advanceTimersByTimeAsync(2000);
    expect(await read(await answer)).toEqual([503, { status: 'fail' }]);
  });

  it('asks at most once in five seconds, and repeats the last answer meanwhile', async () => {
    let status = 200;
    const { askBare, calls } = gated({}, async () => new Response(null, { status }));
    expect((await askBare(READY)).status).toBe(200);
    status = 503;
    vi.advanceTimersByTime(4999);
    expect((await askBare(READY)).status).toBe(200);
    expect(calls).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect((await askBare(READY)).status).toBe(503);
    expect(calls).toHaveLength(2);
  });

  it('does not fail for a request that arrives before the first answer', async () => {
    let answer = (): void => {};
    const { askBare } = gated(
      {},
      () =>
        new Promise((resolve) => {
          const before = answer;
          answer = () => {
            before();
            resolve(new Response(null));
          };
        }),
    );
    const asked = [askBare(READY), askBare(READY)];
    await vi.advanceTimersByTimeAsync(0);
    answer();
    for (const response of await Promise.all(asked)) expect(response.status).toBe(200);
  });

  it('warns when something needs the operator, and still answers 200', async () => {
    let hasWarning = false;
    const { askBare } = gated({ hasWarning: () => hasWarning });
    expect(await read(await askBare(READY))).toEqual([200, { status: 'pass' }]);
    hasWarning = true;
    expect(await read(await askBare(READY))).toEqual([200, { status: 'warn' }]);
  });

  it('asks for the first public path, or for the root without one', async () => {
    for (const [publicPaths, path] of [
      [['/up', '/down'], '/up'],
      [[], '/'],
    ] as const) {
      const { askBare, calls } = gated({ publicPaths });
      await askBare(READY);
      expect(calls).toMatchObject([{ url: `http://upstream.example:8000${path}` }]);
    }
  });

  it('/_gate/health does not ask the upstream', async () => {
    const { askBare, calls } = gated({}, async () => Promise.reject(new TypeError('down')));
    expect(await read(await askBare('/_gate/health'))).toEqual([200, { status: 'ok' }]);
    expect(calls).toEqual([]);
  });
});

describe('the id of a request', () => {
  it('is made once, and reaches the upstream and the client', async () => {
    let made = 0;
    const { ask, askBare, calls } = gated({ requestId: () => `request-${++made}` });
    const headers = { 'x-request-id': 'the client’s own'.replace('’', '') };
    const response = await ask('/things', { headers });
    expect(response.headers.get('x-request-id')).toBe('request-1');
    expect(calls).toMatchObject([{ headers: { 'x-request-id': 'request-1' } }]);
    expect((await askBare('/things')).headers.get('x-request-id')).toBe('request-2');
    expect(made).toBe(2);
  });

  it('is the client’s own if the gate makes none', async () => {
    const { ask, calls } = gated();
    const response = await ask('/things', { headers: { 'x-request-id': 'mine' } });
    expect(response.headers.get('x-request-id')).toBeNull();
    expect(calls).toMatchObject([{ headers: { 'x-request-id': 'mine' } }]);
  });

  it('is on the answer of a failing gate too', async () => {
    const { ask } = gated({
      requestId: () => 'name',
      peerAddress: () => {
        throw new Error('no socket');
      },
    });
    const response = await ask('/things');
    expect([response.status, response.headers.get('x-request-id')]).toEqual([500, 'name']);
  });
});
