// The program as it is built and shipped: every command once, each in a process of its own.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const zepcli = join(root, 'zepcli.cjs');
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
  const token = zep(['token', '--no-expiry', '-'], secret).trim();

  it('makes a secret and a token, and knows them again', () => {
    expect(secret).toHaveLength(88);
    expect(zep(['verify', '--json'], token, { ZEP_AUTH_SECRET: secret })).toContain('"ok":true');
    expect(zep(['inspect'], token)).toContain('NOT VERIFIED');
    expect(zep(['-i'])).toMatch(/^Secret: .{88}$/m);
    expect(zep(['-v'])).toMatch(/^zep-cli version \d/);
    expect(zep(['--help'])).toContain('zepcli serve');
  });

  it('serves with the secret of an env file', async () => {
    const file = join(folder, 'x.env');
    writeFileSync(file, `ZEP_AUTH_SECRET=${secret}\n`);
    const args = [zepcli, 'serve', '--demo', '--port', '0', '--dotenv', file];
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

  it('stops waiting for a pipe at a signal', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const args = [zepcli, 'token', '--no-expiry', '--secret-file', pipe];
    const child = spawn(process.execPath, args, { stdio: 'ignore' });
    const exit = once(child, 'exit');
    const writer = await open(pipe, 'w'); // resolves when it is read
    child.kill();
    expect(await exit).toEqual([null, 'SIGTERM']);
    await writer.close();
  });

  it('ends at once, and well, when nobody reads on', () => {
    const line = `set -o pipefail; "${process.execPath}" "${zepcli}" token --no-expiry --count 1000000 | head -1`;
    const made = execFileSync('bash', ['-c', line], {
      env: { ...process.env, ZEP_AUTH_SECRET: secret },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(made).toMatch(/^[\w-]+\.[\w-]+\.[\w-]{43}\n$/);
  });

  it('takes and writes files with spaces in their names, and CRLF in files and pipes', () => {
    const path = join(folder, 'my secret.env');
    zep(['env', 'dotenv', '--write', path, '-'], `${secret}\r\n`);
    expect(readFileSync(path, 'utf8')).toContain(`SECRET=${secret}\n`);
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('\n', '\r\n'));
    expect(zep(['verify', '--json', '--dotenv', path], `${token}\r\n`)).toContain('"ok":true');
    expect(zep(['env', 'wrangler', '--dotenv', path])).toContain(`"${secret}"`);
  });

  it.each(['-i', '-v'])('loads neither a parser nor prompts for %s', (option) => {
    const coverage = join(folder, `coverage${option}`);
    zep([option], '', { NODE_V8_COVERAGE: coverage });
    const [report = ''] = readdirSync(coverage);
    const { result } = JSON.parse(readFileSync(join(coverage, report), 'utf8')) as {
      result: readonly { url: string }[];
    };
    const loaded = result.filter(({ url }) => url.includes('/dist/'));
    expect(loaded).not.toEqual([]);
    const text = loaded.map(({ url }) => readFileSync(fileURLToPath(url), 'utf8')).join('');
    for (const sign of ['Not enough arguments following', 'to navigate', 'DOTENV']) {
      expect(text).not.toContain(sign);
      const all = readdirSync(join(root, 'dist')).map((file) => join(root, 'dist', file));
      expect(all.some((file) => readFileSync(file, 'utf8').includes(sign))).toBe(true);
    }
  });

  it('is ended by a signal while it waits for its input', async () => {
    const child = spawn(process.execPath, [zepcli, 'token', '--no-expiry', '-'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const ended = once(child, 'exit') as Promise<[number | null, string | null]>;
    // Once it reads, it takes more than a pipe holds.
    child.stdin.write('x'.repeat(1_000_000));
    await once(child.stdin, 'drain');
    child.kill('SIGINT');
    expect(await ended).toEqual([null, 'SIGINT']);
  });

  it('brings the licenses of what it contains', () => {
    const licenses = readFileSync(join(root, 'dist/THIRD-PARTY.txt'), 'utf8');
    for (const name of ['jose', 'hono', 'yargs', 'undici', 'dotenv', '@clack/prompts']) {
      expect(licenses).toMatch(new RegExp(`^${name} \\d`, 'm'));
    }
  });
});
