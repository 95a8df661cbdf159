// Revoked tokens in an emulated Workers KV: the README's commands, the Worker's route, and KV out of reach. The emulator
// does what `wrangler kv` would do.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { signToken } from '@zep-auth/core';
import { createRevocationList } from '@zep-auth/server';
import { Miniflare } from 'miniflare';
import { zepcli } from '../../../conformance/kit/deployments.mjs';
import { bundle, settings, startWorker } from './workerd.mjs';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const secret = zepcli(['secret']);
const expiresAt = Math.floor(Date.now() / 1000) + 3600;
const sign = (claims) => signToken(secret, { sub: 'alice', exp: expiresAt, ...claims });
const script = await bundle('src/revocations.ts');

/** The key of a token, as the README computes it in a shell. */
const compute = (kind, env) => {
  const [line] = new RegExp(`^KEY=.*printf '${kind}\\\\0.*$`, 'm').exec(readme) ?? [];
  assert.ok(line, `the README has no line for ${kind}`);
  const program = `${line.replace('"$(cat token.txt)"', '"$TOKEN"')}\nprintf %s "$KEY"`;
  return execFileSync('sh', ['-c', program], { encoding: 'utf8', env: { ...process.env, ...env } });
};

/** The key and the value that a list stores for a revocation. */
const keep = async (revocation) => {
  let kept;
  const storage = {
    getItem: () => null,
    setItem: (...entry) => {
      kept = entry;
    },
    removeItem: () => {},
  };
  await createRevocationList({ storage }).revoke(revocation);
  return kept;
};

it('the configuration shows the binding that the Worker reads', () => {
  const text = readFileSync(new URL('../wrangler.jsonc', import.meta.url), 'utf8');
  const [, block] = /^ *\/\/ ("kv_namespaces": .*\])$/m.exec(text) ?? [];
  assert.equal(JSON.parse(`{${block}}`).kv_namespaces[0].binding, 'REVOCATIONS');
});

describe('with KV', () => {
  let emulator;
  let kv;
  let url;
  let output = '';
  const sent = [];

  before(async () => {
    emulator = new Miniflare({
      modules: [{ type: 'ESModule', path: 'worker.mjs', contents: script }],
      compatibilityDate: settings.compatibility_date,
      bindings: { ZEP_AUTH_SECRET: secret, ZEP_AUTH_CLOCK_TOLERANCE_SECONDS: '300' },
      kvNamespaces: ['REVOCATIONS'],
      host: '127.0.0.1',
      port: 0,
      cf: false, // otherwise it asks Cloudflare for its location
      handleRuntimeStdio: (...streams) => {
        for (const stream of streams) {
          stream.on('data', (chunk) => {
            output += chunk;
          });
        }
      },
    });
    url = await emulator.ready;
    kv = await emulator.getKVNamespace('REVOCATIONS');
  });
  after(async () => {
    await emulator?.dispose();
    for (const text of [secret, ...sent]) assert.ok(!output.includes(text));
  });

  const ask = (token, path = '/me', method = 'GET') => {
    sent.push(token);
    return fetch(new URL(path, url), { method, headers: { authorization: `Bearer ${token}` } });
  };
  const assertRevoked = async (token) => {
    const response = await ask(token);
    assert.equal(response.status, 401);
    assert.match(response.headers.get('www-authenticate'), /error="invalid_token"/);
    assert.doesNotMatch(await response.text(), /alice/);
  };
  /** Waits for this status. The Worker caches an answer for 10 s. */
  const becomes = async (token, status) => {
    for (let i = 0; (await ask(token)).status !== status; i++) {
      assert.ok(i < 60, `it is never answered with ${status}`);
      await sleep(250);
    }
  };

  it('refuses only the tokens that the README’s commands revoked', async () => {
    const [byId, byText, other] = await Promise.all([
      sign({ jti: '0b1e7c3a' }),
      sign({}),
      sign({ jti: '0b1e7c3b' }),
    ]);
    const [, value] = /^npx wrangler@4 kv key put .* "\$KEY" "(.*)"/m.exec(readme) ?? [];
    assert.equal(value, 'until removed.');
    await kv.put(compute('jti', { ID: '0b1e7c3a' }), value);
    await kv.put(compute('token', { TOKEN: byText }), value);
    await assertRevoked(byId);
    await assertRevoked(byText);
    assert.equal((await ask(other)).status, 200);
  });

  it('notices a revocation and its removal within seconds', async () => {
    const [leaves, returns] = await Promise.all([
      sign({ jti: 'leaves' }),
      sign({ jti: 'returns' }),
    ]);
    const key = compute('jti', { ID: 'returns' });
    await kv.put(key, 'until removed.');
    assert.equal((await ask(leaves)).status, 200);
    await assertRevoked(returns);
    await kv.put(compute('jti', { ID: 'leaves' }), 'until removed.');
    await kv.delete(key);
    await Promise.all([becomes(leaves, 401), becomes(returns, 200)]);
  });

  it('revokes the caller’s token at once, and stores a digest until it expires', async () => {
    const [mine, other, nameless] = await Promise.all([
      sign({ jti: 'mine' }),
      sign({ jti: 'other' }),
      sign({ sub: 'nameless' }),
    ]);
    assert.equal((await ask(mine)).status, 200);
    assert.equal((await ask(mine, '/logout', 'POST')).status, 204);
    await assertRevoked(mine);
    await assertRevoked(mine);
    assert.equal((await ask(other)).status, 200);
    assert.equal((await ask(nameless, '/logout', 'POST')).status, 409);
    assert.equal((await ask(nameless)).status, 200);

    const [key, value] = await keep({ jti: 'mine', exp: expiresAt });
    assert.equal(await kv.get(key), value);
    const { keys } = await kv.list();
    const { expiration } = keys.find(({ name }) => name === key);
    // A day longer than needed.
    const wanted = expiresAt + 300 + 86_400;
    assert.ok(Math.abs(expiration - wanted) <= 2, `${expiration}, not ${wanted}`);
    for (const { name } of keys) assert.match(name, /^r:[0-9a-f]{64}$/);
  });

  it('revokes a token that expires within KV’s shortest lifetime of a minute', async () => {
    // Accepted until 300 s after its exp, the tolerance set above.
    const late = await sign({ jti: 'late', exp: expiresAt - 3600 - 250 });
    assert.equal((await ask(late, '/logout', 'POST')).status, 204);
    await assertRevoked(late);
  });
});

describe('without KV', () => {
  const assertClosed = async (bindings) => {
    const worker = await startWorker(script, {
      flags: [],
      env: { ZEP_AUTH_SECRET: secret },
      ...bindings,
    });
    const good = await sign({ jti: 'good' });
    const tampered = `${good.slice(0, -1)}${good.endsWith('A') ? 'E' : 'A'}`;
    let output;
    try {
      const ask = (token) =>
        fetch(`${worker.url}/me`, { headers: { authorization: `Bearer ${token}` } });
      for (let i = 0; i < 2; i++) {
        const response = await ask(good);
        assert.equal(response.status, 503);
        assert.equal(response.headers.get('retry-after'), '1');
        assert.doesNotMatch(await response.text(), /alice/);
      }
      assert.equal((await ask(tampered)).status, 401);
      assert.equal((await fetch(`${worker.url}/healthz`)).status, 200);
    } finally {
      output = await worker.stop();
    }
    assert.match(output, /the revocation store did not answer/);
    for (const text of [secret, good]) assert.ok(!output.includes(text));
  };

  it('fails closed while KV is unreachable', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port: kvPort } = closed.address();
    closed.close();
    await assertClosed({ kvPort });
  });

  it('fails closed without the binding', () => assertClosed({}));
});
