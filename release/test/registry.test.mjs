// A registry on this machine receives the four packages, and a new project installs them from there by name and uses them.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));
const NAMES = ['core', 'server', 'sdk-auth', 'cli'];
const run = promisify(execFile);

let folder;
let registry;
let verdaccio;
let env;

const findPort = async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
};

const waitFor = async (url) => {
  const end = Date.now() + 120_000;
  while (Date.now() < end) {
    const isUp = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('the registry does not start');
};

before(async () => {
  for (const name of NAMES)
    assert.ok(existsSync(join(root, `packages/${name}/dist`)), 'not built: npx turbo run build');
  folder = await mkdtemp(join(tmpdir(), 'zep-auth registry '));
  const port = await findPort();
  registry = `http://127.0.0.1:${port}/`;
  // Our own packages come from here alone; what they need comes from where npm gets it.
  const { stdout: upstream } = await run('npm', ['config', 'get', 'registry'], { cwd: root });
  const config = {
    storage: join(folder, 'storage'),
    uplinks: { npm: { url: upstream.trim(), maxage: '1h', timeout: '120s' } },
    packages: {
      '@zep-auth/*': { access: '$all', publish: '$all' },
      '**': { access: '$all', proxy: 'npm' },
    },
    log: { type: 'stdout', format: 'json', level: 'error' },
  };
  await writeFile(join(folder, 'config.yaml'), JSON.stringify(config)); // JSON is YAML
  const bin = fileURLToPath(new URL('../node_modules/verdaccio/bin/verdaccio', import.meta.url));
  verdaccio = spawn(
    process.execPath,
    [bin, '--config', join(folder, 'config.yaml'), '--listen', `127.0.0.1:${port}`],
    { cwd: folder, stdio: 'ignore' },
  );
  await waitFor(registry);
  const npmrc = join(folder, 'npmrc');
  await writeFile(npmrc, `registry=${registry}\n//127.0.0.1:${port}/:_authToken=rehearsal\n`);
  env = {
    ...process.env,
    npm_config_userconfig: npmrc,
    npm_config_registry: registry,
    npm_config_cache: join(folder, 'cache'),
    npm_config_update_notifier: 'false',
    npm_config_omit_lockfile_registry_resolved: 'false', // our own lockfiles leave it out
  };
});

after(async () => {
  verdaccio?.kill();
  await rm(folder, { recursive: true, force: true });
});

const publish = (name, ...options) =>
  run('npm', ['publish', '--workspace', `packages/${name}`, '--json', ...options], {
    cwd: root,
    env,
  });

const readManifest = async (name) =>
  JSON.parse(await readFile(join(root, `packages/${name}/package.json`), 'utf8'));

describe('the four packages', () => {
  it('have one version, and ask for each other in it', async () => {
    const manifests = await Promise.all(NAMES.map(readManifest));
    const [{ version }] = manifests;
    for (const { name, version: own, dependencies = {}, devDependencies = {} } of manifests) {
      assert.equal(own, version, name);
      for (const other of NAMES.map((one) => `@zep-auth/${one}`))
        assert.equal({ ...devDependencies, ...dependencies }[other] ?? version, version, name);
    }
  });

  for (const name of NAMES) {
    it(`would be published as they are: ${name}`, async () => {
      const { stdout, stderr } = await publish(name, '--dry-run');
      assert.doesNotMatch(stderr, /auto-corrected|npm error/i);
      const packed = JSON.parse(stdout);
      const files = (packed.files ?? Object.values(packed)[0].files).map(({ path }) => path);
      for (const file of ['LICENSE', 'README.md', 'package.json']) assert.ok(files.includes(file));
      assert.deepEqual(
        files.filter((file) => /(?:^|\/)(?:test|node_modules|\.turbo)\/|\.env/.test(file)),
        [],
      );
    });
  }

  it('are not known to the registry before', async () => {
    for (const name of NAMES)
      assert.equal((await fetch(`${registry}@zep-auth%2f${name}`)).status, 404);
  });

  it('are published, installed by name in a new project, and used', async () => {
    for (const name of NAMES) await publish(name);
    const project = join(folder, 'project');
    await mkdir(project);
    await writeFile(join(project, 'package.json'), '{"name":"p","private":true,"type":"module"}\n');
    const npm = (...args) => run('npm', args, { cwd: project, env });
    await npm('install', '--no-audit', '--no-fund', '@zep-auth/server', 'hono');
    const used = JSON.parse(await readFile(join(project, 'package-lock.json'), 'utf8')).packages;
    for (const name of ['core', 'server'])
      assert.match(used[`node_modules/@zep-auth/${name}`].resolved, new RegExp(`^${registry}`));
    assert.equal(used['node_modules/@zep-auth/cli'], undefined);

    await npm('install', '--no-audit', '--no-fund', '@zep-auth/sdk-auth', '@zep-auth/cli');
    await writeFile(
      join(project, 'use.mjs'),
      `import { signToken } from '@zep-auth/core';
import { createAuthFetch, tokenFromEnv } from '@zep-auth/sdk-auth';
import { authGuard } from '@zep-auth/server';
import { Hono } from 'hono';

const app = new Hono();
app.use(authGuard({ env: process.env }));
app.get('/me', (c) => c.json({ sub: c.var.auth?.claims.sub ?? null }));
const token = await signToken(process.env.ZEP_AUTH_SECRET, { sub: 'alice' });
const authFetch = createAuthFetch({
  token: tokenFromEnv({ ZEP_API_KEY: token }),
  origins: ['https://api.example.com'],
  fetch: async (url, init) => app.request(url, init),
});
const refused = await app.request('/me');
const accepted = await authFetch('https://api.example.com/me');
console.log(refused.status, accepted.status, JSON.stringify(await accepted.json()));
`,
    );
    const { stdout: written } = await npm('exec', 'zepcli', '--', 'secret');
    const { stdout } = await run(process.execPath, ['use.mjs'], {
      cwd: project,
      env: { ...env, ZEP_AUTH_SECRET: written.trim() },
    });
    assert.equal(stdout, '401 200 {"sub":"alice"}\n');
    const { version } = await readManifest('cli');
    const { stdout: said } = await npm('exec', 'zepcli', '--', '-v');
    assert.equal(said, `zep-cli version ${version}\n`);
  });

  it('are packed and installed as the first page of the documents says', async () => {
    const page = await readFile(join(root, 'docs/start.md'), 'utf8');
    const [pack] = page.match(/^npm pack .*$/m);
    const [install] = page.match(/^npm install path\/to.*$/m);
    const clone = join(folder, 'a clone');
    const project = join(folder, 'a project');
    await mkdir(clone);
    await mkdir(project);
    await run('sh', ['-c', `${pack} --pack-destination "${clone}"`], { cwd: root, env });
    const command = install.replace('path/to/zep-auth', '../a\\ clone');
    await run('sh', ['-c', command], { cwd: project, env });
    const { stdout } = await run('npx', ['zepcli', '-i', '--write', '.env'], { cwd: project, env });
    assert.match(stdout, /^JWT token: /m);
    const used = `import { authGuard } from '@zep-auth/server';
import { Hono } from 'hono';
console.log((await new Hono().use(authGuard({ env: process.env })).request('/me')).status);
`;
    await writeFile(join(project, 'use.mjs'), used);
    const args = ['--env-file=.env', 'use.mjs'];
    const { stdout: status } = await run(process.execPath, args, { cwd: project });
    assert.equal(status, '401\n');
  });

  it('are not published twice in one version', async () => {
    await assert.rejects(publish('core'), ({ stderr, stdout }) =>
      /EPUBLISHCONFLICT|cannot publish over|409|403/i.test(stderr + stdout),
    );
  });
});
