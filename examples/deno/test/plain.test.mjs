// The API without a framework, in Deno.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as core from '@zep-auth/core';
import { makeTokens, testApi } from '../../../conformance/kit/api.mjs';
import { start, stopAll } from '../../../conformance/kit/programs.mjs';

const folder = fileURLToPath(new URL('..', import.meta.url));
const libc = process.platform === 'linux' ? '-glibc' : '';
const deno = `${folder}/node_modules/@deno/${process.platform}-${process.arch}${libc}/deno`;
const permissions = ['--no-prompt', '--allow-net=127.0.0.1:0', '--allow-env=ZEP_AUTH_SECRET'];
const run = (variables) => {
  const env = {
    ...variables,
    HOME: process.env.HOME,
    DENO_SERVE_ADDRESS: 'tcp:127.0.0.1:0',
    DENO_NO_UPDATE_CHECK: '1',
    NO_COLOR: '1',
  };
  const args = ['run', `--config=${folder}/deno.json`, ...permissions, `${folder}/plain.ts`];
  return start(deno, args, env, /Listening on http:\/\/127\.0\.0\.1:(\d+)\//);
};

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
