// Starts the gate with the arguments and environment of the manifests. A temporary folder stands in for the mount.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { exchange, printed, run, start, stopAll } from '../../../conformance/kit/programs.mjs';

const folder = fileURLToPath(new URL('..', import.meta.url));
for (const name of ['cli', 'core']) {
  const isBuilt = existsSync(join(folder, '../../packages', name, 'dist'));
  assert.ok(isBuilt, 'the packages are not built: run `npx turbo run build` at the root');
}
const { signToken } = await import('@zep-auth/core');

const readManifest = (name) => parse(readFileSync(join(folder, name), 'utf8'));
const deployment = readManifest('deployment.yaml');
const service = readManifest('service.yaml');
const { template } = deployment.spec;
const pod = template.spec;
const [gate, api] = pod.containers;
const zepcli = join(folder, 'node_modules/@zep-auth/cli/zepcli.cjs');
const zep = (args, input = '') => run(process.execPath, [zepcli, ...args], { input, env: {} });

const ask = (port, path, token) =>
  exchange(port, `GET ${path}`, token === undefined ? [] : [`Authorization: Bearer ${token}`]);

let temporary;
let secretLine;
const tokens = {};

before(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'zep-auth-kubernetes-'));
  secretLine = await zep(['secret']);
  const secret = secretLine.trimEnd();
  tokens.good = (await zep(['token', '-', '--expires-in', '90d'], secretLine)).trimEnd();
  const [header, , signature] = tokens.good.split('.');
  const [, foreign] = (await signToken(secret, { sub: 'root' })).split('.');
  tokens.tampered = `${header}.${foreign}.${signature}`;
  tokens.expired = await signToken(secret, { exp: 1_700_000_000 });
});

after(async () => {
  await stopAll();
  if (temporary !== undefined) await rm(temporary, { recursive: true });
});

/** A folder like the kubelet's mount of a Secret: links to files in another folder, replaced together. */
const makeMount = async (first) => {
  const mount = await mkdtemp(join(temporary, 'mount-'));
  let version = 0;
  const put = async (data) => {
    const name = `..${version++}`;
    await mkdir(join(mount, name));
    for (const [key, text] of Object.entries(data)) {
      await writeFile(join(mount, name, key), text, { mode: 0o440 });
    }
    await symlink(name, join(mount, '..next'));
    await rename(join(mount, '..next'), join(mount, '..data'));
  };
  await put(first);
  for (const key of Object.keys(first)) await symlink(join('..data', key), join(mount, key));
  return { mount, put };
};

/** Starts the gate like the manifest, with this folder as its mount, in front of an API on this port. */
const startGate = (mount, port) => {
  const places = {
    'http://127.0.0.1:8000': `http://127.0.0.1:${port}`,
    '0.0.0.0': '127.0.0.1',
    8790: '0',
  };
  const env = {};
  for (const { name, value } of gate.env) {
    env[name] = value.replace(gate.volumeMounts[0].mountPath, mount);
  }
  const args = gate.args.map((argument) => places[argument] ?? argument);
  return start(process.execPath, [zepcli, ...args], env);
};

/** The API's command, on a free port. */
const startApi = () => {
  const [program, flag, script] = api.command;
  assert.deepEqual([program, flag], ['node', '-e']);
  assert.match(script, /\.listen\(8000, '127\.0\.0\.1'\)$/);
  const onFreePort = script.replace('8000', '0');
  const told = `const s = ${onFreePort}; s.on('listening', () => console.log('listening on ' + s.address().port))`;
  return start(process.execPath, ['-e', told], {});
};

describe('the manifests', () => {
  it('start a gate that accepts only good tokens and answers the probes', async () => {
    const upstream = await startApi();
    const { mount } = await makeMount({ secret: secretLine, previous: '' });
    const { port, stop } = await startGate(mount, upstream.port);

    for (const probe of [gate.readinessProbe, gate.livenessProbe]) {
      assert.equal(probe.httpGet.port, gate.ports[0].name);
      assert.equal((await ask(port, probe.httpGet.path)).status, 200);
    }
    const missing = await ask(port, '/hello');
    assert.deepEqual([missing.status, missing.challenges], [401, ['Bearer realm="api"']]);
    for (const token of [tokens.tampered, tokens.expired]) {
      const { status, challenges, body } = await ask(port, '/hello', token);
      assert.deepEqual([status, challenges], [401, ['Bearer realm="api", error="invalid_token"']]);
      assert.doesNotMatch(body, /hello/);
    }
    const { status, body } = await ask(port, '/hello', tokens.good);
    assert.deepEqual([status, body], [200, 'hello\n']);
    assert.equal((await ask(port, '/healthz')).body, 'hello\n');
    await upstream.stop();
    assert.equal(await stop(), 0);
  });

  it('send no requests to a gate whose API is down, and do not restart it', async () => {
    const upstream = await startApi();
    await upstream.stop();
    const { mount } = await makeMount({ secret: secretLine, previous: '' });
    const { port, stop } = await startGate(mount, upstream.port);
    assert.equal((await ask(port, gate.readinessProbe.httpGet.path)).status, 503);
    assert.equal((await ask(port, gate.livenessProbe.httpGet.path)).status, 200);
    assert.equal(await stop(), 0);
  });

  it('start a gate that reloads a changed Secret without a restart', async () => {
    const upstream = await startApi();
    const newLine = await zep(['secret']);
    tokens.next = (await zep(['token', '-', '--expires-in', '90d'], newLine)).trimEnd();
    const { mount, put } = await makeMount({ secret: secretLine, previous: '' });
    const { port, stop, says } = await startGate(mount, upstream.port);
    const statuses = async () => [
      (await ask(port, '/', tokens.good)).status,
      (await ask(port, '/', tokens.next)).status,
    ];
    assert.deepEqual(await statuses(), [200, 401]);
    await put({ secret: newLine, previous: secretLine });
    await says(/configuration reloaded/);
    assert.deepEqual(await statuses(), [200, 200]);
    await put({ secret: newLine, previous: '' });
    await says(/configuration reloaded/);
    assert.deepEqual(await statuses(), [401, 200]);
    await upstream.stop();
    assert.equal(await stop(), 0);
  });

  it('lead to the gate and not to the API', () => {
    assert.deepEqual([gate.name, api.name], ['gate', 'api']);
    assert.equal(gate.args[gate.args.indexOf('--port') + 1], String(gate.ports[0].containerPort));
    assert.deepEqual(service.spec.ports, [{ name: 'http', port: 80, targetPort: 'http' }]);
    assert.deepEqual(service.spec.selector, template.metadata.labels);
    assert.deepEqual(deployment.spec.selector.matchLabels, template.metadata.labels);
    assert.equal(gate.ports[0].name, service.spec.ports[0].targetPort);
    assert.equal(api.ports, undefined);
    assert.deepEqual([pod.hostNetwork, pod.shareProcessNamespace], [undefined, undefined]);
  });

  it('mount the secret read-only in the gate’s container, and nowhere else', () => {
    const secret = { secretName: 'zep-auth', defaultMode: 0o440 };
    assert.deepEqual(pod.volumes, [{ name: 'secret', secret }]);
    assert.equal(gate.volumeMounts.length, 1);
    assert.deepEqual([gate.volumeMounts[0].name, gate.volumeMounts[0].readOnly], ['secret', true]);
    assert.deepEqual([api.volumeMounts, api.env, api.envFrom, gate.envFrom], Array(4).fill());
    const { mountPath } = gate.volumeMounts[0];
    assert.deepEqual(gate.env, [
      { name: 'ZEP_AUTH_SECRET_FILE', value: `${mountPath}/secret` },
      { name: 'ZEP_AUTH_SECRET_PREVIOUS_FILE', value: `${mountPath}/previous` },
    ]);
    assert.deepEqual([pod.enableServiceLinks, pod.automountServiceAccountToken], [false, false]);
  });

  it('give no container a privilege', () => {
    assert.deepEqual(pod.securityContext, {
      runAsNonRoot: true,
      runAsUser: 1000,
      runAsGroup: 1000,
      fsGroup: 1000,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    assert.equal(pod.containers.length, 2);
    for (const { securityContext, resources } of pod.containers) {
      assert.deepEqual(securityContext, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      assert.deepEqual(resources.limits, { memory: '256Mi' });
    }
  });

  it('leave enough time to finish open requests', () => {
    const [gateWait, apiWait] = [gate, api].map(({ lifecycle }) => lifecycle.preStop.exec.command);
    assert.deepEqual([gateWait[0], apiWait[0]], ['sleep', 'sleep']);
    const longestSeconds = Number(gateWait[1]) + 10; // the gate's own limit
    assert.ok(Number(apiWait[1]) > longestSeconds);
    assert.ok(pod.terminationGracePeriodSeconds > Number(apiWait[1]) + 10);
  });
});

describe('kubectl', () => {
  const isMissing = spawnSync('kubectl', ['version', '--client']).error !== undefined;
  const options = { skip: isMissing && 'SKIPPED: kubectl is not on this machine' };
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  const kubectl = async (script, variables) => {
    const env = { ...process.env, ...variables, KUBECONFIG: '/dev/null' };
    return JSON.parse(await run('sh', ['-c', script], { env }));
  };
  const read = ({ data }, key) => Buffer.from(data[key], 'base64').toString();
  const create = () => {
    const [, command] = /^npx zepcli secret \| (kubectl create secret .*)$/m.exec(readme);
    const script = `printf %s "$LINE" | ${command} --dry-run=client --output=json`;
    return kubectl(script, { LINE: secretLine });
  };

  it('creates a Secret from zepcli’s output without a file', options, async () => {
    const secret = await create();
    assert.equal(secret.metadata.name, pod.volumes[0].secret.secretName);
    assert.deepEqual(Object.keys(secret.data).sort(), ['previous', 'secret']);
    assert.deepEqual([read(secret, 'secret'), read(secret, 'previous')], [secretLine, '']);
  });

  it(
    'changes the Secret with the README’s commands, and removes the old one',
    options,
    async () => {
      const file = join(temporary, 'secret.json');
      const [, patch] = /^ {2}(printf .* \|\n {2}kubectl patch .*)$/m.exec(readme);
      const [, finish] = /^(kubectl patch secret zep-auth --patch .*)$/m.exec(readme);
      const local = (command) =>
        command.replace('patch secret zep-auth', `patch --local --filename ${file} --output=json`);
      const next = (await zep(['secret'])).trimEnd();
      const OLD = Buffer.from(secretLine).toString('base64');

      await writeFile(file, JSON.stringify(await create()), { mode: 0o600 });
      const changed = await kubectl(local(patch), { OLD, NEW: next });
      assert.deepEqual([read(changed, 'secret'), read(changed, 'previous')], [next, secretLine]);
      await writeFile(file, JSON.stringify(changed));
      const finished = await kubectl(local(finish), {});
      assert.deepEqual([read(finished, 'secret'), read(finished, 'previous')], [next, '']);
    },
  );
});

it('prints neither the secret nor a token', () => {
  const output = printed.join('');
  assert.match(output, /"path":"\/hello",.*"code":"ERR_TOKEN_EXPIRED"/);
  const parts = Object.values(tokens).flatMap((token) => token.split('.'));
  for (const value of [secretLine.trimEnd(), ...parts]) assert.ok(!output.includes(value));
});
