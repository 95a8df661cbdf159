// The guard's answers and options. guard-attacks.test.ts has the requests that it refuses.
import { Hono } from 'hono';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { authGuard, type GuardOptions } from '../../src/index.ts';
import { BARE, INVALID_TOKEN, readRefusal, refusal } from '../refusal.ts';
import { config, configOf, forge, NOW_SECONDS, TOKEN } from '../tokens.ts';
import { guarded } from './guarded.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW_SECONDS * 1000 });
});
afterEach(() => {
  vi.useRealTimers();
});

it('is a named middleware', () => {
  expect(authGuard({ config }).name).toBe('authGuard');
});

describe('a good token', () => {
  it.each([['Bearer'], ['bearer'], ['BEARER'], ['bEaReR'], ['Bearer  '], ['bearer       ']])(
    'passes with the scheme written as %j',
    async (scheme) => {
      const { get, runs, auths } = guarded({ config });
      const response = await get(`${scheme} ${TOKEN}`);
      expect([response.status, await response.text()]).toEqual([200, 'reached']);
      expect(runs()).toBe(1);
      expect(auths).toEqual([
        {
          claims: { sub: 'alice', scope: 'read write' },
          keyId: expect.stringMatching(/^[\w-]{11}$/),
          source: 'bearer',
          clientId: 'alice',
          scopes: ['read', 'write'],
        },
      ]);
    },
  );

  it.each([
    ['no claims at all', {}],
    ['exp one second ahead', { exp: NOW_SECONDS + 1 }],
    ['nbf right now', { nbf: NOW_SECONDS }],
    ['iat 60 seconds ahead', { iat: NOW_SECONDS + 60 }],
    ['an audience where none is configured', { aud: 'anyone' }],
  ])('passes with %s', async (_, claims) => {
    const { get, auths } = guarded({ config });
    expect((await get(`Bearer ${forge(claims)}`)).status).toBe(200);
    expect(auths).toMatchObject([{ claims }]);
  });

  it('passes as zepcli makes it, byte for byte, if a weak secret is allowed', async () => {
    const { get, runs } = guarded({
      config: configOf({
        ZEP_AUTH_SECRET: 'test-secret',
        ZEP_AUTH_ALLOW_WEAK_SECRET: 'true',
      }),
    });
    const token =
      'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.O_ADp3sQL0B5OHZZi_itwaNA7b77PzRVjEtMC1qQTeM';
    expect((await get(`Bearer ${token}`)).status).toBe(200);
    expect((await get(`Bearer ${token.replace('.e30.', '.e31.')}`)).status).toBe(401);
    expect(runs()).toBe(1);
  });

  it('gives claims that no handler can change', async () => {
    const { get, auths } = guarded({ config });
    await get(`Bearer ${forge({ nested: { list: [1] } })}`);
    const [auth] = auths as [{ claims: { nested: { list: number[] } } }];
    expect(() => auth.claims.nested.list.push(2)).toThrow(TypeError);
  });
});

describe('invalid_token is the answer to a token that violates', () => {
  it.each<[string, Record<string, string>, object, object]>([
    ['the issuer', { ZEP_AUTH_ISSUER: 'me' }, { iss: 'me' }, { iss: 'Me' }],
    ['the audience', { ZEP_AUTH_AUDIENCE: 'api' }, { aud: ['x', 'api'] }, { aud: 'ap' }],
    ['an expiry', { ZEP_AUTH_REQUIRE_EXPIRY: 'true' }, { exp: NOW_SECONDS + 9 }, {}],
    ['revocation', { ZEP_AUTH_REVOKED: 'a,b' }, { jti: 'c' }, { jti: 'b' }],
  ])('%s of the configuration', async (_, variables, good, bad) => {
    const { get, runs } = guarded({ config: configOf(variables) });
    expect((await get(`Bearer ${forge(good)}`)).status).toBe(200);
    const response = await get(`Bearer ${forge(bad)}`);
    expect(await readRefusal(response)).toStrictEqual(refusal(401, INVALID_TOKEN, 'invalid_token'));
    expect(runs()).toBe(1);
  });

  it('a token one byte larger than maxTokenBytes', async () => {
    const { get, runs } = guarded({ config, maxTokenBytes: TOKEN.length });
    const longer = forge({ sub: 'alice', scope: 'read writer' });
    expect((await get(`Bearer ${TOKEN}`)).status).toBe(200);
    expect(await readRefusal(await get(`Bearer ${longer}`))).toStrictEqual(
      refusal(401, INVALID_TOKEN, 'invalid_token'),
    );
    expect(runs()).toBe(1);
  });
});

describe('a token that has expired', () => {
  it.each([
    ['this very second', { exp: NOW_SECONDS }],
    ['long ago', { exp: 0 }],
  ])('is reported as expired if it is authentic: %s', async (_, claims) => {
    for (const optional of [false, true]) {
      const { get, runs } = guarded({ config, optional });
      expect(await readRefusal(await get(`Bearer ${forge(claims)}`))).toStrictEqual(
        refusal(401, INVALID_TOKEN, 'token_expired'),
      );
      expect(runs()).toBe(0);
    }
  });

  it('was good until the second before, cached or not', async () => {
    const { get, runs } = guarded({ config });
    const authorization = `Bearer ${forge({ exp: NOW_SECONDS + 1 })}`;
    expect((await get(authorization)).status).toBe(200);
    vi.setSystemTime((NOW_SECONDS + 1) * 1000);
    expect((await get(authorization)).status).toBe(401);
    expect(runs()).toBe(1);
  });
});

describe('the answer to HEAD', () => {
  it('has the status and the challenge, and no body', async () => {
    const { send, runs } = guarded({ config });
    const response = await send(new Request('http://localhost/', { method: 'HEAD' }));
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, BARE]);
    expect(await response.text()).toBe('');
    expect(runs()).toBe(0);
  });
});

describe('the realm', () => {
  it('is named in every challenge', async () => {
    const { get } = guarded({ config, realm: 'Zep memory, v1' });
    const challenges = [await get(), await get('Bearer x'), await get('a,b')].map(({ headers }) =>
      headers.get('www-authenticate'),
    );
    expect(challenges).toEqual([
      'Bearer realm="Zep memory, v1"',
      'Bearer realm="Zep memory, v1", error="invalid_token"',
      'Bearer realm="Zep memory, v1", error="invalid_request"',
    ]);
  });

  it.each([
    ['a quote', 'a"b'],
    ['a backslash', 'a\\b'],
    ['a line break', 'a\r\nx: y'],
    ['a tab', 'a\tb'],
    ['a letter beyond ASCII', 'caf\u00e9'],
    ['a quote alone', '"'],
    ['a tab at its end', 'a\t'],
  ])('is an error at the start with %s in it', (_, realm) => {
    expect(() => authGuard({ config, realm })).toThrow(TypeError);
  });
});

describe('options that can never work are an error at the start', () => {
  it.each<[string, GuardOptions]>([
    ['no token may be that small', { config, maxTokenBytes: 0 }],
    ['no token may be that large', { config, maxTokenBytes: 65_537 }],
    ['a size is whole', { config, maxTokenBytes: 1.5 }],
  ])('%s', (_, options) => {
    expect(() => authGuard(options)).toThrow(RangeError);
  });
});

it('gives the handler no body of a preflight', async () => {
  const app = new Hono();
  app.use(authGuard({ config }));
  app.options('*', async (c) => c.text(`body: ${await c.req.text()}`));
  const headers = { origin: 'https://app.example', 'access-control-request-method': 'PUT' };
  const request = new Request('http://localhost/', { method: 'OPTIONS', headers, body: 'evil' });
  request.headers.delete('content-type');
  expect(await (await app.request(request)).text()).toBe('body: ');
});

it('gives the handler a preflight unchanged except for its body', async () => {
  const app = new Hono();
  const abort = new AbortController();
  app.use(authGuard({ config }));
  app.all('*', ({ req }) => {
    abort.abort();
    const { method, url, headers, signal } = req.raw;
    return Response.json([method, url, headers.get('origin'), signal.aborted]);
  });
  const request = new Request('http://localhost/things?x', {
    method: 'OPTIONS',
    headers: { origin: 'https://app.example', 'access-control-request-method': 'PUT' },
    signal: abort.signal,
  });
  expect(await (await app.request(request)).json()).toEqual([
    'OPTIONS',
    'http://localhost/things?x',
    'https://app.example',
    true,
  ]);
});
