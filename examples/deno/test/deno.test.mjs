// The API in Deno, run by `deno task start` and from the bundle for Deno Deploy.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  askAt,
  assertDiscreet,
  assertGuarded,
  createTokens,
} from '../../../conformance/kit/deployments.mjs';

const { signToken } = await import('@zep-auth/core').catch((cause) => {
  throw new Error('the packages are not built: run `npx turbo run build` at the root', { cause });
});

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const folder = here('..');
const libc = process.platform === 'linux' ? '-glibc' : '';
const deno = here(`../node_modules/@deno/${process.platform}-${process.arch}${libc}/deno`);

const tokens = await createTokens(signToken);
const { secret, good } = tokens;

// The task with a free port.
const { tasks } = JSON.parse(readFileSync(here('../deno.json'), 'utf8'));
const START = tasks.start.replaceAll('127.0.0.1:8000', '127.0.0.1:0');
const BUNDLE = START.replace('main.ts', 'dist/main.js');

/** Runs a task's command until `use` resolves, and returns its output. */
const run = async (command, variables, use) => {
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1', ...variables };
  const options = { cwd: folder, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] };
  const server = spawn(deno, ['task', '--quiet', '--eval', command], options);
  const ended = once(server, 'close');
  let output = '';
  const listening = new Promise((resolve) => {
    for (const stream of [server.stdout, server.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
        const url = /Listening on (http:\/\/127\.0\.0\.1:\d+)\//.exec(output)?.[1];
        if (url !== undefined) resolve(url);
      });
    }
  });
  const url = await Promise.race([listening, ended.then(() => undefined)]);
  try {
    await use(url, () => output);
  } finally {
    if (url !== undefined) process.kill(-server.pid); // the task and its children
    await ended;
  }
  return output;
};

const acceptsGoodTokens = async (url, output) => {
  assert.ok(url, output());
  await assertGuarded(askAt(url), tokens);
};

test('deno task start accepts only a good token', async () => {
  assertDiscreet(await run(START, { ZEP_AUTH_SECRET: secret }, acceptsGoodTokens), tokens);
});

test('the bundle accepts only a good token', async () => {
  execFileSync('npm', ['run', 'bundle', '--silent'], { cwd: folder });
  assertDiscreet(await run(BUNDLE, { ZEP_AUTH_SECRET: secret }, acceptsGoodTokens), tokens);
});

test('with ZEP_AUTH_REQUIRED=false every request passes, and it says so', async () => {
  const output = await run(START, { ZEP_AUTH_REQUIRED: 'false' }, async (url) => {
    assert.equal((await askAt(url)('/me')).status, 200);
  });
  assert.match(output, /authentication is off/);
});

test('it does not start without a secret, and says what is missing', async () => {
  const output = await run(START, {}, (url) => assert.equal(url, undefined));
  assert.match(output, /ZEP_AUTH_SECRET is not set/);
});

test('it does not start with a weak secret, and does not print it', async () => {
  const unfit = secret.slice(0, 20);
  const output = await run(START, { ZEP_AUTH_SECRET: unfit }, (url) => {
    assert.equal(url, undefined);
  });
  assert.match(output, /ZEP_AUTH_SECRET is shorter than 32 bytes/);
  assert.ok(!output.includes(unfit));
});

test('a variable other than the secret takes effect', async () => {
  const variables = { ZEP_AUTH_SECRET: secret, ZEP_AUTH_AUDIENCE: 'here' };
  await run(START, variables, async (url) => {
    assert.equal((await askAt(url)('/me', good)).status, 401);
    const named = await signToken(secret, { aud: 'here' });
    assert.equal((await askAt(url)('/me', named)).status, 200);
  });
});

test('the README’s commands pass the secret in a file that only its owner can read, and delete it', (t) => {
  const scratch = mkdtempSync(join(tmpdir(), 'zep-auth-deno-'));
  t.after(() => rmSync(scratch, { recursive: true }));
  // Stands in for Deno Deploy: prints its arguments and fails, so that nothing depends on success.
  const npx = '#!/bin/sh\nshift 4\nls -l "$1" && cat "$1" && exit 7\n';
  writeFileSync(join(scratch, 'npx'), npx, { mode: 0o700 });
  const [, script] = /^(\(\n.*?^\)\n)/ms.exec(readFileSync(here('../README.md'), 'utf8'));
  const env = { PATH: `${scratch}:${process.env.PATH}`, TMPDIR: scratch, ZEP_AUTH_SECRET: secret };
  const command = script.replace(/<(\w+)>/g, '$1');
  const { status, stdout } = spawnSync('sh', ['-c', command], { env, encoding: 'utf8' });
  assert.equal(status, 7);
  assert.match(stdout, /^-rw-------/);
  assert.ok(stdout.endsWith(`\nZEP_AUTH_SECRET=${secret}\n`));
  const [file] = /\/\S+$/m.exec(stdout);
  assert.ok(file.startsWith(scratch) && !existsSync(file));
});

test('every variable of the guard is read', () => {
  const entry = readFileSync(here('../main.ts'), 'utf8');
  const page = readFileSync(here('../../../docs/environment.md'), 'utf8');
  const documented = new Set(page.match(/(?<=ZEP_AUTH_)[A-Z_]+/g));
  documented.delete('STORE_URL'); // only for zepcli
  assert.ok(documented.size >= 12);
  for (const name of documented) assert.match(entry, new RegExp(`[ '\`]${name}[ '\`]`), name);
});
