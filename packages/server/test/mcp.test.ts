import { inspect } from 'node:util';
import { Hono } from 'hono';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { type Auth, authGuard, createAuthenticator, requireScope } from '../src/index.ts';
import { type AuthInfo, protectedResourceMetadata, toAuthInfo } from '../src/mcp.ts';
import { config, forge, NOW_SECONDS } from './tokens.ts';

/** AuthInfo as `@modelcontextprotocol/sdk` 1 and `@modelcontextprotocol/server` 2 declare it. */
interface SdkAuthInfo {
  token: string;
  clientId: string;
  scopes: string[];
  expiresAt?: number;
  resource?: URL;
  resourceMetadataUrl?: string;
  extra?: Record<string, unknown>;
}

const CLAIMS = { sub: 'alice', client_id: 'cli', scope: 'read write', exp: NOW_SECONDS * 2 };
const TOKEN = forge(CLAIMS);

const { authenticate, recheck } = createAuthenticator({ config });
const authOf = async (token: string): Promise<Auth> => {
  const headers = { authorization: `Bearer ${token}` };
  const { auth } = await authenticate(new Request('http://localhost/', { headers }));
  return auth ?? expect.fail('refused');
};

describe('toAuthInfo', () => {
  it('has what the SDKs call AuthInfo, and is still an auth', async () => {
    const auth = await authOf(TOKEN);
    const info = toAuthInfo(auth);
    expectTypeOf(info).toExtend<SdkAuthInfo>();
    expectTypeOf(info).toExtend<Auth>();
    expect(info.token).toBe(TOKEN);
    expect({ ...info }).toEqual({ ...auth, extra: CLAIMS });
    expect(info).toMatchObject({
      clientId: 'cli',
      scopes: ['read', 'write'],
      expiresAt: CLAIMS.exp,
    });
    expect(await recheck(info)).toMatchObject({ outcome: 'accepted' });
    expect(toAuthInfo(info)).toEqual(info);
  });

  it('takes the plain token of zepcli -i, which has no claims', async () => {
    const token = forge({});
    const info = toAuthInfo(await authOf(token));
    expect(info).toMatchObject({ scopes: [], extra: {}, clientId: info.keyId });
    expect([info.token, 'expiresAt' in info]).toEqual([token, false]);
  });

  it('keeps the token out of everything that can be printed or copied', async () => {
    const info = toAuthInfo(await authOf(TOKEN));
    const [, payload = '', signature = ''] = TOKEN.split('.');
    const printed = [
      JSON.stringify(info),
      inspect(info, { showHidden: true, depth: 9 }),
      JSON.stringify(Object.getOwnPropertyDescriptors(info)),
      JSON.stringify({ ...info }),
    ].join();
    expect(printed).toContain('alice');
    for (const part of [payload, signature]) expect(printed).not.toContain(part);
    const copy = Object.assign(Object.create(Object.getPrototypeOf(info)), info) as AuthInfo;
    expect(() => copy.token).toThrow(TypeError);
  });

  it('cannot be changed by a tool', async () => {
    const info = toAuthInfo(await authOf(TOKEN));
    expect(() => info.scopes.push('admin')).toThrow(TypeError);
    expect(() => Object.assign(info, { clientId: 'root' })).toThrow(TypeError);
    expect(() => Object.assign(info, { token: 'x' })).toThrow(TypeError);
    expect(() => Object.assign(info.extra, { sub: 'root' })).toThrow(TypeError);
  });

  it.each([
    ['https://api.example/mcp', true],
    [['a', 'https://api.example/mcp'], true],
    ['https://api.example/mcp/', false],
    ['https://api.example', false],
    [['https://other.example/mcp'], false],
    [[], false],
    [undefined, false],
  ])('names the resource only for a token whose aud is it: %j', async (aud, isNamed) => {
    const metadata = protectedResourceMetadata({ resource: 'https://api.example/mcp' });
    const info = toAuthInfo(await authOf(forge({ sub: 'alice', aud })), metadata);
    expect(info.resource).toEqual(isNamed ? new URL('https://api.example/mcp') : undefined);
    expect(info.resourceMetadataUrl).toBe(metadata.url);
  });

  it('refuses what no guard made', async () => {
    const auth = await authOf(TOKEN);
    for (const value of [{ ...auth }, {}]) {
      expect(() => toAuthInfo(value as Auth)).toThrow(TypeError);
    }
  });

  it('may replace c.var.auth behind a guard', async () => {
    const app = new Hono().use(authGuard({ config }), async (c, next) => {
      if (c.var.auth) c.set('auth', toAuthInfo(c.var.auth));
      await next();
    });
    app.get('/', requireScope('read'), (c) => c.json({ ...c.var.auth, token: 'token' in c.var }));
    app.get('/admin', requireScope('admin'), (c) => c.text('reached'));
    const init = { headers: { authorization: `Bearer ${TOKEN}` } };
    expect(await (await app.request('/', init)).json()).toMatchObject({ extra: { sub: 'alice' } });
    expect((await app.request('/admin', init)).status).toBe(403);
    expect((await app.request('/')).status).toBe(401);
  });
});

describe('protectedResourceMetadata', () => {
  it('is the document of RFC 9728', async () => {
    const { handle } = protectedResourceMetadata({
      resource: 'https://api.example/mcp',
      scopes: ['notes:read', 'notes:write'],
      authorizationServers: ['https://login.example'],
      name: 'Notes',
      documentation: new URL('https://docs.example/tokens'),
    });
    const response = handle(new Request('https://api.example/'));
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual({
      resource: 'https://api.example/mcp',
      authorization_servers: ['https://login.example'],
      scopes_supported: ['notes:read', 'notes:write'],
      bearer_methods_supported: ['header'],
      resource_name: 'Notes',
      resource_documentation: 'https://docs.example/tokens',
    });
  });

  it('leaves out what is not known', async () => {
    const { handle } = protectedResourceMetadata({ resource: 'https://api.example' });
    expect(await handle(new Request('https://api.example/')).json()).toEqual({
      resource: 'https://api.example',
      bearer_methods_supported: ['header'],
    });
  });

  // RFC 9728 section 3.1
  it.each([
    ['https://a.example', '', 'https://a.example'],
    ['https://a.example/', '', 'https://a.example'],
    ['https://a.example:8443/mcp', '/mcp', 'https://a.example:8443'],
    ['https://a.example/v1/mcp/', '/v1/mcp/', 'https://a.example'],
    ['http://localhost:3000/mcp', '/mcp', 'http://localhost:3000'],
    ['http://127.0.0.1/mcp', '/mcp', 'http://127.0.0.1'],
  ])('of %s is at the well-known path before %j', (resource, suffix, origin) => {
    const { path, url } = protectedResourceMetadata({ resource });
    expect(path).toBe(`/.well-known/oauth-protected-resource${suffix}`);
    expect(url).toBe(`${origin}${path}`);
  });

  it('of a resource with a query has it too', () => {
    const { path, url } = protectedResourceMetadata({ resource: 'https://a.example/mcp?v=1' });
    expect(path).toBe('/.well-known/oauth-protected-resource/mcp');
    expect(url).toBe('https://a.example/.well-known/oauth-protected-resource/mcp?v=1');
  });

  it('answers pages of any origin, and only reads', async () => {
    const { handle } = protectedResourceMetadata({ resource: 'https://a.example/mcp' });
    const ask = (method: string) => handle(new Request('https://a.example/', { method }));
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      expect(ask(method).headers.get('access-control-allow-origin')).toBe('*');
    }
    expect([ask('HEAD').status, await ask('HEAD').text()]).toEqual([200, '']);
    expect(ask('OPTIONS').headers.get('access-control-allow-headers')).toBe('*');
    const refused = ask('POST');
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
  });

  it.each([
    'api.example',
    'http://api.example/mcp',
    'https://api.example/#mcp',
    'https://user@api.example',
    'ftp://localhost/mcp',
    'http://localhost.example/',
  ])('takes no resource %s', (url) => {
    expect(() => protectedResourceMetadata({ resource: url })).toThrow(/^resource must be/);
    const resource = 'https://a.example';
    expect(() => protectedResourceMetadata({ resource, authorizationServers: [url] })).toThrow(
      TypeError,
    );
    expect(() => protectedResourceMetadata({ resource, documentation: url })).toThrow(TypeError);
  });

  it('takes no scope with a space', () => {
    const options = { resource: 'https://a.example', scopes: ['a b'] };
    expect(() => protectedResourceMetadata(options)).toThrow(TypeError);
  });
});
