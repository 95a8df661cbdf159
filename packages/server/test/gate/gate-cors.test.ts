// Cross-origin requests: preflights that the upstream answers, and those that the gate answers itself.
import { describe, expect, it } from 'vitest';
import { BARE, readRefusal, refusal } from '../refusal.ts';
import { TOKEN } from '../tokens.ts';
import { gated } from './gated.ts';

const ORIGIN = 'https://app.example';
const PREFLIGHT = {
  origin: ORIGIN,
  'access-control-request-method': 'DELETE',
  'access-control-request-headers': 'authorization,x-own',
};
const preflight = (headers: Record<string, string> = {}): RequestInit => ({
  method: 'OPTIONS',
  headers: { ...PREFLIGHT, ...headers },
});

describe('without the cors option a preflight goes to the upstream', () => {
  const upstream = async () =>
    new Response(null, { status: 204, headers: { 'access-control-allow-origin': ORIGIN } });

  it('with its method, path and CORS headers, and nothing else', async () => {
    const { askBare, calls } = gated({ peerAddress: () => '203.0.113.9' }, upstream);
    const response = await askBare(
      '/things/1',
      preflight({
        cookie: 'jwt=x',
        'x-forwarded-for': '198.51.100.1',
        'x-auth-subject': 'root',
        'user-agent': 'x',
        referer: `${ORIGIN}/page`,
        via: '1.1 other',
        'content-length': '0',
        'access-control-request-private-network': 'true',
      }),
    );
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(calls).toHaveLength(1);
    expect(calls[0]?.url).toBe('http://upstream.example:8000/things/1');
    expect(calls[0]?.init.method).toBe('OPTIONS');
    expect(calls[0]?.init.body ?? null).toBeNull();
    expect(calls[0]?.headers).toEqual({
      ...PREFLIGHT,
      'access-control-request-private-network': 'true',
      'accept-encoding': 'identity', // what `fetch` adds would be more
    });
  });

  it('without its query, which was not checked', async () => {
    const { askBare, calls } = gated({}, upstream);
    await askBare('/things/1?access_token=x&q=1', preflight());
    expect(calls.map(({ url }) => url)).toEqual(['http://upstream.example:8000/things/1']);
  });

  it('without a body', async () => {
    const { askBare, calls } = gated({}, upstream);
    const chunked = preflight({ 'transfer-encoding': 'chunked' });
    expect((await askBare('/', { ...chunked, body: 'x' })).status).toBe(401);
    const sized = preflight({ 'content-length': '1' });
    expect((await askBare('/', { ...sized, body: 'x' })).status).toBe(401);
    await askBare('/', { ...preflight(), body: 'x' });
    for (const { init } of calls) expect(init.body ?? null).toBeNull();
  });

  it.each([
    ['no Origin', { 'access-control-request-method': 'PUT' }],
    ['no method asked for', { origin: ORIGIN }],
    ['credentials', { ...PREFLIGHT, authorization: 'Basic YTpi' }],
  ])('but is not one, and is refused, with %s', async (_, headers) => {
    const { askBare, calls } = gated({}, upstream);
    const response = await askBare('/', { method: 'OPTIONS', headers });
    expect(await readRefusal(response)).toStrictEqual(refusal(401, BARE));
    expect(calls).toEqual([]);
  });

  it('while a refusal has no CORS headers', async () => {
    const response = await gated({}, upstream).askBare('/', { headers: { origin: ORIGIN } });
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-'))).toEqual([]);
  });
});

describe('with the cors option', () => {
  const cors = { origin: ORIGIN, exposeHeaders: ['X-Zep-Version'], credentials: true };

  it('the gate answers a preflight itself', async () => {
    const { askBare, calls } = gated({ cors });
    const response = await askBare('/things', preflight());
    expect(response.status).toBe(204);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'access-control-allow-origin': ORIGIN,
      'access-control-allow-headers': 'authorization,x-own',
      'access-control-allow-methods': expect.stringContaining('DELETE'),
    });
    expect(calls).toEqual([]);
  });

  it('another origin is not allowed, and the upstream is not called', async () => {
    const { askBare, calls } = gated({ cors });
    const response = await askBare('/things', preflight({ origin: 'https://evil.example' }));
    expect(response.headers.has('access-control-allow-origin')).toBe(false);
    expect(calls).toEqual([]);
  });

  it.each([
    ['without a token', undefined, 401],
    ['with a bad one', 'Bearer x', 401],
    ['with two', `Bearer ${TOKEN}, x`, 400],
  ])('the page can read a refusal: %s', async (_, authorization, status) => {
    const { askBare, calls } = gated({ cors });
    const headers = { origin: ORIGIN, ...(authorization !== undefined && { authorization }) };
    for (const method of ['GET', 'POST']) {
      const response = await askBare('/things', { method, headers });
      expect(response.status).toBe(status);
      expect(response.headers.get('access-control-allow-origin')).toBe(ORIGIN);
      expect(response.headers.get('access-control-expose-headers')).toMatch(
        /X-Zep-Version.*WWW-Authenticate/,
      );
    }
    expect(calls).toEqual([]);
  });

  it('the page can read the refusal of an OPTIONS that is not a preflight', async () => {
    const { askBare, calls } = gated({ cors });
    const headers = { origin: ORIGIN };
    const response = await askBare('/things', { method: 'OPTIONS', headers });
    expect(response.status).toBe(401);
    expect(response.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(response.headers.get('access-control-expose-headers')).toContain('WWW-Authenticate');
    expect(calls).toEqual([]);
  });

  it('the page can read the answer of a misconfigured gate', async () => {
    const { ask, calls } = gated({ cors, env: () => ({}), onWarning: () => {} });
    const response = await ask('/things', { headers: { origin: ORIGIN } });
    expect(response.status).toBe(500);
    expect(response.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(calls).toEqual([]);
  });

  it('an answer of the upstream keeps its own headers and gets the gate’s', async () => {
    const { ask } = gated({ cors }, async () => {
      const headers = { vary: 'Accept-Language', 'x-zep-version': '1' };
      return new Response('x', { headers });
    });
    const { headers } = await ask('/things', { headers: { origin: ORIGIN } });
    expect(headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(headers.get('vary')).toBe('Accept-Language, Authorization, Origin');
    expect(headers.get('x-zep-version')).toBe('1');
  });

  it('an OPTIONS that is not a preflight goes to the upstream, if it has a token', async () => {
    const { ask, askBare, calls } = gated({ cors }, async () => new Response('own options'));
    const response = await ask('/things', { method: 'OPTIONS', headers: { origin: ORIGIN } });
    expect([response.status, await response.text()]).toEqual([200, 'own options']);
    expect((await askBare('/things', { method: 'OPTIONS' })).status).toBe(401);
    expect(calls.map(({ init }) => init.method)).toEqual(['OPTIONS']);
  });
});

describe('the cors option', () => {
  it.each([
    [{ origin: '*', credentials: true }],
    [{ origin: [ORIGIN, '*'], credentials: true }],
    [{ origin: 'app.example' }],
    [{ origin: `${ORIGIN}/` }],
    [{ origin: 'null' }],
    [{ origin: [ORIGIN, ''] }],
  ])('is refused at once where it opens more than it says: %j', (cors) => {
    expect(() => gated({ cors })).toThrow(TypeError);
  });

  it('may allow any origin, without credentials', async () => {
    const { ask } = gated({ cors: { origin: '*' } });
    const { headers } = await ask('/', { headers: { origin: ORIGIN } });
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.has('access-control-allow-credentials')).toBe(false);
    expect(headers.get('vary')).toBe('Authorization');
  });

  it('may name several origins, or ask a function', async () => {
    for (const origin of [
      ['https://other.example', ORIGIN],
      (asked: string) => (asked.endsWith('.example') ? asked : null),
    ]) {
      const { ask } = gated({ cors: { origin, credentials: true } });
      const allowedFor = async (asked: string) =>
        (await ask('/', { headers: { origin: asked } })).headers.get('access-control-allow-origin');
      expect(await allowedFor(ORIGIN)).toBe(ORIGIN);
      expect(await allowedFor('https://evil.test')).toBeNull();
    }
  });

  it('has methods, headers and an age for preflights', async () => {
    const { askBare } = gated({
      cors: { origin: ORIGIN, allowMethods: ['GET'], allowHeaders: ['authorization'], maxAge: 600 },
    });
    const { headers } = await askBare('/', preflight());
    expect(Object.fromEntries(headers)).toMatchObject({
      'access-control-allow-methods': 'GET',
      'access-control-allow-headers': 'authorization',
      'access-control-max-age': '600',
      vary: 'Origin, Access-Control-Request-Headers',
    });
  });

  it('replaces what the upstream says of other origins', async () => {
    const { ask } = gated({ cors: { origin: ORIGIN } }, async () => {
      const headers = {
        'access-control-allow-origin': '*',
        'access-control-allow-credentials': 'true',
      };
      return new Response('x', { headers });
    });
    const { headers } = await ask('/', { headers: { origin: 'https://evil.example' } });
    expect(headers.has('access-control-allow-origin')).toBe(false);
    expect(headers.has('access-control-allow-credentials')).toBe(false);
  });
});
