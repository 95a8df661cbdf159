// The API without a framework, in Bun.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as core from '@zep-auth/core';
import { makeTokens, testApi } from '../../../conformance/kit/api.mjs';
import { start, stopAll } from '../../../conformance/kit/programs.mjs';

const folder = fileURLToPath(new URL('..', import.meta.url));
const arch = process.arch === 'arm64' ? 'aarch64' : process.arch;
const bun = `${folder}/node_modules/@oven/bun-${process.platform}-${arch}/bin/bun`;
const args = ['--no-env-file', `${folder}/plain.ts`];
const run = (variables) =>
  start(bun, args, { ...variables, PORT: '0' }, /^listening on .*?:(\d+)/m);

const tokens = await makeTokens(core);
let server;
before(async () => {
  server = await run({ ZEP_AUTH_SECRET: tokens.secret });
});
after(stopAll);

testApi({
  tokens,
  ask: (path, init) => fetch(server.url + path, init),
  output: () => server.output(),
});

it('answers a public route without a token', async () => {
  assert.equal(await (await fetch(`${server.url}/healthz`)).text(), '.');
});

it('does not start without a secret', async () => {
  await assert.rejects(run({}), /ZEP_AUTH_SECRET is not set/);
});
