// `zepcli rotate`: what the file says before and after, what is printed, and what is refused.
import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Writable } from 'node:stream';
import { parse } from 'dotenv';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Io } from '../../src/io/io.ts';
import { run } from '../../src/run.ts';
import { fakeIo, type Ran, runCli } from '../fake-io.ts';
import { fileWith } from '../made-files.ts';
import {
  isSignedWith,
  keyIdOf,
  NOW,
  SECRET,
  secretNamed,
  textOf,
  tokenOf,
} from '../made-tokens.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const FRESH = /^[\w-]{86}==$/;
const [A, B, C, D] = [secretNamed('a'), secretNamed('b'), secretNamed('c'), secretNamed('d')];
const NEVER_EXPIRES =
  'zepcli: warning: this token never expires; `zepcli token --env-file FILE --sub NAME --expires-in 90d` makes one that does\n';
const HAND_OUT =
  'zepcli: hand the token out only after every gate has reloaded the file; when every client has a new one, `zepcli rotate --finish --env-file FILE` drops the old secret\n';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 + 999 });
});
afterEach(() => {
  vi.useRealTimers();
});

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
  const ran = await runCli(['rotate', '--env-file', path, ...options], { env });
  for (const { ZEP_AUTH_SECRET = '', ZEP_AUTH_SECRET_PREVIOUS = '' } of [before, parse(read(path))])
    for (const secret of [ZEP_AUTH_SECRET, ...ZEP_AUTH_SECRET_PREVIOUS.split(',')])
      if (secret.length > 12) expect(ran.stdout + ran.stderr).not.toContain(secret.slice(-12));
  expect(readdirSync(dirname(path)).filter((name) => name.endsWith('.zepcli-new'))).toEqual([]);
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
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(reason);
  for (const line of stderr.trimEnd().split('\n')) expect(line).toMatch(/^zepcli: [A-Za-z_`-]/);
  expect(stderr).not.toContain('unexpected');
  expect(readFileSync(path)).toEqual(Buffer.from(content));
  expect(statSync(path).ino).toBe(ino);
};

const isGood = async (path: string, token: string): Promise<boolean> =>
  (await runCli(['verify', '--env-file', path], { stdin: token })).code === 0;

describe('zepcli rotate', () => {
  it('puts a new secret in place of the old one, keeps that as a previous one, and prints a token', async () => {
    const path = envFile(`# gate\nA=1\nZEP_AUTH_SECRET=${SECRET} # keep\n\nB='x'\n`);
    const { code, stdout, stderr } = await rotate(path);
    expect({ code, stderr }).toEqual({ code: 0, stderr: NEVER_EXPIRES + HAND_OUT });
    const fresh = parse(read(path))['ZEP_AUTH_SECRET'] ?? '';
    expect(fresh).toMatch(FRESH);
    expect(fresh).not.toBe(SECRET);
    expect(read(path)).toBe(
      `# gate\nA=1\nZEP_AUTH_SECRET=${fresh} # keep\nZEP_AUTH_SECRET_PREVIOUS=${SECRET}\n\nB='x'\n`,
    );
    const token = stdout.slice(0, -1);
    expect(stdout).toBe(`${token}\n`);
    expect(isSignedWith(token, fresh)).toBe(true);
    expect(textOf(token, 'header')).toBe(`{"alg":"HS256","typ":"JWT","kid":"${keyIdOf(fresh)}"}`);
    expect(JSON.parse(textOf(token, 'claims'))).toEqual({
      iat: NOW,
      jti: expect.stringMatching(UUID),
    });
  });

  it('leaves tokens of the old secret good until it is finished, and the new one from then on', async () => {
    const path = envFile(`ZEP_AUTH_SECRET=${SECRET}\n`);
    const token = (await rotate(path)).stdout;
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
      const dropped = `warning: at most 3 old secrets are kept: the oldest, key id ${keyIdOf(SECRET)}, is dropped`;
      expect(stderr.includes(dropped)).toBe(round === 4);
      secrets.unshift(ZEP_AUTH_SECRET);
    }
    expect(new Set(secrets).size).toBe(5);
  });

  it('prints token, claims and the ids of all keys as one line of JSON with --json', async () => {
    const path = envFile(`ZEP_AUTH_SECRET=${A}\nZEP_AUTH_SECRET_PREVIOUS=${B},${C},${D}\n`);
    const { stdout } = await rotate(path, ['--json']);
    const fresh = parse(read(path))['ZEP_AUTH_SECRET'] ?? '';
    expect(stdout).toMatch(/^\{.*\}\n$/);
    const printed = JSON.parse(stdout) as { readonly token: string };
    expect(printed).toEqual({
      token: expect.any(String),
      claims: { iat: NOW, jti: expect.stringMatching(UUID) },
      keyId: keyIdOf(fresh),
      previousKeyIds: [A, B, C].map(keyIdOf),
      droppedKeyIds: [keyIdOf(D)],
    });
    expect(isSignedWith(printed.token, fresh)).toBe(true);
  });

  it('fills a line for previous secrets that is empty, and drops empty entries', async () => {
    const path = envFile(`ZEP_AUTH_SECRET_PREVIOUS=\nZEP_AUTH_SECRET=${A}\n`);
    await rotate(path);
    expect(read(path)).toMatch(new RegExp(`^ZEP_AUTH_SECRET_PREVIOUS=${A}\nZEP_AUTH_SECRET=.*\n$`));
    const gaps = envFile(`ZEP_AUTH_SECRET=${A}\nZEP_AUTH_SECRET_PREVIOUS=,${B},,${A},\n`);
    await rotate(gaps);
    expect(parse(read(gaps))['ZEP_AUTH_SECRET_PREVIOUS']).toBe(`${A},${B}`);
  });

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
    expect((await rotate(path)).stderr).toBe(NEVER_EXPIRES + HAND_OUT);
    expect(read(path)).toContain(`\n${store}\n`);
  });

  it('warns of a mode that lets others read', async () => {
    const path = envFile(`ZEP_AUTH_SECRET=${SECRET}\n`);
    chmodSync(path, 0o640);
    const { code, stderr } = await rotate(path);
    expect(code).toBe(0);
    expect(stderr).toContain('warning: others than its owner can read the file (mode 640)');
    expect(statSync(path).mode & 0o777).toBe(0o640);
  });

  it.each([
    ['an expiry', 'ZEP_AUTH_REQUIRE_EXPIRY=1', 'the exp claim'],
    ['an issuer', 'ZEP_AUTH_ISSUER=me', 'the iss claim'],
    ['an audience', 'ZEP_AUTH_AUDIENCE=api', 'the aud claim'],
  ])(
    'warns where the file asks for %s, and says what makes another token',
    async (_name, setting, reason) => {
      const path = envFile(`ZEP_AUTH_SECRET=${SECRET}\n${setting}\n`);
      const { code, stdout, stderr } = await rotate(path);
      expect(code).toBe(0);
      expect(isSignedWith(stdout.trim(), parse(read(path))['ZEP_AUTH_SECRET'] ?? '')).toBe(true);
      expect(stderr).toContain('warning: the settings in the file refuse this token: ');
      expect(stderr).toContain(reason);
      expect(stderr).toContain(
        '`zepcli token --env-file FILE --sub NAME --expires-in 90d` makes another',
      );
      expect(stderr).not.toContain('never expires');
    },
  );
});

describe('zepcli rotate --compromised', () => {
  const ADVICE =
    'zepcli: reload every gate now: until then it lets in whoever has the old secret, and refuses the new token\n';

  it('keeps no old secret', async () => {
    const path = envFile(`A=1\nZEP_AUTH_SECRET_PREVIOUS=${B}\nZEP_AUTH_SECRET=${A}\n`);
    const { code, stdout, stderr } = await rotate(path, ['--compromised']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: NEVER_EXPIRES + ADVICE });
    const fresh = parse(read(path))['ZEP_AUTH_SECRET'] ?? '';
    expect(read(path)).toBe(`A=1\nZEP_AUTH_SECRET=${fresh}\n`);
    expect(isSignedWith(stdout.trim(), fresh)).toBe(true);
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
  it('drops the previous secrets, keeps the current one, and prints no token', async () => {
    const path = envFile(`ZEP_AUTH_SECRET=${A}\r\nZEP_AUTH_SECRET_PREVIOUS=${B},${C}\r\nX=1\r\n`);
    const { code, stdout, stderr } = await rotate(path, ['--finish']);
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: '',
      stderr:
        'zepcli: reload every gate: from then on, tokens of the dropped secrets are refused\n',
    });
    expect(read(path)).toBe(`ZEP_AUTH_SECRET=${A}\r\nX=1\r\n`);
  });

  it('names the keys with --json', async () => {
    const path = envFile(`ZEP_AUTH_SECRET=${A}\nZEP_AUTH_SECRET_PREVIOUS=${B},${C}\n`);
    for (const droppedKeyIds of [[B, C].map(keyIdOf), []]) {
      const { stdout } = await rotate(path, ['--finish', '--json']);
      expect(JSON.parse(stdout)).toEqual({ keyId: keyIdOf(A), previousKeyIds: [], droppedKeyIds });
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
      stderr: 'zepcli: nothing to finish: ZEP_AUTH_SECRET_PREVIOUS holds no secret\n',
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
  it('a command line without --env-file, or with two wishes', async () => {
    const path = envFile(`ZEP_AUTH_SECRET=${A}\n`);
    for (const [argv, message] of [
      [[], 'rotate needs --env-file, the file to change'],
      [
        ['--env-file', path, '--finish', '--compromised'],
        'give one of --compromised and --finish: only the first makes a secret',
      ],
    ] as const) {
      expect(await runCli(['rotate', ...argv], { env: { ZEP_AUTH_SECRET: A } })).toEqual({
        code: 2,
        stdout: '',
        stderr: `zepcli: ${message}\n`,
      });
    }
    expect(read(path)).toBe(`ZEP_AUTH_SECRET=${A}\n`);
  });

  it.each([[], ['--finish'], ['--compromised']])(
    'a file without a secret: %j',
    async (...options) => {
      const reason =
        /^zepcli: the file has no ZEP_AUTH_SECRET to rotate; make a secret with `zepcli secret`/;
      await expectRefused('', reason, options);
      await expectRefused(`A=1\n#ZEP_AUTH_SECRET=${A}\n`, reason, options);
      await expectRefused(`ZEP_AUTH_SECRET=\nZEP_AUTH_SECRET_PREVIOUS=${A}\n`, reason, options);
    },
  );

  it.each([[], ['--finish'], ['--compromised']])('secrets in files: %j', async (...options) => {
    for (const name of ['ZEP_AUTH_SECRET_FILE', 'ZEP_AUTH_SECRET_PREVIOUS_FILE']) {
      const reason = new RegExp(
        `^zepcli: ${name} is set, and .* (?:rotate by hand|after a leak): .*\`zepcli secret\``,
      );
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
      /has a comma.*ZEP_AUTH_SECRET_PREVIOUS_FILE/,
    ));

  it('a secret that needs other quotes than it can have', () =>
    expectRefused(
      `ZEP_AUTH_SECRET="it's \\ secret ${A} #1"\n`,
      /PREVIOUS cannot be written into the file .*ZEP_AUTH_SECRET_PREVIOUS_FILE/,
    ));

  it.each([[], ['--finish'], ['--compromised']])(
    'a second line for a secret: %j',
    async (...options) => {
      await expectRefused(
        `ZEP_AUTH_SECRET=${A}\nexport ZEP_AUTH_SECRET=${B}\n`,
        /ZEP_AUTH_SECRET is set on more than one line of the file; keep one of them/,
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
      /ZEP_AUTH_REQUIRED must be one of.*\nzepcli: ZEP_AUTH_SECRET is shorter.*\nzepcli: ZEP_AUTH_CLOCK/,
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
    await expectRefused(content, /^zepcli: the file that --env-file names is not UTF-8 text\n$/);
  });

  it('a file that is not there, a folder, and a pipe, for which it does not wait', async () => {
    const path = envFile('');
    const pipe = join(dirname(path), 'pipe');
    const others: [string, string][] = [
      [`${path}.zzmarkerzz`, 'cannot be read (ENOENT)'],
      [dirname(path), 'is not a regular file'],
    ];
    if (process.platform !== 'win32') {
      execFileSync('mkfifo', [pipe]);
      others.push([pipe, 'is not a regular file']);
    }
    for (const [name, reason] of others) {
      expect(await runCli(['rotate', '--env-file', name])).toEqual({
        code: 1,
        stdout: '',
        stderr: `zepcli: the file that --env-file names ${reason}\n`,
      });
    }
  });

  it('a file that another one is changing', async () => {
    const content = `ZEP_AUTH_SECRET=${A}\n`;
    const path = envFile(content);
    writeFileSync(`${path}.zepcli-new`, '');
    const { code, stdout, stderr } = await runCli(['rotate', '--env-file', path]);
    expect({ code, stdout, content: read(path) }).toEqual({ code: 1, stdout: '', content });
    expect(stderr).toMatch(/^zepcli: beside the file .* if none is, remove that one\n$/);
  });
});

describe('rotate and the environment', () => {
  const others = 'has another value in the environment, which wins over --env-file';

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
      `zepcli: warning: ZEP_AUTH_SECRET ${others}`,
      `zepcli: warning: ZEP_AUTH_SECRET_PREVIOUS ${others}`,
    ]);
  });

  it('says nothing where it is the same afterwards, or empty', async () => {
    const path = envFile(`ZEP_AUTH_SECRET=${A}\nZEP_AUTH_SECRET_PREVIOUS=${B}\n`);
    const env = { ZEP_AUTH_SECRET: A, ZEP_AUTH_SECRET_PREVIOUS: '', ZEP_AUTH_SECRET_FILE: '' };
    expect((await rotate(path, ['--finish'], env)).stderr).not.toContain('warning');
  });
});

describe('standard output', () => {
  const rotateTo = async (path: string, write: Writable['_write'], ...options: string[]) => {
    const io = { ...fakeIo(), stdout: new Writable({ write }) };
    io.stdout.on('error', () => {});
    return { code: await run(['rotate', '--env-file', path, ...options], io), io };
  };

  it('gets the token when its secret is in the file, and not before', async () => {
    const path = envFile(`ZEP_AUTH_SECRET=${A}\n`);
    const seen: boolean[] = [];
    const { code } = await rotateTo(path, (chunk, _encoding, done) => {
      const secret = parse(read(path))['ZEP_AUTH_SECRET'] ?? '';
      seen.push(isSignedWith(String(chunk).trim(), secret));
      done();
    });
    expect({ code, seen }).toEqual({ code: 0, seen: [true] });
  });

  it.each<[string, Writable['_write']]>([
    ['fails', (_chunk, _encoding, done) => done(new Error('zzmarkerzz'))],
    [
      'throws',
      () => {
        throw new Error('zzmarkerzz');
      },
    ],
  ])(
    'that %s is said, with what makes another token of the secret that is in the file',
    async (_name, write) => {
      const path = envFile(`ZEP_AUTH_SECRET=${A}\n`);
      for (const options of [[], ['--json']]) {
        const { code, io } = await rotateTo(path, write, ...options);
        expect({ code, stderr: io.stderr.text }).toEqual({
          code: 1,
          stderr:
            'zepcli: standard output failed; the file is as it should be, and `zepcli token --env-file FILE` makes a token\n',
        });
      }
      const { stdout } = await runCli(['token', '--env-file', path]);
      expect(isSignedWith(stdout.trim(), parse(read(path))['ZEP_AUTH_SECRET'] ?? '')).toBe(true);
    },
  );
});

it('zepcli rotate --help has its options and examples, and does nothing else', async () => {
  const { code, stdout, stderr } = await runCli(['rotate', '--help']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const word of ['--env-file', '--compromised', '--finish', '--json', 'Examples:']) {
    expect(stdout).toContain(word);
  }
});
