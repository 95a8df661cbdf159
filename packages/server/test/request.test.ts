// The two exemptions: public paths, byte for byte, and CORS preflights with all their conditions.
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { authGuard, createGate } from '../src/index.ts';
import { isSafeMethod, readTarget } from '../src/request.ts';
import { guarded } from './hono/guarded.ts';
import { rawRequest } from './raw-request.ts';
import { BARE, INVALID_REQUEST, INVALID_TOKEN, readRefusal, refusal } from './refusal.ts';
import { config, forge, TOKEN } from './tokens.ts';

const publicPaths = ['/healthz'];

describe('a target', () => {
  it.each([
    ['http://host/path?query#fragment', '/path', '?query'],
    ['http://host', '', ''],
    ['http://host?a/b', '', '?a/b'],
    ['http://host#/path', '', ''],
    ['http://host//other/path', '//other/path', ''],
    ['no/scheme//host/path', '', ''],
    ['/healthz', '/healthz', ''],
    ['/healthz?a#b', '/healthz', '?a'],
    ['//host/path?x', '//host/path', '?x'],
    ['*', '', ''],
    ['', '', ''],
  ])('of %j has the path %j and the query %j', (url, path, query) => {
    expect(readTarget(url)).toEqual({ path, query });
  });

  it('is only read by GET and HEAD', () => {
    expect(['GET', 'HEAD'].every(isSafeMethod)).toBe(true);
    expect(['TARGET', 'GETS', 'AHEAD', 'HEADS', 'get', ''].some(isSafeMethod)).toBe(false);
  });
});

describe('a public path', () => {
  it.each([
    ['GET', '/healthz'],
    ['HEAD', '/healthz'],
    ['GET', '/healthz?x=1'],
    ['GET', '/healthz?'],
    ['GET', '/healthz?next=//a%2fb;c'],
    ['GET', '/healthz#part'],
    ['GET', '/healthz#part?x'],
    ['GET', '/healthz?x#part'],
  ])('lets %s %s pass without a token', async (method, path) => {
    const { send, auths } = guarded({ config, publicPaths });
    const response = await send(rawRequest({ url: `http://localhost${path}`, method }));
    expect(response.status).toBe(200);
    expect(auths).toEqual([undefined]);
  });

  it.each([
    '/',
    '/healthz/',
    '//healthz',
    '/healthz//',
    '/HEALTHZ',
    '/Healthz',
    '/healthz%2f',
    '/healthz%2F',
    '/healthz%20',
    '/healthz%00',
    '/healthz%3fx',
    '/%68ealthz',
    '/healthz;x',
    '/healthz;',
    '\\healthz',
    '/\\healthz',
    '/healthz\\',
    '/healthz.',
    '/healthz/..',
    '/./healthz',
    '/../healthz',
    '/x/../healthz',
    '/healthz/x',
    '/healthzx',
    '/health',
    '/x?/healthz',
    '/?/healthz',
    '/x#/healthz',
  ])('is not %s', async (path) => {
    const { send, runs } = guarded({ config, publicPaths });
    const response = await send(rawRequest({ url: `http://localhost${path}` }));
    expect(await readRefusal(response)).toStrictEqual(refusal(401, BARE));
    expect(runs()).toBe(0);
  });

  it('is not found in the authority of a URL', async () => {
    const { send, runs } = guarded({ config, publicPaths });
    for (const url of ['http://healthz/', 'http://a/healthz@b/', 'http://healthz:80/x']) {
      expect((await send(rawRequest({ url }))).status).toBe(401);
    }
    expect(runs()).toBe(0);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'get', 'TRACE'])(
    'is not open to %s',
    async (method) => {
      const { send, runs } = guarded({ config, publicPaths });
      const response = await send(rawRequest({ url: 'http://localhost/healthz', method }));
      expect(response.status).toBe(401);
      expect(runs()).toBe(0);
    },
  );

  it.each([
    ['good', `Bearer ${TOKEN}`],
    ['expired', `Bearer ${forge({ exp: 1 })}`],
    ['no JWT', 'Bearer nonsense'],
    ['twice there', `Bearer ${TOKEN}, Bearer ${TOKEN}`],
  ])('ignores the token: %s', async (_, authorization) => {
    const { get, auths } = guarded({ config, publicPaths });
    expect((await get(authorization, '/healthz')).status).toBe(200);
    expect(auths).toEqual([undefined]);
  });

  it('does not exist by default', async () => {
    const { get, runs } = guarded({ config });
    expect((await get(undefined, '/healthz')).status).toBe(401);
    expect((await get(undefined, '/')).status).toBe(401);
    expect(runs()).toBe(0);
  });

  it('is the whole path in an application mounted under another one', async () => {
    const inner = new Hono().get('/healthz', (c) => c.text('reached'));
    const mounted = (paths: readonly string[]) =>
      new Hono().use(authGuard({ config, publicPaths: paths })).route('/api', inner);
    expect((await mounted(['/api/healthz']).request('/api/healthz')).status).toBe(200);
    expect((await mounted(['/healthz']).request('/api/healthz')).status).toBe(401);
  });

  it.each([
    ['without a slash', 'healthz'],
    ['empty', ''],
    ['with %', '/health%7a'],
    ['with a backslash', '/a\\b'],
    ['with ;', '/healthz;x'],
    ['with //', '//healthz'],
    ['with a *', '/public/*'],
    ['with a query', '/healthz?x'],
    ['with a fragment', '/healthz#x'],
    ['with a host', 'https://a.example/healthz'],
  ])('that can never match is an error at the start: %s', (_, path) => {
    expect(() => authGuard({ config, publicPaths: ['/ok', path] })).toThrow(
      new TypeError('a public path begins with / and has no %, \\, ;, ?, #, * or //'),
    );
    expect(() => createGate({ config, upstream: 'http://a', publicPaths: [path] })).toThrow(
      TypeError,
    );
  });
});

const PREFLIGHT = {
  origin: 'https://app.example',
  'access-control-request-method': 'DELETE',
  'access-control-request-headers': 'authorization',
};

const options = (headers: HeadersInit, method = 'OPTIONS') =>
  new Request('http://localhost/things', { method, headers });

describe('a preflight', () => {
  it.each([
    ['in full', PREFLIGHT],
    ['without request headers', { origin: 'null', 'access-control-request-method': 'GET' }],
    ['with an empty body', { ...PREFLIGHT, 'content-length': '0' }],
    ['with a cookie, which is not read', { ...PREFLIGHT, cookie: `jwt=${TOKEN}` }],
  ])('passes without a token and leaves c.var.auth unset: %s', async (_, headers) => {
    const { send, auths } = guarded({ config });
    expect((await send(options(headers))).status).toBe(200);
    expect(auths).toEqual([undefined]);
  });

  const { origin: _origin, ...withoutOrigin } = PREFLIGHT;
  const { 'access-control-request-method': _method, ...withoutMethod } = PREFLIGHT;

  it.each<[string, HeadersInit, string, string, string?]>([
    ['no Origin', withoutOrigin, 'OPTIONS', BARE],
    ['no Access-Control-Request-Method', withoutMethod, 'OPTIONS', BARE],
    ['neither', {}, 'OPTIONS', BARE],
    ['a body', { ...PREFLIGHT, 'content-length': '1' }, 'OPTIONS', BARE],
    [
      'a Content-Length that is not a number',
      { ...PREFLIGHT, 'content-length': 'x' },
      'OPTIONS',
      BARE,
    ],
    ['two lengths', { ...PREFLIGHT, 'content-length': '0, 5' }, 'OPTIONS', BARE],
    ['Transfer-Encoding', { ...PREFLIGHT, 'transfer-encoding': 'chunked' }, 'OPTIONS', BARE],
    ['Basic credentials', { ...PREFLIGHT, authorization: 'Basic YTpi' }, 'OPTIONS', BARE],
    ['empty credentials', { ...PREFLIGHT, authorization: '' }, 'OPTIONS', BARE],
    [
      'a bad token',
      { ...PREFLIGHT, authorization: 'Bearer x' },
      'OPTIONS',
      INVALID_TOKEN,
      'invalid_token',
    ],
    ['GET', PREFLIGHT, 'GET', BARE],
    ['POST', PREFLIGHT, 'POST', BARE],
    ['options in lower case of another kind', PREFLIGHT, 'OPTION', BARE],
  ])('it is not, so it needs a token: %s', async (_, headers, method, challenge, code) => {
    const { send, runs } = guarded({ config });
    const response = await send(options(headers, method));
    expect(await readRefusal(response)).toStrictEqual(refusal(401, challenge, code));
    expect(runs()).toBe(0);
  });

  it('with two tokens is refused as an invalid request', async () => {
    const { send, runs } = guarded({ config });
    const response = await send(options({ ...PREFLIGHT, authorization: `Bearer ${TOKEN}, x` }));
    expect(await readRefusal(response)).toStrictEqual(
      refusal(400, INVALID_REQUEST, 'invalid_request'),
    );
    expect(runs()).toBe(0);
  });

  it('with a good token is treated like any other request', async () => {
    const { send, auths } = guarded({ config });
    const headers = { ...PREFLIGHT, authorization: `Bearer ${TOKEN}` };
    expect((await send(options(headers))).status).toBe(200);
    expect(auths).toMatchObject([{ claims: { sub: 'alice' } }]);
  });
});
