// `zepcli -i`: what scripts and people get from it, piped and at a terminal.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/run.ts';
import { fakeIo, runCli, terminal } from '../fake-io.ts';
import { isSignedWith, SECRET, textOf } from '../made-tokens.ts';

const read = (stdout: string): { secret: string; token: string } => ({
  secret: /^Secret: (.*)$/m.exec(stdout)?.[1] ?? '',
  token: /^JWT token: (.*)$/m.exec(stdout)?.[1] ?? '',
});

const expectPair = ({ secret, token }: { secret: string; token: string }): void => {
  expect(secret).toMatch(/^[\w-]{86}==$/);
  expect(textOf(token, 'header')).toBe('{"alg":"HS256","typ":"JWT"}');
  expect(textOf(token, 'claims')).toBe('{}');
  expect(isSignedWith(token, secret)).toBe(true);
};

describe('zepcli -i with its input piped or closed', () => {
  it.each(['-i', '--init-jwt'])(
    'prints a secret and its token for %s, without waiting',
    async (option) => {
      const { code, stdout, stderr } = await runCli([option]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expectPair(read(stdout));
      expect(stdout.match(/^Secret: /gm)).toHaveLength(1);
      expect(stdout.match(/^JWT token: /gm)).toHaveLength(1);
    },
  );

  it('says what each is for, and ends with which one is the API key', async () => {
    const lines = (await runCli(['-i'])).stdout.trimEnd().split('\n');
    expect(lines[0]).toContain('ZEP_AUTH_SECRET');
    expect(lines[1]).toMatch(/^Secret: /);
    expect(lines[3]).toMatch(/^JWT token: /);
    expect(lines.at(-1)).toMatch(/token, not the secret, as the API key/);
  });

  it('does not wait for input that stays open', async () => {
    const stdin = terminal();
    Object.assign(stdin, { isTTY: false });
    const { code, stdout } = await runCli(['-i'], { stdin });
    expect(code).toBe(0);
    expectPair(read(stdout));
  });

  it('does not wait at a terminal either when its output goes to a file', async () => {
    const { code, stdout, stderr } = await runCli(['-i'], { stdin: terminal() });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expectPair(read(stdout));
  });

  it('makes another secret each time', async () => {
    const [one, two] = [await runCli(['-i']), await runCli(['-i'])];
    expect(read(one.stdout).secret).not.toBe(read(two.stdout).secret);
  });

  it('makes a token that verify accepts with that secret', async () => {
    const { secret, token } = read((await runCli(['-i'])).stdout);
    const env = { ZEP_AUTH_SECRET: secret };
    expect((await runCli(['verify'], { env, stdin: token })).code).toBe(0);
  });

  it('prints both as one line of JSON with --json, at a terminal too', async () => {
    for (const stdin of ['', terminal()]) {
      const { code, stdout, stderr } = await runCli(['-i', '--json'], { stdin });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^\{.*\}\n$/);
      const pair = JSON.parse(stdout) as { secret: string; token: string };
      expect(Object.keys(pair)).toEqual(['ok', 'secret', 'token']);
      expectPair(pair);
    }
  });
});

/** A terminal without colours. */
const PLAIN = { NO_COLOR: '1' };

describe('zepcli -i at a terminal', () => {
  it('waits for Enter after the secret and after the token', async () => {
    const stdin = terminal();
    const io = fakeIo({ stdin, isWatched: true, env: PLAIN });
    const ended = run(['-i'], io);

    await io.stderr.until(/Press Enter/);
    expect(io.stdout.text).toMatch(/^Secret: /m);
    expect(io.stdout.text).not.toContain('JWT token: ');

    stdin.write('\n');
    await io.stderr.until(/Press Enter.*Press Enter/s);
    expect(io.stdout.text).toMatch(/^JWT token: /m);
    expect(io.stdout.text).not.toContain('as the API key.');

    stdin.write('\n');
    expect(await ended).toBe(0);
    expect(io.stdout.text).toContain('as the API key.');
    expectPair(read(io.stdout.text));
  });

  it('keeps the prompt off standard output', async () => {
    const stdin = terminal();
    stdin.end();
    const { stdout } = await runCli(['-i'], { stdin, isWatched: true, env: PLAIN });
    expect(stdout).not.toContain('Enter');
  });

  it('does not hang when the input ends before any Enter', async () => {
    const stdin = terminal();
    stdin.end();
    const { code, stdout } = await runCli(['-i'], { stdin, isWatched: true, env: PLAIN });
    expect(code).toBe(0);
    expectPair(read(stdout));
    expect(stdout).toContain('as the API key.');
  });

  it('does not hang when the input ends between the two', async () => {
    const stdin = terminal();
    const io = fakeIo({ stdin, isWatched: true, env: PLAIN });
    const ended = run(['-i'], io);
    await io.stderr.until(/Press Enter/);
    stdin.write('\n');
    await io.stderr.until(/Press Enter.*Press Enter/s);
    stdin.end();
    expect(await ended).toBe(0);
    expectPair(read(io.stdout.text));
  });

  it('takes two lines that were typed ahead', async () => {
    const stdin = terminal();
    stdin.write('\n\n');
    const io = fakeIo({ stdin, isWatched: true, env: PLAIN });
    const ended = run(['-i'], io);
    await io.stderr.until(/Press Enter/);
    stdin.end();
    expect(await ended).toBe(0);
    expectPair(read(io.stdout.text));
  });

  it('says last where each of the two belongs, off standard output', async () => {
    const stdin = terminal();
    stdin.end();
    const { stdout, stderr } = await runCli(['-i'], { stdin, isWatched: true, env: PLAIN });
    const [, guide = ''] = stderr.split('Next:\n');
    for (const word of ['ZEP_AUTH_REQUIRED=true', 'ZEP_AUTH_SECRET', 'zepcli env', 'ZEP_API_KEY']) {
      expect(guide).toContain(word);
    }
    for (const line of guide.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(stdout).not.toContain('Next:');
    const { secret, token } = read(stdout);
    expect(stderr).not.toContain(secret);
    expect(stderr).not.toContain(token);
  });
});

describe('zepcli -i --write', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'zep cli-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it.each([[['-i']], [['--init-jwt']], [['-i', '--json']]])(
    'with %j writes the variables of the server to a file for its owner, and shows the token alone',
    async (options) => {
      const path = join(folder, '.env');
      const { code, stdout, stderr } = await runCli([...options, '--write', path]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const [, secret = ''] = /^ZEP_AUTH_SECRET=(.*)$/m.exec(readFileSync(path, 'utf8')) ?? [];
      const token = options.includes('--json')
        ? (JSON.parse(stdout) as { token: string }).token
        : read(stdout).token;
      expectPair({ secret, token });
      expect(stdout).not.toContain(secret);
      expect(stdout).toContain(path);
      expect(readFileSync(path, 'utf8')).toBe(
        `ZEP_AUTH_REQUIRED=true\nZEP_AUTH_SECRET=${secret}\n`,
      );
      expect(statSync(path).mode & 0o777).toBe(0o600);
    },
  );

  it('sets the variables in a file that has none of them, and leaves the rest', async () => {
    const path = join(folder, '.env');
    writeFileSync(path, 'A=1\n');
    const { code, stdout } = await runCli(['-i', '--write', path]);
    expect(code).toBe(0);
    expect(stdout.split('\n')[3]).toBe(
      `It is anonymous, never expires and is the same for all. For each client make its own: zepcli token --dotenv '${path}' --sub alice --expires-in 90d`,
    );
    expect(readFileSync(path, 'utf8')).toMatch(
      /^A=1\nZEP_AUTH_REQUIRED=true\nZEP_AUTH_SECRET=[\w-]{86}==\n$/,
    );
  });

  it('shows nothing where the file has a secret already, and leaves it as it is', async () => {
    const path = join(folder, '.env');
    const content = `ZEP_AUTH_SECRET=${SECRET}\n`;
    writeFileSync(path, content);
    expect(await runCli(['-i', '--write', path])).toEqual({
      code: 3,
      stdout: '',
      stderr: `error: "${path}" has a secret already\nhint: zepcli rotate --dotenv '${path}' changes it without an outage\n`,
    });
    expect(readFileSync(path, 'utf8')).toBe(content);
  });

  it('shows nothing where the file cannot be written', async () => {
    const { code, stdout, stderr } = await runCli(['-i', '--write', join(folder, 'no/x')]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain('no such file or directory (ENOENT)');
  });

  it('waits at a terminal only for the token', async () => {
    const path = join(folder, '.env');
    const stdin = terminal();
    const io = fakeIo({ stdin, isWatched: true, env: PLAIN });
    const ended = run(['-i', '--write', path], io);
    await io.stderr.until(/Press Enter/);
    stdin.write('\n');
    expect(await ended).toBe(0);
    expect(io.stdout.text).not.toContain('Secret: ');
    expect(io.stderr.text).toContain(`zepcli serve --dotenv '${path}'`);
  });

  it.each([
    ['-i', '--write='],
    ['-i', '--write', 'a', '--write', 'b'],
    ['-i', '--json=1'],
    ['-i', '--force'],
  ])('is refused as %s %s', async (...argv) => {
    const { code, stdout } = await runCli(argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});
