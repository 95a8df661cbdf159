// Runs nginx with zep-auth.conf, the gate, and an API that records its requests, in a temporary folder on loopback.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, request as send } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { exchange, listen, printed, start, stopAll } from '../../../conformance/kit/programs.mjs';

const folder = fileURLToPath(new URL('..', import.meta.url));
for (const name of ['cli', 'core']) {
  const isBuilt = existsSync(join(folder, '../../packages', name, 'dist'));
  assert.ok(isBuilt, 'the packages are not built: run `npx turbo run build` at the root');
}
const { generateSecret, signToken } = await import('@zep-auth/core');

// Debian installs it in /usr/sbin, which may not be in PATH.
const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
const isMissing = spawnSync('nginx', ['-v'], { env }).error !== undefined;
const skip =
  isMissing && !process.env.CI
    ? 'SKIPPED: nginx is not on this machine (apt install nginx-light)'
    : false;

/** Forwards a request to a port, and the answer back. */
const forwardTo = (port) => (request, response) => {
  const { method, url: path, headers } = request;
  const onward = send({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode, answer.rawHeaders);
    answer.pipe(response);
  });
  onward.once('error', () => response.destroy());
  onward.end();
};

/** A port that was free a moment ago. */
const findPort = async () => {
  const { port, stop } = await listen(createServer());
  await stop();
  return port;
};

describe('nginx with the gate', { skip }, () => {
  const secret = generateSecret();
  const tokens = {};
  let temporary;
  let gate;
  let question;
  let api;
  let port;

  const read = (name) => readFile(join(folder, name), 'utf8');

  before(async () => {
    assert.ok(!isMissing, 'nginx is not on this machine, and CI is set: apt install nginx-light');
    temporary = await mkdtemp(join(tmpdir(), 'zep-auth-nginx-'));
    const good = await signToken(secret, { sub: 'alice' }, { expiresInSeconds: 3600 });
    const [header, payload, signature] = good.split('.');
    const [, foreign] = (await signToken(secret, { sub: 'root' })).split('.');
    Object.assign(tokens, {
      good,
      long: await signToken(secret, { pad: 'x'.repeat(6070) }),
      claims: `${header}.${foreign}.${signature}`,
      signature: `${header}.${payload}.${signature.slice(1)}${signature[0]}`,
      padded: `${good}=`,
      expired: await signToken(secret, { sub: 'alice', exp: 1_700_000_000 }),
      stranger: await signToken(generateSecret(), { sub: 'alice' }),
    });

    const secretFile = join(temporary, 'secret');
    await writeFile(secretFile, secret, { mode: 0o600 });
    api = await listen(
      createServer((request, response) => {
        request.once('end', () => response.end(`the API at ${request.url}`));
      }),
    );
    // The gate's upstream gets no request: nginx calls /_gate/auth only.
    const args = [
      'serve',
      '--upstream',
      'http://127.0.0.1:9',
      '--port',
      '0',
      '--secret-file',
      secretFile,
    ];
    const zepcli = join(folder, 'node_modules/@zep-auth/cli/zepcli.cjs');
    gate = await start(process.execPath, [zepcli, ...args], process.env);
    question = await listen(createServer(forwardTo(gate.port)));

    port = await findPort();
    const ports = { 8080: port, 8790: question.port, 8000: api.port };
    const conf = (await read('zep-auth.conf')).replace(
      /127\.0\.0\.1:(\d+)/g,
      (_, standard) => `127.0.0.1:${ports[standard]}`,
    );
    await writeFile(join(temporary, 'zep-auth.conf'), conf);
    await writeFile(join(temporary, 'nginx.conf'), await read('nginx.conf'));
    const where = ['-p', temporary, '-c', join(temporary, 'nginx.conf'), '-e', 'stderr'];
    // Workers started by root would lose access to the temporary folder.
    const asRoot = process.getuid() === 0 ? ['-g', 'user root;'] : [];
    await start('nginx', [...where, ...asRoot], env, /start worker process/);
  });

  after(async () => {
    await stopAll();
    if (temporary !== undefined) await rm(temporary, { recursive: true });
  });

  const get = (path, token, ...fields) =>
    exchange(port, `GET ${path}`, [
      ...(token === undefined ? [] : [`Authorization: Bearer ${token}`]),
      ...fields,
    ]);

  it('forwards a good token’s request without the token and without headers that could imitate the gate', async () => {
    const before = api.requests.length;
    const forms = {
      'X-Forwarded-':
        'For Host Proto Port Prefix Server User Preferred-Username Email Groups Access-Token',
      'X-Auth-': 'Subject Scope User',
      'X-Auth-Request-': 'User Preferred-Username Email Groups Access-Token',
      'Remote-': 'User Name Email Groups',
      'X-Remote-': 'User Group',
    };
    const names = Object.entries(forms).flatMap(([form, ends]) =>
      ends.split(' ').map((end) => form + end),
    );
    const others = ['x_auth_subject', 'X-Real-IP', 'Forwarded', 'Proxy-Authorization', 'Proxy'];
    const { status, body } = await get(
      '/hello?a=b',
      tokens.good,
      ...[...names, ...others].map((name) => `${name}: root`),
      'X-Request-Id: 7',
    );
    assert.deepEqual([status, body], [200, 'the API at /hello?a=b']);
    const [{ headers }] = api.requests.slice(before);
    assert.equal(headers.authorization, undefined);
    assert.equal(headers['x-forwarded-for'], '127.0.0.1');
    assert.equal(headers['x-request-id'], '7');
    for (const [name, value] of Object.entries(headers)) assert.notEqual(value, 'root', name);
  });

  it('accepts a token of 8 KiB', async () => {
    assert.ok(tokens.long.length > 8180 && tokens.long.length <= 8192);
    assert.equal((await get('/hello', tokens.long)).status, 200);
  });

  it('refuses any other token with one challenge, and the API gets no request', async () => {
    const before = api.requests.length;
    const missing = await get('/hello');
    assert.deepEqual([missing.status, missing.challenges], [401, ['Bearer realm="api"']]);
    for (const name of ['claims', 'signature', 'padded', 'expired', 'stranger']) {
      const { status, challenges } = await get('/hello', tokens[name]);
      const challenge = 'Bearer realm="api", error="invalid_token"';
      assert.deepEqual([status, challenges], [401, [challenge]], name);
    }
    for (const field of ['Authorization: Basic YTpi', `Authorization: ${tokens.good}`]) {
      assert.equal((await get('/hello', undefined, field)).status, 401);
    }
    // Neither of the two headers is the good one alone.
    const twice = await get('/hello', tokens.good, `Authorization: Bearer ${tokens.expired}`);
    assert.ok([400, 401].includes(twice.status), String(twice.status));
    assert.equal(api.requests.length, before);
  });

  it('is closed for every spelling of a path, and forwards the path unchanged', async () => {
    const paths = [
      '//',
      '//hello',
      '/%2F',
      '/a%2Fb',
      '/a%2f..%2fhello',
      '/hello/..//x',
      '/healthz/',
      '/HEALTHZ',
    ];
    for (const path of [
      ...paths,
      '/healthz%2Fx',
      '/healthz;x',
      '/healthz/../hello',
      '/_gate/auth',
      '/_gate/health',
    ]) {
      const before = api.requests.length;
      assert.equal((await get(path)).status, 401, path);
      assert.equal((await get(path, tokens.claims)).status, 401, path);
      assert.equal(api.requests.length, before, path);
      assert.equal((await get(path, tokens.good)).status, 200, path);
      assert.deepEqual(
        api.requests.slice(before).map(({ url }) => url),
        [path],
      );
    }
  });

  it('has one public path, forwarded in one spelling, for GET and HEAD', async () => {
    for (const path of [
      '/healthz',
      '//healthz',
      '/%68ealthz',
      '/hello/../healthz',
      '/hello%2F..%2Fhealthz',
    ]) {
      const { status } = await get(
        path,
        undefined,
        'X-HTTP-Method-Override: DELETE',
        'X-Original-URL: /hello',
      );
      assert.equal(status, 200, path);
      const { url, headers } = api.requests.at(-1);
      assert.deepEqual([url, Object.keys(headers).sort()], ['/healthz', ['host']], path);
    }
    const before = api.requests.length;
    for (const method of ['POST', 'DELETE', 'OPTIONS', 'PUT']) {
      assert.equal((await exchange(port, `${method} /healthz`)).status, 403, method);
    }
    assert.equal(api.requests.length, before);
  });

  it('refuses a CORS preflight', async () => {
    const fields = ['Origin: https://app.test', 'Access-Control-Request-Method: GET'];
    assert.equal((await exchange(port, 'OPTIONS /hello', fields)).status, 401);
  });

  it('sends only the token to the gate, and the whole body to the API', async () => {
    const before = question.requests.length;
    const body = 'x'.repeat(100_000);
    const fields = [`Authorization: Bearer ${tokens.good}`, 'Cookie: session=1'];
    const sized = [...fields, `Content-Length: ${body.length}`];
    assert.equal((await exchange(port, 'POST /upload', sized, body)).status, 200);
    assert.deepEqual([api.requests.at(-1).method, api.requests.at(-1).body], ['POST', body]);
    const chunked = [...fields, 'Transfer-Encoding: chunked'];
    assert.equal((await exchange(port, 'POST /upload', chunked, 'hello')).status, 200);
    assert.equal(api.requests.at(-1).body, 'hello');
    const asked = question.requests.slice(before);
    assert.equal(asked.length, 2);
    for (const { method, url, headers, body: seen } of asked) {
      assert.deepEqual([method, url, seen], ['GET', '/_gate/auth', '']);
      assert.deepEqual(Object.keys(headers).sort(), ['authorization', 'host']);
    }
  });

  it('does not expose its subrequest to clients', async () => {
    for (const path of ['/_zep_auth', '//_zep_auth', '/%5fzep_auth']) {
      assert.equal((await get(path, tokens.good)).status, 404, path);
    }
  });

  it('logs neither the secret nor a token', async () => {
    const log = printed.join('') + (await readFile(join(temporary, 'access.log'), 'utf8'));
    assert.match(log, /refused GET \/_gate\/auth: ERR_TOKEN_EXPIRED/);
    assert.match(log, /"GET \/hello HTTP\/1\.1" 401/);
    const parts = Object.values(tokens).flatMap((token) => token.split('.'));
    for (const value of [secret, ...parts]) assert.ok(!log.includes(value));
  });

  // Last, because it stops the gate.
  it('fails closed when the gate is down', async () => {
    await gate.stop();
    const before = api.requests.length;
    assert.equal((await get('/hello', tokens.good)).status, 500);
    await question.stop();
    assert.equal((await get('/hello', tokens.good)).status, 500);
    assert.equal(api.requests.length, before);
    assert.equal((await get('/healthz')).status, 200);
  });
});
