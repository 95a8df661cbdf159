// `zepcli secret`: its form, its length, and the lengths it refuses.
import { describe, expect, it } from 'vitest';
import { runCli } from '../fake-io.ts';

describe('zepcli secret', () => {
  it('prints 64 random bytes in base64url with padding, 88 characters, and nothing else', async () => {
    const { code, stdout, stderr } = await runCli(['secret']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^[\w-]{86}==\n$/);
    expect(Buffer.from(stdout.trim(), 'base64url')).toHaveLength(64);
  });

  it('prints another one each time', async () => {
    expect((await runCli(['secret'])).stdout).not.toBe((await runCli(['secret'])).stdout);
  });

  it('prints one line of JSON with --json', async () => {
    const { stdout } = await runCli(['secret', '--json']);
    expect(stdout).toMatch(/^\{"ok":true,"secret":"[\w-]{86}=="\}\n$/);
  });

  it.each([32, 33, 64, 1024])('makes %d bytes when asked to', async (bytes) => {
    const { code, stdout } = await runCli(['secret', '--bytes', String(bytes)]);
    expect(code).toBe(0);
    expect(Buffer.from(stdout.trim(), 'base64url')).toHaveLength(bytes);
    expect(stdout.trim().length % 4).toBe(0);
  });

  it.each([
    '31',
    '1025',
    '0',
    '99999',
    'x',
    '64x',
    '0x40',
    '6.4e1',
    '64.5',
    '-64',
    ' 64',
    'NaN',
    '٦٤',
  ])('refuses --bytes=%s with exit code 2', async (bytes) => {
    const { code, stdout, stderr } = await runCli(['secret', `--bytes=${bytes}`]);
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr: `error: --bytes ${JSON.stringify(bytes)} is not a whole number from 32 to 1024\nhint: for example: --bytes 32\n`,
    });
  });

  it('makes a secret that token and verify take as it is', async () => {
    for (const bytes of ['32', '64', '1024']) {
      const env = { ZEP_AUTH_SECRET: (await runCli(['secret', '--bytes', bytes])).stdout.trim() };
      const { code, stdout } = await runCli(['token', '--no-claims'], { env });
      expect(code).toBe(0);
      expect((await runCli(['verify'], { env, stdin: stdout })).code).toBe(0);
    }
  });
});
