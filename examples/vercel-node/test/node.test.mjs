// Loads the function as Vercel's Node runtime does, and calls its fetch with a Request.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, it, mock } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as core from '@zep-auth/core';
import { makeTokens, testApi } from '../../../conformance/kit/api.mjs';
import { checkTypes, compile, load } from '../../../conformance/kit/typescript.mjs';

const folder = fileURLToPath(new URL('..', import.meta.url));
const tokens = await makeTokens(core);
let handler;
let lines = '';
const ask = (path, init) => handler.fetch(new Request(`https://api.test${path}`, init));

before(async () => {
  for (const method of ['log', 'warn']) {
    mock.method(console, method, (line) => {
      lines += `${line}\n`;
    });
  }
  process.env.ZEP_AUTH_SECRET = tokens.secret;
  ({ default: handler } = await load(folder, 'api/index.ts'));
});
after(() => mock.restoreAll());

testApi({ tokens, ask, output: () => lines });

it('answers its public path without a token, and no other spelling of it', async () => {
  assert.equal(await (await ask('/healthz')).text(), '.');
  assert.equal((await ask('/healthz/')).status, 404);
});

it('does not load without a secret, and says what is wrong', async () => {
  const file = await compile(folder, 'api/index.ts');
  delete process.env.ZEP_AUTH_SECRET;
  await assert.rejects(import(`${file}?again`), /ZEP_AUTH_SECRET is not set/);
});

it('every path leads to the function, except the files of one folder', () => {
  const { outputDirectory, rewrites } = JSON.parse(readFileSync(`${folder}/vercel.json`, 'utf8'));
  assert.equal(outputDirectory, 'public');
  assert.deepEqual(rewrites, [{ source: '/(.*)', destination: '/api' }]);
});

it('has no type errors', () => checkTypes(folder, ['api/index.ts']));
