// A run: help, version, and what is said of a command line that is wrong.
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type Ran, runCli } from './fake-io.ts';
import { SECRET } from './made-tokens.ts';

/** Exit code 2, one line on standard error, nothing on standard output, no stack. */
const expectUsageError = ({ code, stdout, stderr }: Ran): void => {
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^zepcli: [^\n]+\n$/);
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

  it.each(['secret', 'token', 'verify', 'inspect', 'serve'])(
    'prints the help of %s with its examples, and does nothing else',
    async (command) => {
      const { code, stdout, stderr } = await runCli([command, '--help']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(new RegExp(`^zepcli ${command}`));
      expect(stdout).toContain('Examples:');
    },
  );

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
  ])('%s is refused with exit code 2 and without the value', async (_name, argv) => {
    const ran = await runCli(argv, { env: { ZEP_AUTH_SECRET: SECRET } });
    expectUsageError(ran);
    expect(ran.stderr.toLowerCase()).not.toContain('zzmarkerzz');
  });

  it('names the option that needs a value', async () => {
    expect((await runCli(['secret', '--bytes'])).stderr).toContain('--bytes needs a value');
    expect((await runCli(['token', '--sub='])).stderr).toContain('--sub needs a value');
  });

  it('names the option that is given twice', async () => {
    const { stderr } = await runCli(['token', '--iss', 'a', '--iss', 'b']);
    expect(stderr).toContain('--iss is given more than once');
  });

  it('names the unknown option, and not the known ones beside it', async () => {
    const { stderr } = await runCli(['secret', '--json', '--colour=red']);
    expect(stderr).toContain('--colour');
    expect(stderr).not.toContain('--json');
    expect(stderr).not.toContain('red');
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
    const { stdout } = await runCli(['secret', '--json', '--colour']);
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
    expect(JSON.parse(stdout)).toEqual({ secret: expect.stringMatching(/^[\w-]{64}$/) });
  });

  it('may begin with a dash in their value, after =', async () => {
    const { code, stdout } = await runCli(['token', '--sub=-alice', '--json'], {
      env: { ZEP_AUTH_SECRET: SECRET },
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ claims: { sub: '-alice' } });
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

  it('exits 1 with its name in one line: no message, no stack', async () => {
    for (const argv of [['token', '-'], ['inspect'], ['token', '--secret-file', '-']]) {
      const { code, stdout, stderr } = await runCli(argv, { stdin: breaking() });
      expect({ code, stdout, stderr }).toEqual({
        code: 1,
        stdout: '',
        stderr: 'zepcli: unexpected error (StrangeError)\n',
      });
    }
  });

  it('exits 1 also when the environment cannot be read', async () => {
    const env = {
      get ZEP_AUTH_SECRET(): string {
        throw new StrangeError('zzmarkerzz');
      },
    };
    const { code, stdout, stderr } = await runCli(['token'], { env });
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: 'zepcli: unexpected error (StrangeError)\n',
    });
  });
});
