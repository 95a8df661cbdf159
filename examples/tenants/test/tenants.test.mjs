// Thousands of tenants: a token of one is refused by every other, and a mistake of one concerns only that one.
import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { testAuth } from '@zep-auth/server/testing';
import { checkTypes, load } from '../../../conformance/kit/typescript.mjs';

const folder = fileURLToPath(new URL('..', import.meta.url));
const tenants = new Map();
const auths = new Map();
for (let i = 0; i < 3000; i++) {
  const host = `t${i}.example.com`;
  auths.set(host, testAuth({ claims: { sub: `user of ${host}` } }));
  tenants.set(host, auths.get(host).env);
}

let app;
const ask = async (host, authorization) =>
  app.request(
    `https://${host}/me`,
    authorization === undefined ? {} : { headers: { authorization } },
  );
const tokenOf = (host) => auths.get(host).authorization();

before(async () => {
  const { createApp } = await load(folder, 'app.ts');
  app = createApp(async (host) => tenants.get(host));
});

it('lets each tenant’s own tokens in, through many sets of variables', async () => {
  for (const host of [...tenants.keys(), ...tenants.keys()]) {
    const response = await ask(host, await tokenOf(host));
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), { sub: `user of ${host}` });
  }
});

it('refuses the tokens of every other tenant', async () => {
  for (let i = 0; i < 300; i++) {
    const [host, other] = [`t${i}.example.com`, `t${i + 1}.example.com`];
    assert.equal((await ask(host, await tokenOf(other))).status, 401);
    assert.equal((await ask(host)).status, 401);
  }
});

it('knows no other host', async () => {
  const authorization = await tokenOf('t0.example.com');
  for (const host of ['example.com', 'x.example.com', 't0.example.com.evil.test']) {
    assert.equal((await ask(host, authorization)).status, 404);
  }
});

it('rotates the secret of one tenant, and no other', async () => {
  const [host, other] = ['t7.example.com', 't8.example.com'];
  const old = await tokenOf(host);
  const next = testAuth({ claims: { sub: 'new' } });
  tenants.set(host, { ...next.env, ZEP_AUTH_SECRET_PREVIOUS: auths.get(host).secret });
  for (const authorization of [old, await next.authorization()]) {
    assert.equal((await ask(host, authorization)).status, 200);
  }
  tenants.set(host, next.env);
  assert.equal((await ask(host, old)).status, 401);
  assert.equal((await ask(host, await next.authorization())).status, 200);
  assert.equal((await ask(other, await tokenOf(other))).status, 200);
});

it('answers 500 to a tenant whose variables are wrong, says why once, and serves the others', async (t) => {
  const warn = t.mock.method(console, 'warn', () => {});
  const [host, other] = ['t9.example.com', 't10.example.com'];
  tenants.set(host, { ZEP_AUTH_SECRET: 'too short' });
  for (let i = 0; i < 2; i++) {
    assert.equal((await ask(host, await tokenOf(host))).status, 500);
    assert.equal((await ask(other, await tokenOf(other))).status, 200);
  }
  assert.equal(warn.mock.callCount(), 1);
  assert.match(warn.mock.calls[0].arguments[0], /ZEP_AUTH_SECRET/);
});

it('has no type errors', () => checkTypes(folder, ['app.ts']));
