// The API in Bun, from source and as a compiled executable.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
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
const arch = process.arch === 'arm64' ? 'aarch64' : process.arch;
const bun = here(`../node_modules/@oven/bun-${process.platform}-${arch}/bin/bun`);

const tokens = await createTokens(signToken);
const { secret } = tokens;

const scratch = mkdtempSync(join(tmpdir(), 'zep-auth-bun-'));
after(() => rmSync(scratch, { recursive: true }));

const readme = readFileSync(here('../README.md'), 'utf8');
const [START, BUILD] = readme.match(/^bun .*/gm).map((command) => command.split(' ').slice(1));

/** Runs a server until `use` resolves, and returns its output. */
const run = async ([command, ...args], variables, use, cwd = folder) => {
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, NO_COLOR: '1', PORT: '0', ...variables };
  const server = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(server, 'close');
  let output = '';
  const listening = new Promise((resolve) => {
    for (const stream of [server.stdout, server.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
        const url = /server: (http:\/\/127\.0\.0\.1:\d+)\s/.exec(output)?.[1];
        if (url !== undefined) resolve(url);
      });
    }
  });
  const url = await Promise.race([listening, ended.then(() => undefined)]);
  try {
    await use(url, () => output);
  } finally {
    server.kill();
    await ended;
  }
  return output;
};

const acceptsGoodTokens = async (url, output) => {
  assert.ok(url, output());
  await assertGuarded(askAt(url), tokens);
};

const SOURCE = [bun, ...START];

test('bun server.ts accepts only a good token', async () => {
  assertDiscreet(await run(SOURCE, { ZEP_AUTH_SECRET: secret }, acceptsGoodTokens), tokens);
});

test('the executable accepts only a good token, with the secret in a file', async () => {
  const executable = join(scratch, 'api');
  const file = join(scratch, 'secret');
  const args = BUILD.map((arg) => arg.replace('dist/api', executable));
  execFileSync(bun, args, { cwd: folder, stdio: 'ignore' });
  writeFileSync(file, `${secret}\n`);
  // Files in the working directory must have no effect.
  writeFileSync(join(scratch, '.env'), 'ZEP_AUTH_REQUIRED=false\n');
  const variables = { ZEP_AUTH_SECRET_FILE: file };
  assertDiscreet(await run([executable], variables, acceptsGoodTokens, scratch), tokens);
});

test('a .env file cannot switch the guard off', async () => {
  const copy = join(scratch, 'copy');
  const args = ['build', '--target=bun', `--outfile=${join(copy, 'server.ts')}`, 'server.ts'];
  execFileSync(bun, args, { cwd: folder, stdio: 'ignore' });
  cpSync(here('../bunfig.toml'), join(copy, 'bunfig.toml'));
  writeFileSync(join(copy, '.env'), 'ZEP_AUTH_REQUIRED=false\n');
  const use = async (url) => assert.equal((await askAt(url)('/me')).status, 401);
  await run(SOURCE, { ZEP_AUTH_SECRET: secret }, use, copy);
});

test('with ZEP_AUTH_REQUIRED=false every request passes, and it says so', async () => {
  const output = await run(SOURCE, { ZEP_AUTH_REQUIRED: 'false' }, async (url) => {
    assert.equal((await askAt(url)('/me')).status, 200);
  });
  assert.match(output, /authentication is off/);
});

test('it does not start without a secret, and says what is missing', async () => {
  const output = await run(SOURCE, {}, (url) => assert.equal(url, undefined));
  assert.match(output, /ZEP_AUTH_SECRET is not set/);
});

test('it does not start with a weak secret, and does not print it', async () => {
  const unfit = secret.slice(0, 20);
  const output = await run(SOURCE, { ZEP_AUTH_SECRET: unfit }, (url) => {
    assert.equal(url, undefined);
  });
  assert.match(output, /ZEP_AUTH_SECRET is shorter than 32 bytes/);
  assert.ok(!output.includes(unfit));
});
