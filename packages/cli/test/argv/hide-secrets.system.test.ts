// No error repeats a secret that was pasted into the command line, whatever command and place it was meant for.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hideSecrets } from '../../src/argv/hide-secrets.ts';
import { COMMANDS } from '../../src/commands.ts';
import { runCli } from '../fake-io.ts';
import { SECRET } from '../made-tokens.ts';

const BYTES = Buffer.from('ECsaZ8kq1v/uM5yQ+3tRb/0WgHn7LxdPfoTi4cJ9KjA=', 'base64');
const FORMS = {
  base64: BYTES.toString('base64'),
  base64url: BYTES.toString('base64url'),
  hex: BYTES.toString('hex'),
  'a phrase': 'unwashed clarify gutter enamel sixth Motive',
  'a phrase with hyphens': 'unwashed-clarify-gutter-enamel-sixth-motive',
  'a pair of UUIDs': '5e0c9b7d-31f4-4a68-b2d5-8f7a6c1e9034-c47d20fa-6b19-4e83-9a5c-d1f08b63e725',
  'a text with symbols': 'x7$Kq.9!vB@2m"Lr\'8z/(Tn)4wY=p^6',
};

let cwd: string;
let folder: string;
beforeAll(() => {
  cwd = process.cwd();
  folder = mkdtempSync(join(tmpdir(), 'zepcli-argv-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  expect(process.cwd()).toBe(cwd);
});

/** Whether a text has more than a few characters of a secret, in any spelling of a message. */
const repeats = (text: string, secret: string): boolean => {
  const plain = text.replaceAll(/\\u[\da-f]{4}|[\\'"]/g, '').toLowerCase();
  const own = secret.replaceAll(/[\\'"]/g, '').toLowerCase();
  return Array.from({ length: own.length - 8 }, (_, i) => own.slice(i, i + 9)).some((part) =>
    plain.includes(part),
  );
};

/** Options that take any text, and a command that prints it as its answer. */
const ANSWERS = ['revoke --jti'];

const linesFor = async (
  command: string,
  form: string,
  secret: string,
): Promise<readonly string[][]> => {
  const { options, positionals = [] } = (await COMMANDS[command]?.load())?.command ?? {
    options: {},
  };
  const valid = command === 'serve' ? ['--demo'] : [];
  const isSlow = command === 'serve' && form !== 'base64'; // it starts each time
  const values = Object.entries(options).filter(
    ([name, { kind }]) => !isSlow && kind !== 'flag' && !ANSWERS.includes(`${command} --${name}`),
  );
  const words = positionals.flatMap(({ words: [word] = [] }) => (word === undefined ? [] : [word]));
  const flags = Object.entries(options).filter(([, { kind }]) => kind === 'flag');
  return [
    [secret],
    [...words, secret],
    ['x', secret],
    ['--json', secret],
    [`--${secret}`],
    [`-${secret}`],
    [`${secret}=x`],
    [`\u2013${secret}`],
    ['--unknown', secret],
    [`--unknown=${secret}`],
    [`--${secret}=x`],
    ['--help', secret],
    ['--', secret],
    ...flags.map(([name]) => [`--${name}=${secret}`]),
    ...values.flatMap(([name]) => {
      // A file of this name would be written. Words with hyphens are a name there.
      const isWritten = ['write', 'pid-file'].includes(name);
      if (isWritten && secret === FORMS['a phrase with hyphens']) return [];
      const value = isWritten ? `none/such/${secret}` : secret;
      const around = name === 'upstream' ? [] : valid;
      return [
        [...around, `--${name}`, value],
        [...around, `--${name}=${value}`],
        ...(isWritten ? [] : [[...around, `--${name}=a=${value}`]]),
      ];
    }),
  ];
};

const expectNotRepeated = (argv: readonly string[], said: string, secret: string): void =>
  expect({ argv, said, isRepeated: repeats(said, secret) }).toMatchObject({ isRepeated: false });

describe.each(Object.entries(FORMS))('%s on the command line', (form, secret) => {
  it.each(Object.keys(COMMANDS))('is not repeated by %s', async (command) => {
    const signal = AbortSignal.abort();
    for (const args of await linesFor(command, form, secret)) {
      const argv = [command, ...(command === 'serve' ? ['--port', '0'] : []), ...args];
      const { stdout, stderr } = await runCli(argv, { env: { ZEP_AUTH_SECRET: SECRET }, signal });
      expectNotRepeated(argv, stdout + stderr, secret);
    }
  });

  it('is not repeated without a command', async () => {
    for (const argv of [
      [secret],
      ['help', secret],
      [`--${secret}`, 'token'],
      [`-${secret}`],
      ['-i', secret],
      ['--json', secret],
      ['token', 'help', secret],
    ]) {
      const { stdout, stderr } = await runCli(argv);
      expectNotRepeated(argv, stdout + stderr, secret);
    }
  });
});

describe('an error', () => {
  it.each([
    'conf/production/eu-west-1/gateway/secret-file.txt',
    '/home/Alice/Projects/MyApp/config/zep-auth.production.env',
    'C:\\Users\\Alice\\Documents\\zep-auth\\gate.env',
    'https://api.internal.example.com:8443/v1/things?limit=10',
    'http//api.example.com/and/more',
    'a-rather-long-name.production.env',
    '/etc/zep-auth/\u202e/gate.env',
    'my token of the gateway.txt'.replaceAll(' ', '_'),
    '--forward-authorisation',
    'ERR_UPSTREAM_UNREACHABEL',
    '2030-02-30T12:00:00.5',
    '12345678901234567890',
    'forward-authorization',
    'tokn',
  ])('repeats %s, which no secret looks like', (text) => {
    expect(hideSecrets(`there is no ${text} here`, ['token', text])).toBe(
      `there is no ${text} here`,
    );
  });

  it('repeats the name of a file that exists, whatever it looks like', async () => {
    const file = join(folder, FORMS.base64url);
    expect(hideSecrets(`"${file}" is a file`, ['verify', file])).not.toContain(file);
    writeFileSync(file, 'x');
    expect(hideSecrets(`"${file}" is a file`, ['verify', file])).toBe(`"${file}" is a file`);
  });

  it('shows the start and the length of what it does not repeat', async () => {
    const { stderr } = await runCli(['env', 'dotenv', FORMS.base64]);
    expect(stderr).toContain('error: the argument "ECsa...(44 characters)" is not -, ');
  });

  it('leaves alone what does not stand in the command line', () => {
    expect(hideSecrets(FORMS.hex, ['token', FORMS.base64])).toBe(FORMS.hex);
  });
});
