// `zepcli env`: what each place gets, from where the secret comes, and the files that are written.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parse } from 'dotenv';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TARGET_NAMES, type TargetName } from '../../src/env/targets.ts';
import { run } from '../../src/run.ts';
import { fakeIo, type Ran, runCli, type Surroundings, terminal } from '../fake-io.ts';
import { SECRET, secretNamed, tokenOf } from '../made-tokens.ts';

/** All that a shell, a template or a quote could take for something else. */
const ODD = `a'b"c$HOME\`d\\e {{x}} #f é😀 --${'x'.repeat(32)}`;
const env = { ZEP_AUTH_SECRET: SECRET };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zep cli-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const inFolder = (name: string): string => join(folder, name);
const fileIn = (name: string, content: string, mode = 0o600): string => {
  writeFileSync(inFolder(name), content);
  chmodSync(inFolder(name), mode);
  return inFolder(name);
};

const make = async (
  target: TargetName,
  around: Surroundings = { env },
  ...options: readonly string[]
): Promise<string> => {
  const { code, stdout, stderr } = await runCli(['env', '--for', target, ...options], around);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
};

describe('zepcli env --for', () => {
  it('dotenv prints two lines without quotes, which dotenv and a shell read alike', async () => {
    const text = await make('dotenv');
    expect(text).toBe(`ZEP_AUTH_REQUIRED=true\nZEP_AUTH_SECRET=${SECRET}\n`);
    expect(parse(text)).toEqual({ ZEP_AUTH_REQUIRED: 'true', ZEP_AUTH_SECRET: SECRET });
    const script = `set -a; . ./x.env; printf %s "$ZEP_AUTH_SECRET"`;
    fileIn('x.env', text);
    expect(execFileSync('sh', ['-c', script], { cwd: folder, encoding: 'utf8' })).toBe(SECRET);
  });

  it.each(['$', ' ', "'", '"', '`', '#', '\\', '~', '&', ';', '{', '(', '*', 'é'])(
    'dotenv refuses a secret with %j in it, and names the form in a file',
    async (character) => {
      const secret = `kT9vQ2mZ7rB4nX8wLs3d${character}Hc6pJf1yGz5uWa0eRi9o`;
      const ran = await runCli(['env', '--for', 'dotenv'], { env: { ZEP_AUTH_SECRET: secret } });
      expect(ran).toMatchObject({ code: 1, stdout: '' });
      expect(ran.stderr).toMatch(/^zepcli: ZEP_AUTH_SECRET has a character [^\n]+\n$/);
      expect(ran.stderr).toContain('`zepcli env --for docker-secret --write FILE`');
      expect(ran.stderr).toContain('ZEP_AUTH_SECRET_FILE');
    },
  );

  it('compose doubles the $, and quotes as YAML does', async () => {
    expect(await make('compose')).toBe(
      `services:\n  api:\n    environment:\n      ZEP_AUTH_REQUIRED: "true"\n      ZEP_AUTH_SECRET: "${SECRET}"\n`,
    );
    const odd = await make('compose', { env: { ZEP_AUTH_SECRET: ODD } });
    const [, value = ''] = /ZEP_AUTH_SECRET: (".*")\n$/.exec(odd) ?? [];
    expect(JSON.parse(value)).toBe(ODD.replaceAll('$', '$$$$'));
    expect(JSON.parse(value).split('$$')).toHaveLength(2);
  });

  it('docker-secret prints the secret and nothing else, byte for byte', async () => {
    expect(await make('docker-secret')).toBe(SECRET);
    expect(await make('docker-secret', { env: { ZEP_AUTH_SECRET: ODD } })).toBe(ODD);
  });

  it('kubernetes prints a Secret with both variables', async () => {
    for (const secret of [SECRET, ODD]) {
      const lines = (await make('kubernetes', { env: { ZEP_AUTH_SECRET: secret } })).split('\n');
      expect(lines.slice(0, -2)).toEqual([
        'apiVersion: v1',
        'kind: Secret',
        'metadata:',
        '  name: zep-auth',
        'type: Opaque',
        'data:',
        '  ZEP_AUTH_REQUIRED: dHJ1ZQ==',
      ]);
      const [, data = ''] = /^ {2}ZEP_AUTH_SECRET: ([\w+/]+=*)$/.exec(lines.at(-2) ?? '') ?? [];
      expect(Buffer.from(data, 'base64').toString()).toBe(secret);
    }
  });

  it('systemd names the file of the secret, and holds no secret', async () => {
    const drop = (file: string): string =>
      `[Service]\nLoadCredential=zep-auth-secret:${file}\nEnvironment=ZEP_AUTH_REQUIRED=true\nEnvironment=ZEP_AUTH_SECRET_FILE=%d/zep-auth-secret\n`;
    expect(await make('systemd')).toBe(drop('/etc/zep-auth/secret'));
    const file = fileIn('50% of it', SECRET);
    expect(await make('systemd', {}, '--secret-file', file)).toBe(drop(file.replace('%', '%%')));
    expect(await make('systemd', { env: { ZEP_AUTH_SECRET_FILE: file } })).toContain('50%% of it');
  });

  it('wrangler prints the JSON that `wrangler secret bulk` reads', async () => {
    for (const secret of [SECRET, ODD]) {
      expect(JSON.parse(await make('wrangler', { env: { ZEP_AUTH_SECRET: secret } }))).toEqual({
        ZEP_AUTH_REQUIRED: 'true',
        ZEP_AUTH_SECRET: secret,
      });
    }
  });
});

describe('the lines for a shell', () => {
  /** Runs them with stand-ins for the platforms' tools, and returns what these were called with. */
  const carryOut = (script: string, variables: Record<string, string> = {}): readonly object[] => {
    mkdirSync(inFolder('bin'), { recursive: true });
    for (const tool of ['gh', 'fly', 'vercel']) {
      // Arguments and standard input in hex, so that no byte of them is lost.
      const hex = 'od -An -v -tx1 | tr -d " \\n"';
      const record = `printf '%s ' "$(printf '%s\\0' ${tool} "$@" | ${hex})"; ${hex}; echo`;
      fileIn(`bin/${tool}`, `#!/bin/sh\n{ ${record}; } >> '${inFolder('calls')}'\n`, 0o700);
    }
    const PATH = `${inFolder('bin')}${delimiter}${process.env['PATH']}`;
    execFileSync('sh', [], { input: script, env: { PATH, ...variables } });
    const calls = readFileSync(inFolder('calls'), 'utf8').trimEnd().split('\n');
    rmSync(inFolder('calls'));
    return calls.map((call) => {
      const [args = '', stdin = ''] = call.split(' ');
      const line = Buffer.from(args, 'hex').toString().split('\0').slice(0, -1).join(' ');
      return { line, stdin: Buffer.from(stdin, 'hex').toString() };
    });
  };

  const expected = (secret: string): { readonly [target: string]: readonly object[] } => ({
    github: [
      { line: 'gh variable set ZEP_AUTH_REQUIRED --body true', stdin: '' },
      { line: 'gh secret set ZEP_AUTH_SECRET', stdin: secret },
    ],
    fly: [{ line: 'fly secrets set ZEP_AUTH_REQUIRED=true ZEP_AUTH_SECRET=-', stdin: secret }],
    vercel: [
      { line: 'vercel env add ZEP_AUTH_REQUIRED production', stdin: 'true' },
      { line: 'vercel env add ZEP_AUTH_SECRET production --sensitive', stdin: secret },
    ],
  });

  const targets = ['github', 'fly', 'vercel'] as const;

  it.each(targets)('%s: the secret comes on standard input, from the variable', async (target) => {
    for (const secret of [SECRET, ODD]) {
      const around = { env: { ZEP_AUTH_SECRET: secret } };
      const script = await make(target, around);
      expect(script).not.toContain(secret);
      // `gh variable set` reads none: it has what is left of the script.
      expect(carryOut(script, around.env).slice(-1)).toEqual(expected(secret)[target]?.slice(-1));
    }
  });

  it.each(targets)('%s: the same from a file, without its line ending', async (target) => {
    for (const ending of ['', '\n', '\r\n']) {
      const file = fileIn("the secret's file", ODD + ending);
      const script = await make(target, {}, '--secret-file', file);
      expect(script).not.toContain(ODD);
      const calls = carryOut(script);
      expect(calls.at(-1)).toEqual(expected(ODD)[target]?.at(-1));
      expect(calls).toHaveLength(expected(ODD)[target]?.length ?? 0);
    }
  });

  it.each(targets)('%s: the same of a secret that is nowhere else', async (target) => {
    for (const secret of [SECRET, ODD]) {
      const calls = carryOut(await make(target, { stdin: `${secret}\n` }, '-'));
      expect(calls.at(-1)).toEqual(expected(secret)[target]?.at(-1));
    }
  });

  it.each(targets)('%s: the same of the file that --write has written', async (target) => {
    const path = inFolder("a 'new' file");
    const { code, stdout } = await runCli(['env', '--for', target, '--write', path], { env });
    expect(code).toBe(0);
    expect(stdout).not.toContain(SECRET);
    expect(readFileSync(path, 'utf8')).toBe(SECRET);
    expect(carryOut(stdout).at(-1)).toEqual(expected(SECRET)[target]?.at(-1));
  });
});

describe('the secret of zepcli env', () => {
  it('comes from an env file, a file, or standard input', async () => {
    const envFile = fileIn('x.env', `ZEP_AUTH_SECRET=${SECRET}\r\n`);
    const secretFile = fileIn('secret', `${SECRET}\r\n`);
    for (const [around, options] of [
      [{ env }, []],
      [{ env: { ZEP_AUTH_SECRET_FILE: secretFile } }, []],
      [{}, ['--env-file', envFile]],
      [{}, ['--secret-file', secretFile]],
      [{ env: { ZEP_AUTH_SECRET: secretNamed('other') } }, ['--secret-file', secretFile]],
      [{ stdin: `${SECRET}\r\n` }, ['-']],
      [{ stdin: SECRET }, ['--secret-file', '-']],
    ] as const) {
      expect(await make('docker-secret', around, ...options)).toBe(SECRET);
    }
  });

  it('is never made here: without one, nothing is printed and nothing is written', async () => {
    const path = inFolder('x');
    for (const target of TARGET_NAMES) {
      for (const around of [{}, { env: { ZEP_AUTH_SECRET: '' } }]) {
        const argv = ['env', '--for', target, '--write', path];
        const { code, stdout, stderr } = await runCli(argv, around);
        expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
        expect(stderr).toMatch(
          /^zepcli: ZEP_AUTH_SECRET is not set; [^\n]+`zepcli secret`[^\n]+\n$/,
        );
        expect(existsSync(path)).toBe(false);
      }
    }
  });

  it.each([
    ['short', 'short-secret'],
    ['a token', tokenOf({})],
    ['quoted', `"${SECRET}"`],
    ['a placeholder', 'do-not-use-this-secret-in-production'],
  ])('is refused when it is %s, in every form', async (_name, secret) => {
    for (const target of TARGET_NAMES) {
      for (const around of [{ env: { ZEP_AUTH_SECRET: secret } }, { stdin: secret }]) {
        const argv = ['env', '--for', target, ...('stdin' in around ? ['-'] : [])];
        const { code, stdout, stderr } = await runCli(argv, around);
        expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
        expect(stderr).toMatch(/^zepcli: [^\n]+\n$/);
      }
    }
  });

  it('brings the permission along, where it is a legacy one that is allowed', async () => {
    const weak = { ZEP_AUTH_SECRET: 'test-secret', ZEP_AUTH_ALLOW_WEAK_SECRET: 'true' };
    const { code, stdout, stderr } = await runCli(['env', '--for', 'dotenv'], { env: weak });
    expect(code).toBe(0);
    expect(parse(stdout)).toEqual({ ...weak, ZEP_AUTH_REQUIRED: 'true' });
    expect(stderr).toContain('warning: ZEP_AUTH_SECRET is shorter than 32 bytes');
  });

  it('goes alone: previous secrets are left out, with a warning', async () => {
    const previous = secretNamed('previous');
    const { code, stdout, stderr } = await runCli(['env', '--for', 'wrangler'], {
      env: { ...env, ZEP_AUTH_SECRET_PREVIOUS: previous },
    });
    expect(code).toBe(0);
    expect(stdout).not.toContain(previous);
    expect(stderr).toMatch(/^zepcli: warning: the previous secrets are no part of this/);
  });

  it('is never beside a token', async () => {
    for (const target of TARGET_NAMES) {
      const around = { env: { ...env, ZEP_API_KEY: tokenOf({}) } };
      expect(await make(target, around)).not.toMatch(/eyJ|ZEP_API_KEY/);
    }
  });
});

describe('the command line of zepcli env', () => {
  it.each([
    [['env'], /^zepcli: env needs --for: dotenv, compose, [^\n]+, vercel\n$/],
    [['env', '--for', 'heroku'], /^zepcli: --for takes dotenv[^\n]+\n$/],
    [['env', '--for', 'toString'], /^zepcli: --for takes dotenv[^\n]+\n$/],
    [['env', '--for', 'dotenv', '-', '--secret-file', 'x'], /in one place/],
    [['env', '--for', 'dotenv', 'x'], /the only argument is -/],
    [['env', '--for', 'dotenv', '--write='], /--write needs a value/],
    [['env', '--for', 'dotenv', '--write', '-'], /--write takes a file/],
  ])('%j is refused with exit code 2', async (argv, message) => {
    const { code, stdout, stderr } = await runCli(argv, { env });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('has its answer as JSON with --json', async () => {
    const run = async (...options: string[]): Promise<unknown> =>
      JSON.parse((await runCli(['env', '--json', '--for', ...options], { env })).stdout);
    expect(await run('docker-secret')).toEqual({
      for: 'docker-secret',
      written: false,
      content: SECRET,
    });
    const path = inFolder('x');
    expect(await run('dotenv', '--write', path)).toEqual({ for: 'dotenv', written: true });
    expect(await run('github', '--write', path, '--force')).toEqual({
      for: 'github',
      written: true,
      content: expect.stringContaining(`< '${path}' |`),
    });
  });
});

describe('zepcli env --write', () => {
  const write = (target: TargetName, path: string, ...options: string[]): Promise<Ran> =>
    runCli(['env', '--for', target, '--write', path, ...options], { env });

  it.each(TARGET_NAMES)('writes %s to a file that only its owner can read', async (target) => {
    const path = inFolder('a new file');
    const { code, stdout, stderr } = await write(target, path);
    expect(code).toBe(0);
    expect(stdout + stderr).not.toContain(SECRET);
    expect(stderr).toContain('zepcli: the file is written\n');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const isPointer = ['systemd', 'github', 'fly', 'vercel'].includes(target);
    expect(readFileSync(path, 'utf8')).toBe(isPointer ? SECRET : await make(target));
    expect(stdout === '').toBe(!isPointer);
    expect(isPointer && !stdout.includes(path.replaceAll('%', '%%'))).toBe(false);
  });

  it.each(TARGET_NAMES)('never puts %s over a file without --force', async (target) => {
    for (const options of [[], ['--yes']]) {
      const path = fileIn('there', 'mine\n', 0o644);
      const ran = await write(target, path, ...options);
      expect(ran).toMatchObject({ code: 1, stdout: '' });
      expect(ran.stderr).toBe(
        'zepcli: the file that --write names is there already; --force replaces it\n',
      );
      expect(readFileSync(path, 'utf8')).toBe('mine\n');
    }
  });

  it('never writes through a link that leads nowhere', async () => {
    symlinkSync(inFolder('elsewhere'), inFolder('link'));
    expect((await write('wrangler', inFolder('link'))).code).toBe(1);
    expect((await write('wrangler', inFolder('link'), '--force')).code).toBe(1);
    expect(existsSync(inFolder('elsewhere'))).toBe(false);
    expect(lstatSync(inFolder('link')).isSymbolicLink()).toBe(true);
  });

  it('says why there is no file', async () => {
    for (const [path, reason] of [
      [inFolder('no/such/folder'), 'cannot be written (ENOENT)'],
      [folder, 'is there already'],
    ] as const) {
      const { code, stderr } = await write('wrangler', path);
      expect(code).toBe(1);
      expect(stderr).toContain(`zepcli: the file that --write names ${reason}`);
    }
    expect((await write('wrangler', folder, '--force')).stderr).toBe(
      'zepcli: the file that --write names is not a regular file\n',
    );
  });

  it('replaces a file with --force, and takes it away from everyone else', async () => {
    const path = fileIn('there', 'old\n', 0o644);
    const { code, stderr } = await write('wrangler', path, '--force');
    expect(code).toBe(0);
    expect(stderr).not.toContain('warning');
    expect(readFileSync(path, 'utf8')).toBe(await make('wrangler'));
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('sets the variables in an env file with --force, and leaves the rest as it is', async () => {
    const path = fileIn(
      'x.env',
      `# mine\r\nDATABASE_URL="postgres://x"\r\nZEP_AUTH_SECRET='${secretNamed('old')}' # why\r\nLAST=1`,
    );
    const { code, stderr } = await write('dotenv', path, '--force');
    expect(code).toBe(0);
    expect(readFileSync(path, 'utf8')).toBe(
      `# mine\r\nDATABASE_URL="postgres://x"\r\nZEP_AUTH_SECRET=${SECRET} # why\r\nLAST=1\r\nZEP_AUTH_REQUIRED=true\r\n`,
    );
    expect(stderr).toContain('warning: the file had another secret, whose tokens are refused now');
    expect((await write('dotenv', path, '--force')).stderr).not.toContain('warning');
  });

  it.each([
    ['the secret is in a file, too', 'ZEP_AUTH_SECRET_FILE=/run/secrets/x\n', /are both set/],
    ['the variable is there twice', 'ZEP_AUTH_REQUIRED=1\nZEP_AUTH_REQUIRED=0\n', /more than one/],
  ])('leaves an env file alone where %s', async (_name, content, reason) => {
    const path = fileIn('x.env', content);
    const { code, stderr } = await write('dotenv', path, '--force');
    const isWhole = parse(readFileSync(path, 'utf8'))['ZEP_AUTH_SECRET'] === SECRET;
    expect({ code, isWhole }).toEqual({ code: 1, isWhole: false });
    expect(readFileSync(path, 'utf8')).toBe(content);
    expect(stderr).toMatch(reason);
  });

  it('warns where git would take the file along, and not where it ignores it', async () => {
    execFileSync('git', ['init', '--quiet', folder]);
    const { stderr } = await write('dotenv', inFolder('.env'));
    expect(stderr).toContain(
      'zepcli: warning: git does not ignore the file; name it in .gitignore',
    );
    fileIn('.gitignore', '*.secret\n');
    expect((await write('docker-secret', inFolder('x.secret'))).stderr).not.toContain('warning');
    execFileSync('git', ['-C', folder, 'add', '--force', '.env']);
    expect((await write('dotenv', inFolder('.env'), '--force')).stderr).toContain(
      'zepcli: warning: git tracks the file; ',
    );
  });
});

describe('zepcli env at a terminal', () => {
  const begin = (argv: readonly string[], around: Surroundings = {}) => {
    const stdin = terminal();
    const io = fakeIo({ env, stdin, isWatched: true, ...around });
    return { stdin, io, ended: run(argv, io) };
  };

  it('offers the places, on standard error, and takes the one that is chosen', async () => {
    const { stdin, io, ended } = begin(['env']);
    await io.stderr.until(/Where does the server run\?/);
    for (const target of TARGET_NAMES) expect(io.stderr.text).toContain(target);
    stdin.write('\u001b[B'); // down
    stdin.write('\r');
    expect(await ended).toBe(0);
    expect(io.stdout.text).toBe(await make('compose'));
    expect(io.stderr.text).toContain('docker compose -f compose.yaml');
  });

  it('does nothing when the choice is cancelled', async () => {
    const { stdin, io, ended } = begin(['env']);
    await io.stderr.until(/Where does the server run\?/);
    stdin.write('\u0003');
    expect(await ended).toBe(1);
    expect(io.stdout.text).toBe('');
    expect(io.stderr.text).toContain('zepcli: nothing was done\n');
  });

  it.each([
    ['y', 0, true],
    ['n', 1, false],
    ['\r', 1, false],
    ['\u0003', 1, false],
  ])('asks before it replaces a file: %j', async (key, code, isReplaced) => {
    const path = fileIn('there', 'mine\n');
    const { stdin, io, ended } = begin(['env', '--for', 'wrangler', '--write', path]);
    await io.stderr.until(/Replace it\?/);
    stdin.write(key);
    expect(await ended).toBe(code);
    expect(readFileSync(path, 'utf8')).toBe(isReplaced ? await make('wrangler') : 'mine\n');
    expect(io.stdout.text).toBe('');
  });

  it.each([
    ['standard input', { stdin: '' }],
    ['the rest', { isWatched: false }],
  ])('asks nothing where %s is no terminal', async (_name, around) => {
    const { io, ended } = begin(['env'], around);
    expect(await ended).toBe(2);
    expect(io.stderr.text).toContain('env needs --for');
  });

  it('asks nothing with --yes', async () => {
    expect(await begin(['env', '--yes']).ended).toBe(2);
    const path = fileIn('there', 'mine\n');
    expect(await begin(['env', '--for', 'fly', '--write', path, '--yes']).ended).toBe(1);
    expect(readFileSync(path, 'utf8')).toBe('mine\n');
  });

  it('ends what it prints with a line ending, which a program does not get', async () => {
    const { io, ended } = begin(['env', '--for', 'docker-secret']);
    expect(await ended).toBe(0);
    expect(io.stdout.text).toBe(`${SECRET}\n`);
    expect(io.stderr.text).toContain('docker secret create zep-auth-secret -');
  });
});
