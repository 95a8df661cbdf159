// Installs the packed packages in a copy of each template, makes its secret as its README says, and asks its API.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { Miniflare } from 'miniflare';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const root = here('../../..');
const scratch = mkdtempSync(join(tmpdir(), 'zep-auth templates '));
const tarballs = join(scratch, 'tarballs');
const arch = process.arch === 'arm64' ? 'aarch64' : process.arch;
const bun = here(`../node_modules/@oven/bun-${process.platform}-${arch}/bin/bun`);
const { PATH, HOME } = process.env;

before(() => {
  mkdirSync(tarballs);
  const workspaces = ['core', 'server', 'cli'].flatMap((name) => [
    '--workspace',
    `packages/${name}`,
  ]);
  execFileSync('npm', ['pack', '--pack-destination', tarballs, ...workspaces], {
    cwd: root,
    stdio: 'ignore',
  });
});
after(() => rmSync(scratch, { recursive: true, force: true }));

/** A copy of a template with the packed packages, a secret and a token, made by the commands of its README. */
const prepare = (name) => {
  const folder = join(scratch, name);
  cpSync(here(`../${name}`), folder, { recursive: true });
  const packed = readdirSync(tarballs).map((file) => join(tarballs, file));
  // Without wrangler, which needs Node 22.
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (manifest.devDependencies.wrangler)
    execFileSync('npm', ['pkg', 'delete', 'devDependencies.wrangler'], { cwd: folder });
  execFileSync('npm', ['install', '--no-audit', '--no-fund', ...packed], {
    cwd: folder,
    stdio: 'ignore',
  });
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  const commands = readme.match(/^(?:npx|bunx) zepcli .*/gm);
  assert.equal(commands.length, 2);
  for (const command of commands)
    execFileSync('sh', ['-c', command.replace('bunx', 'npx')], { cwd: folder, stdio: 'ignore' });
  return { folder, manifest, token: readFileSync(join(folder, 'token.txt'), 'utf8').trim() };
};

const assertGuarded = async (ask, token) => {
  assert.equal((await ask('/healthz')).status, 200);
  assert.equal((await ask('/me')).status, 401);
  const good = await ask('/me', { headers: { authorization: `Bearer ${token}` } });
  assert.deepEqual([good.status, await good.json()], [200, { sub: 'alice' }]);
  const bad = { headers: { authorization: `Bearer ${token.slice(0, -9)}AAAAAAAAA` } };
  assert.equal((await ask('/me', bad)).status, 401);
};

/** Starts a server, and asks the address that it prints. */
const runServer = async (command, args, folder, use) => {
  const server = spawn(command, args, { cwd: folder, env: { PATH, HOME, PORT: '0' } });
  try {
    let said = '';
    while (!/listening on \S+:\d+/.test(said)) said += (await once(server.stdout, 'data'))[0];
    const [, origin] = /listening on (\S+)/.exec(said);
    await use((path, init) => fetch(origin + path, init));
  } finally {
    server.kill();
    await once(server, 'exit');
  }
};

describe('the template', () => {
  it('for Node answers clients with a token, and no others', async () => {
    const { folder, manifest, token } = prepare('node');
    const [, ...args] = manifest.scripts.dev.replace(' --watch', '').split(' ');
    await runServer(process.execPath, args, folder, (ask) => assertGuarded(ask, token));
  });

  it('for Bun does the same', async () => {
    const { folder, manifest, token } = prepare('bun');
    const [, ...args] = manifest.scripts.dev.replace(' --hot', '').split(' ');
    await runServer(bun, args, folder, (ask) => assertGuarded(ask, token));
  });

  it('for Workers does the same', async () => {
    const { folder, token } = prepare('workers');
    const { main, compatibility_date } = JSON.parse(
      readFileSync(join(folder, 'wrangler.jsonc'), 'utf8'),
    );
    const { outputFiles } = await build({
      entryPoints: [join(folder, main)],
      bundle: true,
      format: 'esm',
      conditions: ['workerd', 'worker', 'browser'],
      external: ['node:*'],
      write: false,
    });
    const bindings = Object.fromEntries(
      readFileSync(join(folder, '.dev.vars'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
    const emulator = new Miniflare({
      modules: [{ type: 'ESModule', path: 'worker.mjs', contents: outputFiles[0].text }],
      compatibilityDate: compatibility_date,
      bindings,
    });
    try {
      const ask = (path, init) => emulator.dispatchFetch(`http://127.0.0.1${path}`, init);
      await assertGuarded(ask, token);
    } finally {
      await emulator.dispose();
    }
  });
});
