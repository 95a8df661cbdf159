// What passes an optional guard, and what guards inside one another decide.
import { Hono } from 'hono';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Auth, authGuard } from '../src/index.ts';
import { guarded } from './guarded.ts';
import { config, forge, NOW_SECONDS, TOKEN } from './tokens.ts';

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
  it('clears c.var.auth where it lets a request pass without a token', async () => {
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
    expect(seen).toEqual([expect.objectContaining({ source: 'header' }), undefined]);
    expect((await app.request('/closed', { headers })).status).toBe(200);
    expect(seen[3]).toMatchObject({ claims: { sub: 'alice' } });
  });

  it('does not open what the outer one has closed', async () => {
    let runs = 0;
    const app = new Hono();
    app.use(authGuard({ config }));
    app.use(authGuard({ config, optional: true }));
    app.get('/', (c) => c.text(`run ${++runs}`));
    expect((await app.request('/')).status).toBe(401);
    expect(runs).toBe(0);
  });
});

describe('a header that was good before', () => {
  afterEach(() => vi.useRealTimers());

  it('is refused in the second in which its token expires', async () => {
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

  it('leads to the same answer while its token is remembered', async () => {
    const { get, auths } = guarded({ config });
    for (const header of [`Bearer ${TOKEN}`, `Bearer ${TOKEN}`, `bearer ${TOKEN}`]) {
      await get(header);
    }
    expect(auths[1]).toBe(auths[0]);
    expect(auths[2]).toEqual(auths[0]);
  });

  it('is one of 1000 at most: the next one takes the place of all', async () => {
    const { get, auths } = guarded({ config, cacheSize: 2000 });
    const ask = async (sub: number) => {
      await get(`Bearer ${forge({ sub })}`);
      return auths.at(-1);
    };
    const first = await ask(0);
    for (let sub = 1; sub < 1000; sub++) await ask(sub);
    expect(await ask(0)).toBe(first);
    await ask(1000);
    const again = await ask(0);
    expect(again).not.toBe(first);
    expect(again).toEqual(first);
  });

  it.each([1000, 0])(
    'is whose it was, also after 1001 others, cache size %i',
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
