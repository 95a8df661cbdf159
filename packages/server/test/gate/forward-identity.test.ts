// The identity that the upstream is told: only what the token says. The token itself is not forwarded by default.
import { describe, expect, it, vi } from 'vitest';
import { INVALID_TOKEN, readRefusal, refusal } from '../refusal.ts';
import { forge, TOKEN } from '../tokens.ts';
import { forwarded } from './forwarded.ts';
import { gated, type MoreOptions } from './gated.ts';

const CLAIMS = { sub: 'X-Auth-Subject', scope: 'X-Auth-Scope' };

describe('headers with the identity', () => {
  const spoofed = {
    'x-auth-subject': 'root',
    'X-Auth-Scope': 'admin',
    'x-auth-anything': '1',
    x_auth_subject: 'root',
    'x-auth_subject': 'root',
    'x_auth-scope': 'admin',
  };
  const identityOf = (headers: object) =>
    Object.entries(headers).filter(([name]) => /^x.auth/.test(name));

  it.each<[string, MoreOptions]>([
    ['by default', {}],
    ['from a trusted proxy', { trustedProxy: () => true }],
  ])('do not come from the client: %s', async (_, options) => {
    expect(identityOf(await forwarded(spoofed, options))).toEqual([]);
  });

  it('do not come from the client without a token either, on a public path or if it is optional', async () => {
    for (const options of [{ publicPaths: ['/things'] }, { optional: true }]) {
      const { askBare, calls } = gated({ ...options, forwardClaims: CLAIMS });
      expect((await askBare('/things', { headers: spoofed })).status).toBe(200);
      expect(identityOf(calls[0]?.headers ?? {})).toEqual([]);
    }
  });

  it('come from the token with forwardClaims', async () => {
    expect(identityOf(await forwarded(spoofed, { forwardClaims: CLAIMS }))).toEqual([
      ['x-auth-scope', 'read write'],
      ['x-auth-subject', 'alice'],
    ]);
  });

  it.each<[string, unknown, string]>([
    ['a text', 'alice', 'alice'],
    ['a number', 7, '7'],
    ['a fraction', -0.5, '-0.5'],
    ['a boolean', false, 'false'],
    ['a list', ['read', 2, true], 'read,2,true'],
    ['null', null, 'null'],
    ['an object', { a: 'J\u00f6rg \u674e' }, '{"a":"J\\u00f6rg \\u674e"}'],
    ['a list of lists', [['a'], ['b']], '[["a"],["b"]]'],
  ])('hold %s in a form that any server can read', async (_, claim, text) => {
    const authorization = `Bearer ${forge({ team: claim })}`;
    const options = { forwardClaims: { team: 'X-Team' } };
    expect(await forwarded({ authorization }, options)).toHaveProperty('x-team', text);
  });

  it.each([
    ['9007199254740992', '9007199254740992'],
    ['-9007199254740991', '-9007199254740991'],
    ['123456789012.345', '123456789012.345'],
    ['1764312345.123456', '1764312345.123456'],
    ['1.50', '1.5'],
    ['-0', '0'],
    ['1e+22', '1e+22'],
    ['"\\u0031e999\\\\"', '1e999\\'],
    ['["1e999", 1]', '1e999,1'],
    ['{"a\\"1e999": 0.10}', '{"a\\"1e999":0.1}'],
  ])('hold the number in %s, which a double holds', async (claim, text) => {
    const authorization = `Bearer ${forge(`{"other":1e999,"id" : ${claim}}`)}`;
    const options = { forwardClaims: { id: 'X-Id' } };
    expect(await forwarded({ authorization }, options)).toHaveProperty('x-id', text);
  });

  it('have names of their own, which no client can use in any spelling', async () => {
    const options = { forwardClaims: { sub: 'X-User' } };
    const spelt = { 'X-User': 'root', x_user: 'root', 'x.user': 'root', 'X-USER_': 'ok' };
    const headers = await forwarded(spelt, options);
    expect(headers).toMatchObject({ 'x-user': 'alice', 'x-user_': 'ok' });
    expect(Object.values(headers)).not.toContain('root');
    const bare = await gated({ ...options, optional: true });
    await bare.askBare('/things', { headers: spelt });
    expect(Object.values(bare.calls[0]?.headers ?? {})).not.toContain('root');
  });

  it.each([
    '',
    'X User',
    'Host',
    'authorization',
    'Content-Type',
    'Via',
    'X-Forwarded-For',
    'X_User',
  ])('cannot have a name that means something else: %j', (name) => {
    expect(() => gated({ forwardClaims: { sub: name } })).toThrow(TypeError);
  });

  it('cannot share a name', () => {
    expect(() => gated({ forwardClaims: { sub: 'X-User', email: 'x-user' } })).toThrow(TypeError);
  });

  it('are left out for missing claims', async () => {
    const authorization = `Bearer ${forge({})}`;
    const headers = await forwarded({ ...spoofed, authorization }, { forwardClaims: CLAIMS });
    expect(identityOf(headers)).toEqual([]);
  });

  it('do not come from a token on a public path', async () => {
    const options = { publicPaths: ['/things'], forwardClaims: CLAIMS };
    expect(identityOf(await forwarded({}, options))).toEqual([]);
  });

  it.each([
    ['letters beyond ASCII', { sub: 'J\u00f6rg' }],
    ['letters beyond Latin-1', { sub: '\u674e' }],
    ['a line break', { sub: 'a\r\nx-auth-scope: admin' }],
    ['a NUL', { sub: 'a\0' }],
    ['a space at an edge', { sub: ' alice' }],
    ['no characters', { sub: '' }],
    ['a list with a comma in it', { sub: ['a,b'] }],
    ['a list with nothing in it', { sub: ['a', ''] }],
    ['a list with a line break', { sub: ['a\r\nx: y'] }],
    ['a number above 2^53', '{"sub":9007199254740993}'],
    ['a number below -2^53', '{"sub":-9007199254740993}'],
    ['a number beyond every double', '{"sub":1e999}'],
    ['a number that a double takes for zero', '{"sub":1e-999}'],
    ['a fraction that a double rounds', '{"sub":1.0000000000000001}'],
    ['a number whose text would change', '{"sub":1E2}'],
    ['a list with a rounded number', '{"sub":["a",9007199254740993]}'],
    ['an object with a rounded number', '{"sub":{"id":[9007199254740993]}}'],
  ])('are not garbled: the request is refused for a claim of %s', async (_, claims) => {
    const headers = { authorization: `Bearer ${forge(claims)}` };
    const onUpstreamError = vi.fn<() => void>();
    const { ask, calls } = gated({ forwardClaims: CLAIMS, onUpstreamError });
    expect(await readRefusal(await ask('/', { headers }))).toStrictEqual(
      refusal(401, INVALID_TOKEN, 'invalid_token'),
    );
    expect(calls).toEqual([]);
    expect(onUpstreamError).not.toHaveBeenCalled();
    expect((await gated().ask('/', { headers })).status).toBe(200);
  });
});

describe('Authorization', () => {
  it('is not forwarded by default', async () => {
    expect(await forwarded({})).not.toHaveProperty('authorization');
    expect(await forwarded({}, { trustedProxy: () => true })).not.toHaveProperty('authorization');
  });

  it('is forwarded with forwardAuthorization', async () => {
    expect(await forwarded({}, { forwardAuthorization: true })).toHaveProperty(
      'authorization',
      `Bearer ${TOKEN}`,
    );
  });

  it.each([`Bearer ${TOKEN}`, 'Bearer nonsense', 'Basic YTpi'])(
    'is not forwarded on a public path, where it was not checked: %#',
    async (authorization) => {
      const { ask, calls } = gated({ forwardAuthorization: true });
      expect((await ask('/healthz', { headers: { authorization } })).status).toBe(200);
      expect(calls[0]?.headers).not.toHaveProperty('authorization');
    },
  );

  it('of another scheme is not forwarded by an optional gate, unless asked for', async () => {
    const headers = { authorization: 'Basic YTpi' };
    expect(await forwarded(headers, { optional: true })).not.toHaveProperty('authorization');
  });
});
