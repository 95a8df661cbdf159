// The built program in a terminal of its own, as a person has it, and beside that the same in a pipe.
// Never without a terminal on CI: `script` (util-linux) makes one.
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { secretNamed, tokenOf } from './made-tokens.ts';

const zepcli = fileURLToPath(new URL('../zepcli.cjs', import.meta.url));
const isHere =
  process.env['CI'] === 'true' ||
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') === true;
const SECRET = secretNamed('terminal');

let folder = '';
beforeEach(({ skip }) => {
  if (!isHere) skip('script of util-linux is not here');
  folder = mkdtempSync(join(tmpdir(), 'zep cli-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** A command line in a terminal of 80 columns; `tail` is what a shell makes of its output. */
const open = (argv: readonly string[], variables: Record<string, string> = {}, tail = '') => {
  const { PATH } = process.env;
  const line = `stty cols 80 rows 24; exec ${[process.execPath, zepcli, ...argv].map(quote).join(' ')} ${tail}`;
  const child: ChildProcessWithoutNullStreams = spawn('script', ['-qec', line, '/dev/null'], {
    cwd: folder,
    env: { PATH, TERM: 'xterm', SHELL: '/bin/sh', HOME: folder, ...variables },
  });
  onTestFinished(() => void child.kill());
  const ended = once(child, 'close') as Promise<[number]>;
  let raw = '';
  const looks = new Set<() => void>();
  child.stdout.on('data', (chunk: Buffer) => {
    raw += chunk.toString();
    for (const look of looks) look();
  });
  /** What has been shown so far, without colours and moves. */
  const shown = (): string => stripVTControlCharacters(raw).replaceAll('\r\n', '\n');
  const until = (pattern: RegExp): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!pattern.test(shown())) return;
        looks.delete(look);
        resolve();
      };
      looks.add(look);
      look();
    });
  const type = (keys: string): void => void child.stdin.write(keys);
  const end = async (): Promise<{ code: number; screen: string; raw: string }> => {
    const [code] = await ended;
    return { code, screen: shown(), raw };
  };
  return { until, type, end };
};

/** The same in a pipe. */
const pipe = (argv: readonly string[], variables: Record<string, string> = {}, input = '') => {
  const { PATH } = process.env;
  const env = { PATH, TERM: 'xterm', HOME: folder, ...variables };
  const options = { cwd: folder, env, input, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [zepcli, ...argv], options);
  expect(stdout + stderr).not.toContain('\u001b');
  return { code: status, stdout, stderr };
};

/** A line that is longer than the screen is one with a secret or a token. */
const expectFits = (screen: string): void => {
  for (const line of screen.split('\n')) {
    if (!/[\w-]{43}/.test(line)) expect(line.length).toBeLessThanOrEqual(80);
  }
};

describe('zepcli -i', () => {
  it('shows the secret, waits, shows the token, waits, and says what is next', async () => {
    const { until, type, end } = open(['-i']);
    await until(/Press Enter to see the token\./);
    type('\r');
    await until(/Press Enter to finish\./);
    type('\r');
    const { code, screen } = await end();
    expect(code).toBe(0);
    expect(screen).toMatch(
      /^The secret makes [^\n]+\nSecret: [\w-]{86}==\nPress Enter to see the token\.\nThe token [^\n]+\nJWT token: ey[^\n]+\nPress Enter to finish\.\nUse the token[^\n]+\n\nNext:\n {2}server {2}/,
    );
    expectFits(screen);
  });

  it('is over with Ctrl-C, before the token', async () => {
    const { until, type, end } = open(['-i']);
    await until(/Press Enter/);
    type('\u0003');
    const { code, screen } = await end();
    expect(code).toBe(130);
    expect(screen).not.toContain('JWT token');
  });

  it('waits for nothing in a pipe', () => {
    const { code, stdout, stderr } = pipe(['-i']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Secret: [\w-]{86}==\n[^\n]+\nJWT token: ey[^\n]+\n/m);
  });

  it('with --write shows the token alone, and changes no secret', async () => {
    const { until, type, end } = open(['-i', '--write', 'my .env']);
    await until(/Press Enter to finish\./);
    type('\r');
    const { code, screen } = await end();
    expect(code).toBe(0);
    const before = readFileSync(join(folder, 'my .env'), 'utf8');
    const [, secret = ''] = /^ZEP_AUTH_SECRET=(.+)$/m.exec(before) ?? [];
    expect(screen).not.toContain(secret.slice(0, 20));
    expect(screen).toContain('JWT token: ey');
    const again = await open(['-i', '--write', 'my .env']).end();
    expect(again).toMatchObject({ code: 3 });
    expect(again.screen).toContain('has a secret already');
    expect(readFileSync(join(folder, 'my .env'), 'utf8')).toBe(before);
  });
});

describe('zepcli env', () => {
  it('asks nothing, at a terminal either, and says what is next', async () => {
    const { code, screen } = await open(['env'], { ZEP_AUTH_SECRET: SECRET }).end();
    expect(code).toBe(2);
    expect(screen).toMatch(/^error: env needs a place\nhint: one of dotenv,/);
    expect(pipe(['env'], { ZEP_AUTH_SECRET: SECRET })).toMatchObject({ code: 2, stdout: '' });
    const made = await open(['env', 'wrangler'], { ZEP_AUTH_SECRET: SECRET }).end();
    expect(made.code).toBe(0);
    expect(made.screen).toContain(`  "ZEP_AUTH_SECRET": "${SECRET}"\n}\n`);
    expect(made.screen).toMatch(/next:\n {2}zepcli env wrangler \| npx wrangler/);
    expectFits(made.screen);
    const piped = pipe(['env', 'dotenv'], { ZEP_AUTH_SECRET: SECRET });
    expect(piped).toMatchObject({ code: 0, stderr: '' });
  });

  it('writes over nothing without --force', async () => {
    const argv = ['env', 'wrangler', '--write', 'x'];
    const { code } = await open(argv, { ZEP_AUTH_SECRET: SECRET }).end();
    expect([code, existsSync(join(folder, 'x'))]).toEqual([0, true]);
    expect((await open(argv, { ZEP_AUTH_SECRET: SECRET }).end()).code).toBe(3);
  });
});

describe('zepcli token -', () => {
  it('asks for the secret without showing it, in colours but for NO_COLOR', async () => {
    for (const [variables, isColoured] of [
      [{}, true],
      [{ NO_COLOR: '1' }, false],
    ] as const) {
      const { until, type, end } = open(['token', '-', '--no-expiry'], variables);
      await until(/The secret/);
      type(`${SECRET}\r`);
      const { code, screen, raw } = await end();
      expect(code).toBe(0);
      expect(screen).toMatch(/^ey\S+$/m);
      expect(screen).not.toContain(SECRET);
      expect(raw.split('\u001b[').some((code) => /^[39]\dm/.test(code))).toBe(isColoured);
    }
  });

  it('does nothing when the question is left with Escape', async () => {
    const { until, type, end } = open(['token', '-', '--no-expiry']);
    await until(/The secret/);
    type('\u001b');
    const { code, screen } = await end();
    expect(code).toBe(1);
    expect(screen).toContain('error: cancelled: nothing was done\n');
    expect(screen).not.toMatch(/^ey/m);
  });
});

describe('zepcli token, verify and inspect', () => {
  const variables = { ZEP_AUTH_SECRET: SECRET };

  it('say in words how long a token is good', async () => {
    const made = await open(['token', '--expires-in', '90d'], variables).end();
    expect(made.code).toBe(0);
    expect(made.screen).toMatch(/^ey\S+\nexpires in 90 days \(\d{4}-\d\d-\d\dT\S+Z\)\n$/);
    const checked = await open(['verify', tokenOf({ exp: 4e9 }, SECRET)], variables).end();
    expect(checked.screen).toMatch(/^exp {2}4000000000 {2}2096-10-02T07:06:40Z \(in \d+ years\)\n/);
    expectFits(checked.screen);
  });

  it('are coloured, but not with NO_COLOR, and not in a pipe', async () => {
    for (const argv of [
      ['verify', tokenOf({}, SECRET)],
      ['inspect', tokenOf({ a: 1 })],
      ['tokn'],
    ]) {
      expect((await open(argv, variables).end()).raw).toContain('\u001b[');
      const plain = await open(argv, { ...variables, NO_COLOR: '1' }).end();
      expect(plain.raw).not.toContain('\u001b');
      expect(pipe(argv, variables).code).toBe(argv[0] === 'tokn' ? 2 : 0);
    }
  });
});

describe('a wrong flag', () => {
  it('is answered with the one that may have been meant, in a terminal and in a pipe', async () => {
    const line = 'error: zepcli token has no option "--sbu"\nhint: did you mean --sub?\n';
    const ran = await open(['token', '--sbu', 'alice']).end();
    expect({ code: ran.code, screen: ran.screen }).toEqual({ code: 2, screen: line });
    expect(pipe(['token', '--sbu', 'alice'])).toEqual({ code: 2, stdout: '', stderr: line });
  });
});
