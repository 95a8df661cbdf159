// The program as it is built and shipped: every command once, each in a process of its own.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const zepcli = join(root, 'zepcli.js');
const folder = mkdtempSync(join(tmpdir(), 'zepcli-'));
afterAll(() => rmSync(folder, { recursive: true }));

const zep = (args: readonly string[], input = '', env: NodeJS.ProcessEnv = {}): string =>
  execFileSync(process.execPath, [zepcli, ...args], {
    input,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'ignore'],
  });

describe('the built program', () => {
  const secret = zep(['secret']).trim();
  const token = zep(['token', '-'], secret).trim();

  it('makes a secret and a token, and knows them again', () => {
    expect(secret).toHaveLength(88);
    expect(zep(['verify', '--json'], token, { ZEP_AUTH_SECRET: secret })).toContain('"valid":true');
    expect(zep(['inspect'], token)).toContain('NOT VERIFIED');
    expect(zep(['-i'])).toMatch(/^Secret: .{88}$/m);
    expect(zep(['-v'])).toMatch(/^zep-cli version \d/);
    expect(zep(['--help'])).toContain('zepcli serve');
  });

  it('serves with the secret of an env file', async () => {
    const file = join(folder, 'x.env');
    writeFileSync(file, `ZEP_AUTH_SECRET=${secret}\n`);
    const args = [zepcli, 'serve', '--demo', '--port', '0', '--env-file', file];
    const gate = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      const [line] = (await once(createInterface({ input: gate.stdout }), 'line')) as [string];
      const url = line.replace('listening on ', '');
      const headers = { authorization: `Bearer ${token}` };
      expect([(await fetch(url)).status, (await fetch(url, { headers })).status]).toEqual([
        401, 200,
      ]);
    } finally {
      gate.kill();
      const [code] = (await once(gate, 'exit')) as [number | null];
      expect(code).toBe(0);
    }
  });

  it('brings the licenses of what it contains', () => {
    const licenses = readFileSync(join(root, 'dist/THIRD-PARTY.txt'), 'utf8');
    for (const name of ['jose', 'hono', 'yargs', 'undici', 'dotenv', 'lru.min']) {
      expect(licenses).toMatch(new RegExp(`^${name} \\d`, 'm'));
    }
  });
});
