// `/_gate/auth`, which another proxy asks before it lets a request through, answers only 2xx, 401 or 403.
import { describe, expect, it } from 'vitest';
import type { GuardResult } from '../../src/index.ts';
import { rawRequest } from '../raw-request.ts';
import { BARE, INVALID_REQUEST, INVALID_TOKEN } from '../refusal.ts';
import { configOf, forge, TOKEN } from '../tokens.ts';
import { gated } from './gated.ts';

const authorized = { authorization: `Bearer ${TOKEN}` };

describe('/_gate/auth', () => {
  it.each(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PROPFIND'])(
    'is 204 for a good token and 401 without, whatever the method: %s',
    async (method) => {
      const { askBare, calls } = gated();
      const good = await askBare('/_gate/auth', { method, headers: authorized });
      expect([good.status, await good.text()]).toEqual([204, '']);
      const bare = await askBare('/_gate/auth', { method });
      expect([bare.status, await bare.text()]).toEqual([401, '']);
      expect(bare.headers.get('www-authenticate')).toBe(BARE);
      expect(bare.headers.get('cache-control')).toBe('no-store');
      expect(calls).toEqual([]);
    },
  );

  it.each([
    ['Basic', 'Basic YTpi', BARE],
    ['a bad token', 'Bearer x', INVALID_TOKEN],
    ['an expired token', `Bearer ${forge({ exp: 1 })}`, INVALID_TOKEN],
    ['two tokens, which would be 400 elsewhere', `Bearer ${TOKEN}, x`, INVALID_REQUEST],
  ])('is 401 for %s', async (_, authorization, challenge) => {
    const { askBare, calls } = gated();
    const response = await askBare('/_gate/auth?x=1', { headers: { authorization } });
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, challenge]);
    expect(calls).toEqual([]);
  });

  it('exempts neither a public path nor a preflight', async () => {
    const { askBare } = gated({ publicPaths: ['/_gate/auth', '/healthz'] });
    expect((await askBare('/_gate/auth')).status).toBe(401);
    const forwarded = { 'x-forwarded-uri': '/healthz', 'x-original-uri': '/healthz' };
    expect((await askBare('/_gate/auth', { headers: forwarded })).status).toBe(401);
    const headers = { origin: 'https://a.example', 'access-control-request-method': 'PUT' };
    expect((await askBare('/_gate/auth', { method: 'OPTIONS', headers })).status).toBe(401);
  });

  it.each(['TRACE', 'CONNECT'])('has no other status for %s either', async (method) => {
    const { gate, send } = gated();
    const url = 'http://gate.example/_gate/auth';
    expect([204, 401, 403]).toContain((await send(rawRequest({ url, method }))).status);
    expect([401, 403]).toContain((await gate.fetch(rawRequest({ url, method }))).status);
  });

  it('answers a request with an Upgrade header, which a proxy may have copied', async () => {
    const { askBare } = gated();
    const upgrade = { upgrade: 'websocket', connection: 'upgrade' };
    expect((await askBare('/_gate/auth', { headers: upgrade })).status).toBe(401);
    const headers = { ...upgrade, ...authorized };
    expect((await askBare('/_gate/auth', { headers })).status).toBe(204);
  });

  it.each([
    ['is misconfigured', () => ({})],
    [
      'cannot be read',
      () => {
        throw new Error('no environment');
      },
    ],
  ])('is 403 if the environment %s', async (_, env) => {
    const { askBare, calls } = gated({ env, onWarning: () => {} });
    const response = await askBare('/_gate/auth', { headers: authorized });
    expect([response.status, await response.text()]).toEqual([403, '']);
    expect(response.headers.has('www-authenticate')).toBe(false);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(calls).toEqual([]);
  });

  it('is 403 if a hook fails, and the operator is told', async () => {
    const warnings: string[] = [];
    const { askBare } = gated({
      onResult: () => {
        throw new RangeError('a hook failed');
      },
      onWarning: (warning) => warnings.push(warning),
    });
    expect((await askBare('/_gate/auth', { headers: authorized })).status).toBe(403);
    expect(warnings).toEqual([expect.stringContaining('RangeError')]);
  });

  it('is 204 for every request if authentication is off', async () => {
    const { askBare } = gated({ config: configOf({ ZEP_AUTH_REQUIRED: 'false' }) });
    expect((await askBare('/_gate/auth')).status).toBe(204);
  });

  it('is 204 without a token if it is optional, and 401 with a bad one', async () => {
    const { askBare } = gated({ optional: true });
    expect((await askBare('/_gate/auth')).status).toBe(204);
    const headers = { authorization: 'Bearer x' };
    expect((await askBare('/_gate/auth', { headers })).status).toBe(401);
  });

  const CLAIMS = { sub: 'X-Auth-Subject', scope: 'X-Auth-Scope' };

  it('returns subject and scope only with forwardClaims', async () => {
    const told = await gated({ forwardClaims: CLAIMS }).askBare('/_gate/auth', {
      headers: { ...authorized, 'x-auth-subject': 'root' },
    });
    expect(Object.fromEntries(told.headers)).toMatchObject({
      'x-auth-subject': 'alice',
      'x-auth-scope': 'read write',
    });
    const silent = await gated().askBare('/_gate/auth', { headers: authorized });
    expect([...silent.headers.keys()].filter((name) => name.startsWith('x-auth'))).toEqual([]);
  });

  it('is 401 with forwardClaims for a subject that cannot be a header', async () => {
    const headers = { authorization: `Bearer ${forge({ sub: 'J\u00f6rg' })}` };
    const { askBare } = gated({ forwardClaims: CLAIMS });
    expect((await askBare('/_gate/auth', { headers })).status).toBe(401);
  });

  it('calls onResult for each decision', async () => {
    const events: GuardResult[] = [];
    const { askBare } = gated({ onResult: (event) => void events.push(event) });
    await askBare('/_gate/auth', { headers: authorized });
    await askBare('/_gate/auth');
    expect(events).toMatchObject([
      { outcome: 'accepted' },
      { outcome: 'refused', code: 'ERR_CREDENTIALS_MISSING' },
    ]);
  });
});

const ORIGIN = { origin: 'https://app.example', 'access-control-request-method': 'PUT' };

describe('/_gate/auth asked by a trusted proxy', () => {
  const trusting = () => gated({ trustedProxy: () => true, publicPaths: ['/healthz', '/docs'] });
  const named = (method: string, uri: string, more: Record<string, string> = {}) => ({
    headers: { 'x-forwarded-method': method, 'x-forwarded-uri': uri, ...more },
  });

  it.each(['/healthz', '/docs', '/docs?page=2'])('lets GET and HEAD of %s through', async (uri) => {
    const { askBare } = trusting();
    for (const method of ['GET', 'HEAD']) {
      expect((await askBare('/_gate/auth', named(method, uri))).status).toBe(204);
      expect((await askBare(`/_gate/auth${uri}`, { method })).status).toBe(200);
    }
    for (const method of ['POST', 'get', '', 'GET, POST', 'OPTIONS']) {
      expect((await askBare('/_gate/auth', named(method, uri))).status).toBe(401);
    }
    expect((await askBare(`/_gate/auth${uri}`, { method: 'POST' })).status).toBe(401);
  });

  it.each([
    '//healthz',
    '/healthz/',
    '/healthz#/../secret',
    '/docs#',
    '/%68ealthz',
    '/x/../healthz',
    'healthz',
    '/docs;x',
    '',
    '/',
  ])('needs a token for another path: %j', async (uri) => {
    const { askBare } = trusting();
    expect((await askBare('/_gate/auth', named('GET', uri))).status).toBe(401);
    const headers = { ...authorized, ...named('GET', uri).headers };
    expect((await askBare('/_gate/auth', { headers })).status).toBe(204);
  });

  it('lets a preflight through', async () => {
    const { askBare } = trusting();
    expect((await askBare('/_gate/auth', named('OPTIONS', '/a', ORIGIN))).status).toBe(204);
    const own = { method: 'OPTIONS', headers: ORIGIN };
    expect((await askBare('/_gate/auth/a', own)).status).toBe(200);
    expect((await askBare('/_gate/auth', named('OPTIONS', '/a'))).status).toBe(401);
    expect((await askBare('/_gate/auth', named('GET', '/a', ORIGIN))).status).toBe(401);
    expect((await askBare('/_gate/auth', own)).status).toBe(401); // of the subrequest itself
    const token = { ...ORIGIN, authorization: 'Bearer x' };
    expect((await askBare('/_gate/auth', named('OPTIONS', '/a', token))).status).toBe(401);
  });

  it.each([
    [{ 'x-original-method': 'POST' }],
    [{ 'x-original-uri': '/secret' }],
    [{ 'x-original-url': '/secret' }],
    [{ 'x-rewrite-url': '/secret' }],
    [{ 'x-http-method-override': 'DELETE' }],
    [{ 'x-method-override': 'DELETE' }],
    [{ x_http_method: 'DELETE' }],
    [{ upgrade: 'websocket' }],
    [{ 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' }],
    [{ 'sec-fetch-mode': 'websocket' }],
  ])('needs a token where something else is said as well: %j', async (more) => {
    const { askBare } = trusting();
    expect((await askBare('/_gate/auth', named('GET', '/healthz', more))).status).toBe(401);
    expect((await askBare('/_gate/auth/healthz', { headers: more })).status).toBe(401);
  });

  it('compares an appended path with what headers say', async () => {
    const { askBare } = trusting();
    expect((await askBare('/_gate/auth/healthz', named('GET', '/healthz'))).status).toBe(200);
    expect((await askBare('/_gate/auth/secret', named('GET', '/healthz'))).status).toBe(401);
    expect((await askBare('/_gate/auth/healthz', named('POST', '/healthz'))).status).toBe(401);
    expect((await askBare('/_gate/auth/secret', named('OPTIONS', '/secret', ORIGIN))).status).toBe(
      401,
    );
  });

  it.each(['/_gate/auth', '/_gate/auth/healthz'])('is not believed otherwise: %s', async (path) => {
    const { askBare } = gated();
    expect((await askBare(path, named('GET', '/healthz'))).status).toBe(401);
    expect((await askBare(path, named('OPTIONS', '/healthz', ORIGIN))).status).toBe(401);
  });

  it('is 403 if the proxy cannot be judged', async () => {
    const { askBare } = gated({
      onWarning: () => {},
      trustedProxy: () => {
        throw new Error('no address');
      },
    });
    expect((await askBare('/_gate/auth', named('GET', '/healthz'))).status).toBe(403);
  });

  it('asks for the scopes of the path, and for all where it does not know the path', async () => {
    const options = { pathScopes: { '/admin': 'admin', '/a': 'read' } };
    const { askBare } = gated({ ...options, trustedProxy: () => true });
    const asked = async (path: string, headers: Record<string, string> = {}) =>
      (await askBare(path, { headers: { ...authorized, ...headers } })).status;
    expect(await asked('/_gate/auth', { 'x-forwarded-uri': '/a/b' })).toBe(204);
    expect(await asked('/_gate/auth', { 'x-forwarded-uri': '/admin/b' })).toBe(403);
    expect(await asked('/_gate/auth', { 'x-forwarded-uri': '//admin' })).toBe(403);
    expect(await asked('/_gate/auth/a/b')).toBe(200);
    expect(await asked('/_gate/auth/admin')).toBe(403);
    expect(await asked('/_gate/auth')).toBe(403);
    expect(await asked('/_gate/auth/a/b', { 'x-original-url': '/admin' })).toBe(403);
    expect(await asked('/_gate/auth/a/b', { 'x-rewrite-url': '/admin' })).toBe(403);
    expect(await asked('/_gate/auth', { 'x-forwarded-uri': '/a/b#/../../admin' })).toBe(403);
    const untrusting = gated(options);
    const headers = { ...authorized, 'x-forwarded-uri': '/a/b' };
    expect((await untrusting.askBare('/_gate/auth', { headers })).status).toBe(403);
  });
});
