// What a guarded API must do, whatever framework it is written with.
//
// `GET /api/me` answers `{ "sub": … }`. `DELETE /api/things/7` needs the scope `things:write`, prints a line, and answers
// 204. A token needs a text as its `sub`.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { exchange, start, stopAll } from './programs.mjs';
import { checkTypes } from './typescript.mjs';

/** A port that was free a moment ago, for a server that cannot say which one it has got. */
export const findFreePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/** Tokens for an API: two good ones, and those that it must refuse, by what is wrong with them. */
export const makeTokens = async ({ generateSecret, signToken }) => {
  const secret = generateSecret();
  const reader = await signToken(secret, { sub: 'alice' }, { expiresInSeconds: 3600 });
  const writer = await signToken(secret, { sub: 'bob', scope: 'things:read things:write' });
  const [header, , signature] = reader.split('.');
  const [, foreign] = (await signToken(secret, { sub: 'root' })).split('.');
  const bad = {
    tampered: `${header}.${foreign}.${signature}`,
    padded: `${reader}=`,
    expired: await signToken(secret, { sub: 'alice', exp: Math.floor(Date.now() / 1000) - 1 }),
    'of a stranger': await signToken(generateSecret(), { sub: 'alice' }),
    'without a subject': await signToken(secret, {}),
  };
  return { secret, reader, writer, bad };
};

/**
 * Tests an API.
 *
 * - `tokens`: from `makeTokens`; the API has their secret
 * - `ask(path, init)`: sends a request; may be set up by then
 * - `output()`: what the API has printed so far
 */
export const testApi = ({ tokens, ask, output }) => {
  const { secret, reader, writer, bad } = tokens;
  const bearer = (token) => ({ authorization: `Bearer ${token}` });
  const get = (headers = {}, method = 'GET') => ask('/api/me', { method, headers });
  const remove = (headers = {}) =>
    ask('/api/things/7', {
      method: 'DELETE',
      // Astro takes any other DELETE for a form of another site.
      headers: { ...headers, 'content-type': 'application/json' },
    });
  const outline = (response) => [response.status, response.headers.get('www-authenticate')];

  describe('the API', () => {
    before(async () => assert.equal((await get()).status, 401));

    it('answers a good token with its typed claims, cached or not', async () => {
      for (let i = 0; i < 2; i++) {
        const response = await get(bearer(reader));
        assert.equal(response.status, 200);
        assert.deepEqual(await response.json(), { sub: 'alice' });
      }
    });

    it('refuses a request without a token', async () => {
      const missing = await get();
      assert.deepEqual(outline(missing), [401, 'Bearer realm="api"']);
      assert.match(missing.headers.get('content-type'), /^application\/problem\+json/);
      assert.equal(missing.headers.get('cache-control'), 'no-store');
      for (const value of ['Basic YTpi', reader, 'Bearer', '']) {
        assert.equal((await get({ authorization: value })).status, 401, value);
      }
      const head = await get({}, 'HEAD'); // Nitro routes no HEAD to a handler of GET
      assert.ok([401, 404].includes(head.status), String(head.status));
    });

    for (const [what, token] of Object.entries(bad)) {
      it(`refuses a token ${what}`, async () => {
        const refused = await get(bearer(token));
        assert.deepEqual(outline(refused), [401, 'Bearer realm="api", error="invalid_token"']);
        assert.doesNotMatch(await refused.text(), /alice|root/);
        assert.equal((await remove(bearer(token))).status, 401);
      });
    }

    it('refuses two sets of credentials', async () => {
      const { status } = await get({ authorization: `Bearer ${reader}, Bearer ${reader}` });
      assert.equal(status, 400);
    });

    it('runs the handler only for a token with the scope', async () => {
      const before = output().length;
      assert.deepEqual(outline(await remove(bearer(reader))), [
        403,
        'Bearer realm="api", error="insufficient_scope", scope="things:write"',
      ]);
      const [status, challenge] = outline(await remove());
      assert.equal(status, 401);
      // Hono's guard does not know what its route will ask for.
      assert.match(challenge, /^Bearer realm="api"(?:, scope="things:write")?$/);
      assert.equal((await remove(bearer(writer))).status, 204);
      const lines = output()
        .slice(before)
        .match(/^.*deleted .*$/gm);
      assert.deepEqual(lines, ['bob deleted 7']);
    });

    it('answers 404 only where there is no route', async () => {
      assert.equal((await ask('/api/none', { headers: bearer(reader) })).status, 404);
    });

    it('prints neither the secret nor a token', () => {
      const texts = [reader, writer, ...Object.values(bad)].map((token) => token.split('.')[2]);
      for (const text of [secret, ...texts]) assert.ok(!output().includes(text));
    });
  });
};

/**
 * Builds an application, and tests the server that comes out.
 *
 * - `build`, `serve`: the arguments of Node that build and start it, in its folder
 * - `listening`: the line with its port
 * - `types`: the files to type-check; without it, those of its tsconfig.json
 */
export const testBuiltApi = async ({ folder, core, build, serve, listening, types }) => {
  const tokens = await makeTokens(core);
  let server;

  const run = async (variables) => {
    const env = { ...variables, HOST: '127.0.0.1', PORT: String(await findFreePort()) };
    return start(process.execPath, [`${folder}/${serve}`], env, listening);
  };

  before(async () => {
    execFileSync(process.execPath, build, { cwd: folder, stdio: 'pipe' });
    server = await run({ ZEP_AUTH_SECRET: tokens.secret });
  });
  after(stopAll);

  testApi({
    tokens,
    ask: (path, init) => fetch(server.url + path, init),
    output: () => server.output(),
  });

  it('takes no second Authorization header for the first', async () => {
    const fields = [tokens.bad['of a stranger'], tokens.reader].map(
      (token) => `Authorization: Bearer ${token}`,
    );
    const { status } = await exchange(server.port, 'GET /api/me', fields);
    assert.ok([400, 401].includes(status), String(status));
  });

  it('builds without a secret, and fails closed until it has one', async () => {
    const closed = await run({});
    const headers = { authorization: `Bearer ${tokens.reader}` };
    assert.equal((await fetch(`${closed.url}/api/me`, { headers })).status, 500);
    await closed.says(/ZEP_AUTH_SECRET is not set/);
  });

  it('has no type errors', () => checkTypes(folder, types));
};
