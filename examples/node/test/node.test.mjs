// Starts the gate with the commands and environments of the unit and of compose.yaml. A temporary folder stands in for
// what systemd and Docker provide.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { exchange, printed, run, start, stopAll } from '../../../conformance/kit/programs.mjs';

const folder = fileURLToPath(new URL('..', import.meta.url));
const packages = join(folder, '../../packages');
for (const name of ['cli', 'core']) {
  const isBuilt = existsSync(join(packages, name, 'dist'));
  assert.ok(isBuilt, 'the packages are not built: run `npx turbo run build` at the root');
}
const { signToken } = await import('@zep-auth/core');

/** The lines of a unit: each setting with all its values. */
const readUnit = (text) => {
  const settings = new Map();
  for (const line of text.split('\n')) {
    const [, name, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (name !== undefined) settings.set(name, [...(settings.get(name) ?? []), value]);
  }
  return settings;
};
const unitText = readFileSync(join(folder, 'zep-auth-gate.service'), 'utf8');
const unit = readUnit(unitText);
const compose = parse(readFileSync(join(folder, 'compose.yaml'), 'utf8'));
const dockerfile = readFileSync(join(folder, 'Dockerfile'), 'utf8');
const instruction = (name) =>
  [...dockerfile.matchAll(new RegExp(`^${name} (.+)$`, 'gm'))].map(([, value]) => value);

let temporary;
let zepcli;
const ask = (port, path, token) =>
  exchange(port, `GET ${path}`, token === undefined ? [] : [`Authorization: Bearer ${token}`]);

let api;
let secret;
let secretLine;
let tokens;

before(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'zep-auth-node-'));
  // Like the README and the Dockerfile, but into a temporary folder.
  const [install] = instruction('RUN');
  assert.match(
    install,
    /^npm install --global --ignore-scripts --offline \/tmp\/zep-auth-cli-\*\.tgz$/,
  );
  const quiet = { ...process.env, npm_config_loglevel: 'error', npm_config_prefix: temporary };
  await run('npm', ['pack', '--pack-destination', temporary, join(packages, 'cli')], {
    env: quiet,
  });
  await run('sh', ['-c', install.replace('/tmp/', `${temporary}/`)], { env: quiet });
  zepcli = join(temporary, 'bin/zepcli');

  const PATH = process.env.PATH;
  secretLine = await run(zepcli, ['secret'], { env: { PATH } });
  secret = secretLine.trimEnd();
  const args = ['token', '-', '--sub', 'alice', '--expires-in', '1h'];
  const good = (await run(zepcli, args, { env: { PATH }, input: secretLine })).trimEnd();
  const [header, , signature] = good.split('.');
  const [, foreign] = (await signToken(secret, { sub: 'root' })).split('.');
  tokens = {
    good,
    tampered: `${header}.${foreign}.${signature}`,
    expired: await signToken(secret, { sub: 'alice', exp: 1_700_000_000 }),
  };
  const env = { PATH, HOST: '127.0.0.1', PORT: '0' };
  api = await start(process.execPath, [join(folder, 'api.mjs')], env);
});

after(async () => {
  await stopAll();
  if (temporary !== undefined) await rm(temporary, { recursive: true });
});

/** A folder with both secrets in files with these names. */
const makeSecrets = async (names) => {
  const place = await mkdtemp(join(temporary, 'secrets-'));
  // With a line ending, like `zepcli secret > file`.
  await writeFile(join(place, names[0]), secretLine, { mode: 0o600 });
  await writeFile(join(place, names[1]), '', { mode: 0o600 });
  return place;
};

/** The numbered commands below a heading of the README, with these replacements. */
const readSteps = (heading, places) => {
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  const section = readme.slice(readme.indexOf(`## ${heading}`));
  const block = section.slice(section.indexOf('To change the secret'));
  const [, text] = /```sh\n(.*?)```/s.exec(block);
  return text.split(/^# (?=\d\.)/m).map((step) => {
    let script = step.replace(/^\d\..*\n/, '');
    for (const [there, mine] of Object.entries(places)) script = script.replaceAll(there, mine);
    return script;
  });
};

/** A token signed with another secret. */
const signWith = async (line) => {
  const args = ['token', '-', '--expires-in', '1h'];
  return (await run(zepcli, args, { env: { PATH: process.env.PATH }, input: line })).trimEnd();
};
const statuses = async (port, ...those) => {
  const found = [];
  for (const token of those) found.push((await ask(port, '/hello', token)).status);
  return found;
};

/** A command from one of the files, on free loopback ports. */
const here = (args) =>
  args.map((argument) => {
    if (argument === '8790') return '0';
    if (argument === '0.0.0.0') return '127.0.0.1';
    return argument.replace(/^http:\/\/(?:127\.0\.0\.1|api):8000$/, `http://127.0.0.1:${api.port}`);
  });

/** Checks that hold for every gate. */
const assertGate = async ({ port }) => {
  const missing = await ask(port, '/hello');
  assert.equal(missing.status, 401);
  assert.deepEqual(missing.challenges, ['Bearer realm="api"']);
  for (const token of [tokens.tampered, tokens.expired]) {
    const refused = await ask(port, '/hello', token);
    assert.equal(refused.status, 401);
    assert.deepEqual(refused.challenges, ['Bearer realm="api", error="invalid_token"']);
    assert.doesNotMatch(refused.body, /from the API/);
  }
  const { status, body } = await ask(port, '/hello', tokens.good);
  assert.deepEqual([status, body], [200, 'hello from the API at /hello\n']);
  assert.equal((await ask(port, '/healthz')).body, 'hello from the API at /healthz\n');
  for (const path of ['//healthz', '/%68ealthz', '/healthz/../hello', '/healthz;x']) {
    assert.equal((await ask(port, path)).status, 401, path);
  }
  assert.equal((await ask(port, '/_gate/health')).status, 200);
};

describe('the unit', () => {
  /** Starts the service like systemd, with a folder as its credentials directory. */
  const startUnit = (credentials) => {
    const [program, ...args] = unit.get('ExecStart')[0].split(' ');
    assert.equal(program, '/usr/local/bin/zepcli');
    const env = { PATH: process.env.PATH };
    for (const entry of unit.get('Environment')) {
      const [name, value] = entry.split('=');
      env[name] = value.replace('%d', credentials);
    }
    return start(zepcli, here(args), env);
  };

  const names = ['zep-auth-secret', 'zep-auth-secret-previous'];

  it('starts a gate that accepts only good tokens', async () => {
    assert.deepEqual(unit.get('LoadCredential'), [
      `${names[0]}:/etc/zep-auth/secret`,
      `${names[1]}:/etc/zep-auth/previous`,
    ]);
    const gate = await startUnit(await makeSecrets(names));
    await assertGate(gate);
    assert.equal(await gate.stop(), 0);
  });

  it('makes the gate reload its files', async () => {
    const [reload] = unit.get('ExecReload');
    const credentials = await makeSecrets(names);
    const gate = await startUnit(credentials);
    await run('sh', ['-c', reload], { env: { PATH: process.env.PATH, MAINPID: gate.child.pid } });
    await gate.says(/configuration reloaded/);
    assert.deepEqual(await statuses(gate.port, tokens.good), [200]);
    assert.equal(await gate.stop(), 0);
  });

  it('accepts a changed secret and removes the old one, with the README’s commands', async () => {
    const files = await makeSecrets(['secret', 'previous']);
    const [, change, finish] = readSteps('With systemd', {
      'sudo systemctl restart zep-auth-gate': 'true',
      '/etc/zep-auth': files,
      'npx zepcli': zepcli,
      'sudo ': '',
    });
    /** Copies the credentials, like systemd at the start of a service. */
    const restart = async () => {
      const credentials = await makeSecrets(names);
      await copyFile(join(files, 'secret'), join(credentials, names[0]));
      await copyFile(join(files, 'previous'), join(credentials, names[1]));
      return startUnit(credentials);
    };
    await run('sh', ['-ec', change], { env: process.env });
    const next = await signWith(await readFile(join(files, 'secret'), 'utf8'));
    const changed = await restart();
    assert.deepEqual(await statuses(changed.port, tokens.good, next), [200, 200]);
    assert.equal(await changed.stop(), 0);
    await run('sh', ['-ec', finish], { env: process.env });
    const finished = await restart();
    assert.deepEqual(await statuses(finished.port, tokens.good, next), [401, 200]);
    assert.equal(await finished.stop(), 0);
  });

  it('does not start without its credential', async () => {
    await assert.rejects(startUnit(join(temporary, 'nowhere')), /ended with 3: .*cannot be read/s);
  });

  it('gives the gate no privilege', () => {
    for (const setting of ['DynamicUser', 'NoNewPrivileges', 'PrivateTmp', 'ProtectHome']) {
      assert.deepEqual(unit.get(setting), ['yes'], setting);
    }
    assert.deepEqual(unit.get('ProtectSystem'), ['strict']);
    assert.deepEqual(unit.get('CapabilityBoundingSet'), ['']);
    assert.deepEqual(unit.get('RestrictAddressFamilies'), ['AF_INET AF_INET6 AF_UNIX']);
    assert.doesNotMatch(unitText, /ZEP_AUTH_SECRET=|SetCredential/);
  });

  it('is valid for systemd', async (t) => {
    if (spawnSync('systemd-analyze', ['--version']).error !== undefined) {
      t.skip('SKIPPED: systemd-analyze is not on this machine');
      return;
    }
    // The command must exist for `verify`, so the copy names the one that was installed above.
    const copy = join(temporary, 'zep-auth-gate.service');
    await writeFile(copy, unitText.replace('/usr/local/bin/zepcli', zepcli));
    const { status, stderr, stdout } = spawnSync('systemd-analyze', ['verify', '--man=no', copy]);
    assert.deepEqual([status, `${stdout}${stderr}`], [0, '']);
  });
});

describe('compose.yaml', () => {
  const { gate, api: upstream } = compose.services;
  /** Starts the gate like the container, with a folder as Compose's mount. */
  const startGate = (secrets) => {
    const env = { PATH: process.env.PATH };
    for (const [name, file] of Object.entries(gate.environment)) {
      env[name] = file.replace('/run/secrets', secrets);
    }
    return start(zepcli, here(gate.command), env);
  };

  it('starts a gate that accepts only good tokens, with a working health check', async () => {
    assert.deepEqual(instruction('ENTRYPOINT'), ['["zepcli"]']);
    const running = await startGate(await makeSecrets(gate.secrets));
    const [kind, ...check] = gate.healthcheck.test;
    assert.deepEqual([kind, ...check.slice(0, 2)], ['CMD', 'node', '-e']);
    const script = check[2].replace('127.0.0.1:8790', `127.0.0.1:${running.port}`);
    const isHealthy = () =>
      run(process.execPath, ['-e', script]).then(
        () => true,
        () => false,
      );
    await assertGate(running);
    assert.equal(await isHealthy(), true);
    assert.equal(await running.stop(), 0);
    assert.equal(await isHealthy(), false);
  });

  it('accepts a changed secret without a restart, with the README’s commands', async () => {
    // Compose mounts the file itself, so the commands must write into it.
    const place = await makeSecrets(gate.secrets);
    for (const name of gate.secrets) {
      await symlink(join(place, name), join(place, compose.secrets[name].file));
    }
    const running = await startGate(place);
    const [, change, wait, finish] = readSteps('With Docker', { 'npx zepcli': zepcli });
    const options = { cwd: place, env: process.env };
    await run('sh', ['-ec', change], options);
    await running.says(new RegExp(/grep '(.*)'/.exec(wait)[1]));
    const next = await signWith(await readFile(join(place, gate.secrets[0]), 'utf8'));
    assert.deepEqual(await statuses(running.port, tokens.good, next), [200, 200]);
    await run('sh', ['-ec', finish], options);
    await running.says(/configuration reloaded/);
    assert.deepEqual(await statuses(running.port, tokens.good, next), [401, 200]);
    assert.equal(await running.stop(), 0);
  });

  it('lets only the gate reach the API', () => {
    assert.equal(upstream.ports, undefined);
    assert.deepEqual(upstream.networks, ['behind']);
    assert.equal(compose.networks.behind.internal, true);
    assert.deepEqual(gate.networks, ['default', 'behind']);
    assert.deepEqual(gate.ports, ['127.0.0.1:8790:8790']);
  });

  it('keeps the secrets in files only, and grants no privileges', async () => {
    const ignored = (await readFile(join(folder, '.gitignore'), 'utf8')).split('\n');
    for (const { file } of Object.values(compose.secrets))
      assert.ok(ignored.includes(file.slice(2)));
    assert.deepEqual(Object.keys(compose.secrets), gate.secrets);
    assert.deepEqual(gate.environment, {
      ZEP_AUTH_SECRET_FILE: `/run/secrets/${gate.secrets[0]}`,
      ZEP_AUTH_SECRET_PREVIOUS_FILE: `/run/secrets/${gate.secrets[1]}`,
    });
    const context = await readFile(join(folder, '.dockerignore'), 'utf8');
    assert.equal(context, '*\n!zep-auth-cli-*.tgz\n');
    for (const service of [gate, upstream]) {
      assert.equal(service.read_only, true);
      assert.deepEqual(service.cap_drop, ['ALL']);
      assert.match(service.user, /^(?:node|\$\{GATE_USER:-1000:1000\})$/);
    }
    assert.deepEqual(instruction('USER'), ['node']);
    assert.doesNotMatch(dockerfile, /^(?:ENV|ARG) /m);
  });
});

it('prints neither the secret nor a token', () => {
  const output = printed.join('');
  assert.match(output, /refused GET \/hello: ERR_TOKEN_EXPIRED/);
  const parts = Object.values(tokens).flatMap((token) => token.split('.'));
  for (const value of [secret, ...parts]) assert.ok(!output.includes(value));
});
