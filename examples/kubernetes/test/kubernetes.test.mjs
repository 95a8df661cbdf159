// Reads the manifests, and boots the gate with the very arguments and environment that they have.
// Never needs a cluster: what it would mount is a temporary folder here.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { call, printed, run, start, stopAll } from './programs.mjs';

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
const zepcli = join(folder, 'node_modules/@zep-auth/cli/zepcli.js');
const zep = (args, input = '') => run(process.execPath, [zepcli, ...args], { input, env: {} });

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

describe('the manifests', () => {
  it('boot a gate that lets good tokens through and nothing else, and that the probes find', async () => {
    // The API's own line, on a free port.
    const [program, flag, script] = api.command;
    assert.deepEqual([program, flag], ['node', '-e']);
    assert.match(script, /\.listen\(8000, '127\.0\.0\.1'\)$/);
    const onFreePort = script.replace('8000', '0');
    const told = `const s = ${onFreePort}; s.on('listening', () => console.log('listening on ' + s.address().port))`;
    const upstream = await start(process.execPath, ['-e', told], {});

    // The Secret as a volume: its key is the file's name.
    const [mount] = gate.volumeMounts;
    const [{ name, value }] = gate.env;
    assert.deepEqual([name, value], ['ZEP_AUTH_SECRET_FILE', `${mount.mountPath}/secret`]);
    await writeFile(join(temporary, 'secret'), secretLine, { mode: 0o440 });
    const env = { [name]: value.replace(mount.mountPath, temporary) };
    const places = {
      'http://127.0.0.1:8000': `http://127.0.0.1:${upstream.port}`,
      '0.0.0.0': '127.0.0.1',
      8787: '0',
    };
    const args = gate.args.map((argument) => places[argument] ?? argument);
    const { port, stop } = await start(process.execPath, [zepcli, ...args], env);

    for (const probe of [gate.readinessProbe, gate.livenessProbe]) {
      assert.equal(probe.httpGet.port, gate.ports[0].name);
      assert.equal((await call(port, probe.httpGet.path)).status, 200);
    }
    const [, , check] = api.readinessProbe.exec.command;
    const ask = check.replace('127.0.0.1:8000', `127.0.0.1:${upstream.port}`);
    await run(process.execPath, ['-e', ask]);

    const missing = await call(port, '/hello');
    assert.deepEqual([missing.status, missing.challenge], [401, 'Bearer realm="api"']);
    for (const token of [tokens.tampered, tokens.expired]) {
      const { status, challenge, body } = await call(port, '/hello', token);
      assert.deepEqual([status, challenge], [401, 'Bearer realm="api", error="invalid_token"']);
      assert.doesNotMatch(body, /hello/);
    }
    const { status, body } = await call(port, '/hello', tokens.good);
    assert.deepEqual([status, body], [200, 'hello\n']);
    assert.equal((await call(port, '/healthz')).body, 'hello\n');

    await upstream.stop();
    await assert.rejects(run(process.execPath, ['-e', ask]));
    assert.equal(await stop(), 0);
  });

  it('lead to the gate and never to the API', () => {
    assert.deepEqual([gate.name, api.name], ['gate', 'api']);
    assert.equal(gate.args[gate.args.indexOf('--port') + 1], String(gate.ports[0].containerPort));
    assert.deepEqual(service.spec.ports, [{ name: 'http', port: 80, targetPort: 'http' }]);
    assert.deepEqual(service.spec.selector, template.metadata.labels);
    assert.deepEqual(deployment.spec.selector.matchLabels, template.metadata.labels);
    assert.equal(gate.ports[0].name, service.spec.ports[0].targetPort);
    assert.equal(api.ports, undefined);
    assert.deepEqual([pod.hostNetwork, pod.shareProcessNamespace], [undefined, undefined]);
  });

  it('mount the secret read-only, in the gate only, and have it nowhere else', () => {
    const secret = { secretName: 'zep-auth', defaultMode: 0o440 };
    assert.deepEqual(pod.volumes, [{ name: 'secret', secret }]);
    assert.equal(gate.volumeMounts.length, 1);
    assert.deepEqual([gate.volumeMounts[0].name, gate.volumeMounts[0].readOnly], ['secret', true]);
    assert.deepEqual([api.volumeMounts, api.env, api.envFrom, gate.envFrom], Array(4).fill());
    assert.deepEqual(
      gate.env.map((entry) => Object.keys(entry)),
      [['name', 'value']],
    );
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

  it('let what is in flight come to its end', () => {
    const [gateWait, apiWait] = [gate, api].map(({ lifecycle }) => lifecycle.preStop.exec.command);
    assert.deepEqual([gateWait[0], apiWait[0]], ['sleep', 'sleep']);
    const longestSeconds = Number(gateWait[1]) + 10; // the gate's own limit
    assert.ok(Number(apiWait[1]) > longestSeconds);
    assert.ok(pod.terminationGracePeriodSeconds > Number(apiWait[1]) + 10);
  });
});

it('kubectl makes a Secret of what zepcli prints, without a file in between', async (t) => {
  if (spawnSync('kubectl', ['version', '--client']).error !== undefined) {
    t.skip('SKIPPED: kubectl is not on this machine');
    return;
  }
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  const [, command] = /^npx zepcli secret \| (kubectl create secret .*)$/m.exec(readme);
  const local = `printf %s "$LINE" | ${command} --dry-run=client --output=json`;
  const env = { ...process.env, LINE: secretLine, KUBECONFIG: '/dev/null' };
  const secret = JSON.parse(await run('sh', ['-c', local], { env }));
  assert.equal(secret.metadata.name, pod.volumes[0].secret.secretName);
  assert.deepEqual(Object.keys(secret.data), ['secret']);
  assert.equal(Buffer.from(secret.data.secret, 'base64').toString(), secretLine);
});

it('prints neither the secret nor a token', () => {
  const output = printed.join('');
  assert.match(output, /refused GET \/hello: ERR_TOKEN_EXPIRED/);
  const parts = Object.values(tokens).flatMap((token) => token.split('.'));
  for (const value of [secretLine.trimEnd(), ...parts]) assert.ok(!output.includes(value));
});
