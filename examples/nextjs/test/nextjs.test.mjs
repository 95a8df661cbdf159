// Calls the proxy and the route like Next.js, with the platform's Request, in Node and in edge-runtime.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { EdgeRuntime } from 'edge-runtime';
import { build } from 'esbuild';

const folder = fileURLToPath(new URL('..', import.meta.url));
for (const name of ['core', 'server']) {
  const isBuilt = existsSync(join(folder, '../../packages', name, 'dist'));
  assert.ok(isBuilt, 'the packages are not built: run `npx turbo run build` at the root');
}
const { generateSecret, signToken } = await import('@zep-auth/core');

const secret = generateSecret();
const good = await signToken(secret, { sub: 'alice' }, { expiresInSeconds: 3600 });
const writer = await signToken(secret, { sub: 'bob', scope: 'things:write' });
const [header, , signature] = good.split('.');
const [, foreign] = (await signToken(secret, { sub: 'root' })).split('.');
const bad = {
  tampered: `${header}.${foreign}.${signature}`,
  padded: `${good}=`,
  expired: await signToken(secret, { sub: 'alice', exp: 1_700_000_000 }),
  stranger: await signToken(generateSecret(), { sub: 'alice' }),
  unnamed: await signToken(secret, {}),
};

const ENTRY = `
import { protect } from './guard';
import { GET } from './app/api/hello/route';
import { DELETE } from './app/api/things/[id]/route';
import { config, proxy } from './proxy';
export { config, DELETE, GET, protect, proxy };
`;

/** The example's files in one bundle. */
const bundle = async (format, platform, footer = '') => {
  const { outputFiles } = await build({
    stdin: { contents: ENTRY + footer, resolveDir: folder, loader: 'ts' },
    bundle: true,
    write: false,
    format,
    platform,
    target: 'es2022',
    logLevel: 'silent',
  });
  return outputFiles[0].text;
};

/** The log output of the tests. */
const printed = [];
for (const method of ['log', 'warn', 'error']) {
  console[method] = (...values) => printed.push(values.map(String).join(' '));
}

const CONTEXT = { params: Promise.resolve({ id: '7' }) };

/** Calls a handler in its runtime; resolves to undefined when Next.js would continue. */
let inNode;
let inEdge;
let protect;
let matcher;
let temporary;

before(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'zep-auth-nextjs-'));
  const file = join(temporary, 'bundle.mjs');
  await writeFile(file, await bundle('esm', 'node'));
  process.env.ZEP_AUTH_SECRET = secret;
  const handlers = await import(pathToFileURL(file).href);
  protect = handlers.protect;
  matcher = handlers.config.matcher;
  inNode = async (name, url, init) => handlers[name](new Request(url, init), CONTEXT);

  // A request that continues gets a marked response, because an event needs one.
  const listen = `addEventListener('fetch', (event) => {
    const { request } = event;
    const handler = { proxy, GET, DELETE }[request.headers.get('x-test-handler')];
    event.respondWith(handler(request, { params: Promise.resolve({ id: '7' }) }).then((r) => r ?? new Response(null, { headers: { 'x-test': 'on' } })));
  });`;
  const edge = new EdgeRuntime({
    initialCode: await bundle('iife', 'browser', listen),
    extend: (context) =>
      Object.assign(context, { console, process: { env: { ZEP_AUTH_SECRET: secret } } }),
  });
  inEdge = async (name, url, { headers, ...init } = {}) => {
    const all = { ...headers, 'x-test-handler': name };
    const response = await edge.dispatchFetch(url, { ...init, headers: all });
    return response.headers.has('x-test') ? undefined : response;
  };
});
after(() => rm(temporary, { recursive: true }));

const URL_ = 'http://localhost:3000/api/hello';
const THING = 'http://localhost:3000/api/things/7';
const bearer = (token) => ({ headers: { authorization: `Bearer ${token}` } });
const outline = (response) => [response?.status, response?.headers.get('www-authenticate')];

for (const [runtime, find] of [
  ['Node, where Next.js 16 runs the proxy', () => inNode],
  ['edge-runtime, where older ones run the middleware', () => inEdge],
]) {
  describe(`in ${runtime}`, () => {
    it('continues for a good token, and the route sees its claims', async () => {
      assert.equal(await find()('proxy', URL_, bearer(good)), undefined);
      const response = await find()('GET', URL_, bearer(good));
      assert.deepEqual([response.status, await response.json()], [200, { hello: 'alice' }]);
    });

    for (const name of ['proxy', 'GET']) {
      it(`refuses any other request in ${name}`, async () => {
        const missing = await find()(name, URL_);
        assert.deepEqual(outline(missing), [401, 'Bearer realm="api"']);
        assert.equal(missing.headers.get('content-type'), 'application/problem+json');
        for (const [kind, token] of Object.entries(bad)) {
          const response = await find()(name, URL_, bearer(token));
          assert.deepEqual(
            outline(response),
            [401, 'Bearer realm="api", error="invalid_token"'],
            kind,
          );
          assert.doesNotMatch(await response.text(), /alice|root/);
        }
        for (const value of ['Basic YTpi', good, 'Bearer']) {
          const { status } = await find()(name, URL_, { headers: { authorization: value } });
          assert.equal(status, 401);
        }
        const twice = { headers: { authorization: `Bearer ${good}, Bearer ${good}` } };
        assert.equal((await find()(name, URL_, twice)).status, 400);
        // The header that made old versions of Next.js skip their middleware has no effect on the route.
        const skipping = { headers: { 'x-middleware-subrequest': 'middleware:middleware' } };
        assert.equal((await find()(name, URL_, skipping)).status, 401);
      });
    }

    it('lets only a token with the scope delete a thing, and tells the handler whose it is', async () => {
      const before = printed.length;
      const remove = (token) => find()('DELETE', THING, { method: 'DELETE', ...bearer(token) });
      assert.deepEqual(outline(await remove(good)), [
        403,
        'Bearer realm="api", error="insufficient_scope", scope="things:write"',
      ]);
      assert.equal((await remove(bad.stranger)).status, 401);
      assert.equal((await remove(writer)).status, 204);
      assert.deepEqual(printed.slice(before), ['bob deleted 7']);
    });

    it('refuses a bad token whatever the method and path', async () => {
      for (const method of ['HEAD', 'POST', 'OPTIONS', 'DELETE']) {
        for (const path of ['', '//x', '/a%2Fb', '/../healthz']) {
          const response = await find()('proxy', `http://localhost:3000${path}`, { method });
          assert.equal(response?.status, 401, `${method} ${path}`);
        }
      }
    });
  });
}

describe('protect', () => {
  it('passes request and context on, only for a good token', async () => {
    const calls = [];
    const handler = protect((...values) => {
      calls.push(values);
      return new Response('reached');
    });
    const context = { params: Promise.resolve({ id: '7' }) };
    assert.equal((await handler(new Request(URL_), context)).status, 401);
    assert.deepEqual(calls, []);
    const init = { method: 'POST', body: 'a body', ...bearer(good) };
    assert.equal(await (await handler(new Request(URL_, init), context)).text(), 'reached');
    const [[request, auth, given]] = calls;
    assert.deepEqual([await request.text(), auth.claims.sub, given], ['a body', 'alice', context]);
    assert.equal(calls.length, 1);
  });

  it('leaves a handler’s errors to Next.js', async () => {
    const thrown = new Error('NEXT_NOT_FOUND');
    const handler = protect(() => {
      throw thrown;
    });
    await assert.rejects(handler(new Request(URL_, bearer(good)), {}), thrown);
  });

  it('fails closed while the secret is missing or wrong, and says why once', async () => {
    const before = printed.length;
    const values = [undefined, 'too short'];
    for (const value of values) {
      delete process.env.ZEP_AUTH_SECRET;
      if (value !== undefined) process.env.ZEP_AUTH_SECRET = value;
      for (let i = 0; i < 2; i++) {
        assert.equal((await inNode('proxy', URL_, bearer(good))).status, 500);
        assert.equal((await inNode('GET', URL_, bearer(good))).status, 500);
      }
    }
    process.env.ZEP_AUTH_SECRET = secret;
    assert.equal(await inNode('proxy', URL_, bearer(good)), undefined);
    const said = printed.slice(before);
    assert.equal(said.length, values.length);
    assert.match(said[0], /ZEP_AUTH_SECRET is not set/);
    assert.doesNotMatch(said[1], /too short$/);
  });
});

it('the proxy covers all of /api', () => {
  assert.equal(matcher, '/api/:path*');
});

it('the output holds neither the secret nor a token', () => {
  const output = printed.join('\n');
  const parts = [good, ...Object.values(bad)].flatMap((token) => token.split('.'));
  for (const value of [secret, ...parts]) assert.ok(!output.includes(value));
});
