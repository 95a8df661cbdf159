// Which scopes a path needs, in whatever spelling a server could read it.
import { describe, expect, it } from 'vitest';
import { createPathScopes } from '../../src/gate/path-scopes.ts';
import { readRefusal, refusal } from '../refusal.ts';
import { forge } from '../tokens.ts';
import { gated } from './gated.ts';

const scopesOf = createPathScopes({ '/admin': 'admin', '/admin/keys/': ['keys:read', 'audit'] });

describe('a path', () => {
  it.each([
    ['/', []],
    ['/admin', ['admin']],
    ['/admin/', ['admin']],
    ['/admin/x', ['admin']],
    ['/admin.json', ['admin']],
    ['/admin/keys', ['admin', 'keys:read', 'audit']],
    ['/admin/keys/1', ['admin', 'keys:read', 'audit']],
    ['/administrator', []],
    ['/x/admin', []],
    ['/admi', []],
  ])('%s needs %j', (path, scopes) => {
    expect(scopesOf(path)).toEqual(scopes);
  });

  it.each([
    '//admin',
    '/./admin',
    '/x/../admin',
    '/ADMIN',
    '/%61dmin',
    '/%2561dmin',
    '/%252561dmin',
    '/x/%2e%2e/admin',
    '/x%2f..%2fadmin',
    '/x/..;/admin',
    '/;x/admin',
    '/admin;x=y',
    '/admin;/x',
    '/x\\..\\admin',
    '/x%5c..%5cadmin',
    '/x/..%c0%afadmin',
    '/%c0%ae%c0%ae/admin',
    '/%u0061dmin',
    '/x/%uff0e%uff0e/admin',
    '/adm\xc2\xadin',
    '/\xef\xbd\x81dmin',
    '/admin%00',
    '/admin%00.png',
    '/admin%20',
    '/admin%09/x',
    '/admin.',
    '/admin...',
    '/admin%3fx',
    '/admin%23x',
    '/../admin',
    '/admin/../public',
  ])('needs the scopes of what a server could make of it: %s', (path) => {
    expect(scopesOf(path)).toContain('admin');
  });

  it.each([
    '/%61dmin/..%2fx',
    '/%61dmin/u/..%2f..%2fx',
    '/x%3f/../admin',
    '/x%23/../admin',
    '/x%253f/../admin',
    '/x%3f%2f..%2fadmin',
    '/admin/../x',
    '/x/%2e%2e/y',
    '/x//y',
    '/x;v=1',
    '/x%2fy',
    '/x%5cy',
    '/x%00',
    '/x/\xe2\x80\xa5/y',
    '/x%2525252fy',
  ])('needs every scope where servers disagree on where it leads: %s', (path) => {
    expect(scopesOf(path)).toEqual(['admin', 'keys:read', 'audit']);
  });

  it.each(['/100%25', '/a%20b', '/caf%c3%a9', '/x?', '/v1.2/x', '/x-y_z~', '/x%3ay'])(
    'that every server reads alike needs no more: %s',
    (path) => {
      expect(scopesOf(path.replace('?', ''))).toEqual([]);
    },
  );

  it.each(['.', '%2e', '/.', ';', '%252e', '\xe2\x80\x8b.'])(
    'is read in linear time, of whatever it is made: %s',
    (part) => {
      // In quadratic time this takes minutes.
      expect(scopesOf(`/admin/${part.repeat(200_000)}x`)).toContain('admin');
    },
  );

  it('may need scopes everywhere', () => {
    const everywhere = createPathScopes({ '/': 'api' });
    for (const path of ['/', '/x', '//x', '/%00']) expect(everywhere(path)).toEqual(['api']);
  });
});

describe('pathScopes', () => {
  it.each([
    [{ admin: 'admin' }],
    [{ '/a%20b': 'admin' }],
    [{ '/a*': 'admin' }],
    [{ '/admin': '' }],
    [{ '/admin': [] }],
    [{ '/admin': 'a"b' }],
  ])('have a path and scopes: %j does not', (pathScopes) => {
    expect(() => createPathScopes(pathScopes)).toThrow(TypeError);
  });

  it('hold in the gate: 403 without a scope, 401 without a token, and nothing reaches the upstream', async () => {
    const { ask, askBare, calls } = gated({ pathScopes: { '/admin': 'admin' } });
    const challenge = 'Bearer realm="api", error="insufficient_scope", scope="admin"';
    for (const path of ['/admin/x', '/x/..%2fadmin']) {
      expect(await readRefusal(await ask(path))).toStrictEqual(
        refusal(403, challenge, 'insufficient_scope'),
      );
      expect((await askBare(path)).status).toBe(401);
    }
    expect(calls).toEqual([]);
    const headers = { authorization: `Bearer ${forge({ scope: 'read admin' })}` };
    expect((await ask('/admin/x', { headers })).status).toBe(200);
    expect((await ask('/x')).status).toBe(200);
  });

  it('are not passed by a header that names another path', async () => {
    const { ask, calls } = gated({ pathScopes: { '/admin': 'admin' } });
    const headers = { 'x-original-url': '/admin', x_rewrite_url: '/admin' };
    expect((await ask('/x', { headers })).status).toBe(200);
    expect(Object.values(calls[0]?.headers ?? {})).not.toContain('/admin');
  });

  it('close a public path', async () => {
    const { askBare } = gated({ pathScopes: { '/healthz': 'probe' } });
    expect((await askBare('/healthz')).status).toBe(401);
  });
});

it('scopes that would be lost are refused', () => {
  const reason = new TypeError('the options of pathScopes must be a plain object');
  expect(() => createPathScopes(new Map([['/admin', 'admin']]) as never)).toThrow(reason);
  expect(() => createPathScopes(Object.create({ '/admin': 'admin' }))).toThrow(reason);
  expect(() => createPathScopes({ '/admin': undefined as never })).toThrow(TypeError);
  expect(() => gated({ pathScopes: null as never })).toThrow(TypeError);
});
