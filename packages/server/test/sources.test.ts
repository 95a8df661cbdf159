// Tokens outside the Authorization header: only from the sources asked for, never two, never for another site's page.
import { type Context, Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import type { DecisionOptions } from '../src/authenticator-options.ts';
import {
  authGuard,
  bearer,
  cookie,
  header,
  query as inQuery,
  type Source,
  selectProtocol,
  subprotocol,
} from '../src/index.ts';
import { gated } from './gate/gated.ts';
import { guarded } from './hono/guarded.ts';
import { INVALID_REQUEST, INVALID_TOKEN, readRefusal, refusal } from './refusal.ts';
import { config, forge, TOKEN } from './tokens.ts';

const OTHER = forge({ sub: 'bob' });
const AUTHORIZATION = { authorization: `Bearer ${TOKEN}` };
const COOKIE = { cookie: `jwt=${TOKEN}` };
const PROTOCOL = { 'sec-websocket-protocol': `bearer, ${TOKEN}` };
const QUERY = `?access_token=${TOKEN}`;
const ALL: readonly Source[] = [bearer(), cookie('jwt'), subprotocol(), inQuery('access_token')];
const [BEARER, COOKIES, PROTOCOLS, QUERIES] = ALL as [Source, Source, Source, Source];

const withCookieFor = (...allowedOrigins: string[]): readonly Source[] =>
  ALL.map((source) => (source === COOKIES ? cookie('jwt', { allowedOrigins }) : source));

type Init = Omit<RequestInit, 'headers'> & { readonly query?: string };
const asked = (options: DecisionOptions<Context>) => {
  const { send, auths } = guarded({ config, ...options });
  const ask = (headers: Record<string, string>, { query = '', ...init }: Init = {}) =>
    send(new Request(`http://api.example/things${query}`, { headers, ...init }));
  const statusOf = async (...request: Parameters<typeof ask>): Promise<number> =>
    (await ask(...request)).status;
  return { ask, statusOf, auths };
};

describe('a source', () => {
  it.each<readonly [string, Source, Record<string, string>, string]>([
    ['bearer', BEARER, AUTHORIZATION, ''],
    ['cookie:jwt', COOKIES, COOKIE, ''],
    ['subprotocol', PROTOCOLS, PROTOCOL, ''],
    ['query:access_token', QUERIES, {}, QUERY],
    ['header:x-api-key', header('X-Api-Key'), { 'x-api-key': TOKEN }, ''],
  ])(
    '%s is read if it is listed, is reported, and is ignored otherwise',
    async (name, source, headers, query) => {
      const { statusOf, auths } = asked({ sources: [source] });
      expect(await statusOf(headers, { query })).toBe(200);
      expect(auths).toMatchObject([{ source: name, claims: { sub: 'alice' } }]);
      for (const other of ALL.filter((found) => found !== source)) {
        expect(await asked({ sources: [other] }).statusOf(headers, { query })).toBe(401);
      }
    },
  );

  it('is only the header by default', async () => {
    const { statusOf } = asked({});
    expect(await statusOf(AUTHORIZATION)).toBe(200);
    for (const headers of [COOKIE, PROTOCOL]) expect(await statusOf(headers)).toBe(401);
    expect(await statusOf({}, { query: QUERY })).toBe(401);
  });

  it('refuses a bad token like the header', async () => {
    const { ask } = asked({ sources: ALL });
    const expected = refusal(401, INVALID_TOKEN, 'invalid_token');
    expect(await readRefusal(await ask({ cookie: 'jwt=abc' }))).toEqual(expected);
    expect(await readRefusal(await ask({}, { query: '?access_token=abc' }))).toEqual(expected);
    const protocols = { 'sec-websocket-protocol': 'bearer, abc' };
    expect(await readRefusal(await ask(protocols))).toEqual(expected);
  });

  it('is cached like the header, and reports where each token was', async () => {
    const { statusOf, auths } = asked({ sources: ALL });
    for (const headers of [AUTHORIZATION, COOKIE, AUTHORIZATION, PROTOCOL, COOKIE]) {
      expect(await statusOf(headers)).toBe(200);
    }
    expect(auths.map((auth) => (auth as { source: string }).source)).toEqual([
      'bearer',
      'cookie:jwt',
      'bearer',
      'subprotocol',
      'cookie:jwt',
    ]);
  });
});

describe('two tokens', () => {
  it.each([
    ['header and query', AUTHORIZATION, QUERY],
    ['header and subprotocol', { ...AUTHORIZATION, ...PROTOCOL }, ''],
    ['subprotocol and query', PROTOCOL, QUERY],
    ['two in the query', {}, `${QUERY}&access_token=${OTHER}`],
    ['two subprotocols', { 'sec-websocket-protocol': `bearer, ${TOKEN}, bearer, ${OTHER}` }, ''],
    ['two cookies', { cookie: `jwt=${TOKEN}; jwt=${OTHER}` }, ''],
    ['the same, twice', AUTHORIZATION, QUERY],
  ])('are refused with 400: %s', async (_, headers, query) => {
    const { ask, auths } = asked({ sources: ALL });
    expect(await readRefusal(await ask(headers, { query }))).toEqual(
      refusal(400, INVALID_REQUEST, 'invalid_request'),
    );
    expect(auths).toEqual([]);
  });

  it('are only one if the second is in a place that is not read', async () => {
    expect(await asked({}).statusOf(AUTHORIZATION, { query: QUERY })).toBe(200);
    expect(await asked({ sources: [QUERIES] }).statusOf(AUTHORIZATION, { query: QUERY })).toBe(200);
  });
});

describe('the cookie', () => {
  const statusOf = (...request: Parameters<ReturnType<typeof asked>['statusOf']>) =>
    asked({ sources: withCookieFor('https://app.example') }).statusOf(...request);

  it('is not read if there are other credentials', async () => {
    const { ask, auths } = asked({ sources: ALL });
    const both = { ...COOKIE, authorization: `Bearer ${OTHER}` };
    expect((await ask(both)).status).toBe(200);
    expect(auths).toMatchObject([{ source: 'bearer', claims: { sub: 'bob' } }]);
    for (const authorization of ['Basic YTpi', 'Bearer', '']) {
      expect((await ask({ ...COOKIE, authorization })).status).toBe(401);
    }
    expect((await ask({ ...COOKIE, authorization: 'Bearer abc' })).status).toBe(401);
  });

  it('is found among others, by its exact name', async () => {
    for (const cookie of [`a=b; jwt=${TOKEN}; c=d`, `a=b;jwt=${TOKEN}`, `jwt=${TOKEN} ; a=b`]) {
      expect(await statusOf({ cookie })).toBe(200);
    }
    for (const cookie of [
      `xjwt=${TOKEN}`,
      `JWT=${TOKEN}`,
      `jwt =${TOKEN}`,
      `a=jwt=${TOKEN}`,
      'jwt=',
    ]) {
      expect(await statusOf({ cookie })).toBe(401);
    }
  });

  it.each([
    ['GET', {}, 200],
    ['GET', { origin: 'https://evil.example' }, 200],
    ['HEAD', {}, 200],
    ['POST', {}, 403],
    ['POST', { origin: 'https://evil.example' }, 403],
    ['POST', { origin: 'null' }, 403],
    ['POST', { origin: 'https://api.example' }, 403],
    ['POST', { origin: 'http://api.example' }, 200],
    ['POST', { origin: 'http://API.example' }, 403],
    ['POST', { origin: 'http://api.example.evil' }, 403],
    ['POST', { origin: 'https://app.example' }, 200],
    ['POST', { origin: 'https://app.example:444' }, 403],
    ['OPTIONS', { origin: 'https://evil.example' }, 403],
    ['GET', { origin: 'https://evil.example', 'x-http-method-override': 'DELETE' }, 403],
    ['GET', { 'x-http-method': 'DELETE' }, 403],
    ['GET', { 'x-method-override': 'DELETE' }, 403],
    ['GET', { x_method: 'DELETE' }, 403],
    ['GET', { 'max-x-method': 'DELETE' }, 200],
    ['GET', { 'upgrade-insecure-requests': '1' }, 200],
    ['GET', { 'no-upgrade': '1' }, 200],
    ['GET', { upgrade: 'websocket' }, 403],
    ['GET', { upgrade: 'websocket', origin: 'https://evil.example' }, 403],
    ['GET', { upgrade: 'websocket', origin: 'http://api.example' }, 200],
  ])('%s from %j: %d', async (method, headers, status) => {
    expect(await statusOf({ ...COOKIE, ...headers }, { method })).toBe(status);
    // Without the cookie a page cannot act for its owner, and a token in the header was put there by the page itself.
    if (method !== 'OPTIONS')
      expect(await statusOf({ ...AUTHORIZATION, ...headers }, { method })).toBe(200);
  });

  it('that is missing or empty is not judged by its origin', async () => {
    const init = { method: 'POST' };
    for (const cookie of ['a=b', 'jwt=', 'jwt= ; a=b']) {
      expect(await statusOf({ cookie, origin: 'https://evil.example' }, init)).toBe(401);
    }
    expect(await statusOf({}, init)).toBe(401);
  });

  it('from another origin is refused with 403, a code for the operator, and without a challenge', async () => {
    const codes: unknown[] = [];
    const { ask, auths } = asked({ sources: ALL, onResult: ({ code }) => void codes.push(code) });
    const response = await ask({ ...COOKIE, origin: 'https://evil.example' }, { method: 'POST' });
    expect(await readRefusal(response)).toEqual(refusal(403, null));
    expect(codes).toEqual(['ERR_ORIGIN_NOT_ALLOWED']);
    expect(auths).toEqual([]);
  });

  it('is judged by the origin that a trusted proxy reports', async () => {
    const told = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'www.example' };
    const headers = { ...COOKIE, ...told, origin: 'https://www.example' };
    const init = { method: 'POST' };
    const options = { sources: ALL, trustedProxy: () => true };
    expect(await asked(options).statusOf(headers, init)).toBe(200);
    expect(await asked({ sources: ALL }).statusOf(headers, init)).toBe(403);
  });
});

describe('a cookie', () => {
  const { statusOf } = asked({ sources: ALL });

  it('may be in one pair of quotes, as RFC 6265 allows', async () => {
    for (const [value, status] of [
      [`"${TOKEN}"`, 200],
      [`""${TOKEN}""`, 401],
      [`"${TOKEN}`, 401],
      [`${TOKEN}"`, 401],
      ['""', 401],
    ] as const) {
      expect(await statusOf({ cookie: `a="b"; jwt=${value}` })).toBe(status);
    }
  });

  it('that occurs twice is ambiguous, even if one of them is empty', async () => {
    for (const value of [`jwt=; jwt=${TOKEN}`, `jwt=${TOKEN}; a=b; jwt=`]) {
      expect(await statusOf({ cookie: value })).toBe(400);
    }
  });

  it('is found by its name, whatever characters are in it', async () => {
    for (const name of ['__Host-token', '__Secure-a.b', 'a$b', 'a+b|c']) {
      const { statusOf: ask, auths } = asked({ sources: [cookie(name)] });
      expect(await ask({ cookie: `${name}=${TOKEN}` })).toBe(200);
      expect(auths).toMatchObject([{ source: `cookie:${name}` }]);
      expect(await ask({ cookie: `${name.replace(/\W/, 'x')}x=${TOKEN}` })).toBe(401);
    }
    expect(await asked({ sources: [cookie('a.b')] }).statusOf({ cookie: `axb=${TOKEN}` })).toBe(
      401,
    );
  });

  it.each([
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, 200],
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, 403],
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' }, 403],
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'websocket' }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' }, 200],
    [{ 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }, 200],
    [{ 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }, 200],
    [{ 'sec-fetch-mode': 'cors' }, 200],
    [{ 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'websocket' }, 403],
    [{ 'sec-websocket-key': 'x' }, 403],
  ])('on a GET with %j: %d', async (headers, status) => {
    expect(await statusOf({ ...COOKIE, ...headers })).toBe(status);
    expect(await statusOf({ ...AUTHORIZATION, ...headers })).toBe(200);
  });

  it('on a cross-site GET is accepted from a page of an allowed origin', async () => {
    const { statusOf: ask } = asked({ sources: withCookieFor('https://app.example') });
    const headers = { ...COOKIE, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' };
    expect(await ask({ ...headers, origin: 'https://app.example' })).toBe(200);
    expect(await ask({ ...headers, origin: 'https://evil.example' })).toBe(403);
  });
});

describe('a header', () => {
  it.each([
    [TOKEN, 200],
    [`${TOKEN},${TOKEN}`, 400],
    [`${TOKEN},`, 400],
    [`Bearer ${TOKEN}`, 401],
    ['', 401],
  ])('x-api-key: %s', async (value, status) => {
    const { statusOf } = asked({ sources: [header('x-api-key'), bearer()] });
    expect(await statusOf({ 'x-api-key': value })).toBe(status);
  });

  it('together with a bearer token is ambiguous', async () => {
    const { statusOf } = asked({ sources: [header('x-api-key'), bearer()] });
    expect(await statusOf({ ...AUTHORIZATION, 'x-api-key': TOKEN })).toBe(400);
    expect(await statusOf({ ...AUTHORIZATION, 'x-api-key': '' })).toBe(400);
  });
});

describe('what is forwarded', () => {
  const strip = (source: Source, target: string, fields: Record<string, string>) => {
    const headers = Object.entries(fields).flat();
    return [source.strip(target, headers), headers];
  };

  it('does not have the header, however it is capitalized', () => {
    expect(strip(header('x-api-key'), '/a', { 'X-API-Key': TOKEN, 'x-api-keys': '1' })).toEqual([
      '/a',
      ['x-api-keys', '1'],
    ]);
    expect(strip(BEARER, '/a', { Authorization: 'Bearer x', Accept: '*/*' })).toEqual([
      '/a',
      ['Accept', '*/*'],
    ]);
  });

  it('does not have the token of the query, not even in a header that repeats it', () => {
    const fields = {
      Referer: `https://app.example/?a&access_token=${TOKEN}`,
      'X-Original-URI': `/a?access_token=${TOKEN}`,
      'HX-Current-URL': `https://app.example/#${TOKEN}`,
      'X-Trace': 'abc',
    };
    expect(strip(QUERIES, `/a?x=%2f&access_token=${TOKEN}&y`, fields)).toEqual([
      '/a?x=%2f&y',
      ['X-Trace', 'abc'],
    ]);
  });

  it('keeps the other subprotocols', () => {
    const offered = (value: string) => strip(PROTOCOLS, '/', { 'Sec-WebSocket-Protocol': value });
    expect(offered(`chat, bearer, ${TOKEN}, v2`)[1]).toEqual([
      'Sec-WebSocket-Protocol',
      'chat, v2',
    ]);
    expect(offered(`bearer, ${TOKEN}`)[1]).toEqual([]);
    expect(offered('chat,v2')[1]).toEqual(['Sec-WebSocket-Protocol', 'chat,v2']);
  });

  it('keeps a query without the parameter byte for byte', () => {
    for (const target of ['/a', '/a?', '/a?&&x', '/a?xaccess_token=1', '/a?b=access_token=1']) {
      expect(strip(QUERIES, target, {})).toEqual([target, []]);
    }
  });
});

describe('the query', () => {
  it.each([
    [`?a=b&access_token=${TOKEN}&c=d`, 200],
    [`?access_token=${TOKEN}#access_token=x`, 200],
    [`?ACCESS_TOKEN=${TOKEN}`, 401],
    [`?%61ccess_token=${TOKEN}`, 401],
    [`?a=b?access_token=${TOKEN}`, 401],
    [`??access_token=${TOKEN}`, 401],
    [`?xaccess_token=${TOKEN}`, 401],
    [`?access_token%3D${TOKEN}`, 401],
    [`?access_token=${TOKEN.replace('.', '%2E')}`, 401],
    ['?access_token=', 401],
    ['?access_token', 401],
  ])('%s', async (query, status) => {
    expect(await asked({ sources: [QUERIES] }).statusOf({}, { query })).toBe(status);
  });

  it('is not a path', async () => {
    const { send } = guarded({ config, sources: [QUERIES] });
    const path = `http://api.example/things&access_token=${TOKEN}`;
    expect((await send(new Request(path))).status).toBe(401);
  });
});

describe('an answer to a cookie or a query', () => {
  const answered = async (cacheControl: string | undefined, request: Request) => {
    const app = new Hono().use(authGuard({ config, sources: ALL }));
    app.get('*', (c) => c.text('x', 200, cacheControl ? { 'cache-control': cacheControl } : {}));
    return (await app.request(request)).headers.get('cache-control');
  };
  const withCookie = () => new Request('http://api.example/', { headers: COOKIE });
  const withQuery = () => new Request(`http://api.example/${QUERY}`);
  const withHeader = () => new Request('http://api.example/', { headers: AUTHORIZATION });

  it('stays out of shared caches', async () => {
    for (const request of [withCookie, withQuery]) {
      for (const [said, kept] of [
        [undefined, 'private'],
        ['public', 'private'],
        ['public, max-age=60', 'max-age=60, private'],
        ['no-cache, must-revalidate', 'no-cache, must-revalidate, private'],
        ['private="set-cookie, x", s-maxage=600', 'private'],
        ['private, max-age=60', 'max-age=60, private'],
        ['no-store', 'no-store'],
        ['Private', 'private'],
        ['not-private, max-age=1', 'not-private, max-age=1, private'],
      ] as const) {
        expect(await answered(said, request())).toBe(kept);
      }
    }
    expect(await answered('public', withHeader())).toBe('public');
  });
});

it.each([
  'CDN-Cache-Control',
  'Cloudflare-CDN-Cache-Control',
  'Vercel-CDN-Cache-Control',
  'Surrogate-Control',
  'Edge-Control',
  'X-Accel-Expires',
  'X-LiteSpeed-Cache-Control',
])('an answer to a cookie tells no cache by %s to store it', async (name) => {
  const app = new Hono().use(authGuard({ config, sources: ALL }));
  app.get('*', (c) => c.text('x', 200, { [name]: 'max-age=600', 'x-cdn-cache-control-a': 'b' }));
  const headersOf = async (headers: Record<string, string>) =>
    (await app.request('/', { headers })).headers;
  expect((await headersOf(AUTHORIZATION)).get(name)).toBe('max-age=600');
  const answered = await headersOf(COOKIE);
  expect(answered.get(name)).toBeNull();
  expect(answered.get('cache-control')).toBe('private');
  expect(answered.get('x-cdn-cache-control-a')).toBe('b');
});

it('an immutable response is sent too', async () => {
  const app = new Hono().use(authGuard({ config, sources: ALL }));
  app.get('*', () => Response.redirect('https://a.example/'));
  const response = await app.request(new Request(`http://api.example/${QUERY}`));
  expect([response.status, response.headers.get('cache-control')]).toEqual([302, 'private']);
});

describe('the gate', () => {
  const sent = async (path: string, headers: Record<string, string>) => {
    const { gate, calls } = gated({ sources: ALL });
    const request = new Request(`http://gate.example${path}`, { headers });
    expect((await gate.fetch(request)).status).toBe(200);
    const [call] = calls;
    return [call?.url.replace('http://upstream.example:8000', ''), call?.headers['cookie']];
  };

  it('removes the credentials that it reads, and nothing else', async () => {
    expect(await sent('/a?x=1', { cookie: `a=b; jwt=${TOKEN}; c=d` })).toEqual([
      '/a?x=1',
      'a=b; c=d',
    ]);
    expect(await sent('/a', { cookie: `jwt=${TOKEN}; c=d` })).toEqual(['/a', 'c=d']);
    expect(await sent('/a', { cookie: `jwt=${TOKEN};c=d` })).toEqual(['/a', 'c=d']);
    expect(await sent('/a', { cookie: `jwt=${TOKEN};  c=d` })).toEqual(['/a', 'c=d']);
    expect(await sent('/a', { cookie: `a=b; c=d; jwt=${TOKEN}` })).toEqual(['/a', 'a=b; c=d']);
    expect(await sent('/a', COOKIE)).toEqual(['/a', undefined]);
    expect(await sent(`/a?x=1&access_token=${TOKEN}&y=%2f`, {})).toEqual([
      '/a?x=1&y=%2f',
      undefined,
    ]);
    expect(await sent(`/a?access_token=${TOKEN}`, {})).toEqual(['/a', undefined]);
    expect(await sent('/a?', COOKIE)).toEqual(['/a?', undefined]);
  });

  it('removes the token’s subprotocols, and forwards the others', async () => {
    for (const [sources, passed] of [
      [ALL, undefined],
      [[BEARER], PROTOCOL['sec-websocket-protocol']],
    ] as const) {
      const { gate, calls } = gated({ sources });
      const headers = sources === ALL ? PROTOCOL : { ...PROTOCOL, ...AUTHORIZATION };
      const response = await gate.fetch(new Request('http://gate.example/a', { headers }));
      expect(response.status).toBe(200);
      expect(calls.map((call) => call.headers['sec-websocket-protocol'])).toEqual([passed]);
    }
  });

  it('removes a Referer with the token in its query', async () => {
    const { ask, calls } = gated({ sources: ALL });
    const referer = `https://app.example/${QUERY}`;
    await ask('/a', { headers: { ...AUTHORIZATION, referer } });
    await ask('/a', { headers: { ...AUTHORIZATION, referer: 'https://app.example/?x' } });
    expect(calls.map(({ headers }) => headers['referer'])).toEqual([
      undefined,
      'https://app.example/?x',
    ]);
  });

  it.each([
    [{ origin: 'https://evil.example' }, 403],
    [{ origin: 'https://evil.example', 'x-original-method': 'POST' }, 403],
    [{ origin: 'https://evil.example', 'x-original-method': 'GET' }, 204],
    [{ origin: 'https://evil.example', 'x-forwarded-method': 'HEAD' }, 204],
    [{ origin: 'http://gate.example' }, 204],
    [{}, 403],
  ])('asked by a proxy about a request with a cookie and %j', async (headers, status) => {
    const { gate } = gated({ sources: ALL });
    const request = new Request('http://gate.example/_gate/auth', {
      headers: { ...COOKIE, ...headers },
    });
    expect((await gate.fetch(request)).status).toBe(status);
  });

  it('removes them on a public path too', async () => {
    expect(await sent(`/healthz${QUERY}`, { cookie: `jwt=${TOKEN}; c=d` })).toEqual([
      '/healthz',
      'c=d',
    ]);
  });

  it('forwards what it does not read', async () => {
    const { ask, calls } = gated();
    await ask(`/a${QUERY}`, { headers: { ...COOKIE, ...AUTHORIZATION } });
    expect(calls).toMatchObject([
      { url: `http://upstream.example:8000/a${QUERY}`, headers: { cookie: `jwt=${TOKEN}` } },
    ]);
  });
});

describe('selectProtocol', () => {
  it.each([
    [`bearer, ${TOKEN}`, [], 'bearer'],
    [`bearer, ${TOKEN}, chat`, ['chat'], 'chat'],
    [`chat, bearer, ${TOKEN}`, ['chat'], 'chat'],
    [`bearer, ${TOKEN}, b, a`, ['a', 'b'], 'b'],
    [`bearer, ${TOKEN}, chat`, [], 'bearer'],
    ['chat', ['chat'], 'chat'],
    ['chat', [], undefined],
    ['', ['chat'], undefined],
    [null, ['chat'], undefined],
    [undefined, ['chat'], undefined],
    [new Set(['bearer', TOKEN, 'chat']), ['chat'], 'chat'],
    [['bearer', TOKEN], ['chat'], 'bearer'],
  ])('%j for an application that speaks %j is %j', (offered, supported, selected) => {
    expect(selectProtocol(offered, supported)).toBe(selected);
  });

  it('works without protocols of the application, and does not invent one', () => {
    expect(selectProtocol(`bearer, ${TOKEN}`)).toBe('bearer');
    const any = Object.assign([], { includes: () => true });
    for (const nothing of [null, undefined, []]) {
      expect(selectProtocol(nothing, any)).toBeUndefined();
    }
    expect(selectProtocol('chat')).toBeUndefined();
  });
});

describe('the options', () => {
  it.each([[[]], [['header']], [[null]], [[{ name: 'bearer' }]], ['bearer']])(
    'sources %j are refused',
    (sources) => {
      expect(() => authGuard({ config, sources: sources as Source[] })).toThrow(
        /^sources is a list of bearer\(\), header/,
      );
    },
  );

  it('sources may not list one place twice', () => {
    const sources = [bearer(), header('x-api-key'), header('X-API-Key')];
    expect(() => authGuard({ config, sources })).toThrow('sources repeats a source');
    expect(() => authGuard({ config, sources: [cookie('a'), cookie('b')] })).not.toThrow();
  });

  it.each([
    'authorization',
    'Authorization',
    'cookie',
    'host',
    'connection',
    'transfer-encoding',
    'content-length',
    'sec-websocket-protocol',
    'proxy-authorization',
    'x api',
    '',
  ])('the header %j cannot carry a token', (name) => {
    expect(() => header(name)).toThrow(TypeError);
  });

  it.each(['', 'a b', 'a;b', 'a=b'])('%j is not the name of a cookie', (name) => {
    expect(() => cookie(name)).toThrow(TypeError);
  });

  it.each(['', 'a b', 'a&b', 'a=b', 'a%20'])('%j is not a parameter of the query', (name) => {
    expect(() => inQuery(name)).toThrow(TypeError);
  });

  it.each(['s3cret value', 's3cret\tvalue', 's3cret\u001b[2Jvalue'])(
    'no message repeats the name %j, which may be a secret',
    (name) => {
      for (const make of [header, cookie, inQuery]) {
        expect(() => make(name)).toThrow(TypeError);
        expect(() => make(name)).not.toThrow(/s3cret/);
      }
    },
  );

  it.each([
    'app.example',
    'https://app.example/',
    'https://app.example/x',
    '*',
    'ftp://a',
    'ftp://https:81',
    'null',
  ])('an allowed origin %j is refused', (origin) => {
    expect(() => cookie('jwt', { allowedOrigins: [origin] })).toThrow(TypeError);
  });

  it('say what is wrong', () => {
    expect(() => cookie('jwt', { allowedOrigins: ['x'] })).toThrow(
      'an allowed origin is a scheme and a host: https://app.example.com',
    );
    expect(() => authGuard({ config, resourceMetadata: 'x' })).toThrow(
      'realm and the URL resourceMetadata must be printable ASCII without " and \\',
    );
  });

  it.each(['http://app.example', 'https://app.example:8443', 'http://[::1]'])(
    'an allowed origin %j is accepted',
    async (origin) => {
      const { statusOf } = asked({ sources: withCookieFor(origin) });
      expect(await statusOf({ ...COOKIE, origin }, { method: 'POST' })).toBe(200);
    },
  );

  it('trustedProxy is not called if nothing depends on it', async () => {
    const trustedProxy = (): never => expect.fail();
    for (const sources of [undefined, [BEARER]]) {
      const { statusOf } = asked({ trustedProxy, ...(sources && { sources }) });
      expect(await statusOf(AUTHORIZATION)).toBe(200);
      expect(await statusOf({})).toBe(401);
    }
  });

  it('the URL of metadata may be plain HTTP, as on a developer’s machine', () => {
    expect(() => authGuard({ config, resourceMetadata: 'http://localhost/x' })).not.toThrow();
  });

  it('the URL of metadata is in every challenge', async () => {
    const resourceMetadata = 'https://api.example/.well-known/oauth-protected-resource';
    const { ask } = asked({ resourceMetadata });
    for (const [headers, before] of [
      [{}, 'Bearer realm="api"'],
      [{ authorization: 'Bearer abc' }, INVALID_TOKEN],
    ] as const) {
      expect((await ask(headers)).headers.get('www-authenticate')).toBe(
        `${before}, resource_metadata="${resourceMetadata}"`,
      );
    }
  });

  it.each([
    '',
    'x',
    '/path',
    'ftp://a.example',
    'https://a.example/"',
    'https://a.example/\\',
    'https://a.example/ x',
    'xhttps://a.example/',
  ])('the URL of metadata must not be %j', (resourceMetadata) => {
    expect(() => authGuard({ config, resourceMetadata })).toThrow(TypeError);
  });
});
