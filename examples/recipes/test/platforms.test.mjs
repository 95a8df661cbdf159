// Runs the code of docs/platforms.md in Node, called as each platform calls it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { testAuth } from '@zep-auth/server/testing';
import { compileBlock } from './pages.mjs';

const PAGE = 'platforms.md';
const [NETLIFY, SUPABASE, FASTLY, AUTHORIZER, EDGE] = [0, 1, 2, 3, 4];
const { env, secret, authorization } = testAuth({ claims: { sub: 'alice', scope: 'things:read' } });
const good = { authorization: await authorization() };
const bad = {
  none: {},
  expired: { authorization: await authorization({ exp: 1 }) },
  'of a stranger': { authorization: await testAuth().authorization({ sub: 'alice' }) },
};
Object.assign(process.env, env);

const load = async (index, options) =>
  import(pathToFileURL(await compileBlock(PAGE, index, options)).href);

/** Stands in for modules that only the platform has. */
const withModules = (modules) => ({
  packages: 'bundle',
  plugins: [
    {
      name: 'platform',
      setup: ({ onResolve, onLoad }) => {
        onResolve({ filter: /.*/ }, ({ path }) => {
          if (path in modules) return { path, namespace: 'platform' };
          return path.startsWith('npm:') ? { path: path.slice(4), external: true } : undefined;
        });
        onLoad({ filter: /.*/, namespace: 'platform' }, ({ path }) => ({
          contents: modules[path],
        }));
      },
    },
  ],
});

/** Asks a handler of `Request`s with each token. */
const askAll = async (ask, url) => {
  const accepted = await ask(new Request(url, { headers: good }));
  assert.deepEqual([accepted.status, await accepted.json()], [200, { sub: 'alice' }]);
  for (const [what, headers] of Object.entries(bad)) {
    const refused = await ask(new Request(url, { headers }));
    assert.equal(refused.status, 401, what);
    assert.match(refused.headers.get('www-authenticate'), /^Bearer realm="api"/);
  }
};

it('Netlify', async () => {
  const { default: handler, config } = await load(NETLIFY);
  assert.equal(config.path, '/api/*');
  await askAll(handler, 'https://site.test/api/me');
});

it('Supabase Edge Functions', async () => {
  let handler;
  const asked = [];
  globalThis.Deno = {
    env: {
      get: (name) => {
        asked.push(name);
        return process.env[name];
      },
    },
    serve: (fetch) => {
      handler = fetch;
    },
  };
  await load(SUPABASE, withModules({}));
  delete globalThis.Deno;
  assert.deepEqual(asked, ['ZEP_AUTH_SECRET']);
  await askAll(async (request) => handler(request), 'https://project.test/hello/me');
});

it('Fastly Compute', async (t) => {
  let listener;
  const sent = [];
  globalThis.addEventListener = (_, listen) => {
    listener = listen;
  };
  globalThis.readTestSecret = () => secret;
  const store = `export class SecretStore {
    get(name) { return Promise.resolve(name === 'secret' ? { plaintext: globalThis.readTestSecret } : null); }
  }`;
  await load(FASTLY, withModules({ 'fastly:secret-store': store }));
  t.mock.method(globalThis, 'fetch', async (request, init) => {
    sent.push([request.url, init.backend]);
    return Response.json({ sub: 'alice' });
  });
  const ask = (request) =>
    new Promise((resolve, reject) => {
      listener({ request, respondWith: (response) => response.then(resolve, reject) });
    });
  await askAll(ask, 'https://edge.test/api/me');
  assert.deepEqual(sent, [['https://edge.test/api/me', 'origin']]);
});

describe('API Gateway', () => {
  const eventOf = (headers, method = 'GET') => ({
    version: '2.0',
    type: 'REQUEST',
    routeArn: 'arn:aws:execute-api:eu-central-1:123456789012:abcdef/$default/GET/things',
    rawPath: '/things',
    rawQueryString: '',
    headers: { host: 'api.test', ...headers },
    requestContext: { domainName: 'api.test', http: { method, path: '/things' } },
  });

  it('lets only good tokens through, and tells the integration whose they are', async () => {
    const { handler } = await load(AUTHORIZER);
    for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS']) {
      assert.deepEqual(await handler(eventOf(good, method)), {
        isAuthorized: true,
        context: { sub: 'alice', scope: 'things:read' },
      });
      for (const headers of Object.values(bad)) {
        assert.deepEqual(await handler(eventOf(headers, method)), { isAuthorized: false });
      }
    }
    const twice = { authorization: `${good.authorization},${good.authorization}` };
    assert.deepEqual(await handler(eventOf(twice)), { isAuthorized: false });
    const preflight = { origin: 'https://a.test', 'access-control-request-method': 'GET' };
    assert.deepEqual(await handler(eventOf(preflight, 'OPTIONS')), { isAuthorized: false });
  });
});

describe('Lambda@Edge', () => {
  const fieldsOf = (headers) =>
    Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        name,
        [value].flat().map((text) => ({ key: name, value: text })),
      ]),
    );
  const eventOf = (headers) => ({
    Records: [
      {
        cf: {
          config: { eventType: 'viewer-request' },
          request: {
            clientIp: '203.0.113.7',
            method: 'GET',
            uri: '/things',
            querystring: 'page=2',
            headers: fieldsOf({ host: 'api.test', ...headers }),
          },
        },
      },
    ],
  });

  it('passes the request of a good token on, and answers any other', async () => {
    globalThis.readTestSecret = () => secret;
    const own = {
      './secret.ts': 'export const readSecret = async () => globalThis.readTestSecret();',
    };
    const { handler } = await load(EDGE, withModules(own));
    const event = eventOf(good);
    assert.equal(await handler(event), event.Records[0].cf.request);
    for (const headers of Object.values(bad)) {
      const refused = await handler(eventOf(headers));
      assert.equal(refused.status, '401');
      assert.match(refused.headers['www-authenticate'][0].value, /^Bearer realm="api"/);
      assert.equal(JSON.parse(refused.body).status, 401);
    }
    const twice = { authorization: [good.authorization, good.authorization] };
    assert.equal((await handler(eventOf(twice))).status, '400');
  });
});
