// What the tests of the deployed examples share: zepcli, tokens, and the check that an API is guarded.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const binary = fileURLToPath(new URL('../../packages/cli/zepcli.cjs', import.meta.url));

/** Runs zepcli as the READMEs do, with the secret in its environment, and returns its output. */
export const zepcli = (args, env = {}) =>
  execFileSync(process.execPath, [binary, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();

/** Makes a secret, a good token, and `bad` tokens by what is wrong with them. */
export const createTokens = async (signToken) => {
  const secret = zepcli(['secret']);
  const good = zepcli(['token', '--sub', 'alice', '--expires-in', '90d'], {
    ZEP_AUTH_SECRET: secret,
  });
  const [head, payload, signature] = good.split('.');
  const claims = Buffer.from('{"sub":"root"}').toString('base64url');
  const bad = {
    'with other claims': `${head}.${claims}.${signature}`,
    'with another signature': `${head}.${payload}.${signature.slice(1)}${signature[0]}`,
    padded: `${good}=`,
    expired: await signToken(secret, { sub: 'alice', exp: Math.floor(Date.now() / 1000) - 1 }),
    'signed with another secret': await signToken(zepcli(['secret']), { sub: 'alice' }),
  };
  return { secret, good, bad };
};

/** Asks an API with a token, or without one. */
export const askAt = (url) => (path, token) =>
  fetch(`${url}${path}`, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });

/**
 * Asserts that `/me` accepts only a good token, `/healthz` needs none, and the paths in `closed` do. `ask` resolves with a
 * Response.
 */
export const assertGuarded = async (ask, { good, bad }, { closed = ['/healthz/'] } = {}) => {
  const missing = await ask('/me');
  assert.equal(missing.status, 401);
  assert.equal(missing.headers.get('www-authenticate'), 'Bearer realm="api"');
  assert.match(missing.headers.get('content-type'), /^application\/problem\+json/);
  assert.equal((await missing.json()).status, 401);
  // Twice: the second time the token is in the cache.
  for (let i = 0; i < 2; i++) {
    const accepted = await ask('/me', good);
    assert.equal(accepted.status, 200);
    assert.equal((await accepted.json()).sub, 'alice');
  }
  for (const [what, token] of Object.entries(bad)) {
    const refused = await ask('/me', token);
    const challenge = refused.headers.get('www-authenticate');
    assert.deepEqual(
      [refused.status, challenge],
      [401, 'Bearer realm="api", error="invalid_token"'],
      what,
    );
    const body = await refused.text();
    assert.equal(JSON.parse(body).code, what === 'expired' ? 'token_expired' : 'invalid_token');
    assert.doesNotMatch(body, /alice|root/, what);
  }
  assert.equal(await (await ask('/healthz')).text(), '.');
  for (const path of closed) assert.equal((await ask(path)).status, 401, path);
};

/** Asserts that a log contains neither the secret nor a part of a token. */
export const assertDiscreet = (output, { secret, good, bad }) => {
  const parts = [good, ...Object.values(bad)].flatMap((token) => token.split('.'));
  for (const text of [secret, ...parts]) assert.ok(!output.includes(text));
};
