// What the operator learns about each request, and what happens when a hook fails.
import { createHash } from 'node:crypto';
import { Hono } from 'hono';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { authGuard, type GuardOptions, type GuardResult, requireScope } from '../../src/index.ts';
import {
  config,
  configOf,
  ENV,
  forge,
  NOW_SECONDS,
  OTHER_SECRET,
  SECRET,
  TOKEN,
} from '../tokens.ts';
import { guarded } from './guarded.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW_SECONDS * 1000 });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A guarded application and the events that it reported. */
const watched = (options: GuardOptions) => {
  const events: GuardResult[] = [];
  return { events, ...guarded({ ...options, onResult: (event) => void events.push(event) }) };
};

describe('onResult', () => {
  it('is called for an accepted token with its key, the duration, and whether it was cached', async () => {
    for (const [cacheSize, isRemembered] of [
      [1000, true],
      [0, false],
    ] as const) {
      const { events, get } = watched({ config: configOf({}), cacheSize });
      for (const token of [TOKEN, TOKEN, forge({ a: 1 })]) await get(`Bearer ${token}`);
      const accepted = {
        outcome: 'accepted',
        check: 'token',
        keyId: expect.stringMatching(/^[\w-]{11}$/),
        durationMs: expect.any(Number),
      };
      expect(events).toStrictEqual([
        { ...accepted, cached: false, sub: 'alice' },
        { ...accepted, cached: isRemembered, sub: 'alice' },
        { ...accepted, cached: false },
      ]);
      expect(events[0]?.durationMs).toBeGreaterThanOrEqual(0);
    }
  });

  it('gets the jti of an accepted token, if it is a text of at most 64 characters', async () => {
    for (const [jti, told] of [
      ['a', 'a'],
      ['x'.repeat(64), 'x'.repeat(64)],
      ['x'.repeat(65), undefined],
      [7, undefined],
      [null, undefined],
    ]) {
      const { events, get } = watched({ config });
      await get(`Bearer ${forge({ jti })}`);
      expect(events).toMatchObject([{ outcome: 'accepted' }]);
      expect(events[0]?.tokenId).toBe(told);
    }
  });

  it('gets the duration of the decision, in milliseconds', async () => {
    const { events, get } = watched({ config });
    const now = vi.spyOn(performance, 'now').mockReturnValueOnce(1000).mockReturnValueOnce(1002.5);
    await get(`Bearer ${TOKEN}`);
    now.mockRestore();
    expect(events).toMatchObject([{ outcome: 'accepted', durationMs: 2.5 }]);
  });

  it('gets the key id while secrets are rotated', async () => {
    const { events, get } = watched({
      config: configOf({ ZEP_AUTH_SECRET_PREVIOUS: OTHER_SECRET }),
    });
    await get(`Bearer ${TOKEN}`);
    await get(`Bearer ${forge({}, { alg: 'HS256' }, OTHER_SECRET)}`);
    await get(`Bearer ${forge({ a: 1 })}`);
    const ids = events.map(({ keyId }) => keyId);
    expect(ids[0]).toBe(ids[2]);
    expect(ids[0]).not.toBe(ids[1]);
  });

  it.each([
    ['ERR_CREDENTIALS_MISSING', undefined],
    ['ERR_CREDENTIALS_MISSING', 'Basic YTpi'],
    ['ERR_CREDENTIALS_AMBIGUOUS', `Bearer ${TOKEN}, Bearer ${TOKEN}`],
    ['ERR_TOKEN_MALFORMED', 'Bearer abc'],
    ['ERR_TOKEN_TOO_LARGE', `Bearer ${'a'.repeat(8193)}`],
    ['ERR_TOKEN_ALGORITHM', `Bearer ${forge({}, { alg: 'none' })}`],
    ['ERR_TOKEN_SIGNATURE', `Bearer ${forge({}, { alg: 'HS256' }, OTHER_SECRET)}`],
    ['ERR_TOKEN_EXPIRED', `Bearer ${forge({ exp: NOW_SECONDS })}`],
    ['ERR_TOKEN_NOT_YET_VALID', `Bearer ${forge({ nbf: NOW_SECONDS + 1 })}`],
    ['ERR_TOKEN_CLAIM', `Bearer ${forge({ exp: 'soon' })}`],
    ['ERR_TOKEN_REVOKED', `Bearer ${forge({ jti: 'gone' })}`],
  ])('gets the code of a refusal: %s', async (code, authorization) => {
    const { events, get, runs } = watched({ config: configOf({ ZEP_AUTH_REVOKED: 'gone' }) });
    await get(authorization);
    const isSigned = /EXPIRED|NOT_YET|REVOKED/.test(code);
    const token = {
      keyId: expect.stringMatching(/^[\w-]{11}$/),
      tokenId: expect.stringMatching(/^(?:gone|sha256:[0-9a-f]{64})$/),
    };
    expect(events).toStrictEqual([
      {
        outcome: 'refused',
        check: 'token',
        code,
        message:
          code === 'ERR_TOKEN_ALGORITHM'
            ? 'the token is signed with none; this server accepts only HS256'
            : expect.stringMatching(/^[A-Z]?[a-z' ]+/),
        ...(code === 'ERR_TOKEN_CLAIM' && { claim: 'exp' }),
        ...(isSigned && token),
        durationMs: expect.any(Number),
      },
    ]);
    expect(runs()).toBe(0);
  });

  it('gets the subject of a refused token and what revokes it, if its signature holds', async () => {
    const { events, get } = watched({ config });
    const expired = forge({ exp: 1, sub: 'alice' });
    await get(`Bearer ${expired}`);
    await get(`Bearer ${forge({ exp: 1, sub: 'x'.repeat(257), jti: 'a-1' })}`);
    await get(`Bearer ${forge({ exp: 1, sub: 'alice' }, { alg: 'HS256' }, OTHER_SECRET)}`);
    const digest = createHash('sha256').update(expired).digest('hex');
    expect(events.map(({ sub, tokenId }) => [sub, tokenId])).toEqual([
      ['alice', `sha256:${digest}`],
      [undefined, 'a-1'],
      [undefined, undefined],
    ]);
  });

  it('is called for a misconfigured environment', async () => {
    const { events, get } = watched({ env: () => ({}), onWarning: () => {} });
    await get(`Bearer ${TOKEN}`);
    expect(events).toMatchObject([{ outcome: 'refused', code: 'ERR_CONFIG_INVALID' }]);
  });

  it('is called for each way to pass without a token', async () => {
    const open = watched({ config, publicPaths: ['/healthz'], optional: true });
    await open.get(`Bearer ${TOKEN}`, '/healthz');
    await open.get();
    await open.send(
      new Request('http://localhost/', {
        method: 'OPTIONS',
        headers: { origin: 'https://a.example', 'access-control-request-method': 'PUT' },
      }),
    );
    const off = watched({ config: configOf({ ZEP_AUTH_REQUIRED: 'false' }) });
    await off.get(`Bearer ${TOKEN}`);
    const durationMs = expect.any(Number);
    expect([...open.events, ...off.events]).toStrictEqual([
      { outcome: 'public', check: 'token', durationMs },
      { outcome: 'anonymous', check: 'token', durationMs },
      { outcome: 'preflight', check: 'token', durationMs },
      { outcome: 'off', check: 'token', durationMs },
    ]);
  });

  it('is called before the handler runs, with the context of the request', async () => {
    const order: string[] = [];
    const app = new Hono();
    app.use(
      authGuard({
        config,
        onResult: (_, view, c) => void order.push(`event for ${c.req.path} at ${view.url}`),
      }),
    );
    app.get('/things', (c) => {
      order.push('handler');
      return c.text('reached');
    });
    await app.request('/things', { headers: { authorization: `Bearer ${TOKEN}` } });
    expect(order).toEqual(['event for /things at http://localhost/things', 'handler']);
  });

  it('is awaited, for a missing scope too', async () => {
    const order: string[] = [];
    const app = new Hono();
    const onResult = async ({ outcome }: GuardResult): Promise<void> => {
      await new Promise<void>((resolve) => setImmediate(resolve));
      order.push(outcome);
    };
    app.use(authGuard({ config, onResult }));
    app.get('/', (c) => {
      order.push('handler');
      return c.text('reached');
    });
    app.get('/admin', requireScope('admin'), (c) => c.text('reached'));
    const init = { headers: { authorization: `Bearer ${TOKEN}` } };
    await app.request('/', init);
    expect(order).toEqual(['accepted', 'handler']);
    await app.request('/admin', init);
    expect(order.slice(2)).toEqual(['accepted', 'refused']);
  });

  it('is called for a missing scope after the accepted token', async () => {
    const events: GuardResult[] = [];
    const app = new Hono();
    app.use(authGuard({ config, onResult: (event) => void events.push(event) }));
    app.get('/', requireScope('admin'), (c) => c.text('reached'));
    await app.request('/', { headers: { authorization: `Bearer ${TOKEN}` } });
    expect(events).toMatchObject([
      { outcome: 'accepted' },
      { outcome: 'refused', code: 'ERR_SCOPE_INSUFFICIENT', keyId: events[0]?.keyId },
    ]);
  });

  it('never sees a token or a secret', async () => {
    const { events, get } = watched({ config });
    const [header, payload, signature] = TOKEN.split('.');
    for (const value of [
      `Bearer ${TOKEN}`,
      `Bearer x${TOKEN}`,
      TOKEN,
      `Basic ${TOKEN}`,
      `,${TOKEN}`,
    ]) {
      await get(value);
    }
    expect(events).toHaveLength(5);
    const text = JSON.stringify(events);
    for (const piece of [header, payload, signature, SECRET]) expect(text).not.toContain(piece);
  });
});

describe('anything that a hook throws is a 500, and the handler does not run', () => {
  const authorization = `Bearer ${TOKEN}`;
  const fail = (): never => {
    throw new Error('a hook failed');
  };

  it.each<[string, GuardOptions]>([
    ['onResult', { config, onResult: fail }],
    ['onResult, later', { config, onResult: async () => fail() }],
    ['onResult of an optional guard', { config, onResult: fail, optional: true }],
    ['env', { env: fail }],
    ['env, later', { env: async () => fail() }],
    ['env with nothing to give', { env: () => undefined as unknown as Record<string, string> }],
    ['onWarning', { env: () => ({}), onWarning: fail }],
    [
      'onWarning while authentication is off',
      { env: () => ({ ZEP_AUTH_REQUIRED: '0' }), onWarning: fail },
    ],
  ])('%s', async (_, options) => {
    const { app, get, runs } = guarded(options);
    app.onError((_error, c) => c.text('broken', 500));
    for (const value of [authorization, undefined, authorization]) {
      expect((await get(value)).status).toBe(500);
    }
    expect(runs()).toBe(0);
  });

  it('onResult for a missing scope', async () => {
    let runs = 0;
    const app = new Hono();
    app.onError((_error, c) => c.text('broken', 500));
    app.use(
      authGuard({
        config,
        onResult: ({ outcome }) => (outcome === 'refused' ? fail() : undefined),
      }),
    );
    app.get('/', requireScope('admin'), (c) => c.text(`run ${++runs}`));
    expect((await app.request('/', { headers: { authorization } })).status).toBe(500);
    expect(runs).toBe(0);
  });

  it('recovers when env does', async () => {
    let isBroken = true;
    const { app, get, runs } = guarded({
      env: () => (isBroken ? fail() : ENV),
      refuse: 'return',
    });
    app.onError((_error, c) => c.text('broken', 500));
    expect((await get(authorization)).status).toBe(500);
    isBroken = false;
    expect((await get(authorization)).status).toBe(200);
    expect((await get()).status).toBe(401);
    expect(runs()).toBe(1);
  });

  it('lets no request through when the thrown value is not an Error', async () => {
    const { app, get, runs } = guarded({
      config,
      onResult: () => {
        throw 'a text';
      },
    });
    app.onError((error, c) => c.text(error.message, 500));
    const response = await get(authorization);
    expect(response.status).toBe(500);
    expect(await response.text()).toBe('a hook threw a non-Error');
    expect(runs()).toBe(0);
  });
});
