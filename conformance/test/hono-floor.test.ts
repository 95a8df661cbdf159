// The holes for which the peer range begins where it does. This file runs on the oldest Hono of the range and on the newest.
import { Hono, type MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { handle } from 'hono/lambda-edge';
import { LinearRouter } from 'hono/router/linear-router';
import { PatternRouter } from 'hono/router/pattern-router';
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

// The line terminators of ECMAScript, which `.` does not match in a regular expression.
const LINE_ENDS = ['%0a', '%0A', '%0d', '%0d%0a', '%e2%80%a8', '%E2%80%A9', '\n', '\r', '\u2028'];

const refuse: MiddlewareHandler = async (c) => c.text('refused', 401);
const answer = () => new Response('reached');
const createSubApp = (): Hono => new Hono().get('/me', answer).get('/:id', answer).notFound(answer);
const GUARDED: Readonly<Record<string, () => Hono>> = {
  'notFound, behind a middleware for every path': () =>
    new Hono().use(refuse).get('/api/me', answer).notFound(answer),
  'notFound, behind a middleware on *': () => new Hono().use('*', refuse).notFound(answer),
  'notFound, behind a middleware on /api/*': () =>
    new Hono().use('/api/*', refuse).notFound(answer),
  'a route with a parameter': () => new Hono().use('/api/*', refuse).get('/api/:id', answer),
  'a sub-app by route': () => new Hono().use(refuse).route('/api', createSubApp()),
  'a sub-app by mount': () => new Hono().use(refuse).mount('/api', createSubApp().fetch),
  'a sub-app with the middleware inside': () =>
    new Hono().route('/api', new Hono().use(refuse).get('/:id', answer)).notFound(answer),
  TrieRouter: () => new Hono({ router: new TrieRouter() }).use(refuse).notFound(answer),
  LinearRouter: () => new Hono({ router: new LinearRouter() }).use(refuse).notFound(answer),
  'PatternRouter, of the small preset': () =>
    new Hono({ router: new PatternRouter() }).use(refuse).notFound(answer),
};

it.each(Object.entries(GUARDED))('no line end in a path leads past: %s', async (_, create) => {
  const app = create();
  for (const end of LINE_ENDS) {
    for (const path of [`/api/me${end}`, `/api/${end}`, `/api/${end}me`, `/api/nothing${end}x`]) {
      const { status } = await app.fetch(withUrl(`http://localhost${path}`));
      expect([path, status]).toEqual([path, 401]);
    }
  }
});
