// Every entry in workerd, with and without Node's modules, and the size of its bundle.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import {
  askAt,
  assertDiscreet,
  assertGuarded,
  createTokens,
} from '../../../conformance/kit/deployments.mjs';
import { bundle, settings, startWorker } from './workerd.mjs';

const { signToken } = await import('@zep-auth/core').catch((cause) => {
  throw new Error('the packages are not built: run `npx turbo run build` at the root', { cause });
});

const tokens = await createTokens(signToken);
const { secret, good } = tokens;

// An empty KV namespace.
const kv = createServer((_request, response) => response.writeHead(404).end());
kv.listen(0, '127.0.0.1');
await once(kv, 'listening');
after(() => kv.close());

// The largest allowed size of each bundle, compressed, in KB.
const MAX_KB = { 'src/index.ts': 22.5, 'src/secrets-store.ts': 23, 'src/revocations.ts': 23.5 };
const ENTRIES = Object.keys(MAX_KB);
const scripts = new Map();
for (const entry of ENTRIES) scripts.set(entry, await bundle(entry));

test('the configuration names the first entry', () => {
  assert.equal(settings.main, ENTRIES[0]);
});

for (const entry of ENTRIES) {
  const bindings = { isStore: entry === 'src/secrets-store.ts', kvPort: kv.address().port };

  test(`${entry} is at most ${MAX_KB[entry]} KB compressed, without a Node module`, (t) => {
    const script = scripts.get(entry);
    const { length } = gzipSync(script, { level: 9 });
    t.diagnostic(`${length} bytes`);
    assert.ok(length <= MAX_KB[entry] * 1024, `${length} bytes`);
    assert.doesNotMatch(script, /\b(?:from|import|require)\s*\(?["']node:/);
  });

  for (const flag of ['nodejs_compat', 'no_nodejs_compat_v2']) {
    test(`${entry} accepts only a good token, with ${flag}`, async () => {
      const worker = await startWorker(scripts.get(entry), {
        flags: [flag],
        env: { ZEP_AUTH_SECRET: secret },
        ...bindings,
      });
      let output;
      try {
        await assertGuarded(askAt(worker.url), tokens);
      } finally {
        output = await worker.stop();
      }
      assertDiscreet(output, tokens);
    });
  }

  test(`${entry} lets every request pass with ZEP_AUTH_REQUIRED=false, and says so`, async () => {
    const env = { ZEP_AUTH_SECRET: secret, ZEP_AUTH_REQUIRED: 'false' };
    const worker = await startWorker(scripts.get(entry), { flags: [], env, ...bindings });
    let output;
    try {
      assert.equal((await fetch(`${worker.url}/me`)).status, 200);
    } finally {
      output = await worker.stop();
    }
    assert.match(output, /authentication is off/);
    assert.ok(!output.includes(secret));
  });

  test(`${entry} answers 500 without a secret`, async () => {
    const worker = await startWorker(scripts.get(entry), { flags: [], ...bindings });
    let output;
    try {
      for (let i = 0; i < 2; i++) {
        const headers = { authorization: `Bearer ${good}` };
        assert.equal((await fetch(`${worker.url}/me`, { headers })).status, 500);
        assert.equal((await fetch(`${worker.url}/me`)).status, 500);
      }
    } finally {
      output = await worker.stop();
    }
    assert.match(output, /ZEP_AUTH_SECRET is /); // the log says what is wrong
    assert.ok(!output.includes(good));
  });
}
