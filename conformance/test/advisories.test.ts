// Advisories that concern more than one token: configuration, caches, clocks, mounts, challenges. Each test carries out the
// attack on this library.
import {
  createKeyring,
  createVerifier,
  isAuthError,
  judgeSecret,
  readAuthConfig,
} from '@zep-auth/core';
import { createVerifierOn, joseEngine, nativeEngine } from '@zep-auth/core/internal';
import { authGuard } from '@zep-auth/server';
import { Hono } from 'hono';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createEcPair, createRsaPair, encode, seal } from '../kit/attacks/craft.ts';
import { HEADER } from '../kit/attacks/row.ts';
import { createAttacks } from '../kit/attacks.ts';

// Otherwise half of the tests would silently be missing.
if (nativeEngine === undefined) throw new Error('these tests need a runtime with node:crypto');

const SECRET =
  'QWR2aXNvcmllcyBhcmUgcmVhZCBhbmQgdHVybmVkIGludG8gdGVzdHMgdGhhdCBtdXN0IHN0YXkgcmVkLWZyZWU=';
const NEXT_SECRET =
  'TmluZSBxdWlldCBtb3JuaW5ncyBhYm92ZSBjZWRhciBoaWxscyBicm91Z2h0IHNldmVuIGd1bGxzIGhvbWUgYWdhaW4=';
const ENGINES = [nativeEngine, joseEngine];

const tokenOf = (claims: object, secret = SECRET): Promise<string> =>
  seal(`${encode(HEADER)}.${encode(JSON.stringify(claims))}`, secret);

const outcomeOf = async (action: () => unknown): Promise<string> => {
  try {
    await action();
    return 'accepted';
  } catch (error) {
    return isAuthError(error) ? error.code : String(Object(error).name);
  }
};

const bearer = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } });

afterEach(() => vi.useRealTimers());

describe.each(ENGINES)('a verifier with a cache on $name', (engine) => {
  it('GHSA-rp9m-7r4c-75qg: does not confuse tokens that are nearly equal', async () => {
    const { verify } = createVerifierOn(engine, { secret: SECRET });
    const names = Array.from({ length: 300 }, (_, i) => `user-${i}`);
    const good = await Promise.all(names.map((sub) => tokenOf({ sub })));
    for (const _time of ['first', 'remembered']) {
      for (const [i, token] of good.entries()) {
        expect((await verify(token)).claims['sub']).toBe(names[i]);
      }
    }
    for (const [i, token] of good.entries()) {
      const [header, payload, signature] = token.split('.');
      const [, nextPayload, nextSignature] = (good[i + 1] ?? good[0] ?? '').split('.');
      for (const mixed of [
        `${header}.${nextPayload}.${signature}`,
        `${header}.${payload}.${nextSignature}`,
        `${header}.${payload}.${nextSignature?.slice(0, 20)}${signature?.slice(20)}`,
      ]) {
        expect(await outcomeOf(() => verify(mixed))).toBe('ERR_TOKEN_SIGNATURE');
      }
    }
  });

  it('PostgREST#4014: does not accept the tokens of another secret', async () => {
    const token = await tokenOf({ sub: 'alice' });
    const before = createVerifierOn(engine, { keyring: createKeyring([SECRET]) });
    expect(await outcomeOf(() => before.verify(token))).toBe('accepted');
    const rotating = createVerifierOn(engine, { keyring: createKeyring([NEXT_SECRET, SECRET]) });
    expect(await outcomeOf(() => rotating.verify(token))).toBe('accepted');
    const after = createVerifierOn(engine, { keyring: createKeyring([NEXT_SECRET]) });
    expect(await outcomeOf(() => after.verify(token))).toBe('ERR_TOKEN_SIGNATURE');
  });

  it('cloudflare-worker-jwt#70: applies the tolerance in the right direction for exp and nbf', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(1_800_000_000_000);
    const now = 1_800_000_000;
    const { verify } = createVerifierOn(engine, { secret: SECRET, clockToleranceSeconds: 60 });
    for (const [claims, outcome] of [
      [{ exp: now - 59 }, 'accepted'],
      [{ exp: now - 60 }, 'ERR_TOKEN_EXPIRED'],
      [{ exp: now - 100_000 }, 'ERR_TOKEN_EXPIRED'],
      [{ exp: now + 100_000 }, 'accepted'],
      [{ nbf: now + 60 }, 'accepted'],
      [{ nbf: now + 61 }, 'ERR_TOKEN_NOT_YET_VALID'],
      [{ nbf: now - 100_000 }, 'accepted'],
    ] as const) {
      const token = await tokenOf(claims);
      expect([claims, await outcomeOf(() => verify(token))]).toEqual([claims, outcome]);
    }
  });

  it('RFC 7519 section 4.1.4: refuses a token in the millisecond in which it expires, cached or not', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { verify } = createVerifierOn(engine, { secret: SECRET });
    for (const [claims, atMs, outcome] of [
      [{ exp: 1_800_000_000.25 }, 1_800_000_000_249, 'accepted'],
      [{ exp: 1_800_000_000.25 }, 1_800_000_000_250, 'ERR_TOKEN_EXPIRED'],
      [{ exp: 1_800_000_000 }, 1_799_999_999_999, 'accepted'],
      [{ exp: 1_800_000_000 }, 1_800_000_000_000, 'ERR_TOKEN_EXPIRED'],
      [{ nbf: 1_800_000_000.25 }, 1_800_000_000_249, 'ERR_TOKEN_NOT_YET_VALID'],
      [{ nbf: 1_800_000_000.25 }, 1_800_000_000_250, 'accepted'],
      [{ iat: 1_800_000_060 }, 1_799_999_999_999, 'ERR_TOKEN_NOT_YET_VALID'],
      [{ iat: 1_800_000_060 }, 1_800_000_000_000, 'accepted'],
    ] as const) {
      vi.setSystemTime(atMs);
      const token = await tokenOf(claims);
      expect([claims, atMs, await outcomeOf(() => verify(token))]).toEqual([claims, atMs, outcome]);
    }
  });
});

describe('a secret', () => {
  it('fast-jwt#589: is not a public key', async () => {
    const pairs = await Promise.all([createRsaPair(), createEcPair()]);
    const pems = pairs.flatMap(({ texts }) =>
      Object.values(texts).filter((text) => text.includes('-----BEGIN ')),
    );
    expect(pems).toHaveLength(6);
    for (const pem of pems) {
      for (const secret of [pem, ` ${pem}`, `x${pem}`, pem.replaceAll('\n', '\\n')]) {
        expect(judgeSecret(secret).map(({ rule }) => rule)).toContain('pem');
        for (const allowWeak of [false, true]) {
          const outcome = await outcomeOf(() => createKeyring(secret, { allowWeak }));
          expect(outcome).toBe('ERR_SECRET_WEAK');
        }
        const read = () => readAuthConfig({ ZEP_AUTH_SECRET: secret });
        expect(await outcomeOf(read)).toBe('ERR_CONFIG_INVALID');
      }
    }
  });

  it('fast-jwt#609: is not empty, whatever the options allow', async () => {
    for (const make of [
      () => createKeyring(''),
      () => createKeyring('', { allowWeak: true }),
      () => createKeyring([SECRET, '']),
      () => createVerifier({ secret: '' }),
    ]) {
      expect(await outcomeOf(make)).toBe('ERR_SECRET_WEAK');
    }
    for (const record of [
      {},
      { ZEP_AUTH_SECRET: '' },
      { ZEP_AUTH_SECRET: '', ZEP_AUTH_ALLOW_WEAK_SECRET: 'true' },
      { ZEP_AUTH_SECRET_PREVIOUS: SECRET },
    ]) {
      expect(await outcomeOf(() => readAuthConfig(record))).toBe('ERR_CONFIG_INVALID');
    }
  });
});

describe('a clock tolerance', () => {
  it('jsonwebtoken#1021: is a whole number of seconds from 0 to 300', async () => {
    for (const seconds of [-1, 0.5, 301, 1e9, Number.NaN, Number.POSITIVE_INFINITY]) {
      const make = () => createVerifier({ secret: SECRET, clockToleranceSeconds: seconds });
      expect([seconds, await outcomeOf(make)]).toEqual([seconds, 'RangeError']);
    }
    for (const text of ['-1', '0.5', '301', '1e2', 'Infinity', 'NaN', '0x10', ' 60', '60s']) {
      const record = { ZEP_AUTH_SECRET: SECRET, ZEP_AUTH_CLOCK_TOLERANCE_SECONDS: text };
      const outcome = await outcomeOf(() => readAuthConfig(record));
      expect([text, outcome]).toEqual([text, 'ERR_CONFIG_INVALID']);
    }
    expect(createVerifier({ secret: SECRET, clockToleranceSeconds: 300 })).toBeDefined();
  });
});

describe('a guard', () => {
  it('PostgREST#4014: refuses a cached token once its secret has left the environment', async () => {
    const app = new Hono<{ Bindings: Record<string, string> }>();
    app.use(authGuard({ env: (c) => c.env }));
    app.get('/', (c) => c.text('reached'));
    const token = await tokenOf({ sub: 'alice' });
    const statuses: number[] = [];
    for (const secret of [SECRET, SECRET, NEXT_SECRET, SECRET, NEXT_SECRET]) {
      statuses.push((await app.request('/', bearer(token), { ZEP_AUTH_SECRET: secret })).status);
    }
    expect(statuses).toEqual([200, 200, 401, 200, 401]);
  });

  it('hono#291: sends exactly the challenge of RFC 6750', async () => {
    const app = new Hono();
    app.use(authGuard({ config: readAuthConfig({ ZEP_AUTH_SECRET: SECRET }) }));
    for (const value of [
      `Bearer ${SECRET}`,
      `Bearer ${await tokenOf({ sub: 'alice' }, NEXT_SECRET)}`,
      'Bearer ", error="none',
    ]) {
      const response = await app.request('/', { headers: { authorization: value } });
      const isJoined = value.includes(',');
      expect(response.headers.get('www-authenticate')).toBe(
        `Bearer realm="api", error="${isJoined ? 'invalid_request' : 'invalid_token'}"`,
      );
      const text = JSON.stringify([...response.headers]) + (await response.text());
      expect(text).not.toContain(value.slice('Bearer '.length));
      expect(text).not.toContain(SECRET);
    }
  });

  it('CVE-2026-47676: compares whole paths, wherever its application is mounted', async () => {
    const reached: string[] = [];
    const create = (publicPaths: readonly string[]): Hono => {
      const app = new Hono();
      app.use(authGuard({ config: readAuthConfig({ ZEP_AUTH_SECRET: SECRET }), publicPaths }));
      app.all('*', (c) => {
        reached.push(new URL(c.req.url).pathname);
        return c.text('reached');
      });
      return app;
    };
    const routed = new Hono().route('/api', create(['/status']));
    const whole = new Hono().route('/api', create(['/api/status']));
    const mounted = new Hono().mount('/api', create(['/status']).fetch);
    const statusOf = async (app: Hono, path: string) => (await app.request(path)).status;
    expect(await statusOf(routed, '/api/status')).toBe(401);
    expect(await statusOf(whole, '/api/status')).toBe(200);
    expect(await statusOf(mounted, '/api/status')).toBe(200);
    expect(reached).toEqual(['/api/status', '/status']);
    for (const app of [routed, whole, mounted]) {
      for (const path of [
        '/api/users',
        '/%61pi/status/x',
        '/%61pi%2fstatus',
        '/api//status',
        '/api',
      ]) {
        expect(await statusOf(app, path)).not.toBe(200);
      }
    }
    expect(reached).toHaveLength(2);
  });
});

it('every advisory about one token or one header has its rows in the table', async () => {
  const { tokens, requests } = await createAttacks({ secret: SECRET, nowSeconds: 1_800_000_000 });
  const sources = new Set([...tokens, ...requests].map(({ source }) => source));
  for (const advisory of [
    'CVE-2026-22817',
    'CVE-2026-22818',
    'CVE-2026-47673',
    'CVE-2026-44459',
    'GHSA-hm7r-c7qw-ghp6',
    'fast-jwt#606',
    'fast-jwt#609',
    'jsonwebtoken#1032',
    'CVE-2026-32597',
    'cloudflare-worker-jwt#68',
    'python-jose#379',
  ]) {
    expect(sources).toContain(advisory);
  }
});
