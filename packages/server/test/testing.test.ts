import { createVerifier } from '@zep-auth/core';
import { Hono } from 'hono';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { authGuard, requireScope } from '../src/index.ts';
import { testAuth } from '../src/testing.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('testAuth', () => {
  it('gives an environment, and tokens that a guard with it accepts', async () => {
    const { env, authorization } = testAuth({ claims: { sub: 'alice' } });
    const app = new Hono().use(authGuard({ env }));
    app.get('/', requireScope('read'), (c) => c.json(c.var.auth?.claims ?? null));
    const get = async (value?: string) =>
      app.request('/', value === undefined ? {} : { headers: { authorization: value } });
    const accepted = await get(await authorization({ scope: 'read' }));
    expect(await accepted.json()).toEqual({ sub: 'alice', scope: 'read' });
    expect((await get(await authorization())).status).toBe(403);
    expect((await get(await authorization({ scope: 'read', exp: 1 }))).status).toBe(401);
    expect((await get(await testAuth().authorization({ scope: 'read' }))).status).toBe(401);
    expect((await get()).status).toBe(401);
  });

  it('signs the claims of the options below those of the call, and nothing else', async () => {
    const { secret, token } = testAuth({ claims: { sub: 'alice', team: 'ops' } });
    const { verify } = createVerifier({ secret });
    expect((await verify(await token())).claims).toEqual({ sub: 'alice', team: 'ops' });
    expect((await verify(await token({ sub: 'bob' }))).claims).toEqual({ sub: 'bob', team: 'ops' });
    const plain = testAuth();
    const { claims } = await createVerifier({ secret: plain.secret }).verify(await plain.token());
    expect(claims).toEqual({});
  });

  it('makes another secret each time', () => {
    const [first, second] = [testAuth(), testAuth()];
    expect(first.env).toEqual({ ZEP_AUTH_SECRET: first.secret });
    expect(first.secret).not.toBe(second.secret);
  });

  it.each([
    ['production', true],
    ['test', false],
    ['Production', false],
    ['', false],
  ])('where NODE_ENV is %j, it refuses to run: %s', (mode, isRefused) => {
    vi.stubEnv('NODE_ENV', mode);
    if (isRefused) expect(() => testAuth()).toThrow(/^testAuth is for tests/);
    else expect(testAuth().secret).toHaveLength(88);
  });

  it('runs where there is no process', () => {
    vi.stubGlobal('process', undefined);
    try {
      expect(testAuth().secret).toHaveLength(88);
    } finally {
      vi.unstubAllGlobals();
    }
  });
});
