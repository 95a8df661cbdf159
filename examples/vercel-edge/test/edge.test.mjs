// The function in Vercel's edge runtime, which has no Node modules.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { EdgeRuntime, runServer } from 'edge-runtime';
import { build } from 'esbuild';
import {
  askAt,
  assertDiscreet,
  assertGuarded,
  createTokens,
} from '../../../conformance/kit/deployments.mjs';

const { signToken } = await import('@zep-auth/core').catch((cause) => {
  throw new Error('the packages are not built: run `npx turbo run build` at the root', { cause });
});

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const tokens = await createTokens(signToken);
const { secret } = tokens;

// Like Vercel: the module, and a listener that calls its default export.
const { outputFiles } = await build({
  stdin: {
    contents: `import handler, { config } from './api/index.ts';
globalThis.config = config;
addEventListener('fetch', (event) => event.respondWith(handler(event.request)));`,
    resolveDir: here('..'),
  },
  bundle: true,
  format: 'iife',
  target: 'es2022',
  write: false,
});
const initialCode = outputFiles[0].text;

/** Starts the function with these environment variables, and collects its output. */
const load = (env) => {
  const printed = [];
  const print = (...what) => printed.push(what.map(String).join(' '));
  const extend = (context) =>
    Object.assign(context, {
      process: { env },
      console: { log: print, warn: print, error: print },
    });
  return { runtime: new EdgeRuntime({ initialCode, extend }), printed };
};

test('it selects the edge runtime, which has no Node modules', () => {
  const { runtime } = load({ ZEP_AUTH_SECRET: secret });
  assert.equal(runtime.evaluate('config.runtime'), 'edge');
  assert.equal(runtime.evaluate('process.getBuiltinModule'), undefined);
  assert.equal(runtime.evaluate('typeof require'), 'undefined');
  assert.doesNotMatch(initialCode, /(?:from|import|require)\s*\(?["']node:/);
});

test('it accepts only a good token', async () => {
  const { runtime, printed } = load({ ZEP_AUTH_SECRET: secret });
  const server = await runServer({ runtime, host: '127.0.0.1', port: 0 });
  try {
    await assertGuarded(askAt(server.url.replace(/\/$/, '')), tokens);
  } finally {
    await server.close();
  }
  assertDiscreet(printed.join('\n'), tokens);
});

test('without a secret, or with a weak one, it does not load, and says what is wrong', () => {
  assert.throws(() => load({}), /ZEP_AUTH_SECRET is not set/);
  const unfit = secret.slice(0, 20);
  assert.throws(
    () => load({ ZEP_AUTH_SECRET: unfit }),
    ({ message }) =>
      message.includes('ZEP_AUTH_SECRET is shorter than 32 bytes') && !message.includes(unfit),
  );
});

test('with ZEP_AUTH_REQUIRED=false every request passes, and the log says so', async () => {
  const { runtime, printed } = load({ ZEP_AUTH_REQUIRED: 'false' });
  assert.equal((await runtime.dispatchFetch('https://api.test/me')).status, 200);
  assert.match(printed.join('\n'), /authentication is off/);
});

test('every path leads to the function, except the files of one folder', () => {
  const { outputDirectory, rewrites } = JSON.parse(readFileSync(here('../vercel.json'), 'utf8'));
  assert.equal(outputDirectory, 'public');
  assert.deepEqual(rewrites, [{ source: '/(.*)', destination: '/api' }]);
});
