// `zepcli doctor` as it is called: what goes where, and with which exit code.
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { type Ran, runCli } from '../fake-io.ts';
import { fileWith } from '../made-files.ts';
import { rawToken, SECRET, tokenOf } from '../made-tokens.ts';
import { type Serving, startServe } from '../serving.ts';

const env = { ZEP_AUTH_SECRET: SECRET };

interface Printed {
  readonly ok: boolean;
  readonly results: readonly { readonly name: string; readonly status: string }[];
}

const printed = ({ stdout }: Ran): Printed => {
  expect(stdout).toMatch(/^\{[^\n]*\}\n$/);
  return JSON.parse(stdout);
};

const statusOf = (ran: Ran, name: string): string | undefined =>
  printed(ran).results.find((result) => result.name === name)?.status;

describe('zepcli doctor without a URL', () => {
  it('prints a table and exits 0 where nothing is wrong', async () => {
    const { code, stdout, stderr } = await runCli(['doctor'], {
      env: { ...env, ZEP_API_KEY: tokenOf({ iat: 1 }) },
    });
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: '2 passed, 0 warnings, 0 failed, 0 skipped\n',
    });
    expect(stdout).toBe(
      [
        'pass     configuration      no problem; 1 secret',
        'pass     token              it is accepted here; it never expires',
        '',
      ].join('\n'),
    );
  });

  it('exits 1 where something is, and prints the same as one line of JSON with --json', async () => {
    const around = { env: { ZEP_AUTH_SECRET: `"${SECRET}"`, ZEP_API_KEY: tokenOf({}) } };
    const asTable = await runCli(['doctor'], around);
    expect(asTable.code).toBe(1);
    expect(asTable.stdout).toMatch(
      /^fail {5}token +it is signed with the secret without its quotes/m,
    );
    const asJson = await runCli(['doctor', '--json'], around);
    expect(asJson).toMatchObject({ code: 1, stderr: asTable.stderr });
    expect(printed(asJson)).toMatchObject({ ok: false });
    expect(statusOf(asJson, 'token')).toBe('fail');
  });

  it('exits 0 with a warning', async () => {
    const ran = await runCli(['doctor', '--json'], { env: { ...env, ZEP_AUTH_REQUIRED: 'false' } });
    expect(ran.code).toBe(0);
    expect(printed(ran).ok).toBe(true);
    expect(statusOf(ran, 'configuration')).toBe('warn');
  });

  it('takes the configuration from files and from standard input', async () => {
    const token = fileWith(tokenOf({}));
    for (const [argv, stdin] of [
      [['--dotenv', fileWith(`ZEP_AUTH_SECRET=${SECRET}\n`), '--token-file', token], ''],
      [['--secret-file', fileWith(SECRET), '--token-file', '-'], tokenOf({})],
      [['--secret-file', '-', '--token-file', token], `${SECRET}\n`],
    ] as const) {
      const ran = await runCli(['doctor', '--json', ...argv], { stdin });
      expect(ran.code).toBe(0);
      expect(statusOf(ran, 'token')).toBe('pass');
    }
  });

  it('does not pass a token that the store has revoked, nor one that it cannot ask about', async () => {
    const folder = dirname(fileWith(''));
    const store = { ...env, ZEP_AUTH_STORE_URL: pathToFileURL(folder).href };
    const around = { env: { ...store, ZEP_API_KEY: tokenOf({ jti: 'hers' }) } };
    expect(statusOf(await runCli(['doctor', '--json'], around), 'token')).toBe('pass');
    expect((await runCli(['revoke', '--jti', 'hers'], { env: store })).code).toBe(0);
    const ran = await runCli(['doctor', '--json'], around);
    expect({ code: ran.code, status: statusOf(ran, 'token') }).toEqual({ code: 1, status: 'fail' });
    const gone = { ...around.env, ZEP_AUTH_STORE_URL: 'redis://127.0.0.1:1' };
    const unanswered = await runCli(['doctor', '--json'], { env: gone });
    expect(statusOf(unanswered, 'token')).toBe('unknown');
    expect(statusOf(unanswered, 'store')).toBe('fail');
  });

  it('is no complaint to a client, who has a token and no configuration', async () => {
    const ran = await runCli(['doctor', '--json'], { env: { ZEP_API_KEY: tokenOf({}) } });
    expect(ran.code).toBe(0);
    expect(printed(ran).results.slice(0, 2)).toEqual([
      { name: 'configuration', status: 'skipped', detail: 'there is none here' },
      { name: 'token', status: 'skipped', detail: 'there is no secret here to check it with' },
    ]);
    expect((await runCli(['doctor'])).code).toBe(1);
    // Who gives a file wants it checked.
    const { code, stdout } = await runCli(['doctor', '--token-file', fileWith(tokenOf({}))]);
    expect(code).toBe(3);
    expect(stdout).toContain('-> add --dotenv .env');
  });

  it('exits 3 where a file cannot be read', async () => {
    for (const option of ['--dotenv', '--token-file']) {
      const { code, stdout, stderr } = await runCli(['doctor', option, '/nowhere'], { env });
      expect({ code, stdout, stderr }).toEqual({
        code: 3,
        stdout: '',
        stderr:
          'error: cannot read "/nowhere": no such file or directory (ENOENT)\nhint: check its path\n',
      });
    }
  });
});

describe('zepcli doctor with a URL', () => {
  let serving: Serving | undefined;
  afterEach(async () => {
    await serving?.stop();
    serving = undefined;
  });

  it('finds nothing to complain about at zepcli serve --demo', async () => {
    serving = await startServe(['--demo'], { env });
    const ran = await runCli(['doctor', '--json', `${serving.url}/v1/things`], {
      env: { ...env, ZEP_API_KEY: tokenOf({ sub: 'alice' }) },
    });
    const { ok, results } = printed(ran);
    expect(results.filter(({ status }) => status === 'warn' || status === 'fail')).toEqual([]);
    expect(results.filter(({ status }) => status === 'skipped').map(({ name }) => name)).toEqual([
      'TLS',
    ]);
    expect({ ok, code: ran.code }).toEqual({ ok: true, code: 0 });
    expect(ran.stderr).toMatch(
      /^sending to http:\S+, with GET and OPTIONS only:\n {2}your token, once\n {2}tokens of your secret, for a minute\n {2}bad tokens, [^\n]+\n\d+ passed, [^\n]+\n$/,
    );
  });

  it.each(['base64', 'base64url', 'hex'] as const)(
    'signs with the bytes of a secret in %s',
    async (encoding) => {
      const bytes = {
        ZEP_AUTH_SECRET: Buffer.from(SECRET).toString(encoding),
        ZEP_AUTH_SECRET_ENCODING: encoding,
      };
      serving = await startServe(['--demo'], { env: bytes });
      const around = { env: { ...bytes, ZEP_API_KEY: tokenOf({}) } };
      const ran = await runCli(['doctor', '--json', serving.url], around);
      for (const name of ['token', 'your token', 'token signed here', 'tampered']) {
        expect([name, statusOf(ran, name)]).toEqual([name, 'pass']);
      }
      expect(ran.code).toBe(0);
    },
  );

  it('probes without any configuration, and leaves that out', async () => {
    serving = await startServe(['--demo'], { env });
    const ran = await runCli(['doctor', '--json', serving.url]);
    expect(ran.code).toBe(0);
    const { results } = printed(ran);
    expect(results[0]).toMatchObject({ name: 'configuration', status: 'skipped' });
    expect(results.map(({ name }) => name)).not.toContain('token');
    expect(statusOf(ran, 'no token')).toBe('pass');
    expect(statusOf(ran, 'your token')).toBe('skipped');
  });

  it('exits 1 where the server is open', async () => {
    serving = await startServe(['--demo'], { env: { ZEP_AUTH_REQUIRED: 'false' } });
    const ran = await runCli(['doctor', '--json', serving.url], { env });
    expect(ran.code).toBe(1);
    expect(statusOf(ran, 'no token')).toBe('fail');
  });

  it('says both here and there why a token is refused', async () => {
    serving = await startServe(['--demo'], { env });
    const ran = await runCli(['doctor', '--json', serving.url], {
      env: { ...env, ZEP_API_KEY: tokenOf({ exp: 1 }) },
    });
    expect(ran.code).toBe(1);
    expect(statusOf(ran, 'token')).toBe('fail');
    expect(statusOf(ran, 'your token')).toBe('fail');
    expect(statusOf(ran, 'token signed here')).toBe('pass');
  });

  it('sends nothing that is no token, and no secret that stands for one', async () => {
    serving = await startServe(['--demo'], { env });
    for (const text of [SECRET, `"${tokenOf({})}"`]) {
      const ran = await runCli(['doctor', '--json', serving.url], {
        env: { ...env, ZEP_API_KEY: text },
      });
      expect(statusOf(ran, 'token')).toBe('fail');
      expect(statusOf(ran, 'your token')).toBe('skipped');
    }
  });

  it('signs with the claims of the user’s token only with --send-claims', async () => {
    const strict = { ...env, ZEP_AUTH_AUDIENCE: 'things' };
    serving = await startServe(['--demo'], { env: strict });
    const probeWith = (more: Record<string, string>) =>
      runCli(['doctor', '--json', serving?.url ?? ''], { env: { ...env, ...more } });
    expect(statusOf(await probeWith({}), 'token signed here')).toBe('fail');
    const token = tokenOf({ aud: 'things' });
    expect(statusOf(await probeWith({ ZEP_API_KEY: token }), 'token signed here')).toBe('fail');
    const sending = await runCli(['doctor', '--json', '--send-claims', serving.url], {
      env: { ...env, ZEP_API_KEY: token },
    });
    expect(statusOf(sending, 'token signed here')).toBe('pass');
    expect(statusOf(await probeWith(strict), 'token signed here')).toBe('pass');
  });

  it('ends when it is asked to', async () => {
    const { code, stdout, stderr } = await runCli(['doctor', 'http://127.0.0.1:1'], {
      env,
      signal: AbortSignal.abort(),
    });
    expect(code).toBe(3);
    expect(stdout).toContain('pass     configuration');
    expect(stderr).toMatch(/\nerror: interrupted\n$/);
  });

  it('exits 3 and says how much it has checked where the server does not answer', async () => {
    const { code, stderr } = await runCli(['doctor', 'http://127.0.0.1:1'], { env });
    expect(code).toBe(3);
    expect(stderr).toMatch(/; checked \d of \d+\n$/);
  });
});

describe('a command line of zepcli doctor that is wrong', () => {
  it.each<readonly [string, readonly string[]]>([
    ['no URL', ['zzmarkerzz']],
    ['a URL without a scheme', ['api.example.com/zzmarkerzz']],
    ['a URL of another scheme', ['ftp://zzmarkerzz']],
    ['a file', ['file:///zzmarkerzz']],
    ['a dash', ['-']],
    ['a URL with a user', ['https://zzmarkerzz@api.example.com']],
    ['a host that is none', ['http://zz marker']],
    ['two URLs', ['http://127.0.0.1:1', 'http://127.0.0.1:2/zzmarkerzz']],
    ['standard input twice', ['--secret-file', '-', '--token-file', '-']],
    ['a token as an option', ['--token', 'zzmarkerzz']],
  ])('%s: exit code 2', async (_name, argv) => {
    const { code, stdout, stderr } = await runCli(['doctor', ...argv], { env });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: [^\n]+\n(?:hint: [^\n]+\n)?$/);
  });

  it('is a token in the URL, which is not asked for anything', async () => {
    const url = `http://127.0.0.1:1/?access_token=${rawToken('{"alg":"HS256"}', '{}')}`;
    const { code, stderr } = await runCli(['doctor', url], { env });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: a token is on the command line/);
  });
});
