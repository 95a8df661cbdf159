// Starts the application on the stores that zepcli writes, and checks that it refuses what zepcli has revoked.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  askAt,
  assertDiscreet,
  assertGuarded,
  createTokens,
  zepcli,
} from '../../../conformance/kit/deployments.mjs';
import { launch, printed, start, stopAll } from '../../../conformance/kit/programs.mjs';

for (const name of ['core', 'server']) {
  const isBuilt = existsSync(new URL(`../../../packages/${name}/dist`, import.meta.url));
  assert.ok(isBuilt, 'the packages are not built: run `npx turbo run build` at the root');
}
const { signToken } = await import('@zep-auth/core');

const tokens = await createTokens(signToken);
const file = fileURLToPath(new URL('../server.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'zep-auth revoked '));
after(async () => {
  await stopAll();
  rmSync(folder, { recursive: true, force: true });
});

const startApplication = (store) =>
  start(process.execPath, [file], {
    ZEP_AUTH_SECRET: tokens.secret,
    ZEP_AUTH_STORE_URL: store,
    PORT: '0',
  });

const makeToken = (sub) =>
  zepcli(['token', '--sub', sub, '--expires-in', '1h'], { ZEP_AUTH_SECRET: tokens.secret });

const idOf = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url')).jti;

const revoke = (store, ...args) => zepcli(['revoke', ...args], { ZEP_AUTH_STORE_URL: store });

/** Revokes before the first call: what the guard remembers of a token is good for 10 seconds. */
const assertShared = async (store) => {
  const application = await startApplication(store);
  const ask = askAt(application.url);
  await assertGuarded(ask, tokens);
  const [revoked, restored] = [makeToken('bob'), makeToken('carol')];
  revoke(store, '--jti', idOf(revoked));
  revoke(store, '--jti', idOf(restored));
  revoke(store, '--undo', '--jti', idOf(restored));
  const refused = await ask('/me', revoked);
  assert.equal(refused.status, 401);
  assert.match(refused.headers.get('www-authenticate'), /invalid_token/);
  assert.equal((await ask('/me', restored)).status, 200);
  return { ask, application };
};

describe('with a folder', () => {
  const store = pathToFileURL(folder).href;

  it('refuses what zepcli has revoked, and fails closed when the folder has gone', async () => {
    const { ask } = await assertShared(store);
    renameSync(folder, `${folder}.away`);
    assert.equal((await ask('/me', makeToken('dora'))).status, 503);
    renameSync(`${folder}.away`, folder);
  });

  it('does not start without the folder', async () => {
    await assert.rejects(startApplication(`${store}/missing`), /ENOENT/);
  });

  it('prints neither the secret nor a token', () => {
    assertDiscreet(printed.join(''), tokens);
  });
});

const hasRedis = () => {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    if (process.env.CI) throw new Error('install redis-server: the store is tested with it');
    return false;
  }
};

const findFreePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

describe('with Redis', { skip: !hasRedis() && 'redis-server is not installed' }, () => {
  it('refuses what zepcli has revoked, and fails closed when Redis has gone', async () => {
    const port = await findFreePort();
    const options = ['--port', port, '--bind', '127.0.0.1', '--save', '', '--dir', folder];
    const redis = launch('redis-server', options.map(String), process.env);
    await redis.says(/Ready to accept connections/);
    const { ask } = await assertShared(`redis://127.0.0.1:${port}`);
    await redis.stop();
    assert.equal((await ask('/me', makeToken('dora'))).status, 503);
  });
});
