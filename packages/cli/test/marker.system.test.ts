// A secret and a token go through every command and every way of getting it wrong, and nothing of them comes out.
import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TARGET_NAMES } from '../src/env/targets.ts';
import { type Ran, runCli, type Surroundings } from './fake-io.ts';
import { fileWith } from './made-files.ts';
import { isSignedWith } from './made-tokens.ts';
import { startUpstream } from './recording-upstream.ts';
import { startServe } from './serving.ts';

// Made by zepcli or by openssl; the second kind looks like nothing in particular.
const GENERATED = `${randomBytes(64).toString('base64url')}==`;
const OPENSSL = `+/${randomBytes(64).toString('base64').slice(2)}`;
const LEGACY = `zz${randomBytes(8).toString('hex')}`;
const OTHER = `${randomBytes(64).toString('base64url')}==`;
const SECRETS = [GENERATED, OPENSSL, LEGACY];

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const jti = randomBytes(16).toString('hex');
const sign = (secret: string, claims: object): string => {
  const input = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
};
const TOKEN = sign(GENERATED, { jti, sub: 'alice' });
const EXPIRED = sign(GENERATED, { jti, exp: 1 });

const PART_LENGTH = 10;
const partsOf = (text: string): readonly string[] =>
  Array.from({ length: text.length - PART_LENGTH + 1 }, (_, i) => text.slice(i, i + PART_LENGTH));

// What every token begins with says nothing; its claims and its signature do.
const COMMON = new Set(partsOf(`${encode({ alg: 'HS256', typ: 'JWT' })}.`));
const MARKERS = [
  ...SECRETS,
  OTHER,
  jti,
  ...[TOKEN, EXPIRED].map((token) => token.slice(token.indexOf('.') + 1)),
];
const PARTS = MARKERS.flatMap(partsOf).filter((part) => !COMMON.has(part));

const partsIn = (text: string): readonly string[] => PARTS.filter((part) => text.includes(part));

/** Whether every combination is tried, as in the proof. Else enough of them that each two of their parts meet. */
const TRIES_ALL = process.env['ZEPCLI_TESTS'] === 'full';

/** Nothing of any marker, on either stream, and no stack. */
const expectSilent = (ran: Ran, of: unknown): void => {
  expect({ of, found: partsIn(ran.stdout + ran.stderr) }).toEqual({ of, found: [] });
  expect(ran.stderr).not.toMatch(/\bat \S+:\d+:\d+|unexpected error/);
};

/** A name for a command line, without what is in it. */
const nameOf = (argv: readonly string[]): string =>
  argv.map((argument) => argument.slice(0, 14)).join(' ');

it('the markers are found where they are', () => {
  for (const marker of [...SECRETS, TOKEN, TOKEN.slice(-20), `x${GENERATED.slice(30, 45)}y`]) {
    expect(partsIn(marker)).not.toEqual([]);
  }
});

const COMMANDS = [
  ...['secret', 'token', 'verify', 'inspect', 'rotate', 'serve', 'doctor'],
  ...['env', 'revoke', 'completion', 'help'],
];
const TEXT_OPTIONS = [
  ...['bytes', 'expires-in', 'not-before', 'sub', 'aud', 'iss', 'scope', 'jti', 'claim', 'claims'],
  ...['claim-json', 'token-file', 'secret-file', 'dotenv', 'upstream', 'host', 'port', 'write'],
  ...['public-path', 'timeout', 'count', 'log', 'throttle', 'tls-key'],
];

describe('on the command line', () => {
  /** Command lines with a marker that cannot be right. */
  const wrongLines = (marker: string): readonly (readonly string[])[] => [
    [marker],
    ['-i', marker],
    ['-v', marker],
    [`-${marker}`],
    [`--${marker}`],
    ...COMMANDS.flatMap((command) => [
      [command, `--secret=${marker}`],
      [command, '--secret', marker],
      [command, `--token=${marker}`],
      [command, '--password', marker],
      [command, `--unknown=${marker}`],
      [command, '--unknown', marker],
      [command, '-x', marker],
      [command, `-x${marker}`],
      [command, '--json', '--', marker, marker],
      [command, `--json=${marker}`, '--unknown'],
      [command, marker, marker],
    ]),
    ['secret', marker],
    ['token', marker],
    ['serve', '--demo', marker],
    ['secret', '--bytes', marker],
    ['token', '--expires-in', marker],
    ['token', '--not-before', marker],
    ['token', '--claim', marker],
    ['token', '--claim-json', `a=${marker}`],
    ['token', '--sub', marker, '--sub', marker],
    ['token', '--no-claims', '--sub', marker],
    ['token', '--secret-file', marker],
    ['verify', '--secret-file', marker],
    ['serve', '--demo', '--secret-file', marker],
    ['serve', '--demo', '--dotenv', marker],
    ['token', '--dotenv', marker],
    ['verify', '--dotenv', marker],
    ['rotate', '--dotenv', marker],
    ['rotate', '--dotenv', marker, '--finish', '--compromised'],
    ['rotate', '--dotenv', marker, '--dotenv', marker],
    ['rotate', `--compromised=${marker}`],
    ['rotate', marker],
    ['serve', '--demo', '--port', marker],
    ['serve', '--demo', '--timeout', marker],
    ['serve', '--demo', '--public-path', marker],
    ['serve', '--upstream', marker],
    ['serve', '--upstream', `http://${marker}@127.0.0.1`],
    ['serve', '--upstream', `http://127.0.0.1/?key=${marker}`],
    ['serve', '--upstream', `redis://:${marker}@127.0.0.1`],
    ['-i', '--write', `/no/such/folder/${marker}`],
    ['-i', '--write', marker, '--write', marker],
    ['token', '--count', marker],
    ['env', marker],
    ['env', 'dotenv', marker],
    ['env', 'dotenv', '--secret-file', marker],
    ['env', 'wrangler', '--dotenv', marker],
    ['env', 'systemd', '--write', `/no/such/folder/${marker}`],
    ['env', 'compose', '--write', marker, '--write', marker],
    ['completion', marker],
    ['help', marker],
    ['doctor', marker],
    ['doctor', `http://127.0.0.1:1/${marker}`],
    ['doctor', `http://127.0.0.1:1/?a=${marker}`],
    ['doctor', `http://${marker}@127.0.0.1:1/`],
    ['doctor', `http://${marker}/`],
    ['doctor', '--token-file', marker],
    ['doctor', '--secret-file', marker],
    ['doctor', '--dotenv', marker],
  ];

  const ENVIRONMENTS = [
    {},
    { ZEP_AUTH_SECRET: OTHER },
    { ZEP_AUTH_SECRET: GENERATED, ZEP_AUTH_SECRET_PREVIOUS: OPENSSL },
  ];

  it.each([
    [0, 'a generated secret', GENERATED],
    [1, 'a secret of openssl', OPENSSL],
    [2, 'a token', TOKEN],
    [3, 'a token with Bearer', `Bearer ${TOKEN}`],
  ])(
    'marker %d, %s, is never repeated',
    async (place, _name, marker) => {
      for (const [index, env] of ENVIRONMENTS.entries()) {
        const isTried = (line: number): boolean =>
          TRIES_ALL || (place + line) % ENVIRONMENTS.length === index;
        // Whatever serve is made of, it ends: it is asked to before it begins.
        for (const argv of wrongLines(marker).filter((_, line) => isTried(line))) {
          const ran = await runCli(argv, { env, signal: AbortSignal.abort() });
          // Some pass: a host or a path may be called anything. None says what it was.
          const made =
            ['token', 'env'].includes(argv[0] ?? '') && ran.code === 0
              ? { ...ran, stdout: '' }
              : ran;
          expectSilent(made, nameOf(argv));
        }
      }
    },
    30_000,
  );

  it('a secret in use is never repeated, whatever it looks like', async () => {
    for (const [place, secret] of [LEGACY, `${LEGACY} with spaces`].entries()) {
      const env = { ZEP_AUTH_SECRET: secret, ZEP_AUTH_ALLOW_WEAK_SECRET: '1' };
      const lines = wrongLines(secret).filter((_, line) => TRIES_ALL || line % 2 === place);
      for (const argv of lines) {
        const ran = await runCli(argv, { env, signal: AbortSignal.abort() });
        expectSilent(ran, nameOf(argv));
      }
    }
  });

  it('an option’s text, where it is refused, is never repeated', async () => {
    for (const option of TEXT_OPTIONS) {
      for (const command of ['secret', 'verify', 'inspect']) {
        for (const marker of [GENERATED, OPENSSL, TOKEN]) {
          const argv = [command, `--${option}=${marker}`];
          const ran = await runCli(argv);
          expect(ran.code).toBeGreaterThan(0);
          expectSilent(ran, nameOf(argv));
        }
      }
    }
  }, 30_000);
});

describe('in the environment', () => {
  const VARIABLES = [
    ...[
      'REQUIRED',
      'SECRET',
      'SECRET_FILE',
      'SECRET_PREVIOUS',
      'SECRET_PREVIOUS_FILE',
      'ALLOW_WEAK_SECRET',
    ],
    ...[
      'ISSUER',
      'AUDIENCE',
      'CLOCK_TOLERANCE_SECONDS',
      'MAX_TOKEN_AGE_SECONDS',
      'REQUIRE_EXPIRY',
      'REVOKED',
      'NOPE',
    ],
  ].map((name) => `ZEP_AUTH_${name}`);

  it.each(VARIABLES)('%s with anything in it is never repeated', async (variable) => {
    for (const value of [
      ...[OPENSSL, LEGACY, TOKEN, ` ${GENERATED}`, `"${OPENSSL}"`],
      `${GENERATED}\n${LEGACY},${TOKEN},x,y,z`,
    ]) {
      for (const argv of [
        ...[['token', '--no-expiry'], ['verify'], ['doctor'], ['env', 'wrangler']],
        ['serve', '--demo', '--port', '0'],
      ]) {
        const env = { ZEP_AUTH_SECRET: OTHER, [variable]: value };
        const ran = await runCli(argv, { env, stdin: TOKEN, signal: AbortSignal.abort() });
        // Printing the token is the job of `token`, its claims that of `verify`, the secret that of `env`.
        const made = argv[0] === 'serve' || ran.code > 0 ? ran : { ...ran, stdout: '' };
        // What a refused token claims is shown, flagged.
        const stderr = argv[0] === 'verify' ? made.stderr.replaceAll(jti, '') : made.stderr;
        expectSilent({ ...made, stderr }, [variable, argv]);
      }
    }
  });
});

describe('in a file or on standard input', () => {
  const CONTENTS = [
    ...SECRETS,
    ...[` ${GENERATED}`, `${OPENSSL}\n\n`, `"${LEGACY}"`, `${OPENSSL}\n${GENERATED}`],
    `SECRET=${OPENSSL}`,
    TOKEN,
    `Bearer ${TOKEN}`,
    `-----BEGIN PRIVATE KEY-----\n${OPENSSL}`,
    `{"kty":"oct","k":"${GENERATED}"}`,
  ];

  it('as a secret, right or wrong, it is never repeated', async () => {
    for (const content of CONTENTS) {
      const file = fileWith(content);
      for (const [argv, around] of [
        [['token', '--no-claims', '-'], { stdin: content }],
        [['token', '--no-claims', '--secret-file', '-'], { stdin: content }],
        [['token', '--no-claims', '--secret-file', file], {}],
        [['token', '--no-claims'], { env: { ZEP_AUTH_SECRET_FILE: file } }],
        [['verify', '--secret-file', file], { stdin: TOKEN }],
        [['verify', '--json', '--secret-file', '-', TOKEN], { stdin: content }],
        [['verify', '--secret-file', '-'], { stdin: content }],
        [['doctor', '--secret-file', file], { env: { ZEP_API_KEY: TOKEN } }],
        [['doctor', '--json', '--secret-file', '-'], { stdin: content }],
        [['doctor', '--json', '--dotenv', file], {}],
        [['doctor', '--token-file', file], { env: { ZEP_AUTH_SECRET: OTHER } }],
        [['serve', '--demo', '--port', '0', '--secret-file', file], {}],
        [['serve', '--demo', '--port', '0', '--dotenv', file], {}],
        [
          ['serve', '--demo', '--port', '0', '--dotenv', file],
          { env: { ZEP_AUTH_SECRET: GENERATED } },
        ],
      ] satisfies [string[], Surroundings][]) {
        const ran = await runCli(argv, { ...around, signal: AbortSignal.abort() });
        // Printing the token is the job of `token`, and its claims that of `verify`.
        const hide = (text: string): string =>
          argv[0] === 'verify' ? text.replaceAll(jti, '') : text;
        const stdout = ran.code === 0 ? '' : hide(ran.stdout);
        expectSilent({ ...ran, stdout, stderr: hide(ran.stderr) }, [
          nameOf(argv),
          CONTENTS.indexOf(content),
        ]);
        if (ran.code === 0)
          expect(SECRETS.filter((secret) => ran.stdout.includes(secret))).toEqual([]);
      }
    }
  }, 30_000);

  it('as the secret that env brings to a place, it is on standard output alone, and only there', async () => {
    const codes = new Set<number>();
    const reached = new Set<string>();
    for (const [index, content] of CONTENTS.entries()) {
      const path = fileWith(content);
      for (const [source, [options, around]] of (
        [
          [['--secret-file', path], {}],
          [['-', '--json'], { stdin: content }],
          [[], { env: { ZEP_AUTH_SECRET: content } }],
          [['--dotenv', path], { env: { ZEP_AUTH_SECRET: OTHER } }],
        ] satisfies [string[], Surroundings][]
      ).entries()) {
        // Not every place with every source of every content: they know nothing of each other.
        const target = TARGET_NAMES[(index + 2 * source) % TARGET_NAMES.length] ?? 'dotenv';
        const argv = ['env', target, ...options];
        const printed = await runCli(argv, around);
        const stdout = printed.code === 0 ? '' : printed.stdout;
        expectSilent({ ...printed, stdout }, [index, target, source]);
        const written = await runCli([...argv, '--write', `${path}.new`], around);
        expectSilent(written, [index, target, source, '--write']);
        for (const { code } of [printed, written]) codes.add(code);
        if (written.code === 0) reached.add(target);
        rmSync(`${path}.new`, { force: true });
      }
    }
    expect([...codes].sort()).toEqual([0, 3]);
    expect([...reached].sort()).toEqual([...TARGET_NAMES].sort());
  }, 60_000);

  it('as what an env file held before, it is never repeated', async () => {
    for (const content of CONTENTS) {
      for (const text of [content, `ZEP_AUTH_SECRET=${content}\n`, `A="${content}`]) {
        for (const argv of [['-i'], ['env', 'dotenv']]) {
          const path = fileWith(text);
          const ran = await runCli([...argv, '--write', path, '--force']);
          expectSilent(ran, [argv, CONTENTS.indexOf(content)]);
        }
      }
    }
  }, 30_000);

  it('as what rotate changes, right or wrong, it is never repeated, nor is the new secret', async () => {
    const codes = new Set<number>();
    for (const content of CONTENTS) {
      for (const [place, text] of [
        content,
        `ZEP_AUTH_SECRET=${content}\n`,
        `ZEP_AUTH_SECRET='${content}' # ${content}\n`,
        `ZEP_AUTH_SECRET=${content},${content}\n`,
        `ZEP_AUTH_SECRET=${OTHER}\nZEP_AUTH_SECRET=${content}\n`,
        `ZEP_AUTH_SECRET=${OTHER}\nZEP_AUTH_SECRET_PREVIOUS=${content}\n`,
        `ZEP_AUTH_SECRET=${OTHER}\nZEP_AUTH_SECRET_FILE=${content}\n`,
        `ZEP_AUTH_SECRET=${OTHER}\nZEP_AUTH_ISSUER=${content}\n`,
        `ZEP_AUTH_SECRET=${OTHER}\nZEP_AUTH_REQUIRED=${content}\n`,
      ].entries()) {
        const choices = [[], ['--json'], ['--compromised'], ['--finish', '--json']];
        const turn = (CONTENTS.indexOf(content) + place) % choices.length;
        for (const options of choices.filter((_, i) => TRIES_ALL || i === turn)) {
          const file = fileWith(text);
          const argv = ['rotate', '--dotenv', file, ...options];
          const ran = await runCli(argv, { env: { ZEP_AUTH_SECRET: GENERATED } });
          expectSilent(ran, [CONTENTS.indexOf(content), place, options]);
          const fresh =
            /^ZEP_AUTH_SECRET=([\w-]{86}==)/m.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
          const parts = fresh === '' ? [] : partsOf(fresh);
          expect(parts.filter((part) => (ran.stdout + ran.stderr).includes(part))).toEqual([]);
          codes.add(ran.code);
        }
      }
    }
    expect([...codes].sort()).toEqual([0, 3]);
  }, 30_000);

  it('as a token, right or wrong, it is never repeated', async () => {
    const env = { ZEP_AUTH_SECRET: GENERATED };
    for (const token of [
      ...CONTENTS,
      EXPIRED,
      `${TOKEN} `,
      `"${TOKEN}"`,
      TOKEN.slice(0, -1),
      `${TOKEN}\n${TOKEN}`,
      sign(OTHER, { jti }),
    ]) {
      for (const argv of [['verify'], ['verify', '--json'], ['inspect'], ['inspect', '--json']]) {
        const ran = await runCli(argv, { env, stdin: token });
        // Showing the claims is the job of both, flagged where they are not true.
        const [stdout, stderr] = [ran.stdout, ran.stderr].map((text) => text.replaceAll(jti, ''));
        expectSilent({ ...ran, stdout: stdout ?? '', stderr: stderr ?? '' }, argv);
      }
    }
  }, 30_000);
});

describe('at a server that repeats all it is sent', () => {
  it('the doctor repeats nothing of it', async () => {
    const upstream = await startUpstream();
    onTestFinished(() => upstream.close());
    upstream.handle(({ url, headers }, response) => {
      const said = JSON.stringify({ url, headers });
      response.writeHead(headers.authorization === `Bearer ${TOKEN}` ? 200 : 401, {
        'www-authenticate': `Bearer realm="${url}", ${headers.authorization ?? ''}`,
        location: `/?${said}`,
      });
      response.end(`${said} ${SECRETS.join(' ')} ${OTHER} at ${TOKEN}:1:1`);
    });
    const readings = SECRETS.map((secret) => sign(`${secret}\n`, { jti }));
    for (const [index, secret] of SECRETS.entries()) {
      const tokens = [TOKEN, EXPIRED, secret, `Bearer ${TOKEN}`, ...readings];
      for (const [place, token] of tokens.entries()) {
        const choices = [[], ['--json']];
        for (const options of choices.filter((_, i) => TRIES_ALL || i === (index + place) % 2)) {
          const ran = await runCli(['doctor', `${upstream.url}/x`, ...options], {
            env: { ZEP_AUTH_SECRET: secret, ZEP_API_KEY: token },
          });
          expect(ran.code).toBe(1);
          expectSilent(ran, ['doctor', index, options]);
        }
      }
    }
  }, 60_000);
});

describe('where it is the job', () => {
  it('a secret and a token come out on standard output, once, and not on standard error', async () => {
    const init = await runCli(['-i']);
    const [, secret = ''] = /^Secret: (.*)$/m.exec(init.stdout) ?? [];
    const [, token = ''] = /^JWT token: (.*)$/m.exec(init.stdout) ?? [];
    expect(isSignedWith(token, secret)).toBe(true);
    expect(init.stdout.split(secret)).toHaveLength(2);
    expect(init.stdout.split(token)).toHaveLength(2);
    expect(init.stderr).toBe('');

    const made = await runCli(['token', '--json', '--expires-in', '1h'], {
      env: { ZEP_AUTH_SECRET: GENERATED },
    });
    expect(partsIn(made.stdout)).toEqual([]);
    const printed = JSON.parse(made.stdout) as { token: string };
    expect(isSignedWith(printed.token, GENERATED)).toBe(true);
    expect(partsOf(printed.token).filter((part) => made.stderr.includes(part))).toEqual([]);
  });
});

describe('in a request to serve', () => {
  it('it is in no answer and in no line of the log', async () => {
    const upstream = await startUpstream();
    const env = { ZEP_AUTH_SECRET: GENERATED };
    const serving = await startServe(['--upstream', upstream.url], { env });
    onTestFinished(async () => {
      await serving.stop();
      await upstream.close();
    });
    const ask = async (
      path: string,
      headers: Record<string, string>,
      method = 'GET',
    ): Promise<number> => {
      const response = await fetch(serving.url + path, { method, headers, redirect: 'manual' });
      const answer = JSON.stringify([...response.headers]) + (await response.text());
      expect({ path: path.slice(0, 9), found: partsIn(answer) }).toEqual({
        path: path.slice(0, 9),
        found: [],
      });
      return response.status;
    };
    const statuses = new Set<number>();
    for (const value of [TOKEN, EXPIRED, GENERATED, OPENSSL, sign(OTHER, { jti })]) {
      for (const path of [
        '/',
        `/x?access_token=${encodeURIComponent(value)}`,
        `/${encodeURIComponent(value)}/x`,
        '/healthz',
        '/_gate/auth',
        '/_gate/x',
      ]) {
        for (const authorization of [
          `Bearer ${value}`,
          value,
          `Bearer ${value}, Bearer ${value}`,
          `Basic ${value}`,
          `Bearer  ${value} ${value}`,
        ]) {
          statuses.add(await ask(path, { authorization }));
        }
        statuses.add(await ask(path, { cookie: `jwt=${value}` }, 'POST'));
      }
    }
    await upstream.close();
    upstream.close = async () => {};
    statuses.add(await ask(`/x?access_token=${TOKEN}`, { authorization: `Bearer ${TOKEN}` }));
    expect([...statuses].sort()).toEqual([200, 204, 400, 401, 404, 502]);
    expect(await serving.stop()).toBe(0);
    expect(serving.stderr()).toContain('ERR_TOKEN_SIGNATURE');
    // The id of a token whose signature holds is what revokes it: the operator gets it, and no other client's word.
    const log = serving.stderr().replaceAll(` token=${jti}`, '');
    expect(partsIn(serving.stdout() + log)).toEqual([]);
  }, 30_000);
});
