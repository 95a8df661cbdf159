// `zepcli -i`: what scripts and people get from it, piped and at a terminal.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/run.ts';
import { fakeIo, runCli, terminal } from '../fake-io.ts';
import { isSignedWith, textOf } from '../made-tokens.ts';

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
      expect(Object.keys(pair)).toEqual(['secret', 'token']);
      expectPair(pair);
    }
  });
});

describe('zepcli -i at a terminal', () => {
  it('waits for Enter after the secret and after the token', async () => {
    const stdin = terminal();
    const io = fakeIo({ stdin });
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
    const { stdout } = await runCli(['-i'], { stdin });
    expect(stdout).not.toContain('Enter');
  });

  it('does not hang when the input ends before any Enter', async () => {
    const stdin = terminal();
    stdin.end();
    const { code, stdout } = await runCli(['-i'], { stdin });
    expect(code).toBe(0);
    expectPair(read(stdout));
    expect(stdout).toContain('as the API key.');
  });

  it('does not hang when the input ends between the two', async () => {
    const stdin = terminal();
    const io = fakeIo({ stdin });
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
    const io = fakeIo({ stdin });
    const ended = run(['-i'], io);
    await io.stderr.until(/Press Enter/);
    stdin.end();
    expect(await ended).toBe(0);
    expectPair(read(io.stdout.text));
  });

  it('says last where each of the two belongs, off standard output', async () => {
    const stdin = terminal();
    stdin.end();
    const { stdout, stderr } = await runCli(['-i'], { stdin });
    const [, guide = ''] = stderr.split('Where they belong:\n');
    for (const word of ['ZEP_AUTH_REQUIRED=true', 'ZEP_AUTH_SECRET', 'zepcli env', 'ZEP_API_KEY']) {
      expect(guide).toContain(word);
    }
    for (const line of guide.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(stdout).not.toContain('Where they belong');
    const { secret, token } = read(stdout);
    expect(stderr).not.toContain(secret);
    expect(stderr).not.toContain(token);
  });

  it('waits for nothing with --yes', async () => {
    const { code, stdout, stderr } = await runCli(['-i', '--yes'], { stdin: terminal() });
    expect(code).toBe(0);
    expectPair(read(stdout));
    expect(stderr).not.toContain('Enter');
  });
});

describe('zepcli -i --write', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'zep cli-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it.each([[['-i']], [['--init-jwt']], [['-i', '--json']]])(
    'with %j writes the server’s two variables, never the token, to a file of its owner’s',
    async (options) => {
      const path = join(folder, '.env');
      const { code, stdout, stderr } = await runCli([...options, '--write', path]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const pair = options.includes('--json')
        ? (JSON.parse(stdout) as { secret: string; token: string })
        : read(stdout);
      expectPair(pair);
      expect(readFileSync(path, 'utf8')).toBe(
        `ZEP_AUTH_REQUIRED=true\nZEP_AUTH_SECRET=${pair.secret}\n`,
      );
      expect(statSync(path).mode & 0o777).toBe(0o600);
    },
  );

  it('shows nothing where the file is there already, and leaves it as it is', async () => {
    const path = join(folder, '.env');
    writeFileSync(path, 'A=1\n');
    for (const options of [[], ['--yes'], ['--json']]) {
      expect(await runCli(['-i', '--write', path, ...options])).toEqual({
        code: 1,
        stdout: '',
        stderr: 'zepcli: the file that --write names is there already; --force replaces it\n',
      });
    }
    expect(readFileSync(path, 'utf8')).toBe('A=1\n');
  });

  it('sets the variables in it with --force', async () => {
    const path = join(folder, '.env');
    writeFileSync(path, 'A=1\n');
    const { code, stdout } = await runCli(['-i', '--write', path, '--force']);
    expect(code).toBe(0);
    const { secret } = read(stdout);
    expect(readFileSync(path, 'utf8')).toBe(
      `A=1\nZEP_AUTH_REQUIRED=true\nZEP_AUTH_SECRET=${secret}\n`,
    );
  });

  it('asks for that at a terminal, and then waits as ever', async () => {
    const path = join(folder, '.env');
    writeFileSync(path, 'A=1\n');
    const stdin = terminal();
    const io = fakeIo({ stdin, isWatched: true });
    const ended = run(['-i', '--write', path], io);
    await io.stderr.until(/The rest stays/);
    stdin.write('y');
    await io.stderr.until(/Press Enter/);
    stdin.write('\n');
    await io.stderr.until(/Press Enter.*Press Enter/s);
    stdin.write('\n');
    expect(await ended).toBe(0);
    expectPair(read(io.stdout.text));
    expect(readFileSync(path, 'utf8')).toContain(`SECRET=${read(io.stdout.text).secret}\n`);
  });

  it.each([
    ['-i', '--write='],
    ['-i', '--write', 'a', '--write', 'b'],
    ['-i', '--force=1'],
  ])('is refused as %s %s', async (...argv) => {
    const { code, stdout } = await runCli(argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});
