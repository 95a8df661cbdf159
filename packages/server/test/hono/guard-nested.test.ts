import { Hono } from 'hono';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Auth, authGuard } from '../../src/index.ts';
import { config, forge, NOW_SECONDS, TOKEN } from '../tokens.ts';
import { guarded } from './guarded.ts';

describe('an optional guard', () => {
  it.each([
    ['no credentials', undefined],
    ['Basic', 'Basic YTpi'],
    ['Bearer with nothing', 'Bearer'],
  ])('lets %s pass without c.var.auth', async (_, authorization) => {
    const { get, auths } = guarded({ config, optional: true });
    expect((await get(authorization)).status).toBe(200);
    expect(auths).toEqual([undefined]);
  });

  it('sets c.var.auth for a good token', async () => {
    const { get, auths } = guarded({ config, optional: true });
    expect((await get(`Bearer ${TOKEN}`)).status).toBe(200);
    expect(auths).toMatchObject([{ claims: { sub: 'alice' } }]);
  });
});

describe('a guard inside another', () => {
  it('clears c.var.auth when it lets a request pass without a token', async () => {
    const seen: unknown[] = [];
    const app = new Hono<{ Variables: { auth?: unknown } }>();
    app.use(authGuard({ config }));
    app.use(async (c, next) => {
      seen.push(c.get('auth'));
      await next();
    });
    app.use(authGuard({ config, publicPaths: ['/open'] }));
    app.get('*', (c) => {
      seen.push(c.get('auth'));
      return c.text('reached');
    });
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect((await app.request('/open', { headers })).status).toBe(200);
    expect(seen).toEqual([expect.objectContaining({ source: 'bearer' }), undefined]);
    expect((await app.request('/closed', { headers })).status).toBe(200);
    expect(seen[3]).toMatchObject({ claims: { sub: 'alice' } });
  });

  it('does not let in what the outer one has refused', async () => {
    let runs = 0;
    const app = new Hono();
    app.use(authGuard({ config }));
    app.use(authGuard({ config, optional: true }));
    app.get('/', (c) => c.text(`run ${++runs}`));
    expect((await app.request('/')).status).toBe(401);
    expect(runs).toBe(0);
  });
});

describe('a token that was accepted before', () => {
  afterEach(() => vi.useRealTimers());

  it('is refused in the second in which it expires', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW_SECONDS * 1000 });
    const { get, runs } = guarded({ config });
    const header = `Bearer ${forge({ exp: NOW_SECONDS + 2 })}`;
    const statuses: number[] = [];
    for (const second of [0, 1, 1.999, 2, 3]) {
      vi.setSystemTime((NOW_SECONDS + second) * 1000);
      statuses.push((await get(header)).status);
    }
    expect(statuses).toEqual([200, 200, 200, 401, 401]);
    expect(runs()).toBe(3);
  });

  it('gives the same auth object while it is cached', async () => {
    const { get, auths } = guarded({ config });
    for (const header of [`Bearer ${TOKEN}`, `Bearer ${TOKEN}`, `bearer ${TOKEN}`]) {
      await get(header);
    }
    expect(auths[2]).toBe(auths[1]);
    expect(auths[1]).toEqual(auths[0]);
  });

  it.each([1000, 0])(
    'has its own claims, also after 1001 others, with cache size %i',
    async (cacheSize) => {
      const { get, auths } = guarded({ config, cacheSize });
      await get(`Bearer ${TOKEN}`);
      for (let i = 0; i <= 1000; i++) await get(`Bearer ${forge({ sub: `user-${i}` })}`);
      await get(`bearer  ${TOKEN}`);
      await get(`Bearer ${TOKEN}`);
      const subjects = auths.map((auth) => (auth as Auth).claims['sub']); // every request passed with a token
      const users = Array.from({ length: 1001 }, (_, i) => `user-${i}`);
      expect(subjects).toEqual(['alice', ...users, 'alice', 'alice']);
    },
  );
});
