// `zepcli rotate`: what the file says before and after, what is printed, and what is refused.
import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Writable } from 'node:stream';
import { parse } from 'dotenv';
import { describe, expect, it } from 'vitest';
import type { Io } from '../../src/io/io.ts';
import { run } from '../../src/run.ts';
import { fakeIo, type Ran, runCli } from '../fake-io.ts';
import { fileWith } from '../made-files.ts';
import { isSignedWith, keyIdOf, SECRET, secretNamed, tokenOf } from '../made-tokens.ts';

const FRESH = /^[\w-]{86}==$/;
const [A, B, C, D] = [secretNamed('a'), secretNamed('b'), secretNamed('c'), secretNamed('d')];
/** An env file that its owner alone can read. */
const envFile = (content: string | Uint8Array): string => {
  const path = fileWith(content);
  chmodSync(path, 0o600);
  return path;
};
const read = (path: string): string => readFileSync(path, 'utf8');

/** Rotates, and looks that no secret of the file, old or new, is printed. */
const rotate = async (
  path: string,
  options: readonly string[] = [],
  env: Io['env'] = {},
): Promise<Ran> => {
  const before = parse(read(path));
  const ran = await runCli(['rotate', '--dotenv', path, ...options], { env });
  for (const { ZEP_AUTH_SECRET = '', ZEP_AUTH_SECRET_PREVIOUS = '' } of [before, parse(read(path))])
    for (const secret of [ZEP_AUTH_SECRET, ...ZEP_AUTH_SECRET_PREVIOUS.split(',')])
      if (secret.length > 12) expect(ran.stdout + ran.stderr).not.toContain(secret.slice(-12));
  expect(readdirSync(dirname(path))).toHaveLength(1);
  return ran;
};

const expectRefused = async (
  content: string | Uint8Array,
  reason: RegExp,
  options: readonly string[] = [],
): Promise<void> => {
  const path = envFile(content);
  const { ino } = statSync(path);
  const { code, stdout, stderr } = await rotate(path, options);
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  expect(stderr).toMatch(reason);
  for (const line of stderr.trimEnd().split('\n')) expect(line).toMatch(/^(?:error|hint): \S/);
  expect(stderr).not.toContain('unexpected');
  expect(readFileSync(path)).toEqual(Buffer.from(content));
  expect(statSync(path).ino).toBe(ino);
};

const isGood = async (path: string, token: string): Promise<boolean> =>
  (await runCli(['verify', '--dotenv', path], { stdin: token })).code === 0;

describe('zepcli rotate', () => {
  it('puts a new secret in place of the old one, keeps that as a previous one, and says what is next', async () => {
    const path = envFile(`# gate\nA=1\nZEP_AUTH_SECRET=${SECRET} # keep\n\nB='x'\n`);
    const { code, stdout, stderr } = await rotate(path);
    const fresh = parse(read(path))['ZEP_AUTH_SECRET'] ?? '';
    expect(fresh).toMatch(FRESH);
    expect(fresh).not.toBe(SECRET);
    expect(read(path)).toBe(
      `# gate\nA=1\nZEP_AUTH_SECRET=${fresh} # keep\nZEP_AUTH_SECRET_PREVIOUS=${SECRET}\n\nB='x'\n`,
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toBe(
      [
        `"${path}" is written`,
        `current key: ${keyIdOf(fresh)}; previous keys: ${keyIdOf(SECRET)}`,
        'next: reload every gate (kill -HUP), restart each app that does not read the file itself, then give each client a token:',
        `  zepcli token --dotenv ${path} --sub NAME --expires-in 90d`,
        'when every client has one:',
        `  zepcli rotate --dotenv ${path} --finish`,
        '',
      ].join('\n'),
    );
  });

  it('makes no token: the command that it names does, with the new secret', async () => {
    const path = envFile(`ZEP_AUTH_SECRET=${SECRET}\nZEP_AUTH_REQUIRE_EXPIRY=1\n`);
    await rotate(path);
    const argv = ['token', '--dotenv', path, '--sub', 'alice', '--expires-in', '90d'];
    const { stdout, stderr } = await runCli(argv);
    expect(isSignedWith(stdout.trim(), parse(read(path))['ZEP_AUTH_SECRET'] ?? '')).toBe(true);
    expect(stderr).not.toContain('warning');
  });

  it('leaves tokens of the old secret good until it is finished, and the new one from then on', async () => {
    const path = envFile(`ZEP_AUTH_SECRET=${SECRET}\n`);
    await rotate(path);
    const token = tokenOf({}, parse(read(path))['ZEP_AUTH_SECRET'] ?? '');
    expect([await isGood(path, tokenOf()), await isGood(path, token)]).toEqual([true, true]);
    await rotate(path, ['--finish']);
    expect([await isGood(path, tokenOf()), await isGood(path, token)]).toEqual([false, true]);
  });

  it('makes another secret each time, and keeps at most three old ones, the newest first', async () => {
    const path = envFile(`ZEP_AUTH_SECRET=${SECRET}`);
    const secrets = [SECRET];
    for (let round = 1; round <= 4; round++) {
      const { code, stderr } = await rotate(path);
      const { ZEP_AUTH_SECRET = '', ZEP_AUTH_SECRET_PREVIOUS } = parse(read(path));
      expect({ code, previous: ZEP_AUTH_SECRET_PREVIOUS }).toEqual({
        code: 0,
        previous: secrets.slice(0, 3).join(','),
      });
      const dropped = `warning: at most 3 old secrets are kept: the oldest, key ${keyIdOf(SECRET)}, is dropped`;
      expect(stderr.includes(dropped)).toBe(round === 4);
      secrets.unshift(ZEP_AUTH_SECRET);
    }
    expect(new Set(secrets).size).toBe(5);
  });

  it('prints the file and the ids of all keys as one line of JSON with --json', async () => {
    const path = envFile(`ZEP_AUTH_SECRET=${A}\nZEP_AUTH_SECRET_PREVIOUS=${B},${C},${D}\n`);
    const { stdout } = await rotate(path, ['--json']);
    const fresh = parse(read(path))['ZEP_AUTH_SECRET'] ?? '';
    expect(stdout).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(stdout)).toEqual({
      ok: true,
      file: path,
      keyId: keyIdOf(fresh),
      previousKeyIds: [A, B, C].map(keyIdOf),
      droppedKeyIds: [keyIdOf(D)],
    });
  });

  it('fills a line for previous secrets that is empty, and drops empty entries', async () => {
    const path = envFile(`ZEP_AUTH_SECRET_PREVIOUS=\nZEP_AUTH_SECRET=${A}\n`);
    await rotate(path);
    expect(read(path)).toMatch(new RegExp(`^ZEP_AUTH_SECRET_PREVIOUS=${A}\nZEP_AUTH_SECRET=.*\n$`));
    const gaps = envFile(`ZEP_AUTH_SECRET=${A}\nZEP_AUTH_SECRET_PREVIOUS=,${B},,${A},\n`);
    await rotate(gaps);
    expect(parse(read(gaps))['ZEP_AUTH_SECRET_PREVIOUS']).toBe(`${A},${B}`);
  });

  it.each([
    ['hex', /^[\da-f]{128}$/],
    ['base64', /^[A-Za-z\d+/]{86}==$/],
    ['base64url', /^[\w-]{86}$/],
  ] as const)(
    'makes the new secret in %s where the file says so, and names its keys as a gate does',
    async (encoding, form) => {
      const old = Buffer.from(A, 'base64url').toString(encoding);
      const path = envFile(`ZEP_AUTH_SECRET=${old}\nZEP_AUTH_SECRET_ENCODING=${encoding}\n`);
      const { stdout: token } = await runCli(['token', '--dotenv', path, '--no-expiry']);
      const { stdout } = await rotate(path, ['--json']);
      const { ZEP_AUTH_SECRET, ZEP_AUTH_SECRET_PREVIOUS } = parse(read(path));
      expect(ZEP_AUTH_SECRET).toMatch(form);
      expect(ZEP_AUTH_SECRET_PREVIOUS).toBe(old);
      expect(await isGood(path, token)).toBe(true);
      const { keyId, previousKeyIds } = JSON.parse(stdout);
      const made = await runCli(['token', '--dotenv', path, '--no-expiry', '--json']);
      expect(JSON.parse(made.stdout).keyId).toBe(keyId);
      expect(
        JSON.parse((await runCli(['inspect', '--json'], { stdin: token })).stdout).header.kid,
      ).toBe(previousKeyIds[0]);
      expect((await rotate(path, ['--compromised'])).code).toBe(0);
      expect(await isGood(path, token)).toBe(false);
    },
  );

  it('keeps quotes off a legacy secret that had none, and on one that had some', async () => {
    const legacy = 'correct horse (battery) $taple & more';
    const bare = envFile(`ZEP_AUTH_SECRET=${legacy}\n`);
    await rotate(bare);
    expect(read(bare)).toContain(`ZEP_AUTH_SECRET_PREVIOUS=${legacy}\n`);
    const quoted = envFile(`ZEP_AUTH_SECRET="${legacy} #1"\n`);
    await rotate(quoted);
    await rotate(quoted);
    const { ZEP_AUTH_SECRET_PREVIOUS = '' } = parse(read(quoted));
    expect(read(quoted)).toContain(`ZEP_AUTH_SECRET_PREVIOUS='${ZEP_AUTH_SECRET_PREVIOUS}'\n`);
    expect(ZEP_AUTH_SECRET_PREVIOUS.split(',')[1]).toBe(`${legacy} #1`);
    expect(await isGood(quoted, tokenOf({}, `${legacy} #1`))).toBe(true);
  });

  it('passes on what the configuration warns of', async () => {
    const path = envFile(
      'ZEP_AUTH_SECRET=test-secret\nZEP_AUTH_ALLOW_WEAK_SECRET=1\nZEP_AUTH_REQUIRED=false\n',
    );
    const { code, stderr } = await rotate(path);
    expect(code).toBe(0);
    expect(stderr).toContain('warning: ZEP_AUTH_SECRET_PREVIOUS (entry 1) is shorter than 32');
    expect(stderr).toContain('warning: authentication is off');
    expect(await isGood(path, tokenOf({}, 'test-secret'))).toBe(true);
  });

  it('says nothing of the variable that other commands read', async () => {
    const store = 'ZEP_AUTH_STORE_URL=redis://127.0.0.1:6379';
    const path = envFile(`ZEP_AUTH_SECRET=${SECRET}\n${store}\n`);
    expect((await rotate(path)).stderr).not.toContain('warning');
    expect(read(path)).toContain(`\n${store}\n`);
  });

  it('warns of a mode that lets others read', async () => {
    const path = envFile(`ZEP_AUTH_SECRET=${SECRET}\n`);
    chmodSync(path, 0o640);
    const { code, stderr } = await rotate(path);
    expect(code).toBe(0);
    expect(stderr).toContain(`warning: other users can read "${path}"; run: chmod 600 ${path}\n`);
    expect(statSync(path).mode & 0o777).toBe(0o640);
  });
});

describe('zepcli rotate --compromised', () => {
  it('keeps no old secret, and says so', async () => {
    const path = envFile(`A=1\nZEP_AUTH_SECRET_PREVIOUS=${B}\nZEP_AUTH_SECRET=${A}\n`);
    const { code, stdout, stderr } = await rotate(path, ['--compromised']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    const fresh = parse(read(path))['ZEP_AUTH_SECRET'] ?? '';
    expect(read(path)).toBe(`A=1\nZEP_AUTH_SECRET=${fresh}\n`);
    expect(stderr).toContain(`current key: ${keyIdOf(fresh)}; previous keys: none\n`);
    expect(stderr).toContain(`no longer accepted: ${keyIdOf(A)}, ${keyIdOf(B)}\n`);
    expect(stderr).toContain('reload every gate now');
    for (const old of [A, B]) expect(await isGood(path, tokenOf({}, old))).toBe(false);
  });

  it('names the keys that are dropped with --json', async () => {
    const path = envFile(`ZEP_AUTH_SECRET=${A}\nZEP_AUTH_SECRET_PREVIOUS=${B},${C}\n`);
    expect(JSON.parse((await rotate(path, ['--compromised', '--json'])).stdout)).toMatchObject({
      previousKeyIds: [],
      droppedKeyIds: [A, B, C].map(keyIdOf),
    });
  });

  it.each([
    ['with a comma', `${A},${B}`],
    ['that is too short', 'short'],
    ['that is a placeholder', 'changeme'],
    ['that is a token', tokenOf()],
  ])('replaces a secret %s, which could not be kept', async (_name, secret) => {
    const path = envFile(`ZEP_AUTH_SECRET=${secret}\n`);
    expect((await rotate(path, ['--compromised'])).code).toBe(0);
    expect(read(path)).toMatch(/^ZEP_AUTH_SECRET=[\w-]{86}==\n$/);
  });
});

describe('zepcli rotate --finish', () => {
  it('drops the previous secrets, keeps the current one, and says which are gone', async () => {
    const path = envFile(`ZEP_AUTH_SECRET=${A}\r\nZEP_AUTH_SECRET_PREVIOUS=${B},${C}\r\nX=1\r\n`);
    const { code, stdout, stderr } = await rotate(path, ['--finish']);
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: '',
      stderr: [
        `"${path}" is written`,
        `current key: ${keyIdOf(A)}; previous keys: none`,
        `no longer accepted: ${keyIdOf(B)}, ${keyIdOf(C)}`,
        'next: reload every gate (kill -HUP), restart each app that does not read the file itself: from then on, tokens of the old keys are refused',
        '',
      ].join('\n'),
    });
    expect(read(path)).toBe(`ZEP_AUTH_SECRET=${A}\r\nX=1\r\n`);
  });

  it('names the keys with --json', async () => {
    const path = envFile(`ZEP_AUTH_SECRET=${A}\nZEP_AUTH_SECRET_PREVIOUS=${B},${C}\n`);
    for (const droppedKeyIds of [[B, C].map(keyIdOf), []]) {
      const { stdout } = await rotate(path, ['--finish', '--json']);
      expect(JSON.parse(stdout)).toEqual({
        ok: true,
        file: path,
        keyId: keyIdOf(A),
        previousKeyIds: [],
        droppedKeyIds,
      });
    }
  });

  it.each([
    ['no line for them', `ZEP_AUTH_SECRET=${A}\n`],
    ['an empty one', `ZEP_AUTH_SECRET=${A}\nZEP_AUTH_SECRET_PREVIOUS=\n`],
    ['one with commas alone', `ZEP_AUTH_SECRET=${A}\nZEP_AUTH_SECRET_PREVIOUS=,,\n`],
  ])('says that there is nothing to finish where there is %s', async (_name, content) => {
    const path = envFile(content);
    const { ino } = statSync(path);
    expect(await rotate(path, ['--finish'])).toEqual({
      code: 0,
      stdout: '',
      stderr: `"${path}" has no old secret to drop\ncurrent key: ${keyIdOf(A)}; previous keys: none\n`,
    });
    expect({ content: read(path), ino: statSync(path).ino }).toEqual({ content, ino });
  });

  it('mends a file with more of them than are read', async () => {
    const path = envFile(`ZEP_AUTH_SECRET=${A}\nZEP_AUTH_SECRET_PREVIOUS=${B},${C},${D},short,x\n`);
    expect((await rotate(path, ['--finish'])).code).toBe(0);
    expect(read(path)).toBe(`ZEP_AUTH_SECRET=${A}\n`);
  });
});

describe('what rotate refuses, with the file as it was', () => {
  it('a command line without --dotenv, or with two wishes', async () => {
    const path = envFile(`ZEP_AUTH_SECRET=${A}\n`);
    for (const [argv, message] of [
      [[], 'rotate needs the file to change\nhint: zepcli rotate --dotenv .env'],
      [
        ['--dotenv', path, '--finish', '--compromised'],
        '--compromised and --finish are given\nhint: give one of them',
      ],
      [
        ['--dotenv', path, '--status', '--finish', '--metrics-port', '9464'],
        '--finish and --status are given\nhint: give one of them',
      ],
      [
        ['--dotenv', path, '--metrics-port', '9464'],
        '--metrics-port goes with --status\nhint: add --status, or leave --metrics-port out',
      ],
    ] as const) {
      expect(await runCli(['rotate', ...argv], { env: { ZEP_AUTH_SECRET: A } })).toEqual({
        code: 2,
        stdout: '',
        stderr: `error: ${message}\n`,
      });
    }
    expect(read(path)).toBe(`ZEP_AUTH_SECRET=${A}\n`);
  });

  it.each([[], ['--finish'], ['--compromised']])(
    'a file without a secret: %j',
    async (...options) => {
      const reason =
        /^error: the file has no ZEP_AUTH_SECRET to rotate\nhint: make a secret with `zepcli secret`/;
      await expectRefused('', reason, options);
      await expectRefused(`A=1\n#ZEP_AUTH_SECRET=${A}\n`, reason, options);
      await expectRefused(`ZEP_AUTH_SECRET=\nZEP_AUTH_SECRET_PREVIOUS=${A}\n`, reason, options);
    },
  );

  it.each([[], ['--finish'], ['--compromised']])('secrets in files: %j', async (...options) => {
    for (const name of ['ZEP_AUTH_SECRET_FILE', 'ZEP_AUTH_SECRET_PREVIOUS_FILE']) {
      const reason = new RegExp(`^error: ${name} is set, and .*\\nhint: .*\`zepcli secret\``);
      await expectRefused(`${name}=/run/secrets/x\nZEP_AUTH_SECRET=${A}\n`, reason, options);
    }
    const leaked = envFile(`ZEP_AUTH_SECRET_FILE=/run/secrets/x\n`);
    expect((await rotate(leaked, ['--compromised'])).stderr).not.toMatch(/move the secret/);
    const path = envFile(`ZEP_AUTH_SECRET_FILE=\nZEP_AUTH_SECRET=${A}\n`);
    expect((await rotate(path, ['--compromised'])).code).toBe(0);
  });

  it('a secret with a comma, with the form that holds it', () =>
    expectRefused(
      `ZEP_AUTH_SECRET=${A.slice(2)},x\n`,
      /has a comma.*\nhint: .*ZEP_AUTH_SECRET_PREVIOUS_FILE/,
    ));

  it('a secret that needs other quotes than it can have', () =>
    expectRefused(
      `ZEP_AUTH_SECRET="Qz7pLm2Xv9KdTr4WnYs8HcJb it's \\ odd"\n`,
      /PREVIOUS cannot be written .*\nhint: .*ZEP_AUTH_SECRET_PREVIOUS_FILE/,
    ));

  it.each([[], ['--finish'], ['--compromised']])(
    'a second line for a secret: %j',
    async (...options) => {
      await expectRefused(
        `ZEP_AUTH_SECRET=${A}\nexport ZEP_AUTH_SECRET=${B}\n`,
        /ZEP_AUTH_SECRET is set on more than one line of the file\nhint: keep one of them/,
        options,
      );
      await expectRefused(
        `ZEP_AUTH_SECRET=${A}\nZEP_AUTH_SECRET_PREVIOUS=${B}\nZEP_AUTH_SECRET_PREVIOUS=\n`,
        /ZEP_AUTH_SECRET_PREVIOUS is set on more than one line of the file/,
        options,
      );
    },
  );

  it('a configuration that is wrong, with everything that is, by its place in the file', async () => {
    await expectRefused(
      'ZEP_AUTH_SECRET=short\nZEP_AUTH_REQUIRED=yes\nZEP_AUTH_CLOCK_TOLERANCE_SECONDS=x\n',
      /ZEP_AUTH_REQUIRED must be one of[\s\S]*\nerror: ZEP_AUTH_SECRET is shorter[\s\S]*\nerror: ZEP_AUTH_CLOCK/,
    );
    for (const options of [['--finish'], ['--compromised']]) {
      const content = `ZEP_AUTH_SECRET=${A}\nZEP_AUTH_SECRET_PREVIOUS=${B}\nZEP_AUTH_REQUIRED=yes\n`;
      await expectRefused(content, /ZEP_AUTH_REQUIRED must be one of/, options);
    }
    await expectRefused(
      `ZEP_AUTH_SECRET=${A}\nZEP_AUTH_SECRET_PREVIOUS=${B},${C},${D},${SECRET}\n`,
      /holds more than 3 secrets/,
    );
  });

  it('bytes that are not UTF-8', async () => {
    const content = Buffer.concat([Buffer.from(`ZEP_AUTH_SECRET=${A}\n# `), Buffer.of(0xe9, 10)]);
    await expectRefused(content, /^error: "[^"]+" is not UTF-8 text\nhint: save it as UTF-8\n$/);
  });

  it('a file that is not there, a folder, and a pipe, for which it does not wait', async () => {
    const path = envFile('');
    const pipe = join(dirname(path), 'pipe');
    const others: [string, string][] = [
      [
        `${path}.no`,
        `cannot read "${path}.no": no such file or directory (ENOENT)\nhint: check its path`,
      ],
      [dirname(path), `"${dirname(path)}" is not a regular file\nhint: name a file in it`],
    ];
    if (process.platform !== 'win32') {
      execFileSync('mkfifo', [pipe]);
      const hint = 'hint: name a file, not a pipe or a device';
      others.push([pipe, `"${pipe}" is not a regular file\n${hint}`]);
    }
    for (const [name, reason] of others) {
      expect(await runCli(['rotate', '--dotenv', name])).toEqual({
        code: 3,
        stdout: '',
        stderr: `error: ${reason}\n`,
      });
    }
  });
});

describe('rotate and the environment', () => {
  const others = 'has another value in the environment, which wins over the file';

  it('acts on the file alone', async () => {
    const path = envFile(`ZEP_AUTH_SECRET=${A}\n`);
    const env = {
      ZEP_AUTH_SECRET: B,
      ZEP_AUTH_SECRET_PREVIOUS: C,
      ZEP_AUTH_SECRET_FILE: '/nowhere',
      ZEP_AUTH_REQUIRED: 'no',
    };
    const { code, stderr } = await rotate(path, [], env);
    expect(code).toBe(0);
    expect(parse(read(path))).toEqual({
      ZEP_AUTH_SECRET: expect.stringMatching(FRESH),
      ZEP_AUTH_SECRET_PREVIOUS: A,
    });
    for (const name of ['SECRET', 'SECRET_PREVIOUS', 'SECRET_FILE']) {
      expect(stderr).toContain(`warning: ZEP_AUTH_${name} ${others}`);
    }
  });

  it('warns of a value that was the same until now, as of a shell that has read the file', async () => {
    const path = envFile(
      `ZEP_AUTH_SECRET=${A}\nZEP_AUTH_SECRET_PREVIOUS=${B}\nZEP_AUTH_ISSUER=me\n`,
    );
    const env = { ...parse(read(path)), ZEP_AUTH_SECRET_FILE: '' };
    const { stderr } = await rotate(path, [], env);
    expect(stderr.split('\n').filter((line) => line.includes(others))).toEqual([
      `warning: ZEP_AUTH_SECRET ${others}`,
      `warning: ZEP_AUTH_SECRET_PREVIOUS ${others}`,
    ]);
  });

  it('says nothing where it is the same afterwards, or empty', async () => {
    const path = envFile(`ZEP_AUTH_SECRET=${A}\nZEP_AUTH_SECRET_PREVIOUS=${B}\n`);
    const env = { ZEP_AUTH_SECRET: A, ZEP_AUTH_SECRET_PREVIOUS: '', ZEP_AUTH_SECRET_FILE: '' };
    expect((await rotate(path, ['--finish'], env)).stderr).not.toContain('warning');
  });
});

it('a standard output that fails is an error, and the file is changed by then', async () => {
  const path = envFile(`ZEP_AUTH_SECRET=${A}\n`);
  const stdout = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('x'), { code: 'ENOSPC' })),
  });
  stdout.on('error', () => {});
  const io = { ...fakeIo(), stdout };
  expect(await run(['rotate', '--dotenv', path, '--json'], io)).toBe(3);
  expect(io.stderr.text).toContain(`"${path}" is written`);
  expect(io.stderr.text).toContain('error: cannot write to standard output: ENOSPC');
  expect(parse(read(path))['ZEP_AUTH_SECRET_PREVIOUS']).toBe(A);
});

it('zepcli rotate --help has its options and examples, and does nothing else', async () => {
  const { code, stdout, stderr } = await runCli(['rotate', '--help']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const word of ['--dotenv', '--compromised', '--finish', '--json', 'Usage:']) {
    expect(stdout).toContain(word);
  }
});
