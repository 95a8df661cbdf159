// The look at the command line: what is stopped, where, and what must pass.
import { describe, expect, it } from 'vitest';
import { assertNoSecrets } from '../../src/argv/secrets-in-argv.ts';
import { UsageError } from '../../src/io/errors.ts';
import { runCli } from '../fake-io.ts';
import { SECRET, secretNamed, tokenOf } from '../made-tokens.ts';

const HEX = 'd41d8cd98f00b204e9800998ecf8427ed41d8cd98f00b204e9800998ecf8427e';
const STANDARD = Buffer.from(SECRET, 'base64url').toString('base64');
const UNPADDED = SECRET.slice(0, 86);
const DASHED = `-${SECRET.slice(1)}`;
const TOKEN = tokenOf({ sub: 'alice' });

const look = (argv: readonly string[], env: Record<string, string> = {}): void =>
  assertNoSecrets(argv, env);

const expectStopped = (
  argv: readonly string[],
  kind: 'a secret' | 'a token' | 'a URL with a password',
  env: Record<string, string> = {},
): void => {
  let thrown: unknown;
  try {
    look(argv, env);
  } catch (error) {
    thrown = error;
  }
  expect({ argv, thrown }).toEqual({ argv, thrown: expect.any(UsageError) });
  const { message } = thrown as UsageError;
  expect(message).toMatch(new RegExp(`^${kind} is on the command line`));
  expect(message).toContain('the shell keeps it in its history');
  const values = argv.filter((argument) => argument.length > 9 && !/^--[a-z-]+$/.test(argument));
  for (const value of values) expect(message).not.toContain(value);
};

const positions = (text: string): readonly (readonly string[])[] => [
  [text],
  ['token', text],
  ['token', '--json', text],
  ['token', '--', text],
  ['verify', text],
  ['serve', '--demo', text],
  ['secret', `--secret=${text}`],
  ['token', '--secret', text],
  ['token', '--unknown', text],
  ['token', `--unknown=${text}`],
  ['token', `-k=${text}`],
  ['token', `key=${text}`],
  [`--${text}`],
];

describe('a secret on the command line', () => {
  it.each([
    ['as zepcli makes it', SECRET],
    ['as zepcli makes it, beginning with a dash', DASHED],
    ['in standard base64', STANDARD],
    ['in base64url without padding', UNPADDED],
  ])('%s is stopped wherever it stands', (_name, secret) => {
    for (const argv of positions(secret)) expectStopped(argv, 'a secret');
  });

  it('is stopped as the value of an option, too', () => {
    for (const option of ['sub', 'dotenv', 'secret-file', 'write', 'upstream', 'unknown']) {
      for (const secret of [SECRET, DASHED]) {
        expectStopped(['token', `--${option}=${secret}`], 'a secret');
        expectStopped(['token', `--${option}`, secret], 'a secret');
      }
    }
    for (const option of ['--claim', '--claim-json']) {
      expectStopped(['token', option, `a=${SECRET}`], 'a secret');
    }
    expectStopped(['serve', '--upstream', `http://127.0.0.1/?key=${SECRET}`], 'a secret');
  });

  it('is stopped as a claim behind --claim=name=', () => {
    expectStopped(['token', `--claim=a=${SECRET}`], 'a secret');
    expectStopped(['token', `--claim-json=a=${SECRET}`], 'a secret');
  });

  it('is stopped inside the JSON of a claim', () => {
    expectStopped(['token', '--claim-json', `a="${SECRET}"`], 'a secret');
    expectStopped(['token', `--claim-json=a={"b":["${SECRET}"]}`], 'a secret');
  });

  it.each([
    ['legacy', 'hunter2-hunter2'],
    ['with spaces', 'correct horse battery staple'],
    ['with =', 'a=b=c=d'],
    ['beginning with a dash', '-hunter2-hunter2'],
  ])('is stopped everywhere when it is the one in use: %s', (_name, secret) => {
    for (const env of [
      { ZEP_AUTH_SECRET: secret },
      { ZEP_AUTH_SECRET: SECRET, ZEP_AUTH_SECRET_PREVIOUS: `${secretNamed('x')},${secret}` },
    ]) {
      for (const argv of [
        ...positions(secret).slice(0, -1),
        ['token', '--sub', secret],
        ['token', `--sub=${secret}`],
        ['token', '--claim', `a=${secret}`],
      ]) {
        expectStopped(argv, 'a secret', env);
      }
    }
  });

  it('is refused by the program with exit code 2 and one line, before anything is done', async () => {
    for (const argv of [
      ['token', SECRET],
      ['secret', '--bytes', SECRET],
      ['-i', SECRET],
    ]) {
      const { code, stdout, stderr } = await runCli(argv);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(
        /^error: a secret is on the command line[^\n]*\nhint: [^\n]*--secret-file\n$/,
      );
    }
  });
});

describe('a URL with a password on the command line', () => {
  it.each([
    'redis://user:pass@host',
    'redis://user:pass@host:6379/0',
    'rediss://:pass@host',
    'https://user:pass@api.example/path',
    'REDIS://user:pa%40ss@host',
    'redis://:pa/ss@host:6379/0',
    'redis://us/er:pa?s#s:w@host',
    'rediss://+/user:pass@127.0.0.1/0',
  ])('%s is stopped everywhere', (url) => {
    for (const argv of [
      ...positions(url).slice(0, -1),
      ['serve', '--upstream', url],
      ['serve', `--upstream=${url}`],
      ['token', '--sub', url],
      ['token', '--claim', `a=${url}`],
    ]) {
      expectStopped(argv, 'a URL with a password');
    }
  });
});

it('a URL without a password is none that has one', () => {
  for (const url of [
    'https://api.example:8443/@alice',
    'http://[::1]:8787/a?b=c:d@e',
    'https://api.example/x:y@z',
    'redis://127.0.0.1:6379/0',
    'redis://user@host:6379',
  ]) {
    expect(() => look(['doctor', url])).not.toThrow();
  }
});

describe('a token or a password behind --claim=name=', () => {
  it('is stopped', () => {
    expectStopped(['token', `--claim=a=${TOKEN}`], 'a token');
    expectStopped(['token', '--claim=a=redis://user:pass@host'], 'a URL with a password');
    expectStopped(['token', '--claim=a=hunter2-hunter2'], 'a secret', {
      ZEP_AUTH_SECRET: 'hunter2-hunter2',
    });
  });
});

describe('a token on the command line', () => {
  it.each([
    ['whole', TOKEN],
    ['pasted with Bearer', `Bearer ${TOKEN}`],
    ['unsigned', `${TOKEN.split('.').slice(0, 2).join('.')}.`],
  ])('%s is stopped where none belongs', (_name, token) => {
    for (const argv of [
      [token],
      ['token', token],
      ['secret', token],
      ['serve', '--demo', token],
      ['serve', '--upstream', `http://127.0.0.1/?access_token=${token}`],
      ['verify', '--secret-file', token],
      ['verify', `--secret-file=${token}`],
      ['verify', `--token=${token}`],
      ['inspect', '--unknown', '--also', `--token=${token}`],
      ['token', '--sub', token],
      ['token', '--claim', `a=${token}`],
    ]) {
      expectStopped(argv, 'a token');
    }
  });

  it('passes where it belongs: the argument of verify and inspect', () => {
    for (const command of ['verify', 'inspect']) {
      for (const argv of [
        [TOKEN],
        ['--json', TOKEN],
        [TOKEN, '--json'],
        ['--', TOKEN],
        [`Bearer ${TOKEN}`],
      ]) {
        expect(() => look([command, ...argv])).not.toThrow();
      }
    }
    expect(() => look(['verify', '--secret-file', 'secret.txt', TOKEN])).not.toThrow();
  });
});

describe('what is no secret passes', () => {
  it.each(
    [
      [],
      ['-i'],
      ['-v'],
      ['--help'],
      ['secret', '--bytes', '1024'],
      ['token', '-'],
      ['token', '--secret-file', '-'],
      [
        'token',
        '--no-claims',
        '--secret-file',
        '/run/secrets/Zep-Auth/production/2027/the-secret-of-api-1.txt',
      ],
      ['token', '--secret-file', 'C:\\Users\\Alice\\Documents\\secrets\\zep-auth-secret-2027.txt'],
      ['token', '--sub', 'alice@example.com'],
      ['token', '--sub', '7f3c1a52-9d0e-4b8a-8f6e-2c1d0b9a8e7f'],
      ['token', '--sub', HEX],
      ['revoke', HEX],
      ['revoke', '7f3c1a52-9d0e-4b8a-8f6e-2c1d0b9a8e7f'],
      ['token', `${SECRET.slice(0, 43)}=`],
      ['secret', '--unknown', HEX.toUpperCase()],
      ['inspect', TOKEN.slice(0, -20)],
      ['/srv/Zep-Auth/production/2027/secrets/the-secret-of-api-1-which-is-in-a-file.txt'],
      ['token', `--sub=${HEX}`],
      ['token', '--sub', 'auth0|5f7c8ec7c33c6c004bbafe82'],
      ['token', '--sub', 'Service-Account-Number-12345-Of-The-Production-Cluster'],
      [
        'token',
        '--iss',
        'https://login.example.com/realms/Production/protocol/openid-connect?version=2',
      ],
      [
        'token',
        '--aud',
        'https://api.example.com:8443/v1/Memory/Sessions/0123456789',
        '--aud',
        'eu-west-1',
      ],
      ['token', '--aud', 'eyewear.example.com'],
      ['token', '--scope', 'memory:read memory:write sessions:Admin2'],
      ['token', '--claim', 'digest=d41d8cd98f00b204e9800998ecf8427e'],
      ['token', '--claim-json', 'roles=["Admin","Reader2","0123456789abcdefABCDEF"]'],
      ['token', '--expires-in', '90d', '--not-before', '2030-01-31T12:00:00+01:00'],
      ['serve', '--upstream', 'http://user@127.0.0.1:8000/a@b:c@d'],
      [
        'serve',
        '--upstream',
        'https://api.internal.example.com:8443/Some/Long/Base/Path/Version2?x=1',
      ],
      ['serve', '--upstream=http://[::1]:8000', '--host', '::1', '--port', '0', '--timeout', '60'],
      [
        'serve',
        '--demo',
        '--public-path',
        '/v1/Public/Documents/Version2/openapi.json',
        '--dotenv',
        '.env',
      ],
      ['serve', '--demo', '--host', 'eyes.example.com'],
    ].map((argv) => [argv] as const),
  )('%j', (argv) => {
    expect(() => look(argv, { ZEP_AUTH_SECRET: SECRET })).not.toThrow();
  });

  it('empty previous secrets match no argument', () => {
    expect(() => look(['token', '', '--sub='], { ZEP_AUTH_SECRET_PREVIOUS: ',,' })).not.toThrow();
  });
});
