// `zepcli revoke`: what is revoked in the store that gates share, and what is said where there is none.
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../fake-io.ts';
import { rawToken, SECRET, secretNamed, tokenOf } from '../made-tokens.ts';
import { type Serving, startServe } from '../serving.ts';

let folder: string;
let env: Record<string, string>;
let serving: Serving | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zepcli-store-'));
  env = { ZEP_AUTH_SECRET: SECRET, ZEP_AUTH_STORE_URL: pathToFileURL(folder).href };
});
afterEach(async () => {
  await serving?.stop();
  serving = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const EXP = Math.floor(Date.now() / 1000) + 86_400;
const WITH_ID = tokenOf({ jti: 'a-1', exp: EXP });
const PLAIN = tokenOf({});

/** What the store holds: values by the digests that are their keys. */
const held = (): Record<string, string> => {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    names
      .filter((entry) => entry.isFile())
      .map(({ name }) => [name, readFileSync(join(folder, 'r', name), 'utf8')]),
  );
};

describe('zepcli revoke', () => {
  it('revokes a token by its id, until it has expired for every gate', async () => {
    const { code, stdout, stderr } = await runCli(['revoke'], { env, stdin: `${WITH_ID}\n` });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'a-1\n' });
    expect(stderr).toMatch(
      /^revoked until the token expires, .* \(in 1 day\)\ngates started with --revocations on this store .* 10 seconds\ncheck that it gets 401:\n {2}printf .* curl -i -H @- .*\n$/,
    );
    expect(held()).toEqual({ [sha256('jti\0a-1')]: `until ${EXP + 300}.` });
  });

  it('revokes a token without an id by its text, and says whose that is', async () => {
    const { code, stdout, stderr } = await runCli(['revoke', PLAIN], { env });
    expect({ code, stdout }).toEqual({ code: 0, stdout: `sha256:${sha256(PLAIN)}\n` });
    expect(stderr).toMatch(/warning: all tokens of `zepcli -i` .* this same text/);
    expect(stderr).toContain('until --undo');
    expect(held()).toEqual({ [sha256(`token\0${PLAIN}`)]: 'until removed.' });
  });

  it('revokes an id, for which no secret is needed, and takes it back', async () => {
    const around = { env: { ZEP_AUTH_STORE_URL: env['ZEP_AUTH_STORE_URL'] } };
    const json = await runCli(['revoke', '--jti', 'b', '--json'], around);
    expect(JSON.parse(json.stdout)).toEqual({ ok: true, action: 'revoke', name: 'b' });
    expect(held()).toEqual({ [sha256('jti\0b')]: 'until removed.' });
    const undone = await runCli(['revoke', '--jti', 'b', '--undo', '--json'], around);
    expect(JSON.parse(undone.stdout)).toEqual({ ok: true, action: 'undo', name: 'b' });
    expect(undone.stderr).toMatch(/no longer revoked\ngates .* 10 seconds\n$/);
    expect(held()).toEqual({});
  });

  it('reads the secret and the store from an env file', async () => {
    const file = join(folder, '.env');
    writeFileSync(
      file,
      `ZEP_AUTH_SECRET=${SECRET}\nZEP_AUTH_STORE_URL=${env['ZEP_AUTH_STORE_URL']}\n`,
    );
    for (const args of [[], ['--jti', 'c']]) {
      const stdin = args.length === 0 ? WITH_ID : '';
      expect(await runCli(['revoke', '--dotenv', file, ...args], { stdin })).toMatchObject({
        code: 0,
      });
    }
  });

  it.each([
    [
      'is not genuine',
      tokenOf({ jti: 'a' }, secretNamed('another')),
      /not signed .*, so there is nothing to revoke/,
    ],
    ['has expired', tokenOf({ exp: 1000 }), /has expired, so there is nothing to revoke/],
    ['is no token', 'abc', /not a JWT/],
  ])('refuses a token that %s, and revokes nothing', async (_, token, message) => {
    const { code, stdout, stderr } = await runCli(['revoke'], { env, stdin: token });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(message);
    expect(held()).toEqual({});
  });

  it('revokes a token that is not valid yet, and one that a tolerant gate still takes', async () => {
    for (const claims of [
      { jti: 'd', nbf: EXP },
      { jti: 'd', exp: Math.floor(Date.now() / 1000) - 200 },
    ]) {
      expect(await runCli(['revoke'], { env, stdin: tokenOf(claims) })).toMatchObject({ code: 0 });
    }
  });

  it('says where the name belongs when there is no store, and that nothing is done', async () => {
    const around = { env: { ZEP_AUTH_SECRET: SECRET }, stdin: WITH_ID };
    const { code, stdout, stderr } = await runCli(['revoke'], around);
    expect({ code, stdout }).toEqual({ code: 3, stdout: 'a-1\n' });
    expect(stderr).toMatch(
      /nothing is done yet\nhint: `zepcli revoke --write .env a-1` writes it .* each server:\n {2}ZEP_AUTH_REVOKED=a-1\nthen reload .*itself\n$/,
    );
    const [one, two] = [WITH_ID, PLAIN].map((stdin) =>
      runCli(['revoke'], { ...around, stdin, env: { ...around.env, ZEP_AUTH_REVOKED: 'a, b' } }),
    );
    expect((await one)?.stderr).toContain('  ZEP_AUTH_REVOKED=a,b,a-1\n');
    expect((await two)?.stderr).toContain('`zepcli revoke --write .env < token.txt`');
    // What it names does revoke.
    for (const token of [WITH_ID, PLAIN, tokenOf({ jti: 'a, b' }), tokenOf({ jti: 'sha256:x' })]) {
      const name = (await runCli(['revoke'], { ...around, stdin: token })).stdout.trim();
      const revoked = { ZEP_AUTH_SECRET: SECRET, ZEP_AUTH_REVOKED: name };
      expect((await runCli(['verify', '--json'], { env: revoked, stdin: token })).stdout).toContain(
        'ERR_TOKEN_REVOKED',
      );
    }
  });

  it('puts the name into a file of variables, from where a gate takes it, and takes it out again', async () => {
    const file = join(folder, 'gate.env');
    const base = `# ours\nZEP_AUTH_SECRET=${SECRET}\nOTHER='1'\n`;
    writeFileSync(file, base, { mode: 0o600 });
    const revoke =
      (...args: string[]) =>
      (stdin: string) =>
        runCli(['revoke', '--write', file, ...args], { stdin });
    const verify = (stdin: string) => runCli(['verify', '--dotenv', file], { stdin });
    const { code, stdout, stderr } = await revoke()(WITH_ID);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'a-1\n' });
    expect(stderr).toMatch(/^".*gate.env" is written\nnext: reload every gate .*\n$/);
    expect((await revoke()(PLAIN)).code).toBe(0);
    const digest = `sha256:${sha256(PLAIN)}`;
    const with2 = `# ours\nZEP_AUTH_SECRET=${SECRET}\nZEP_AUTH_REVOKED=a-1,${digest}\nOTHER='1'\n`;
    expect(readFileSync(file, 'utf8')).toBe(with2);
    for (const token of [WITH_ID, PLAIN]) {
      expect((await verify(token)).stderr).toContain('ERR_TOKEN_REVOKED');
    }
    expect((await revoke()(WITH_ID)).stderr).toContain('has it already');
    expect(readFileSync(file, 'utf8')).toBe(with2);
    const json = await revoke('--undo', '--json')(WITH_ID);
    expect(JSON.parse(json.stdout)).toEqual({
      ok: true,
      action: 'undo',
      name: 'a-1',
      exp: EXP,
      file,
    });
    expect((await verify(WITH_ID)).code).toBe(0);
    expect((await revoke('--undo')(WITH_ID)).stderr).toContain('does not have it');
    expect((await revoke('--undo')(PLAIN)).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(base);
  });

  it('takes out of a file what stands there by its digest, although it has an id', async () => {
    const file = join(folder, 'gate.env');
    const text = `ZEP_AUTH_SECRET=${SECRET}\nZEP_AUTH_REVOKED=sha256:${sha256(WITH_ID)}, b\n`;
    writeFileSync(file, text);
    await runCli(['revoke', '--undo', '--write', file], { stdin: WITH_ID });
    expect(readFileSync(file, 'utf8')).toBe(`ZEP_AUTH_SECRET=${SECRET}\nZEP_AUTH_REVOKED=b\n`);
  });

  describe('--undo --write', () => {
    const HS256 = '{"alg":"HS256"}';
    const LARGE = '12345678901234567890';
    const upper = (text: string): string => text.toUpperCase();
    const [PLAIN_DIGEST, DIGEST] = [sha256(PLAIN), sha256(WITH_ID)];
    it.each([
      ['another spelling of a number', '1e3', '{"jti":1000}'],
      ['a number as text', '1000', '{"jti":1000.0}'],
      ['a fraction that is whole', '1.0', '{"jti":"1"}'],
      ['a number that is rounded', LARGE, `{"jti":${LARGE}}`],
      ['a number that is rounded to the same', LARGE, '{"jti":12345678901234567891}'],
      ['infinity', '1e999', '{"jti":1e500}'],
      ['a prefix in another case', `SHA256:${DIGEST}`, WITH_ID],
      ['a digest in another case', `sha256:${upper(DIGEST)}`, WITH_ID],
      ['a bare digest', DIGEST, WITH_ID],
      ['a bare digest in another case', upper(PLAIN_DIGEST), PLAIN],
      ['its id', 'a-1', WITH_ID],
      ['all of these', `a-1,${DIGEST}, SHA256:${upper(DIGEST)},sha256:${DIGEST},a-1`, WITH_ID],
    ])('takes out %s, and names it', async (_, entries, what) => {
      const token = what.startsWith('{') ? rawToken(HS256, what) : what;
      const file = join(folder, 'gate.env');
      writeFileSync(file, `ZEP_AUTH_SECRET=${SECRET}\nZEP_AUTH_REVOKED=b,${entries},c\n`);
      const verify = () => runCli(['verify', '--dotenv', file], { stdin: token });
      expect((await verify()).stderr).toContain('ERR_TOKEN_REVOKED');
      const argv = ['revoke', '--undo', '--write', file];
      const { code, stdout, stderr } = await runCli(argv, { stdin: token });
      expect(code).toBe(0);
      expect(stderr).toContain('is written');
      for (const entry of entries.split(',').map((one) => one.trim()))
        if (entry !== stdout.trim()) expect(stderr).toContain(JSON.stringify(entry));
      expect(readFileSync(file, 'utf8')).toContain('\nZEP_AUTH_REVOKED=b,c\n');
      expect((await verify()).code).toBe(0);
    });

    it.each([
      ['1', '1.0'],
      ['1.0', '1'],
      ['1000', '1e3'],
      [LARGE, LARGE],
    ])('takes out for the id %s the entry %s', async (id, entry) => {
      const file = join(folder, 'gate.env');
      writeFileSync(file, `ZEP_AUTH_SECRET=${SECRET}\nZEP_AUTH_REVOKED=${entry}\n`);
      await runCli(['revoke', '--undo', '--write', file, '--jti', id]);
      expect(readFileSync(file, 'utf8')).toBe(`ZEP_AUTH_SECRET=${SECRET}\n`);
    });

    it('leaves what revokes others as it is', async () => {
      const file = join(folder, 'gate.env');
      const text = `ZEP_AUTH_SECRET=${SECRET}\nZEP_AUTH_REVOKED=A-1, a-10,${PLAIN_DIGEST}\n`;
      writeFileSync(file, text);
      const argv = ['revoke', '--undo', '--write', file];
      expect((await runCli(argv, { stdin: WITH_ID })).stderr).toContain('does not have it');
      expect(readFileSync(file, 'utf8')).toBe(text);
    });
  });

  it('undoes in a store what it has by the text of a token, and says what the variable revokes', async () => {
    const around = { env: { ...env, ZEP_AUTH_REVOKED: sha256(WITH_ID) }, stdin: WITH_ID };
    await runCli(['revoke', 'a-1'], { env });
    const [store] = readdirSync(folder);
    writeFileSync(join(folder, store ?? '', sha256(`token\0${WITH_ID}`)), 'until removed.');
    expect(Object.keys(held())).toHaveLength(2);
    const { stderr } = await runCli(['revoke', '--undo'], around);
    expect(stderr).toMatch(/^no longer revoked\nwarning: ZEP_AUTH_REVOKED revokes it too/);
    expect(held()).toEqual({});
  });

  it.each([
    ['12345678901234567890', '12345678901234567891'],
    ['9007199254740993', '9007199254740992'],
    ['9007199254740992', '9007199254740993'],
    ['1e999', '1e500'],
    ['0.1234567890123456789012', '0.1234567890123456789013'],
    ['"1.0"', '1'],
    ['"9007199254740992"', '9007199254740993'],
  ])('revokes a token with the jti %s alone, by its digest', async (jti, other) => {
    const [token, neighbour] = [jti, other].map((id) =>
      rawToken('{"alg":"HS256"}', `{"jti":${id}}`),
    );
    const { code, stdout, stderr } = await runCli(['revoke'], { env, stdin: token ?? '' });
    expect({ code, stdout }).toEqual({ code: 0, stdout: `sha256:${sha256(token ?? '')}\n` });
    expect(stderr).toMatch(/^by its digest: its jti \S+ may mean other tokens too, .*\n/);
    const named = { ZEP_AUTH_SECRET: SECRET, ZEP_AUTH_REVOKED: stdout.trim() };
    for (const world of [env, named]) {
      const ask = async (stdin = '') => (await runCli(['verify'], { env: world, stdin })).code;
      expect([await ask(token), await ask(neighbour)]).toEqual([1, 0]);
    }
    await runCli(['revoke', '--undo'], { env, stdin: token ?? '' });
    expect((await runCli(['verify'], { env, stdin: token ?? '' })).code).toBe(0);
  });

  it.each(['12345678901234567890', '1.0', '9007199254740992', '1e400'])(
    'warns that the id %s alone means each token that JSON reads alike',
    async (id) => {
      const { code, stdout, stderr } = await runCli(['revoke', id], { env });
      expect({ code, stdout }).toEqual({ code: 0, stdout: `${id}\n` });
      expect(stderr).toMatch(/^warning: each token whose jti JSON reads as \S+ is revoked; give /);
      expect((await runCli(['revoke', '5', '--undo'], { env })).stderr).not.toMatch(/JSON reads/);
    },
  );

  it('leaves a file as it is that it cannot change, and is not done then', async () => {
    const file = join(folder, 'gate.env');
    const twice = `ZEP_AUTH_SECRET=${SECRET}\nZEP_AUTH_REVOKED=a\nZEP_AUTH_REVOKED=b\n`;
    writeFileSync(file, twice);
    const { code, stdout, stderr } = await runCli(['revoke', '--write', file, 'c-1']);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/error: ZEP_AUTH_REVOKED is set on more than one line/);
    expect(readFileSync(file, 'utf8')).toBe(twice);
    expect((await runCli(['revoke', '--write', join(folder, 'none.env'), 'c-1'])).code).toBe(3);
    expect((await runCli(['revoke', '--write', file, 'c, d'])).code).not.toBe(0);
  });

  it('leaves nothing in a folder that cannot be written, and says what is wrong with it', async () => {
    writeFileSync(join(folder, 'r'), '');
    const { code, stdout, stderr } = await runCli(['revoke', 'a-1'], { env });
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/does not answer: .*\(E(?:EXIST|NOTDIR)\)/);
    rmSync(join(folder, 'r'));
    await runCli(['revoke', 'a-1'], { env });
    expect(Object.keys(held())).toEqual([sha256('jti\0a-1')]);
  });

  it('says of an undo that nothing was revoked under this name', async () => {
    const undo = () => runCli(['revoke', '--undo', 'a-1'], { env });
    expect((await undo()).stderr).toMatch(/^warning: it was not revoked in ".*": check the id/);
    await runCli(['revoke', 'a-1'], { env });
    expect((await undo()).stderr).toMatch(/^no longer revoked\n/);
  });

  it('names in its hint for a file what else was on the command line', async () => {
    const file = join(folder, 'token.txt');
    writeFileSync(file, WITH_ID);
    const { stderr } = await runCli(['revoke', '--undo', '--dotenv', '.env', file], { env });
    expect(stderr).toContain(`hint: zepcli revoke --undo --dotenv .env < ${file}\n`);
  });

  it('says with --json what a store would be told, for one that only other tools can reach', async () => {
    const around = { env: { ZEP_AUTH_SECRET: SECRET } };
    const run = async (...args: string[]) =>
      JSON.parse((await runCli(['revoke', '--json', ...args], around)).stdout);
    const key = `r:${sha256('jti\0a-1')}`;
    const made = await run(WITH_ID);
    expect(made).toEqual({
      ok: false,
      action: 'revoke',
      name: 'a-1',
      key,
      value: `until ${EXP + 300}.`,
      ttl: expect.any(Number),
    });
    expect(made.ttl).toBeGreaterThan(86_400);
    expect(made.ttl).toBeLessThanOrEqual(2 * 86_400 + 300);
    expect(await run('--jti', 'a-1')).toEqual({
      ok: false,
      action: 'revoke',
      name: 'a-1',
      key,
      value: 'until removed.',
    });
    expect(await run('--jti', 'a-1', '--undo')).toEqual({
      ok: false,
      action: 'undo',
      name: 'a-1',
      key,
    });
  });

  it('makes verify refuse it, which asks the store too', async () => {
    const verified = async () =>
      (await runCli(['verify', '--json'], { env, stdin: WITH_ID })).stdout;
    expect(await verified()).toContain('"ok":true');
    await runCli(['revoke'], { env, stdin: WITH_ID });
    expect(await verified()).toContain('ERR_TOKEN_REVOKED');
    rmSync(folder, { recursive: true });
    const { code, stderr } = await runCli(['verify'], { env, stdin: WITH_ID });
    expect(code).toBe(3);
    expect(stderr).toMatch(/names a folder that does not exist/);
  });

  it('takes a token or an id, not both', async () => {
    expect(await runCli(['revoke', WITH_ID, '--jti', 'a'], { env })).toMatchObject({ code: 2 });
  });

  it.each([
    ['of no scheme', 'store.example'],
    ['of another scheme', 'https://store.example'],
    ['of a folder on another host', 'file://host/folder'],
    ['of no folder', 'file:///x%2Fy'],
    ['of a folder that is not there', 'file:///nowhere/at/all'],
    ['of Redis without a host', 'redis://'],
    ['of Redis without a host or slashes', 'rediss:'],
  ])('refuses a store URL %s without repeating it', async (_, url) => {
    const around = { env: { ZEP_AUTH_STORE_URL: url } };
    const { code, stderr } = await runCli(['revoke', '--jti', 'a'], around);
    expect(code).toBe(3);
    expect(stderr).toMatch(
      /^error: ZEP_AUTH_STORE_URL (?:is not the URL of a store|names a folder)/,
    );
    expect(stderr.replace(/^hint: .*$/m, '')).not.toContain(url);
  });

  it.each([
    [
      'hangs up',
      (socket: Socket) => socket.destroy(),
      /does not answer: (?:it closed the connection|connection reset|broken pipe|.*closed)/i,
    ],
  ])('names the Redis that %s, and no password', async (_name, answer, cause) => {
    const silent = createServer(answer);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const around = { env: { ZEP_AUTH_STORE_URL: `redis://:hunter2@127.0.0.1:${port}` } };
    const { code, stdout, stderr } = await runCli(['revoke', '--jti', 'a'], around);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain(`error: the revocation store "127.0.0.1:${port}" does not answer: `);
    expect(stderr).toMatch(cause);
    expect(stderr).not.toMatch(/hunter2|MaxRetries/);
    await new Promise((resolve) => silent.close(resolve));
  });

  it.each([
    ['--jti', 'a'],
    ['--list', '--json'],
  ])('names a Redis that refuses the connection, and why, with %s', async (...argv) => {
    const around = { env: { ZEP_AUTH_STORE_URL: 'redis://127.0.0.1:1' } };
    const { code, stderr } = await runCli(['revoke', ...argv], around);
    expect(code).toBe(3);
    expect(stderr).toContain(
      'error: the revocation store "127.0.0.1:1" does not answer: connection refused (ECONNREFUSED)\nhint: ',
    );
  });

  it('takes an id without --jti', async () => {
    for (const id of ['7f3c1a52-9d0e-4b8a-8f6e-2c1d0b9a8e7f', 'a-1', '5', '1.5', 'x']) {
      const { code, stdout } = await runCli(['revoke', id], { env });
      expect({ code, stdout }).toEqual({ code: 0, stdout: `${id}\n` });
      expect(Object.keys(held())).toContain(sha256(`jti\0${id}`));
    }
  });

  it('lists what is revoked, with its end', async () => {
    expect((await runCli(['revoke', '--list'], { env })).stderr).toMatch(/^0 revoked in /);
    await runCli(['revoke'], { env, stdin: WITH_ID });
    await runCli(['revoke', 'b-2'], { env });
    const [one, two] = [`r:${sha256('jti\0a-1')}`, `r:${sha256('jti\0b-2')}`];
    const { code, stdout, stderr } = await runCli(['revoke', '--list'], { env });
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^${one}  until 20.*in 1 day.*$`, 'm'));
    expect(stdout).toMatch(new RegExp(`^${two}  until --undo$`, 'm'));
    expect(stderr).toMatch(/^2 revoked in /);
    const asJson = await runCli(['revoke', '--list', '--json'], { env });
    expect(JSON.parse(asJson.stdout)).toEqual({
      ok: true,
      action: 'list',
      entries: [
        { key: one, until: EXP + 300 },
        { key: two, until: null },
      ].sort((a, b) => (a.key < b.key ? -1 : 1)),
    });
    for (const more of [['--undo'], ['x'], ['--jti', 'x']]) {
      expect((await runCli(['revoke', '--list', ...more], { env })).code).toBe(2);
    }
    expect((await runCli(['revoke', '--list'])).code).toBe(3);
  });
});

describe('zepcli serve --revocations', () => {
  const status = async ({ url }: Serving, token: string): Promise<number> =>
    (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status;

  it('refuses what is revoked, and says once that its store is gone and that it is back', async () => {
    serving = await startServe(['--demo', '--revocations'], { env });
    expect(await runCli(['revoke'], { env, stdin: WITH_ID })).toMatchObject({ code: 0 });
    expect(await status(serving, WITH_ID)).toBe(401);
    expect(await status(serving, PLAIN)).toBe(200);
    expect(serving.stderr()).toMatch(/ refused GET \/: ERR_TOKEN_REVOKED /);
    rmSync(folder, { recursive: true });
    const others = [tokenOf({ sub: 'b' }), tokenOf({ sub: 'c' })];
    for (const token of others) expect(await status(serving, token)).toBe(503);
    expect(await status(serving, PLAIN)).toBe(200); // remembered
    expect(
      serving.stderr().match(/warning: the revocation store .* does not answer/g),
    ).toHaveLength(1);
    expect(serving.stderr()).toMatch(/until it does, tokens are refused with 503/);
  });

  it('refuses nobody for good because of an entry that it cannot read', async () => {
    serving = await startServe(['--demo', '--revocations'], { env });
    writeFileSync(join(folder, 'r'), 'a file where the folder of entries should be');
    expect(await status(serving, PLAIN)).toBe(503);
    expect(serving.stderr()).toMatch(
      /the revocation store .* does not answer: not a directory \(ENOTDIR\)/,
    );
    expect(await runCli(['revoke', '--undo'], { env, stdin: PLAIN })).toMatchObject({ code: 3 });
  });

  it('ends when it cannot listen', async () => {
    serving = await startServe(['--demo'], { env });
    const args = ['serve', '--demo', '--revocations', '--port', String(serving.port)];
    const { code, stderr } = await runCli(args, { env });
    expect(code).toBe(3);
    expect(stderr).toMatch(/cannot listen on 127.0.0.1 port \d+: address already in use/);
  });

  it('lets in what it cannot ask about, if asked to', async () => {
    serving = await startServe(['--demo', '--revocations', '--store-down', 'open'], { env });
    rmSync(folder, { recursive: true });
    expect(await status(serving, PLAIN)).toBe(200);
    expect(serving.stderr()).toMatch(/until it does, revoked tokens get in/);
  });

  it('needs a store', async () => {
    const around = { env: { ZEP_AUTH_SECRET: SECRET } };
    const { code, stderr } = await runCli(['serve', '--demo', '--revocations'], around);
    expect(code).toBe(2);
    expect(stderr).toMatch(/--revocations needs ZEP_AUTH_STORE_URL/);
  });

  it('is missed where there is a store', async () => {
    serving = await startServe(['--demo'], { env });
    expect(serving.stderr()).toMatch(/warning: ZEP_AUTH_STORE_URL is set, but only --revocations/);
    expect(serving.stderr()).not.toMatch(/check its spelling/);
  });
});
