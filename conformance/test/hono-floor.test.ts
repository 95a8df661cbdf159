// The holes for which the peer range begins where it does. This file runs on the oldest Hono of the range and on the newest.
import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { handle } from 'hono/lambda-edge';
import { TrieRouter } from 'hono/router/trie-router';
import { expect, it } from 'vitest';

const withUrl = (url: string): Request =>
  Object.defineProperty(new Request('http://localhost/'), 'url', { value: url });

it.each(['http://ab/admin/x', 'http://ab:8080/admin/x', 'https://a/admin/x'])(
  'the path of %s is whole, however short the host is',
  async (url) => {
    const app = new Hono().get('*', (c) => c.text(c.req.path));
    expect(await (await app.fetch(withUrl(url))).text()).toBe('/admin/x');
  },
);

it('CORS for any origin with credentials names no origin', async () => {
  const app = new Hono().use(cors({ origin: '*', credentials: true })).get('/', (c) => c.text('.'));
  const response = await app.request('/', { headers: { origin: 'https://evil.example' } });
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
});

it.each([
  ['each router', new Hono()],
  ['TrieRouter', new Hono({ router: new TrieRouter() })],
])('a middleware below a pattern runs for what the pattern takes whole: %s', async (_, app) => {
  app.use('/:path{.+}/*', async (c) => c.text('refused', 401));
  app.get('/:path{.+}', (c) => c.text('reached'));
  expect((await app.request('/secret/a')).status).toBe(401);
});

it('a second Authorization header at Lambda@Edge is seen', async () => {
  const app = new Hono().get('*', (c) => c.text(String(c.req.header('authorization'))));
  const authorization = ['Bearer a', 'Bearer b'].map((value) => ({ key: 'Authorization', value }));
  const request = {
    uri: '/',
    method: 'GET',
    querystring: '',
    clientIp: '203.0.113.9',
    headers: { host: [{ key: 'Host', value: 'api.example' }], authorization },
  };
  const config = {
    distributionDomainName: 'd.example',
    distributionId: 'd',
    eventType: 'viewer-request',
    requestId: '1',
  };
  const answer = await handle(app)({ Records: [{ cf: { config, request } }] });
  expect(JSON.stringify(answer)).toContain('Bearer a, Bearer b');
});
