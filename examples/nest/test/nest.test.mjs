// Starts the Nest application, and checks that no handler runs for a refused request.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { testAuth } from '@zep-auth/server/testing';
import { checkTypes, compile } from '../../../conformance/kit/typescript.mjs';

const folder = fileURLToPath(new URL('..', import.meta.url));
const decorators = { compilerOptions: { experimentalDecorators: true } };
const { env, authorization } = testAuth({ claims: { sub: 'alice', team: 'ops' } });

let app;
let url;
const ask = async (path, claims, init = {}) => {
  const headers = claims === undefined ? {} : { authorization: await authorization(claims) };
  return fetch(url + path, { headers, ...init });
};
const remove = (path, claims) => ask(path, claims, { method: 'DELETE' });

before(async () => {
  const { createApp } = await import(await compile(folder, 'app.ts', { tsconfigRaw: decorators }));
  app = await createApp(env);
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
});
after(() => app?.close());

it('greets a client by its claims', async () => {
  const response = await ask('/me', {});
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), { sub: 'alice', team: 'ops' });
});

it('answers 401 without a token, to another one, and to claims that do not fit', async () => {
  for (const path of ['/me', '/ME/', '/things/7', '/nothing']) {
    const response = await ask(path);
    assert.equal(response.status, 401);
    assert.equal(response.headers.get('www-authenticate'), 'Bearer realm="api"');
  }
  const other = await testAuth().authorization({ sub: 'alice', team: 'ops' });
  for (const headers of [
    { authorization: other },
    { authorization: await authorization({ team: 7 }) },
  ]) {
    assert.equal((await fetch(`${url}/me`, { headers })).status, 401);
  }
  assert.equal((await ask('/me', { exp: 1 })).status, 401);
});

it('lets only those delete who may write, however the path is spelt', async () => {
  for (const path of ['/things/7', '/THINGS/7/', '/things/%37']) {
    assert.equal((await remove(path, { scope: 'things:write' })).status, 204);
    assert.equal((await remove(path, { scope: 'things:read' })).status, 403);
    assert.equal((await remove(path, {})).status, 403);
    assert.equal((await remove(path)).status, 401);
  }
});

it('does not start without a secret', async () => {
  const { createApp } = await import(await compile(folder, 'app.ts', { tsconfigRaw: decorators }));
  await assert.rejects(createApp({}), /ZEP_AUTH_SECRET is not set/);
});

it('has no type errors', () => {
  checkTypes(folder, ['app.ts'], { experimentalDecorators: 'true' });
});
