// What passes an optional guard, and what guards inside one another decide.
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { authGuard } from '../src/index.ts';
import { guarded } from './guarded.ts';
import { config, TOKEN } from './tokens.ts';

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
