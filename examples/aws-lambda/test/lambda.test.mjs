// The deployed function, called with AWS's events.
import assert from 'node:assert/strict';
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createTokens } from '../../../conformance/kit/deployments.mjs';
import { FORMS } from './events.mjs';

const { signToken } = await import('@zep-auth/core').catch((cause) => {
  throw new Error('the packages are not built: run `npx turbo run build` at the root', { cause });
});

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { secret, good, bad } = await createTokens(signToken);
execFileSync('npm', ['run', 'build', '--silent'], { cwd: here('..') });

/** Starts the function. `log()` returns its output. */
const start = (env) => {
  const host = fork(here('host.mjs'), { env, stdio: ['pipe', 'pipe', 'pipe', 'ipc'] });
  let log = '';
  for (const stream of [host.stdout, host.stderr]) {
    stream.on('data', (chunk) => {
      log += chunk;
    });
  }
  const ended = once(host, 'close').then(([code]) => code);
  const call = async (event) => {
    host.stdin.write(`${JSON.stringify(event)}\n`);
    const [result] = await once(host, 'message', { signal: AbortSignal.timeout(10_000) });
    return JSON.parse(result);
  };
  const stop = () => {
    host.stdin.end();
    return ended;
  };
  return { call, stop, ended, log: () => log };
};

const api = start({ ZEP_AUTH_SECRET: secret });
after(() => api.stop());

const bearer = (token) => ({ authorization: `Bearer ${token}` });

/** A header of a result: a string, or a list of one. */
const headerOf = ({ headers, multiValueHeaders }, name) =>
  [(multiValueHeaders ?? headers)[name]].flat()[0];

for (const [form, toEvent] of Object.entries(FORMS)) {
  const ask = (request) => api.call(toEvent(request));

  test(`${form}: a good token is accepted`, async () => {
    // Twice: the second time the token is in the cache.
    for (let i = 0; i < 2; i++) {
      const accepted = await ask({
        path: '/me?a=1',
        headers: bearer(good),
        cookies: ['a=1', 'b=2'],
      });
      assert.equal(accepted.statusCode, 200);
      assert.equal(accepted.isBase64Encoded, false);
      assert.equal(JSON.parse(accepted.body).sub, 'alice');
    }
    assert.equal((await ask({ path: '/healthz' })).body, '.');
  });

  test(`${form}: no token is a 401 with a challenge`, async () => {
    for (const request of [
      { path: '/me' },
      { path: `/me?access_token=${good}` },
      { path: '/me', cookies: [`jwt=${good}`, `authorization=Bearer ${good}`] },
      { path: '/me', headers: { 'x-authorization': `Bearer ${good}` } },
      { path: '/healthz/' },
      { path: '//healthz' },
      { path: '/%68ealthz' },
      { path: '/healthz', method: 'POST' },
    ]) {
      const missing = await ask(request);
      assert.equal(missing.statusCode, 401, request.path);
      assert.equal(headerOf(missing, 'www-authenticate'), 'Bearer realm="api"');
      assert.equal(headerOf(missing, 'content-type'), 'application/problem+json');
      assert.equal(missing.isBase64Encoded, false);
      assert.equal(JSON.parse(missing.body).status, 401);
    }
  });

  for (const [what, token] of Object.entries(bad)) {
    test(`${form}: a token that is ${what} is a 401`, async () => {
      const refused = await ask({ path: '/me', headers: bearer(token) });
      assert.equal(refused.statusCode, 401);
      assert.match(headerOf(refused, 'www-authenticate'), /error="invalid_token"/);
      assert.doesNotMatch(refused.body, /alice|root/);
    });
  }

  test(`${form}: a base64 body arrives unchanged, and only with a good token`, async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const upload = {
      path: '/files',
      method: 'PUT',
      body: Buffer.from(bytes).toString('base64'),
      isBase64Encoded: true,
    };
    const type = { 'content-type': 'application/octet-stream' };
    const accepted = await ask({ ...upload, headers: { ...type, ...bearer(good) } });
    assert.equal(accepted.statusCode, 200);
    assert.deepEqual(JSON.parse(accepted.body), { bytes: 256 });
    assert.equal((await ask({ ...upload, headers: type })).statusCode, 401);
  });
}

// A load balancer without multi-value headers passes only the last of two.
for (const [form, statusCode] of [
  ['a function URL', 400],
  ['API Gateway, payload 2.0', 400],
  ['API Gateway, payload 1.0', 400],
  ['a load balancer with lists', 401],
]) {
  test(`${form}: two Authorization headers are ${statusCode}, even if both are good`, async () => {
    const authorization = [`Bearer ${good}`, `Bearer ${good}`];
    const refused = await api.call(FORMS[form]({ path: '/me', headers: { authorization } }));
    assert.equal(refused.statusCode, statusCode);
  });
}

test('with ZEP_AUTH_REQUIRED=false every request passes, and the log says so', async () => {
  const open = start({ ZEP_AUTH_REQUIRED: 'false' });
  assert.equal((await open.call(FORMS['a function URL']({ path: '/me' }))).statusCode, 200);
  assert.equal(await open.stop(), 0);
  assert.match(open.log(), /authentication is off/);
});

test('without a secret it does not start, and says what is missing', async () => {
  const { ended, log } = start({});
  assert.equal(await ended, 1);
  assert.match(log(), /ZEP_AUTH_SECRET is not set/);
});

test('an unresolved reference is not accepted as a secret', async () => {
  const template = readFileSync(here('../template.yaml'), 'utf8');
  const [, reference] = /ZEP_AUTH_SECRET: '(.*)'/.exec(template);
  const { ended, log } = start({ ZEP_AUTH_SECRET: reference });
  assert.equal(await ended, 1);
  assert.match(log(), /ZEP_AUTH_SECRET is a published placeholder or an unfilled template/);
});

test('the template deploys the output of the build', () => {
  const template = readFileSync(here('../template.yaml'), 'utf8');
  assert.match(template, /^ {6}CodeUri: dist\/$/m);
  assert.match(template, /^ {6}Handler: index\.handler$/m);
});

test('its log holds no secret and no token', async () => {
  assert.equal(await api.stop(), 0);
  for (const text of [secret, good, ...Object.values(bad)]) assert.ok(!api.log().includes(text));
});
