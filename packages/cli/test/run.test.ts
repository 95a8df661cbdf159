// A run: help, version, and what is said of a command line that is wrong.
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { AuthError, type AuthErrorCode } from '@zep-auth/core';
import { toProblem } from '@zep-auth/server';
import { describe, expect, it } from 'vitest';
import { renderCommandHelp } from '../src/argv/help.ts';
import { COMMANDS } from '../src/commands.ts';
import { type Ran, runCli } from './fake-io.ts';
import { SECRET } from './made-tokens.ts';

/** Exit code 2, an error and a hint on standard error, nothing on standard output but the error as JSON, no stack. */
const expectUsageError = ({ code, stdout, stderr }: Ran): void => {
  expect({ code, stdout }).toEqual({
    code: 2,
    stdout: expect.stringMatching(/^(?:\{"error":\{"code":"ERR_USAGE",[^\n]+\n)?$/),
  });
  expect(stderr).toMatch(/^error: [^\n]+\n(?:hint: [^\n]+\n)?$/);
  expect(stderr).not.toMatch(/\n\s+at |\bat [\w./:]+:\d+:\d+/);
};

describe('zepcli without a command', () => {
  it('prints help and exits 0 without arguments', async () => {
    const { code, stdout, stderr } = await runCli([]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const word of ['secret', 'token', 'verify', 'inspect', 'serve', '--init-jwt', '-v']) {
      expect(stdout).toContain(word);
    }
  });

  it.each([['--help'], ['-h']])('prints the same help for %s', async (option) => {
    const { code, stdout, stderr } = await runCli([option]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trim()).toBe((await runCli([])).stdout.trim());
  });

  it.each(Object.entries(COMMANDS))(
    'prints the help of %s with its purpose and two examples, 80 wide, and does nothing else',
    async (command, { describe: purpose }) => {
      const { code, stdout, stderr } = await runCli([command, '--help']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const [first = '', examples = '', usage = ''] = stdout.split('\n\n');
      expect(first).toBe(purpose);
      expect(examples.match(/^ {2}# .+\n {2}(?:zepcli|source) /gm)?.length).toBeGreaterThan(1);
      expect(usage).toMatch(new RegExp(`^Usage: zepcli ${command} `));
      for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
      expect((await runCli(['help', command])).stdout).toBe(stdout);
      expect((await runCli([])).stdout).toContain(purpose);
    },
  );

  it('prints the version as JSON', async () => {
    const { code, stdout } = await runCli(['--version', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      ok: true,
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    });
  });

  it.each([['--write=.env'], ['--json']])('takes %s with -i only', async (option) => {
    const ran = await runCli([option]);
    expectUsageError(ran);
    expect(ran.stderr).toContain('go with -i');
  });

  it.each([[['-v']], [['--version']], [['-i', '-v']], [['-v', '-i']], [['-iv']], [['-vi']]])(
    'prints the version alone for %j',
    async (argv) => {
      const { code, stdout, stderr } = await runCli(argv);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^zep-cli version \d+\.\d+\.\d+\n$/);
    },
  );
});

describe('a command line that is wrong', () => {
  it.each<readonly [string, readonly string[]]>([
    ['an unknown command', ['zzmarkerzz']],
    ['an unknown command with an option', ['zzmarkerzz', '--json']],
    ['an argument beside -i', ['-i', 'zzmarkerzz']],
    ['an argument beside -v', ['-v', 'zzmarkerzz']],
    ['an argument that secret does not take', ['secret', 'zzmarkerzz']],
    ['an argument that serve does not take', ['serve', '--demo', 'zzmarkerzz']],
    ['an argument too many for token', ['token', '-', 'zzmarkerzz']],
    ['an argument too many for verify', ['verify', '-', 'zzmarkerzz']],
    ['an argument too many for inspect', ['inspect', '-', 'zzmarkerzz']],
    ['an argument behind -- that secret does not take', ['secret', '--', 'zzmarkerzz']],
    ['an argument too many for token behind --', ['token', '-', '--', 'zzmarkerzz']],
    ['a secret as the argument of token', ['token', 'zzmarkerzz']],
    ['a secret as the argument of token behind --', ['token', '--', 'zzmarkerzz']],
    ['an unknown option with =', ['secret', '--colour=zzmarkerzz']],
    ['an unknown option with a value', ['secret', '--colour', 'zzmarkerzz']],
    ['an unknown option whose name is odd', ['secret', '--Zzmarkerzz1']],
    ['an unknown short option', ['secret', '-x', 'zzmarkerzz']],
    ['an option of another command', ['secret', '--sub', 'zzmarkerzz']],
    ['an unknown option at the root', ['--colour=zzmarkerzz']],
    ['--__proto__', ['secret', '--__proto__', 'zzmarkerzz']],
    ['--constructor.name', ['secret', '--constructor.name=zzmarkerzz']],
    ['a nested option', ['token', '--sub.a=zzmarkerzz']],
    ['an option in another spelling', ['token', '--expiresIn', 'zzmarkerzz']],
    ['a switch negated', ['secret', '--no-json']],
    ['--secret', ['token', '--secret', 'zzmarkerzz']],
    ['--token', ['verify', '--token=zzmarkerzz']],
    ['--secret on verify', ['verify', '--secret=zzmarkerzz']],
    ['a value missing at the end', ['secret', '--bytes']],
    ['a value missing before another option', ['token', '--sub', '--json']],
    ['an empty value', ['token', '--sub=', '--iss', 'zzmarkerzz']],
    ['an empty value as an argument of its own', ['token', '--sub', '']],
    ['an empty value in a list', ['token', '--aud', 'zzmarkerzz', '--aud', '']],
    ['an option given twice', ['token', '--sub', 'zzmarkerzz', '--sub', 'zzmarkerzz']],
    ['an option given twice with =', ['secret', '--bytes=32', '--bytes=64']],
    ['a switch with a value', ['token', '--no-claims=zzmarkerzz']],
  ])('%s is refused with exit code 2', async (_name, argv) => {
    const ran = await runCli(argv, { env: { ZEP_AUTH_SECRET: SECRET } });
    expectUsageError(ran);
  });

  it('names the option that needs a value', async () => {
    expect((await runCli(['secret', '--bytes'])).stderr).toContain('--bytes needs a value');
    expect((await runCli(['token', '--sub='])).stderr).toContain('--sub needs a value');
  });

  it('names the option that is given twice', async () => {
    const { stderr } = await runCli(['token', '--iss', 'a', '--iss', 'b']);
    expect(stderr).toContain('--iss is given more than once');
  });

  it('names an unknown option without its value', async () => {
    const { stderr } = await runCli(['secret', '--json', '--colour=red']);
    expect(stderr).toBe(
      'error: zepcli secret has no option "--colour"\nhint: see: zepcli secret --help\n',
    );
  });

  it('has no option of its parser’s own', async () => {
    for (const more of [[], ['--toString']]) {
      const ran = await runCli(['secret', '--get-yargs-completions=x', ...more]);
      expect(ran).toEqual({
        code: 2,
        stdout: '',
        stderr:
          'error: zepcli secret has no option "--get-yargs-completions"\nhint: see: zepcli secret --help\n',
      });
    }
    expect(await runCli(['--get-yargs-completions', 'zepcli', 'se'])).toMatchObject({ code: 2 });
  });

  it.each<readonly [string, string]>([
    ['tokn', 'zepcli token'],
    ['toekn', 'zepcli token'],
    ['insp', 'zepcli inspect'],
    ['Verify', 'zepcli verify'],
    ['evn dotenv', 'zepcli env'],
    ['env kuber', 'zepcli env kubernetes'],
    ['token --expires 90d', '--expires-in'],
    ['token --expiresIn=90d', '--expires-in'],
    ['token --expries-in 90d', '--expires-in'],
    ['token --subject x', '--sub'],
    ['verify --secretfile x', '--secret-file'],
    ['serve --up-stream=x', '--upstream'],
    ['--init', '--init-jwt'],
    ['--versoin', '--version'],
    ['secret --hepl', '--help'],
  ])('%s asks whether %s was meant', async (line, name) => {
    const ran = await runCli(line.split(' '));
    expectUsageError(ran);
    expect(ran.stderr).toContain(`did you mean ${name.startsWith('-') ? name : `\`${name}\``}?`);
  });

  it.each([
    'zzmarkerzz',
    'x',
    'token --x=1',
    'token --zzmarkerzz',
    `token --${'expires'.repeat(9)}`,
    '--constructor',
    'constructor',
    'toString',
  ])('%s is like no name, and gets no suggestion', async (line) => {
    const ran = await runCli(line.split(' '));
    expectUsageError(ran);
    expect(ran.stderr).toMatch(/\nhint: see: zepcli( token)? --help\n$/);
  });

  it.each(['secret', 'key', 'password', 'token', 'jwt'])(
    'says where a secret and a token belong when --%s is tried',
    async (name) => {
      const { stderr } = await runCli(['token', `--${name}`, 'x']);
      expect(stderr).toContain('ZEP_AUTH_SECRET');
      expect(stderr).toContain('--secret-file');
    },
  );

  it('does nothing of what the rest of the line asks for', async () => {
    const { stdout } = await runCli(['secret', '--colour']);
    expect(stdout).toBe('');
  });
});

describe('options that are right', () => {
  it.each<readonly [readonly string[]]>([
    [['secret', '--json', '--bytes=48']],
    [['secret', '--bytes', '48', '--json']],
  ])('may stand in any order and form: %j', async (argv) => {
    const { code, stdout, stderr } = await runCli(argv);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({ ok: true, secret: expect.stringMatching(/^[\w-]{64}$/) });
  });

  it('may begin with a dash in their value, after =', async () => {
    const { code, stdout } = await runCli(['token', '--sub=-alice', '--no-expiry', '--json'], {
      env: { ZEP_AUTH_SECRET: SECRET },
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ claims: { sub: '-alice' } });
  });
});

describe('what is said', () => {
  it('is broken between words on a terminal, and a line for a program', async () => {
    const argv = ['token', '--expires-in', 'x'];
    const { stderr } = await runCli(argv, { isWatched: true, env: { NO_COLOR: '1' } });
    const errorOf = (text: string): string => text.split('\nhint:')[0] ?? '';
    const lines = errorOf(stderr).split('\n');
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    expect(lines.slice(1).every((line) => line.startsWith('       '))).toBe(true);
    const whole = lines.map((line) => line.trim()).join(' ');
    expect(whole).toBe(errorOf((await runCli(argv)).stderr));
  });

  it('has its warnings in a colour on a terminal alone, and not with NO_COLOR', async () => {
    const env = { ZEP_AUTH_SECRET: SECRET, ZEP_AUTH_SECRET_PREVIOUS: SECRET.replace('A', 'B') };
    const say = async (more: object, isWatched: boolean): Promise<string> =>
      (await runCli(['env', 'wrangler'], { env: { ...env, ...more }, isWatched })).stderr;
    expect(await say({}, true)).toContain('\u001b[33mwarning\u001b[39m: ');
    expect(await say({}, false)).not.toContain('\u001b');
    expect(await say({ NO_COLOR: '1' }, true)).not.toContain('\u001b');
    const { stderr } = await runCli(['tokn', '--no-color'], { isWatched: true });
    expect(stderr).toMatch(/^error: /);
  });
});

describe('an error that nobody expected', () => {
  class StrangeError extends Error {
    override readonly name = 'StrangeError';
  }
  const breaking = (): Readable =>
    new Readable({
      read() {
        this.destroy(new StrangeError('zzmarkerzz'));
      },
    });

  const UNEXPECTED =
    'error: unexpected error (StrangeError)\nhint: run it again with ZEPCLI_DEBUG=1 to see where\n';

  it('exits 3 with its name: no message, no stack', async () => {
    for (const argv of [['token', '--no-expiry', '-'], ['inspect'], ['env', 'dotenv', '-']]) {
      const { code, stdout, stderr } = await runCli(argv, { stdin: breaking() });
      expect({ code, stdout, stderr }).toEqual({ code: 3, stdout: '', stderr: UNEXPECTED });
    }
  });

  it('shows where it was thrown with ZEPCLI_DEBUG=1, and still no message', async () => {
    const env = { ZEPCLI_DEBUG: '1' };
    const { stderr } = await runCli(['inspect'], { stdin: breaking(), env });
    expect(stderr).toMatch(/\n {4}at .+run\.test\.ts/);
    expect(stderr).not.toContain('zzmarkerzz');
  });

  it('exits 3 also when the environment cannot be read', async () => {
    const env = {
      get ZEP_AUTH_SECRET(): string {
        throw new StrangeError('zzmarkerzz');
      },
    };
    const { code, stdout, stderr } = await runCli(['secret'], { env });
    expect({ code, stdout, stderr }).toEqual({ code: 3, stdout: '', stderr: UNEXPECTED });
  });
});

describe('words that people type', () => {
  it.each([
    ['-V', '-v'],
    ['version', '-v'],
    ['help token', 'token --help'],
    ['help sign', 'token --help'],
    ['decode --help', 'inspect --help'],
    ['check --help', 'verify --help'],
    ['generate --help', 'secret --help'],
    ['help', '--help'],
  ])('%s means %s', async (typed, meant) => {
    const ran = await runCli(typed.split(' '));
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran).toEqual(await runCli(meant.split(' ')));
  });

  it('has pages on exit codes and on the environment', async () => {
    expect((await runCli(['help', 'exit-codes'])).stdout).toContain('3  it could not be done');
    expect((await runCli(['help', 'environment'])).stdout).toContain('ZEP_AUTH_SECRET ');
  });

  it('explains an error code, and says where more is written', async () => {
    expect((await runCli(['help', 'ERR_TOKEN_EXPIRED'])).stdout).toMatch(
      /^ERR_TOKEN_EXPIRED\n401, .*\n- Make a new one: (?:.*\n)+https:\S+\/docs\/errors\.md#err_token_expired\n$/,
    );
  });

  it.each([
    'invalid_token',
    'token_expired',
    'invalid_request',
    'insufficient_scope',
    'err_token_expired',
    'Err_Usage',
  ])('explains %s, as an answer or a log has it', async (code) => {
    const { code: exit, stdout } = await runCli(['help', code]);
    expect(exit).toBe(0);
    expect(stdout.split('\n')[0]?.toLowerCase()).toBe(code.toLowerCase());
    expect(stdout).toMatch(/\n- .*\n(?:.*\n)*https:\S+\/docs\/errors\.md#\w+\n$/);
  });

  it('explains each code that an answer can have', async () => {
    const source = readFileSync(new URL('../../core/src/errors.ts', import.meta.url), 'utf8');
    const codes = [...source.matchAll(/^ {2}\| '(ERR_\w+)'/gm)].map(([, code]) => code);
    expect(codes.length).toBeGreaterThan(20);
    const shown = new Set<string>();
    for (const code of codes as AuthErrorCode[]) {
      const { document, headers } = toProblem({ error: new AuthError(code, 'x') });
      const [, error = code] = /error="(\w+)"/.exec(headers['www-authenticate'] ?? '') ?? [];
      for (const one of [code, error, document.code ?? code]) shown.add(one);
    }
    expect([...shown]).toContain('token_expired');
    for (const one of shown) {
      expect({ one, ...(await runCli(['help', one])) }).toMatchObject({ one, code: 0 });
    }
  });

  it('explains each code that a status can stand for', async () => {
    const { code, stdout } = await runCli(['help', '503']);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        /^ERR_REVOCATION_UNAVAILABLE\n503, (?:.*\n)*.*errors\.md#err_rev\w+\n$/,
      ),
    });
    expect((await runCli(['help', '401'])).stdout).toMatch(
      /^ERR_CREDENTIALS_MISSING\n(?:.*\n)*invalid_token\n/,
    );
  });

  it('names the code that was meant', async () => {
    expect((await runCli(['help', 'ERR_TOKEN_EXPIRD'])).stderr).toBe(
      'error: there is no help on "ERR_TOKEN_EXPIRD"\nhint: did you mean `zepcli help err_token_expired`?\n',
    );
  });

  it('says that the command comes first', async () => {
    const ran = await runCli(['--json', 'verify']);
    expectUsageError(ran);
    expect(ran.stderr).toContain('hint: zepcli verify --json');
  });
});

describe('the help of zepcli', () => {
  it.each(Object.entries(COMMANDS))('on %s fits a terminal of 40 columns', async (name, entry) => {
    const { command } = await entry.load();
    const lines = renderCommandHelp(name, entry.describe, command, 40).split('\n');
    const isCommand = (line: string): boolean =>
      line.startsWith('  zepcli ') || line.startsWith('  source ');
    expect(lines.filter((line) => line.length > 40 && !isCommand(line))).toEqual([]);
  });

  it('fits a terminal of 24 rows and 80 columns, with a line to spare', async () => {
    const lines = (await runCli([])).stdout.trimEnd().split('\n');
    expect(lines.length).toBeLessThan(24);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('has only ASCII characters, for any locale', async () => {
    for (const argv of [[], ...Object.keys(COMMANDS).map((name) => [name, '--help'])]) {
      expect((await runCli(argv)).stdout).toMatch(/^[\x20-\x7e\n]+$/);
    }
  });
});
