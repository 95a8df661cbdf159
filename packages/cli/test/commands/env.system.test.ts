// `zepcli env`: what each place gets, from where the secret comes, and the files that are written.
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'dotenv';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TARGET_NAMES, type TargetName } from '../../src/env/targets.ts';
import { type Ran, runCli, type Surroundings, terminal } from '../fake-io.ts';
import { SECRET, secretNamed, tokenOf } from '../made-tokens.ts';

/** All that a shell, a template or a quote could take for something else. */
const ODD = `Qz7pLm2Xv9KdTr4WnYs8HcJba'b"c$HOME\`d\\e {{x}} #f é😀 --`;
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
  const { code, stdout, stderr } = await runCli(['env', target, ...options], around);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
};

describe('zepcli env', () => {
  it('dotenv prints two lines without quotes, which dotenv and a shell read alike', async () => {
    const text = await make('dotenv');
    expect(text).toBe(`ZEP_AUTH_REQUIRED=true\nZEP_AUTH_SECRET=${SECRET}\n`);
    expect(parse(text)).toEqual({ ZEP_AUTH_REQUIRED: 'true', ZEP_AUTH_SECRET: SECRET });
    const script = `set -a; . ./x.env; printf %s "$ZEP_AUTH_SECRET"`;
    fileIn('x.env', text);
    expect(execFileSync('sh', ['-c', script], { cwd: folder, encoding: 'utf8' })).toBe(SECRET);
  });

  it.each(TARGET_NAMES)('%s brings the encoding of the secret along', async (target) => {
    const secret = Buffer.from(SECRET, 'base64url').toString('hex');
    const given = { env: { ZEP_AUTH_SECRET: secret, ZEP_AUTH_SECRET_ENCODING: 'hex' } };
    const text = await make(target, given);
    expect(text).toContain('ZEP_AUTH_SECRET_ENCODING');
    expect(text).toMatch(target === 'kubernetes' ? /ENCODING: aGV4\n/ : /ENCODING"?[:=] ?"?hex/);
    expect(await make(target)).not.toContain('ENCODING');
  });

  it('tells a file with an encoding that another secret has none, and keeps that of a secret that stands', async () => {
    const secret = Buffer.from(SECRET, 'base64url').toString('hex');
    const path = fileIn('.env', `ZEP_AUTH_SECRET=${secret}\nZEP_AUTH_SECRET_ENCODING=hex\n`);
    expect((await runCli(['env', 'dotenv', '--write', path])).code).toBe(0);
    expect(parse(readFileSync(path, 'utf8'))).toMatchObject({ ZEP_AUTH_SECRET_ENCODING: 'hex' });
    const same = { env: { ZEP_AUTH_SECRET: secret } };
    expect((await runCli(['env', 'dotenv', '--write', path], same)).stderr).toMatch(
      /another secret/,
    );
    const replace = ['env', 'dotenv', '--write', path, '--replace-secret'];
    expect((await runCli(replace, { env })).code).toBe(0);
    const { ZEP_AUTH_SECRET, ZEP_AUTH_SECRET_ENCODING } = parse(readFileSync(path, 'utf8'));
    expect({ ZEP_AUTH_SECRET, ZEP_AUTH_SECRET_ENCODING }).toEqual({
      ZEP_AUTH_SECRET: SECRET,
      ZEP_AUTH_SECRET_ENCODING: 'utf8',
    });
  });

  it.each(['\n', '\u001b', '\u202e', '\u200b', '\u2028'])(
    'systemd names no file with %j in its name',
    async (char) => {
      const path = inFolder(`secret${char}.txt`);
      const { code, stdout, stderr } = await runCli(['env', 'systemd', '--write', path], { env });
      expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
      expect(stderr).toMatch(/^error: no unit can name the file "[^"]*secret\\u?[^"]*\.txt"$/m);
      expect(existsSync(path)).toBe(false);
    },
  );

  it('takes the secret from a pipe, which can be read only once', async () => {
    const pipe = inFolder('pipe');
    execFileSync('mkfifo', [pipe]);
    const runWith = (secret: string, ...argv: readonly string[]): Promise<Ran> => {
      spawn('sh', ['-c', 'printf %s "$1" > "$2"', 'sh', secret, pipe]); // reading blocks this process
      return runCli([...argv, '--secret-file', pipe]);
    };
    const { code, stdout } = await runWith(SECRET, 'env', 'wrangler');
    expect({ code, secret: JSON.parse(stdout)['ZEP_AUTH_SECRET'] }).toEqual({
      code: 0,
      secret: SECRET,
    });
    const listed = 'THISISACLASSIFIEDKEYYOUCANNOTACCESSTHIS';
    const refused = await runWith(listed, 'token', '--no-expiry');
    expect(refused).toMatchObject({ code: 3, stdout: '' });
    expect(refused.stderr).toMatch(/public list/);
  });

  it.each(['$', ' ', "'", '"', '`', '#', '\\', '~', '&', ';', '{', '(', '*', 'é'])(
    'dotenv refuses a secret with %j in it, and names the form in a file',
    async (character) => {
      const secret = `kT9vQ2mZ7rB4nX8wLs3d${character}Hc6pJf1yGz5uWa0eRi9o`;
      const ran = await runCli(['env', 'dotenv'], { env: { ZEP_AUTH_SECRET: secret } });
      expect(ran).toMatchObject({ code: 3, stdout: '' });
      expect(ran.stderr).toMatch(
        /^error: ZEP_AUTH_SECRET has a character [^\n]+\nhint: .+_FILE\n$/,
      );
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
    expect(await make('systemd')).toBe(
      `[Service]\nLoadCredential=zep-auth-secret:/etc/zep-auth/secret\nEnvironment=ZEP_AUTH_REQUIRED=true\nEnvironment=ZEP_AUTH_SECRET_FILE=%d/zep-auth-secret\n`,
    );
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

describe('the secret of zepcli env', () => {
  it('comes from an env file, a file, or standard input', async () => {
    const envFile = fileIn('x.env', `ZEP_AUTH_SECRET=${SECRET}\r\n`);
    const secretFile = fileIn('secret', `${SECRET}\r\n`);
    for (const [around, options] of [
      [{ env }, []],
      [{ env: { ZEP_AUTH_SECRET_FILE: secretFile } }, []],
      [{}, ['--dotenv', envFile]],
      [{}, ['--secret-file', secretFile]],
      [{ env: { ZEP_AUTH_SECRET: secretNamed('other') } }, ['--secret-file', secretFile]],
      [{ stdin: `${SECRET}\r\n` }, ['-']],
      [{ stdin: SECRET }, ['--secret-file', '-']],
    ] as const) {
      const { stdout } = await runCli(['env', 'wrangler', ...options], around);
      expect(JSON.parse(stdout)).toMatchObject({ ZEP_AUTH_SECRET: SECRET });
    }
  });

  it('is never made here: without one, nothing is printed and nothing is written', async () => {
    const path = inFolder('x');
    for (const target of TARGET_NAMES) {
      for (const around of [{}, { env: { ZEP_AUTH_SECRET: '' } }]) {
        const argv = ['env', target, '--write', path];
        const { code, stdout, stderr } = await runCli(argv, around);
        expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
        expect(stderr).toMatch(/^error: ZEP_AUTH_SECRET is not set\nhint: [^\n]+`zepcli secret`/);
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
        const argv = ['env', target, ...('stdin' in around ? ['-'] : [])];
        const { code, stdout, stderr } = await runCli(argv, around);
        expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
        expect(stderr).toMatch(/^error: [^\n]+\n(?:hint: [^\n]+\n)?$/);
      }
    }
  });

  it('brings the permission along, where it is a legacy one that is allowed', async () => {
    const weak = { ZEP_AUTH_SECRET: 'test-secret', ZEP_AUTH_ALLOW_WEAK_SECRET: 'true' };
    const { code, stdout, stderr } = await runCli(['env', 'dotenv'], { env: weak });
    expect(code).toBe(0);
    expect(parse(stdout)).toEqual({ ...weak, ZEP_AUTH_REQUIRED: 'true' });
    expect(stderr).toContain('warning: ZEP_AUTH_SECRET is shorter than 32 bytes');
  });

  it('goes alone: previous secrets are left out, with a warning', async () => {
    const previous = secretNamed('previous');
    const { code, stdout, stderr } = await runCli(['env', 'wrangler'], {
      env: { ...env, ZEP_AUTH_SECRET_PREVIOUS: previous },
    });
    expect(code).toBe(0);
    expect(stdout).not.toContain(previous);
    expect(stderr).toMatch(/^warning: only the current secret is written: no previous secrets/);
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
    [['env'], 'env needs a place'],
    [['env', 'heroku'], 'env has no place "heroku"'],
    [['env', 'kubernets'], 'did you mean `zepcli env kubernetes`?'],
    [['env', 'toString'], 'env has no place "toString"'],
    [['env', '-'], 'env needs a place'],
    [['env', 'dotenv', '-', '--secret-file', 'x'], 'the secret is given twice'],
    [['env', 'dotenv', 'x'], 'the argument "x" is not -'],
    [['env', 'dotenv', '--write='], '--write needs a value'],
    [['env', 'dotenv', '--write', '-'], '--write takes a file'],
  ])('%j is refused with exit code 2', async (argv, message) => {
    const { code, stdout, stderr } = await runCli(argv, { env });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('takes a place in any case', async () => {
    const { stdout } = await runCli(['env', 'DotEnv'], { env });
    expect(stdout).toBe(await make('dotenv'));
  });

  it('has its answer as JSON with --json', async () => {
    const json = async (...options: string[]): Promise<unknown> =>
      JSON.parse((await runCli(['env', '--json', ...options], { env })).stdout);
    expect(await json('wrangler')).toEqual({
      ok: true,
      place: 'wrangler',
      written: false,
      content: await make('wrangler'),
    });
    const path = inFolder('x');
    expect(await json('dotenv', '--write', path)).toEqual({
      ok: true,
      place: 'dotenv',
      written: true,
    });
    expect(await json('systemd', '--write', inFolder('y'))).toEqual({
      ok: true,
      place: 'systemd',
      written: true,
      content: expect.stringContaining(inFolder('y')),
    });
  });
});

describe('zepcli env --write', () => {
  const write = (target: TargetName, path: string, ...options: string[]): Promise<Ran> =>
    runCli(['env', target, '--write', path, ...options], { env });

  it.each(TARGET_NAMES)('writes %s to a file that only its owner can read', async (target) => {
    const path = inFolder('a new file');
    const { code, stdout, stderr } = await write(target, path);
    expect(code).toBe(0);
    expect(stdout + stderr).not.toContain(SECRET);
    expect(stderr).toContain(`"${path}" is written\n`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const isPointer = target === 'systemd';
    expect(readFileSync(path, 'utf8')).toBe(isPointer ? `${SECRET}\n` : await make(target));
    expect(stdout).toEqual(isPointer ? expect.stringContaining(`zep-auth-secret:${path}`) : '');
  });

  it('doubles a % in the name of the file that a unit loads', async () => {
    const path = inFolder('50% of it');
    expect((await write('systemd', path)).stdout).toContain('/50%% of it\n');
  });

  it.each([
    ['dotenv', 'zepcli serve --dotenv FILE'],
    ['compose', 'docker compose -f compose.yaml -f FILE up'],
    ['kubernetes', 'kubectl apply -f FILE'],
    ['wrangler', 'npx wrangler secret bulk FILE'],
  ] as const)('says what to do with the file of %s by its name', async (target, advice) => {
    const path = inFolder('x');
    const { stderr } = await write(target, path);
    expect(stderr).toContain(`next:\n  ${advice.replace('FILE', `'${path}'`)}`);
    expect(stderr).not.toContain('zepcli env');
  });

  it.each(TARGET_NAMES.filter((target) => target !== 'dotenv'))(
    'never puts %s over a file without --force',
    async (target) => {
      const path = fileIn('there', target === 'systemd' ? SECRET : 'mine\n', 0o644);
      const before = readFileSync(path, 'utf8');
      const ran = await write(target, path);
      expect(ran).toMatchObject({ code: 3, stdout: '' });
      expect(ran.stderr).toBe(`error: "${path}" exists\nhint: --force replaces it\n`);
      expect(readFileSync(path, 'utf8')).toBe(before);
    },
  );

  it.each(TARGET_NAMES)('keeps the secret that stands in a file of %s', async (target) => {
    const path = inFolder('x');
    await write(target, path);
    const before = readFileSync(path, 'utf8');
    // Without a secret, the one in the file is the default.
    const again = await runCli(['env', target, '--write', path, '--force']);
    expect(again.code).toBe(0);
    expect(readFileSync(path, 'utf8')).toBe(before);
    // Another one does not replace it.
    const other = { env: { ZEP_AUTH_SECRET: secretNamed('other') } };
    for (const options of [[], ['--force']]) {
      const ran = await runCli(['env', target, '--write', path, ...options], other);
      expect(ran).toMatchObject({ code: 3, stdout: '' });
      expect(ran.stderr).toMatch(
        /has another secret, .*\nhint: `zepcli rotate` .*--replace-secret/,
      );
      expect(readFileSync(path, 'utf8')).toBe(before);
    }
  });

  it.each(TARGET_NAMES)(
    'replaces it in %s with --replace-secret, and keeps a backup',
    async (target) => {
      const path = inFolder('x');
      await write(target, path);
      const before = readFileSync(path, 'utf8');
      const { code, stderr } = await runCli(['env', target, '--write', path, '--replace-secret'], {
        env: { ZEP_AUTH_SECRET: secretNamed('other') },
      });
      expect(code).toBe(0);
      expect(readFileSync(path, 'utf8')).not.toBe(before);
      const [, backup = ''] = /^the file as it was is "(.+)"$/m.exec(stderr) ?? [];
      expect(readFileSync(backup, 'utf8')).toBe(before);
      expect(statSync(backup).mode & 0o777).toBe(0o600);
    },
  );

  it('never writes through a link that leads nowhere', async () => {
    symlinkSync(inFolder('elsewhere'), inFolder('link'));
    expect((await write('wrangler', inFolder('link'))).code).toBe(3);
    expect((await write('wrangler', inFolder('link'), '--force')).code).toBe(3);
    expect(existsSync(inFolder('elsewhere'))).toBe(false);
    expect(lstatSync(inFolder('link')).isSymbolicLink()).toBe(true);
  });

  it('says why there is no file', async () => {
    const path = inFolder('no/such/folder');
    const { code, stderr } = await write('wrangler', path);
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: `error: cannot write "${path}": no such file or directory (ENOENT)\nhint: check its path\n`,
    });
    expect((await write('wrangler', folder, '--force')).stderr).toBe(
      `error: "${folder}" is not a regular file\nhint: name a file in it\n`,
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

  it('sets the variables in a .env file, and leaves the rest as it is', async () => {
    const path = fileIn(
      'x.env',
      `# mine\r\nDATABASE_URL="postgres://x"\r\nZEP_AUTH_SECRET='${SECRET}' # why\r\nLAST=1`,
    );
    const { code, stderr } = await write('dotenv', path);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(readFileSync(path, 'utf8')).toBe(
      `# mine\r\nDATABASE_URL="postgres://x"\r\nZEP_AUTH_SECRET=${SECRET} # why\r\nLAST=1\r\nZEP_AUTH_REQUIRED=true\r\n`,
    );
  });

  it.each([
    ['the secret is in a file, too', 'ZEP_AUTH_SECRET_FILE=/run/secrets/x\n', /are both set/],
    ['the variable is there twice', 'ZEP_AUTH_REQUIRED=1\nZEP_AUTH_REQUIRED=0\n', /more than one/],
  ])('leaves a .env file alone where %s', async (_name, content, reason) => {
    const path = fileIn('x.env', content);
    const { code, stderr } = await write('dotenv', path, '--force');
    expect(code).toBe(3);
    expect(readFileSync(path, 'utf8')).toBe(content);
    expect(stderr).toMatch(reason);
  });

  it('warns where git would take the file along, and not where it ignores it', async () => {
    execFileSync('git', ['init', '--quiet', folder]);
    const path = inFolder('.env');
    const { stderr } = await write('dotenv', path);
    expect(stderr).toContain(`warning: git does not ignore "${path}"; name it in .gitignore\n`);
    fileIn('.gitignore', '*.secret\n');
    expect((await write('wrangler', inFolder('x.secret'))).stderr).not.toContain('warning');
    execFileSync('git', ['-C', folder, 'add', '--force', '.env']);
    expect((await write('dotenv', path)).stderr).toContain(`warning: git tracks "${path}"; `);
  });
});

describe('zepcli env at a terminal', () => {
  const around = { env: { ...env, NO_COLOR: '1' }, isWatched: true };

  it('asks nothing: it names the places, and puts no file over another', async () => {
    const { code, stdout, stderr } = await runCli(['env'], { ...around, stdin: terminal() });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    for (const target of TARGET_NAMES) expect(stderr).toContain(target);
    const path = fileIn('there', 'mine\n');
    const argv = ['env', 'wrangler', '--write', path];
    expect((await runCli(argv, { ...around, stdin: terminal() })).code).toBe(3);
    expect(readFileSync(path, 'utf8')).toBe('mine\n');
  });
});
