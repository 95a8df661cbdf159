// Starts Fastify with the guard, and checks that no handler runs for a refused request.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import Fastify from 'fastify';
import {
  askAt,
  assertDiscreet,
  assertGuarded,
  createTokens,
} from '../../../conformance/kit/deployments.mjs';
import { exchange, printed, start, stopAll } from '../../../conformance/kit/programs.mjs';

for (const name of ['core', 'server']) {
  const isBuilt = existsSync(new URL(`../../../packages/${name}/dist`, import.meta.url));
  assert.ok(isBuilt, 'the packages are not built: run `npx turbo run build` at the root');
}
const { signToken } = await import('@zep-auth/core');

const tokens = await createTokens(signToken);
const { secret, good, bad } = tokens;
const bearerOf = (token) => `Authorization: Bearer ${token}`;
after(stopAll);

describe('server.mjs', () => {
  let port;
  before(async () => {
    const file = fileURLToPath(new URL('../server.mjs', import.meta.url));
    ({ port } = await start(process.execPath, [file], { ZEP_AUTH_SECRET: secret, PORT: '0' }));
  });

  it('accepts a good token, and serves its public path without one', async () => {
    await assertGuarded(askAt(`http://127.0.0.1:${port}`), tokens);
  });

  it('prints neither the secret nor a token', () => {
    const output = printed.join('');
    assert.match(output, /listening on/);
    assertDiscreet(output, tokens);
  });
});

it('does not start without a secret', async () => {
  const file = fileURLToPath(new URL('../server.mjs', import.meta.url));
  const started = start(process.execPath, [file], { PORT: '0' });
  await assert.rejects(started, /ended with 1: .*ZEP_AUTH_SECRET is not set/s);
});

describe('the hook', () => {
  const runs = [];
  const caught = [];
  let app;
  let port;
  before(async () => {
    process.env.ZEP_AUTH_SECRET = secret;
    const { protect } = await import('../protect.mjs');
    app = Fastify();
    const run = async (request) => {
      runs.push(request.auth);
      return 'reached';
    };
    app.all('/before', run); // a hook also applies to routes that were added before it
    app.addHook('onRequest', async (request) => {
      if (request.url === '/broken')
        Object.defineProperty(request.raw, 'rawHeaders', { value: null });
    });
    protect(app);
    app.setErrorHandler(async (error, _request, reply) => {
      caught.push(error);
      return reply.code(500).send('caught');
    });
    app.addHook('onSend', async () => {}); // a late answer must not let the handler run
    app.register(async (plugin) => plugin.all('/plugin/*', run));
    app.all('/public', { config: { public: 'yes' } }, run);
    app.all('*', run);
    await app.listen({ host: '127.0.0.1', port: 0 });
    port = app.server.address().port;
  });
  after(() => app.close());

  it('runs no handler for a refused request, whatever its method and path', async () => {
    const paths = ['/', '/x', '//x', '/a%2Fb', '/before', '/plugin/x', '/public'];
    for (const path of paths) {
      for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS', 'DELETE']) {
        const { status } = await exchange(port, `${method} ${path}`, ['Content-Length: 0']);
        assert.equal(status, 401, `${method} ${path}`);
      }
    }
    for (const [name, token] of Object.entries(bad)) {
      assert.equal((await exchange(port, 'GET /x', [bearerOf(token)])).status, 401, name);
    }
    for (const value of ['Basic YTpi', good, 'Bearer', '']) {
      assert.equal(
        (await exchange(port, 'GET /x', [`Authorization: ${value}`])).status,
        401,
        value,
      );
    }
    assert.deepEqual([runs, caught], [[], []]);
  });

  it('lets a CORS preflight through without an identity, and no other OPTIONS', async () => {
    const preflight = ['Origin: https://app.test', 'Access-Control-Request-Method: GET'];
    assert.equal(
      (await exchange(port, 'OPTIONS /x', [...preflight, 'Content-Length: 2'])).status,
      401,
    );
    assert.equal((await exchange(port, 'OPTIONS /x', [preflight[0]])).status, 401);
    assert.deepEqual(runs, []);
    await exchange(port, 'OPTIONS /x', [...preflight]);
    assert.deepEqual(runs.splice(0), [undefined]);
  });

  it('refuses two Authorization headers, even if both are good', async () => {
    const { status, challenges } = await exchange(port, 'GET /x', [bearerOf(good), bearerOf(good)]);
    assert.deepEqual([status, challenges], [400, ['Bearer realm="api", error="invalid_request"']]);
    assert.deepEqual(runs, []);
  });

  it('runs the handler once for a good token, with its claims', async () => {
    for (const path of ['/before', '/plugin/x', '/x']) {
      const before = runs.length;
      const { body } = await exchange(port, `GET ${path}`, [bearerOf(good)]);
      assert.equal(body, 'reached');
      assert.deepEqual(
        runs.slice(before).map(({ claims, source }) => [claims.sub, source]),
        [['alice', 'bearer']],
      );
    }
  });

  it('applies to unknown routes, and to inject', async () => {
    const bare = Fastify();
    const { protect } = await import('../protect.mjs');
    protect(bare);
    bare.get('/x', async () => 'reached');
    assert.equal((await bare.inject('/unknown')).statusCode, 401);
    assert.equal((await bare.inject('/x')).statusCode, 401);
    assert.equal((await bare.inject({ method: 'HEAD', url: '/x' })).statusCode, 401);
    const headers = { authorization: `Bearer ${good}` };
    assert.equal((await bare.inject({ url: '/x', headers })).body, 'reached');
    assert.equal((await bare.inject({ url: '/unknown', headers })).statusCode, 404);
    await bare.close();
  });

  it('passes other errors to the error handler, and runs no handler', async (t) => {
    const before = runs.length;
    const broken = await exchange(port, 'GET /broken', [bearerOf(good)]);
    assert.deepEqual([broken.status, broken.body], [500, 'caught']);
    const clock = t.mock.method(Date, 'now', () => {
      throw new Error('the clock has stopped');
    });
    const stopped = await exchange(port, 'GET /x', [bearerOf(good)]);
    clock.mock.restore();
    assert.deepEqual([stopped.status, stopped.body], [500, 'caught']);
    const messages = caught.map((error) => error.message);
    assert.equal(messages.length, 2);
    assert.equal(messages[1], 'the clock has stopped');
    assert.equal(runs.length, before);
  });
});
