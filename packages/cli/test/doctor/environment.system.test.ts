// The environment: every problem of the configuration is a row, and so is what the secret is worth.
import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Environment, readEnvironment } from '../../src/doctor/environment.ts';
import { CliError } from '../../src/io/errors.ts';
import { fakeIo } from '../fake-io.ts';
import { fileWith } from '../made-files.ts';
import { SECRET, secretNamed, tokenOf } from '../made-tokens.ts';

const read = (env: Record<string, string>, sources: object = {}, stdin = '') =>
  readEnvironment(fakeIo({ env, stdin }), sources);

const textsOf = ({ secrets }: Environment) => secrets.map(({ text }) => text);

describe('the configuration', () => {
  it('passes with the number of its secrets', async () => {
    const { results, isConfigured, secrets } = await read({ ZEP_AUTH_SECRET: SECRET });
    expect(results).toEqual([
      { name: 'configuration', status: 'pass', detail: 'no problem; 1 secret' },
    ]);
    expect(isConfigured).toBe(true);
    expect(secrets).toEqual([{ text: SECRET, key: Buffer.from(SECRET) }]);
    const older = [secretNamed('a'), secretNamed('b')];
    const rotating = await read({
      ZEP_AUTH_SECRET: SECRET,
      ZEP_AUTH_SECRET_PREVIOUS: older.join(','),
    });
    expect(rotating.results[0]).toMatchObject({ detail: 'no problem; 3 secrets' });
    expect(textsOf(rotating)).toEqual([SECRET, ...older]);
  });

  it('has a row for every problem, with what is wrong and what to do', async () => {
    const { results, config } = await read({
      ZEP_AUTH_SECRET: `"${SECRET}"`,
      ZEP_AUTH_REQUIRED: 'yes',
      ZEP_AUTH_CLOCK_TOLERANCE_SECONDS: '900',
      ZEP_AUTH_SECERT: 'x',
    });
    expect(config).toBeUndefined();
    expect(results.map(({ name, status, detail }) => [name, status, detail])).toEqual([
      ['configuration', 'fail', 'ZEP_AUTH_SECERT is not read here'],
      [
        'configuration',
        'fail',
        'ZEP_AUTH_REQUIRED must be one of: 1 t T TRUE true True 0 f F FALSE false False',
      ],
      ['configuration', 'fail', 'ZEP_AUTH_SECRET is wrapped in quotes'],
      [
        'configuration',
        'fail',
        'ZEP_AUTH_CLOCK_TOLERANCE_SECONDS must be a whole number of seconds from 0 to 300',
      ],
    ]);
    expect(results[2]).toMatchObject({ advice: 'remove them' });
    expect(results[0]).toMatchObject({ advice: expect.stringContaining('ZEP_AUTH_SECRET') });
  });

  it('that is not there fails, and says what to do', async () => {
    const { results, isConfigured, secrets } = await read({});
    expect(results).toEqual([
      {
        name: 'configuration',
        status: 'fail',
        detail: 'ZEP_AUTH_SECRET is not set',
        advice: expect.stringMatching(/^make a secret with `zepcli secret`.*--dotenv \.env$/),
      },
    ]);
    expect({ isConfigured, secrets }).toEqual({ isConfigured: false, secrets: [] });
  });

  it('warns where authentication is off', async () => {
    const { results } = await read({ ZEP_AUTH_REQUIRED: 'false' });
    expect(results[0]).toMatchObject({
      name: 'configuration',
      status: 'warn',
      detail: expect.stringContaining('authentication is off'),
    });
  });

  it('comes from an env file too, and from a secret file or standard input in its place', async () => {
    const dotenv = fileWith(`ZEP_AUTH_SECRET=${SECRET}\nZEP_API_KEY=x\n`);
    const fromFile = await read({}, { dotenv });
    expect(textsOf(fromFile)).toEqual([SECRET]);
    expect(fromFile.isConfigured).toBe(true);
    expect(fromFile.record['ZEP_API_KEY']).toBe('x');
    const other = secretNamed('other');
    const fromSecretFile = await read({}, { dotenv, secretFile: fileWith(`${other}\n`) });
    expect(textsOf(fromSecretFile)).toEqual([other]);
    expect(textsOf(await read({}, { dotenv, secretFile: '-' }, `${other}\n`))).toEqual([other]);
  });

  it('has a row for each line of an env file that is not read, or read differently', async () => {
    const odd = `ZEP_AUTH_SECRET=${SECRET}\nZEP_AUTH_ISSUER=a\nZEP_AUTH_ISSUER=b\n`;
    const rowsOf = async (text: string) =>
      (await read({}, { dotenv: fileWith(text) })).results.map(({ status, detail }) => [
        status,
        detail.slice(0, 40),
      ]);
    const twice = ['warn', 'ZEP_AUTH_ISSUER is set twice: dotenv and'];
    expect(await rowsOf(odd)).toEqual([twice]);
    expect(await rowsOf(`${odd}set ZEP_AUTH_AUDIENCE=x\nZEP_AUTH_AUD=x\n`)).toEqual([
      ['fail', 'ZEP_AUTH_AUDIENCE on line 4 is not read:'],
      ['fail', 'ZEP_AUTH_AUD is not read here'],
      twice,
    ]);
  });

  it('reads files of secrets as the server does', async () => {
    const older = [secretNamed('a'), secretNamed('b')];
    const found = await read({
      ZEP_AUTH_SECRET_FILE: fileWith(`${SECRET}\n`),
      ZEP_AUTH_SECRET_PREVIOUS_FILE: fileWith(`${older.join('\r\n')}\r\n`),
    });
    expect(textsOf(found)).toEqual([SECRET, ...older]);
  });

  it.each(['base64', 'base64url', 'hex'] as const)(
    'has the bytes of a secret that ZEP_AUTH_SECRET_ENCODING=%s decodes',
    async (encoding) => {
      const key = randomBytes(33);
      const { results, secrets } = await read({
        ZEP_AUTH_SECRET: key.toString(encoding),
        ZEP_AUTH_SECRET_ENCODING: encoding,
      });
      expect(results).toMatchObject([{ status: 'pass' }]);
      expect(secrets).toEqual([{ text: key.toString(encoding), key }]);
    },
  );

  it('names the option where the user gave one', async () => {
    const token = tokenOf({});
    const byFile = await read({}, { secretFile: fileWith(token) });
    expect(byFile.results[0]?.detail).toMatch(
      /^--secret-file "[^"]+" holds a secret that is a token/,
    );
    const missing = await read({}, { secretFile: '/nowhere' });
    expect(missing.results[0]?.detail).toBe(
      '--secret-file "/nowhere" names a file that cannot be read (ENOENT)',
    );
    const byStdin = await read({}, { secretFile: '-' }, token);
    expect(byStdin.results[0]?.detail).toMatch(/^the secret on standard input is a token/);
    await expect(read({}, { secretFile: '-' })).rejects.toThrow(/standard input is empty/);
  });

  it('stops where an env file cannot be read', async () => {
    await expect(read({}, { dotenv: '/nowhere' })).rejects.toThrow(CliError);
  });
});

describe('the store of revocations', () => {
  const judge = async (url: string) => {
    const { results } = await read({ ZEP_AUTH_SECRET: SECRET, ZEP_AUTH_STORE_URL: url });
    expect(results[0]).toMatchObject({ name: 'configuration', status: 'pass' });
    const { status, detail } = results.find(({ name }) => name === 'store') ?? {};
    return `${status}: ${detail}`;
  };

  it('passes where it answers', async () => {
    const folder = dirname(fileWith(''));
    expect(await judge(pathToFileURL(folder).href)).toBe('pass: it answers');
  });

  it('fails where it is not there, or its address is none, without a word of it', async () => {
    const folder = dirname(fileWith(''));
    expect(await judge(`${pathToFileURL(folder)}/gone`)).toMatch(
      /^fail: ZEP_AUTH_STORE_URL names a folder that does not exist: "/,
    );
    for (const url of ['http://zzmarkerzz', 'zzmarkerzz']) {
      expect(await judge(url)).toBe('fail: ZEP_AUTH_STORE_URL is not the URL of a store');
    }
    expect(await judge('redis://:zzmarkerzz@127.0.0.1:1')).toBe(
      'fail: the revocation store "127.0.0.1:1" does not answer: connection refused (ECONNREFUSED)',
    );
  });

  it('is no row where there is none', async () => {
    const { results } = await read({ ZEP_AUTH_SECRET: SECRET, ZEP_AUTH_STORE_URL: '' });
    expect(results.map(({ name }) => name)).toEqual(['configuration']);
  });
});
