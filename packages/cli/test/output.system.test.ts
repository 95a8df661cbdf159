// Output that cannot be written: no command may end with 0 after it.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { fileWith } from './made-files.ts';
import { SECRET, tokenOf } from './made-tokens.ts';

const zepcli = fileURLToPath(new URL('../zepcli.cjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'zepcli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const TOKEN = tokenOf({ sub: 'alice' });
const env = { ZEP_AUTH_SECRET: SECRET };

const COMMANDS: readonly (readonly string[])[] = [
  ...[['-i'], ['-v'], ['--help'], ['help', 'exit-codes'], ['secret'], ['inspect'], ['verify']],
  ...[
    ['token', '--no-expiry'],
    ['token', '--no-expiry', '--count', '5'],
  ],
  ...[['env', 'dotenv'], ['env', 'kubernetes'], ['doctor'], ['completion', 'bash']],
  ...[
    ['serve', '--help'],
    ['serve', '--demo', '--port', '0'],
  ],
];

const WITH_JSON = ['-i', '-v', 'secret', 'token', 'verify', 'inspect', 'env', 'doctor'];

const run = (args: readonly string[], stdout: number | 'pipe', more: object = {}) =>
  spawnSync(process.execPath, [zepcli, ...args], {
    env,
    input: TOKEN,
    encoding: 'utf8',
    stdio: ['pipe', stdout, 'pipe'],
    timeout: 20_000,
    ...more,
  });

describe.skipIf(!existsSync('/dev/full'))('on a full disk', () => {
  it.each(COMMANDS)('%s %s %s %s fails, and says why', (...words) => {
    const args = words.filter((word) => typeof word === 'string');
    const { status, stderr } = run(args, openSync('/dev/full', 'w'));
    expect({ status, stderr }).toEqual({ status: 3, stderr: expect.stringMatching(/ENOSPC/) });
    expect(stderr).not.toMatch(/\bat \S+:\d+:\d+/);
  });

  it.each(COMMANDS.filter(([name = '']) => WITH_JSON.includes(name)))(
    '%s %s %s --json fails, too',
    (...words) => {
      const args = words.filter((word) => typeof word === 'string');
      const { status } = run([...args, '--json'], openSync('/dev/full', 'w'));
      expect(status).toBe(3);
    },
  );
});

/** A small file system in memory, or none where that is not allowed. */
const mount = (options: string): string | undefined => {
  const path = mkdtempSync(join(folder, 'mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], { stdio: 'ignore' });
    return path;
  } catch {
    return undefined;
  }
};

const WRITING: readonly (readonly string[])[] = [
  ['secret', '--write'],
  ['env', 'dotenv', '--write'],
  ['env', 'kubernetes', '--write'],
  ['-i', '--write'],
];

const unmount = (path: string): void => {
  execFileSync('umount', [path], { stdio: 'ignore' });
};

describe('a file', () => {
  it('on a full file system is not written, not in part either', ({ skip }) => {
    const path = mount('size=4096,nr_inodes=10');
    if (path === undefined) return skip('no file system can be mounted here');
    try {
      execFileSync('dd', ['if=/dev/zero', `of=${path}/fill`, 'bs=4096', 'count=1'], {
        stdio: 'ignore',
      });
      for (const args of WRITING) {
        const { status, stdout, stderr } = run([...args, join(path, 'new')], 'pipe');
        expect({ args, status, stdout }).toEqual({ args, status: 3, stdout: '' });
        expect(stderr).toMatch(/ENOSPC/);
        expect(readdirSync(path)).toEqual(['fill']);
      }
    } finally {
      unmount(path);
    }
  });

  it('on a read-only file system is not written', ({ skip }) => {
    const path = mount('ro');
    if (path === undefined) return skip('no file system can be mounted here');
    try {
      for (const args of WRITING) {
        const { status, stdout, stderr } = run([...args, join(path, 'new')], 'pipe');
        expect({ args, status, stdout }).toEqual({ args, status: 3, stdout: '' });
        expect(stderr).toMatch(/EROFS/);
      }
    } finally {
      unmount(path);
    }
  });
});

describe('a closed pipe', () => {
  it.each(COMMANDS.filter(([name]) => name !== 'serve'))('ends %s %s %s %s quietly', (...words) => {
    const args = words.filter((word) => typeof word === 'string');
    const line = `"$0" "$@" < "$TOKEN_FILE" | true; exit \${PIPESTATUS[0]}`;
    const { stderr } = spawnSync(
      'bash',
      ['--norc', '-c', line, process.execPath, zepcli, ...args],
      {
        // bash reads ~/.bashrc where its input is a socket, as a pipe of Node is.
        env: { ...env, PATH: process.env['PATH'], TOKEN_FILE: fileWith(TOKEN) },
        encoding: 'utf8',
      },
    );
    expect(stderr).not.toMatch(/EPIPE|unexpected|\bat \S+:\d+:\d+/);
  });
});
