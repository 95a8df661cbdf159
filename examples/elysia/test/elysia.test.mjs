// Asks the API on Bun over HTTP, and in Node in process.
import assert from 'node:assert/strict';
import { after, before, describe, it, mock } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as core from '@zep-auth/core';
import { makeTokens, testApi } from '../../../conformance/kit/api.mjs';
import { start, stopAll } from '../../../conformance/kit/programs.mjs';
import { checkTypes, load } from '../../../conformance/kit/typescript.mjs';

const folder = fileURLToPath(new URL('..', import.meta.url));
const tokens = await makeTokens(core);
const arch = process.arch === 'arm64' ? 'aarch64' : process.arch;
const bun = `${folder}/node_modules/@oven/bun-${process.platform}-${arch}/bin/bun`;
after(stopAll);

const run = (variables) =>
  start(
    bun,
    ['--no-env-file', `${folder}/server.ts`],
    { ...variables, PORT: '0' },
    /^listening on .*?:(\d+)/m,
  );

describe('on Bun', () => {
  let server;
  before(async () => {
    server = await run({ ZEP_AUTH_SECRET: tokens.secret });
  });
  testApi({
    tokens,
    ask: (path, init) => fetch(server.url + path, init),
    output: () => server.output(),
  });

  it('does not start without a secret', async () => {
    await assert.rejects(run({}), /ZEP_AUTH_SECRET is not set/);
  });
});

describe('in Node', () => {
  let app;
  let lines = '';
  before(async () => {
    mock.method(console, 'log', (line) => {
      lines += `${line}\n`;
    });
    process.env.ZEP_AUTH_SECRET = tokens.secret;
    ({ app } = await load(folder, 'app.ts'));
  });
  after(() => mock.restoreAll());
  testApi({
    tokens,
    ask: (path, init) => app.handle(new Request(`http://localhost${path}`, init)),
    output: () => lines,
  });
});

it('has no type errors', () =>
  checkTypes(folder, ['server.ts'], { allowImportingTsExtensions: 'true' }));
