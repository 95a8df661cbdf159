// Where the guard's configuration comes from, and that no mistake in it lets a request through.
import { type AuthConfig, generateSecret, isAuthError, loadAuthConfig } from '@zep-auth/core';
import { Hono } from 'hono';
import { describe, expect, it, vi } from 'vitest';
import { authGuard, createGate } from '../../src/index.ts';
import { INVALID_TOKEN, readRefusal, refusal } from '../refusal.ts';
import { config, configOf, ENV, forge, OTHER_SECRET, SECRET, TOKEN } from '../tokens.ts';
import { guarded } from './guarded.ts';

const BAD = { ZEP_AUTH_SECRET: 'not-long-enough' };
const OTHER_ENV = { ZEP_AUTH_SECRET: OTHER_SECRET };
const OTHER_TOKEN = forge({}, { alg: 'HS256' }, OTHER_SECRET);

const caught = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return error;
  }
};

describe('config and env', () => {
  it('exclude each other, and one is required', () => {
    const reason = new TypeError('a guard takes exactly one of config and env');
    const upstream = 'http://127.0.0.1:1';
    // @ts-expect-error: neither
    expect(() => authGuard({})).toThrow(reason);
    // @ts-expect-error: both
    expect(() => authGuard({ config, env: () => ENV })).toThrow(reason);
    // @ts-expect-error: neither
    expect(() => createGate({ upstream })).toThrow(reason);
    // @ts-expect-error: both
    expect(() => createGate({ upstream, config, env: ENV })).toThrow(reason);
  });
});

describe('config', () => {
  it.each<[string, unknown]>([
    ['a promise that was not awaited', loadAuthConfig(ENV)],
    ['an empty object', {}],
    ['authentication required and no keyring', { required: true, policy: {}, warnings: [] }],
    ['required spelt as a text', { required: 'false', policy: {}, warnings: [] }],
    ['required missing', { policy: {}, warnings: [] }],
    ['the record itself', ENV],
    ['null', null],
  ])('throws at the start if it is %s', (_, value) => {
    const error = caught(() => authGuard({ config: value as AuthConfig })); // what JavaScript lets through
    expect(error).toBeInstanceOf(Error);
    expect(isAuthError(error) || error instanceof TypeError).toBe(true);
    expect(() => createGate({ upstream: 'http://a', config: value as AuthConfig })).toThrow();
  });

  it('asks whether a promise was not awaited', () => {
    const error = caught(() => authGuard({ config: loadAuthConfig(ENV) as unknown as AuthConfig }));
    expect(error).toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      message: expect.stringMatching(/await/),
    });
  });

  it('lets every request pass with a warning if ZEP_AUTH_REQUIRED is false', async () => {
    const onWarning = vi.fn<(warning: string) => void>();
    const { get, auths } = guarded({ config: configOf({ ZEP_AUTH_REQUIRED: 'false' }), onWarning });
    expect(onWarning.mock.calls).toEqual([[expect.stringContaining('ZEP_AUTH_REQUIRED')]]);
    expect((await get()).status).toBe(200);
    expect((await get('Bearer nonsense')).status).toBe(200);
    expect((await get(`Bearer ${TOKEN}`)).status).toBe(200);
    expect(auths).toEqual([undefined, undefined, undefined]);
    expect(onWarning).toHaveBeenCalledTimes(1);
  });

  it('may lack warnings, if a caller made it by hand', async () => {
    const onWarning = vi.fn<(warning: string) => void>();
    const { warnings: _, ...bare } = configOf({ ZEP_AUTH_REQUIRED: 'false' });
    const { get } = guarded({ config: bare as AuthConfig, onWarning }); // as JavaScript passes it
    expect((await get()).status).toBe(200);
    expect(onWarning).not.toHaveBeenCalled();
  });

  it('keeps the limits in its policy, unless an option overrides them', async () => {
    const policy = { revoked: [], maxTokenBytes: TOKEN.length - 1 }; // a variable may have excess members
    const narrow: AuthConfig = { ...config, policy };
    expect((await guarded({ config: narrow }).get(`Bearer ${TOKEN}`)).status).toBe(401);
    const wider = guarded({ config: narrow, maxTokenBytes: TOKEN.length });
    expect((await wider.get(`Bearer ${TOKEN}`)).status).toBe(200);
    const cached: unknown[] = [];
    const { get } = guarded({
      config: { ...config, policy: { cacheSize: 0 } as AuthConfig['policy'] },
      onResult: (event) => void cached.push(event.cached),
    });
    for (let i = 0; i < 2; i++) await get(`Bearer ${TOKEN}`);
    expect(cached).toEqual([false, false]);
  });

  it('does not need onWarning', async () => {
    const { get } = guarded({ config: configOf({ ZEP_AUTH_REQUIRED: 'false' }) });
    expect((await get()).status).toBe(200);
  });

  it('gives no warning without a reason', async () => {
    const onWarning = vi.fn<(warning: string) => void>();
    const { get } = guarded({ config, onWarning });
    expect((await get()).status).toBe(401);
    expect(onWarning).not.toHaveBeenCalled();
  });
});

describe('env', () => {
  it('returns the configuration, as a record or as a promise of one', async () => {
    for (const env of [() => ENV, async () => ENV]) {
      const { get, runs } = guarded({ env });
      expect((await get(`Bearer ${TOKEN}`)).status).toBe(200);
      expect((await get()).status).toBe(401);
      expect((await get(`Bearer ${OTHER_TOKEN}`)).status).toBe(401);
      expect(runs()).toBe(1);
    }
  });

  it('is called with the context of the request', async () => {
    const app = new Hono<{ Bindings: Record<string, string> }>();
    app.use(authGuard({ env: (c) => c.env as Record<string, string> }));
    app.get('/', (c) => c.text('reached'));
    const init = { headers: { authorization: `Bearer ${TOKEN}` } };
    expect((await app.request('/', init, { ...ENV })).status).toBe(200);
    expect((await app.request('/', init, { ...OTHER_ENV })).status).toBe(401);
  });

  it('with new values means new keys: the old token is refused, the new one accepted', async () => {
    let record = ENV;
    const { get, runs } = guarded({ env: () => record });
    expect((await get(`Bearer ${TOKEN}`)).status).toBe(200);
    record = OTHER_ENV;
    expect(await readRefusal(await get(`Bearer ${TOKEN}`))).toStrictEqual(
      refusal(401, INVALID_TOKEN, 'invalid_token'),
    );
    expect((await get(`Bearer ${OTHER_TOKEN}`)).status).toBe(200);
    expect(runs()).toBe(2);
  });

  it('is compared by its values, not by the identity of its object', async () => {
    const record: Record<string, string> = { ...ENV };
    const { get, runs } = guarded({ env: () => record });
    expect((await get(`Bearer ${TOKEN}`)).status).toBe(200);
    record['ZEP_AUTH_SECRET'] = OTHER_SECRET;
    expect((await get(`Bearer ${TOKEN}`)).status).toBe(401);
    record['ZEP_AUTH_SECRET_PREVIOUS'] = SECRET;
    expect((await get(`Bearer ${TOKEN}`)).status).toBe(200);
    expect(runs()).toBe(2);
  });

  it.each([
    ' ZEP_AUTH_AUDIENCE',
    'zep_auth_audience',
    '\ufeffZEP_AUTH_REVOKED',
    'export ZEP_AUTH_REQUIRE_EXPIRY',
    'ZEP-AUTH-ISSUER',
    'ZEP_AUTH_AUD',
  ])('with a misspelt policy is an error, as an object is: %j', async (name) => {
    const env = { ...ENV, [name]: 'true' };
    expect(() => authGuard({ env })).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG_INVALID' }),
    );
    const { get, runs } = guarded({ env: () => env, onWarning: () => {} });
    expect((await get(`Bearer ${TOKEN}`)).status).toBe(500);
    expect(runs()).toBe(0);
  });

  it('is checked once for each set of its variables, whatever the other variables are', async () => {
    let count = 0;
    const cached: unknown[] = [];
    const { get } = guarded({
      env: () => ({ ...ENV, REQUEST_ZEP_AUTH_: String(count), ZEP_AUTH: String(count++) }),
      onResult: (event) => void cached.push(event.cached),
    });
    for (let i = 0; i < 3; i++) await get(`Bearer ${TOKEN}`);
    expect(cached).toEqual([false, true, true]);
  });

  it('is cached for maxEnvironments sets of values, and evicts one at a time', async () => {
    let prefix = 0;
    const warnings: string[] = [];
    const { get } = guarded({
      env: () => ({ ZEP_AUTH_SECRET: SECRET.slice(prefix, prefix + 8) }),
      onWarning: (warning) => void warnings.push(warning),
      maxEnvironments: 16,
    });
    const ask = async (set: number) => {
      prefix = set;
      expect((await get()).status).toBe(500);
      return warnings.length;
    };
    for (let set = 0; set < 16; set++) expect(await ask(set)).toBe(set + 1);
    for (let set = 0; set < 16; set++) expect(await ask(set)).toBe(16);
    expect(await ask(16)).toBe(17);
    expect([await ask(0), await ask(16)]).toEqual([18, 18]);
    for (let set = 2; set < 16; set++) expect(await ask(set)).toBe(18); // only the oldest two went
  });

  it('is cached for 1000 sets of values unless told otherwise', async () => {
    let set = 0;
    const cached: unknown[] = [];
    const { get } = guarded({
      env: () => ({ ...ENV, ZEP_AUTH_REVOKED: `id-${set}` }),
      onResult: (event) => void cached.push(event.cached),
      cacheSize: 1,
    });
    const ask = async (next: number) => {
      set = next;
      expect((await get(`Bearer ${TOKEN}`)).status).toBe(200);
      return cached.at(-1);
    };
    for (let next = 0; next < 1000; next++) expect(await ask(next)).toBe(false);
    for (let next = 0; next < 1000; next++) expect(await ask(next)).toBe(true);
    expect(await ask(1000)).toBe(false);
    expect([await ask(1), await ask(0)]).toEqual([true, false]);
  });

  it.each([0, -1, 1.5, 100_001, Number.NaN, '16'])('takes no maxEnvironments of %j', (value) => {
    const maxEnvironments = value as number;
    expect(() => authGuard({ env: () => ENV, maxEnvironments })).toThrow(RangeError);
    expect(() => authGuard({ config, maxEnvironments })).toThrow(RangeError);
  });

  it('keeps tenants apart: a token of one is refused by every other', async () => {
    const tenants = Array.from({ length: 3 }, () => generateSecret());
    let tenant = '';
    const { get, runs } = guarded({ env: () => ({ ZEP_AUTH_SECRET: tenant }) });
    for (let round = 0; round < 2; round++) {
      for (tenant of tenants) {
        for (const secret of tenants) {
          const token = forge({ sub: 'alice' }, undefined, secret);
          expect((await get(`Bearer ${token}`)).status).toBe(secret === tenant ? 200 : 401);
        }
      }
    }
    expect(runs()).toBe(6);
  });

  it('distinguishes an unset variable from one that is not a string, in any order', async () => {
    let issuer: unknown;
    const { get, runs } = guarded({
      env: () => ({ ...ENV, ZEP_AUTH_ISSUER: issuer }),
      onWarning: () => {},
    });
    expect((await get(`Bearer ${TOKEN}`)).status).toBe(200);
    for (issuer of [null, 7, { get: async () => 'me' }]) {
      expect((await get(`Bearer ${TOKEN}`)).status).toBe(500);
    }
    issuer = '';
    expect((await get(`Bearer ${TOKEN}`)).status).toBe(200);
    expect(runs()).toBe(2);
  });

  it('lets every request pass if ZEP_AUTH_REQUIRED is false, and warns once', async () => {
    const onWarning = vi.fn<(warning: string) => void>();
    const { get, runs } = guarded({ env: () => ({ ZEP_AUTH_REQUIRED: 'false' }), onWarning });
    expect((await get()).status).toBe(200);
    expect((await get('Bearer nonsense')).status).toBe(200);
    expect(runs()).toBe(2);
    expect(onWarning.mock.calls).toEqual([[expect.stringContaining('ZEP_AUTH_REQUIRED')]]);
  });
});

describe('a misconfigured env', () => {
  it.each<[string, Record<string, unknown>]>([
    ['without a secret', {}],
    ['with an empty secret', { ZEP_AUTH_SECRET: '' }],
    ['with a weak secret', BAD],
    ['with a published secret', { ZEP_AUTH_SECRET: 'do-not-use-this-secret-in-production' }],
    ['with the token as the secret', { ZEP_AUTH_SECRET: TOKEN }],
    ['with a binding as the secret', { ZEP_AUTH_SECRET: { get: async () => SECRET } }],
    ['with an object that refers to itself as the secret', { ZEP_AUTH_SECRET: globalThis }],
    ['with a path, which only loadAuthConfig reads', { ZEP_AUTH_SECRET_FILE: '/run/secrets/zep' }],
    ['with a word that is not a boolean', { ...ENV, ZEP_AUTH_REQUIRED: 'no' }],
    ['with a tolerance that is not a number', { ...ENV, ZEP_AUTH_CLOCK_TOLERANCE_SECONDS: '1e2' }],
  ])('%s is a 500 for every request, with one warning', async (_, record) => {
    const onWarning = vi.fn<(warning: string) => void>();
    for (const optional of [false, true]) {
      onWarning.mockClear();
      const publicPaths = ['/healthz'];
      const { get, send, runs } = guarded({ env: () => record, onWarning, optional, publicPaths });
      const preflight = new Request('http://localhost/', {
        method: 'OPTIONS',
        headers: { origin: 'https://a.example', 'access-control-request-method': 'PUT' },
      });
      const responses = await Promise.all([
        get(),
        get(`Bearer ${TOKEN}`),
        get('Basic YTpi'),
        get(undefined, '/healthz'),
        send(preflight),
      ]);
      for (const response of responses) {
        expect(await readRefusal(response)).toStrictEqual(refusal(500, null));
      }
      expect(runs()).toBe(0);
      expect(onWarning.mock.calls).toEqual([[expect.stringContaining('ZEP_AUTH_')]]);
    }
  });

  it('recovers when the values become good, and warns once for each bad set', async () => {
    const onWarning = vi.fn<(warning: string) => void>();
    let record: Record<string, string> = BAD;
    const { get, runs } = guarded({ env: () => record, onWarning });
    const ask = async () => (await get(`Bearer ${TOKEN}`)).status;
    expect([await ask(), await ask()]).toEqual([500, 500]);
    record = ENV;
    expect(await ask()).toBe(200);
    record = BAD;
    expect(await ask()).toBe(500);
    expect(onWarning).toHaveBeenCalledTimes(1);
    record = {};
    expect([await ask(), await ask()]).toEqual([500, 500]);
    expect(onWarning).toHaveBeenCalledTimes(2);
    expect(runs()).toBe(1);
  });

  it('is a warning on the console, once, unless onWarning takes it', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const { get, runs } = guarded({ env: () => BAD });
    expect((await get(`Bearer ${TOKEN}`)).status).toBe(500);
    expect((await get(`Bearer ${TOKEN}`)).status).toBe(500);
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/^ZEP_AUTH_SECRET /)]]);
    warn.mockRestore();
    expect(runs()).toBe(0);
  });

  it('throws at the start if env is an object, which is read at once', async () => {
    expect(() => authGuard({ env: BAD })).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG_INVALID' }),
    );
    const { get } = guarded({ env: ENV });
    expect((await get(`Bearer ${TOKEN}`)).status).toBe(200);
    expect((await get()).status).toBe(401);
  });

  it.each([undefined, null])('is what %s means, like an empty environment', async (value) => {
    const onWarning = vi.fn<(warning: string) => void>();
    const { get, runs } = guarded({ env: () => value as undefined, onWarning });
    expect((await get(`Bearer ${TOKEN}`)).status).toBe(500);
    expect(onWarning.mock.calls).toEqual([[expect.stringMatching(/^ZEP_AUTH_SECRET is not set/)]]);
    expect(runs()).toBe(0);
  });
});

describe('env with inherited values', () => {
  const closed = { ZEP_AUTH_SECRET: SECRET };
  const open = { ZEP_AUTH_REQUIRED: 'false' };
  const hidden = (values: Record<string, string>): object =>
    Object.defineProperties(
      {},
      Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }])),
    );

  it.each<[string, (values: Record<string, string>) => object]>([
    ['inherited', (values) => Object.create(values) as object],
    ['not enumerable', hidden],
  ])('fails closed, also after one that was off: %s', async (_, make) => {
    const records = [open, closed, { ZEP_AUTH_SECRET: OTHER_SECRET }].map(make);
    const { app, get, runs } = guarded({ env: () => records.shift() as never }); // as JavaScript passes it
    app.onError((_error, c) => c.text('broken', 500));
    for (const authorization of [undefined, undefined, `Bearer ${TOKEN}`]) {
      expect((await get(authorization)).status).toBe(500);
    }
    expect(runs()).toBe(0);
  });
});
