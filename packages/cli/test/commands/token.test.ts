// `zepcli token`: every option, the claims it makes, where its secret comes from, and what it refuses.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runCli } from '../fake-io.ts';
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

// Made by Zep's zepcli with the secret `test-secret`.
const KNOWN_ANSWER =
  'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.O_ADp3sQL0B5OHZZi_itwaNA7b77PzRVjEtMC1qQTeM';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const NEVER_EXPIRES = 'never expires\n';

const env = { ZEP_AUTH_SECRET: SECRET };

const claimsOf = async (...options: readonly string[]): Promise<unknown> => {
  const argv = options.includes('--expires-in') ? options : ['--no-expiry', ...options];
  const { code, stdout, stderr } = await runCli(['token', ...argv], { env });
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return JSON.parse(textOf(stdout.trim(), 'claims'));
};

const own = { iat: NOW, jti: expect.stringMatching(UUID) };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 + 999 });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('zepcli token', () => {
  it('prints one token, signed with the secret, with iat, a jti and the key id', async () => {
    const { code, stdout, stderr } = await runCli(['token', '--no-expiry'], { env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: NEVER_EXPIRES });
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]{43}\n$/);
    const token = stdout.trim();
    expect(isSignedWith(token, SECRET)).toBe(true);
    expect(textOf(token, 'header')).toBe(`{"alg":"HS256","typ":"JWT","kid":"${keyIdOf(SECRET)}"}`);
    expect(JSON.parse(textOf(token, 'claims'))).toEqual(own);
  });

  it('gives each token a jti of its own', async () => {
    const [one, two] = [await claimsOf(), await claimsOf()];
    expect((one as { jti: string }).jti).not.toBe((two as { jti: string }).jti);
  });

  it('sets exactly the claims that its options name', async () => {
    expect(await claimsOf('--sub', 'alice')).toEqual({ sub: 'alice', ...own });
    expect(await claimsOf('--iss', 'https://issuer.example')).toEqual({
      iss: 'https://issuer.example',
      ...own,
    });
    expect(await claimsOf('--aud', 'one')).toEqual({ aud: 'one', ...own });
    expect(await claimsOf('--aud', 'one', '--aud', 'two')).toEqual({ aud: ['one', 'two'], ...own });
    expect(await claimsOf('--scope', 'memory:read memory:write')).toEqual({
      scope: 'memory:read memory:write',
      ...own,
    });
    expect(await claimsOf('--expires-in', '90d')).toEqual({ exp: NOW + 90 * 86_400, ...own });
    expect(await claimsOf('--not-before', '30m')).toEqual({ nbf: NOW + 1800, ...own });
    expect(await claimsOf('--claim', 'team=blue')).toEqual({ team: 'blue', ...own });
    expect(await claimsOf('--claim-json', 'seats=5')).toEqual({ seats: 5, ...own });
  });

  it('sets them all together', async () => {
    const claims = await claimsOf(
      ...['--sub', 'alice', '--iss', 'me', '--aud', 'api', '--scope', 'a', '--expires-in', '1y'],
      ...['--not-before', '2027-01-15T08:00:00Z', '--claim', 'team=blue', '--claim', 'site=a=b'],
      ...['--claim-json', 'roles=["admin",null]', '--claim-json', 'deep={"a":{"b":true}}'],
    );
    expect(claims).toEqual({
      iss: 'me',
      sub: 'alice',
      aud: 'api',
      exp: NOW + 31_536_000,
      nbf: NOW,
      scope: 'a',
      team: 'blue',
      site: 'a=b',
      roles: ['admin', null],
      deep: { a: { b: true } },
      ...own,
    });
  });

  it('takes values as they are: numbers, spaces, Unicode, line breaks and the empty string in a claim', async () => {
    expect(await claimsOf('--sub', '007', '--iss', ' é\n😀')).toEqual({
      sub: '007',
      iss: ' é\n😀',
      ...own,
    });
    expect(await claimsOf('--claim', 'n=5', '--claim', 'e=', '--claim', 't=true')).toEqual({
      n: '5',
      e: '',
      t: 'true',
      ...own,
    });
  });

  it('keeps a claim named __proto__ a claim like any other', async () => {
    for (const [option, pair, value] of [
      ['--claim', '__proto__=x', '"x"'],
      ['--claim-json', '__proto__={"admin":true}', '{"admin":true}'],
    ] as const) {
      const { code, stdout } = await runCli(['token', '--no-expiry', option, pair], { env });
      expect(code).toBe(0);
      expect(textOf(stdout.trim(), 'claims')).toContain(`"__proto__":${value}`);
    }
  });

  it('prints token, key id and claims as one line of JSON with --json', async () => {
    const { stdout, stderr } = await runCli(
      ['token', '--json', '--sub', 'alice', '--expires-in', '2h'],
      { env },
    );
    expect(stdout).toMatch(/^\{.*\}\n$/);
    const printed = JSON.parse(stdout) as { token: string };
    expect(printed).toEqual({
      ok: true,
      token: expect.any(String),
      keyId: keyIdOf(SECRET),
      claims: { sub: 'alice', exp: NOW + 7200, ...own },
    });
    expect(isSignedWith(printed.token, SECRET)).toBe(true);
    expect(stderr).toBe('expires in 2 hours (2027-01-15T10:00:00Z)\n');
  });

  it('prints the key id with --json for a token that is not valid yet, too', async () => {
    const { stdout } = await runCli(['token', '--json', '--not-before', '1h', '--no-expiry'], {
      env,
    });
    expect(JSON.parse(stdout)).toMatchObject({ keyId: keyIdOf(SECRET) });
  });

  it('says when the token expires, on standard error alone', async () => {
    const { stdout, stderr } = await runCli(['token', '--expires-in', '90d'], { env });
    expect(stderr).toBe('expires in 90 days (2027-04-15T08:00:00Z)\n');
    expect(stdout.split('\n')).toHaveLength(2);
  });

  it('signs with the current secret, not with a previous one', async () => {
    const previous = secretNamed('previous');
    const { stdout } = await runCli(['token', '--no-expiry'], {
      env: { ...env, ZEP_AUTH_SECRET_PREVIOUS: previous },
    });
    expect(isSignedWith(stdout.trim(), SECRET)).toBe(true);
    expect(textOf(stdout.trim(), 'header')).toContain(keyIdOf(SECRET));
  });
});

describe('zepcli token --no-claims', () => {
  it('makes the token of Zep’s zepcli byte for byte, with a legacy secret where that is allowed', async () => {
    const weak = { ZEP_AUTH_SECRET: 'test-secret', ZEP_AUTH_ALLOW_WEAK_SECRET: 'true' };
    const { code, stdout, stderr } = await runCli(['token', '--no-claims'], { env: weak });
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${KNOWN_ANSWER}\n` });
    expect(stderr).toContain('ZEP_AUTH_SECRET is shorter than 32 bytes');
    expect(stderr).toContain('never expires');
  });

  it('refuses that secret where it is not', async () => {
    const { code, stdout, stderr } = await runCli(['token', '--no-claims'], {
      env: { ZEP_AUTH_SECRET: 'test-secret' },
    });
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/^error: ZEP_AUTH_SECRET is shorter than 32 bytes/);
  });

  it('names the key in --json all the same, and only there', async () => {
    const { stdout } = await runCli(['token', '--no-claims', '--json'], { env });
    expect(JSON.parse(stdout)).toEqual({
      ok: true,
      token: tokenOf({}),
      keyId: keyIdOf(SECRET),
      claims: {},
    });
  });

  it.each([
    ['--sub', 'alice'],
    ['--aud', 'api'],
    ['--iss', 'me'],
    ['--scope', 'a'],
    ['--expires-in', '1d'],
    ['--not-before', '1d'],
    ['--claim', 'a=b'],
    ['--claim-json', 'a=1'],
    ['--jti', 'x'],
    ['--claims', '/nowhere'],
  ])('goes with no %s', async (...option) => {
    const { code, stdout, stderr } = await runCli(['token', '--no-claims', ...option], { env });
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: --no-claims goes with no claim and no header\nhint: leave --no-claims out\n',
    });
  });
});

describe('the claims that --claim and --claim-json refuse', () => {
  it.each([
    ['at the top', '{"a":1,"b":2,"a":3}', 'a'],
    ['below', '{"list":[{"x":1},{"x":1,"y":{"z":1,"z":1}}]}', 'z'],
    ['in another spelling', '{"a":1,"\\u0061":2}', 'a'],
  ])('a member that is repeated %s, which a parser would lose', async (_name, json, member) => {
    const message = `has the member ${JSON.stringify(member)} twice\nhint: keep one of them\n`;
    for (const [argv, stdin] of [
      [['--claim-json', `own=${json}`], ''],
      [['--claims', '-'], json],
    ] as const) {
      const ran = await runCli(['token', '--no-expiry', ...argv], { env, stdin });
      expect(ran).toMatchObject({ code: 2, stdout: '' });
      expect(ran.stderr).toContain(message);
    }
    const alike = '{"a":{"a":["a","a"],"b":"\\":a:"},"b":[{"a":1},{"a":1}]}';
    expect(
      (await runCli(['token', '--no-expiry', '--claims', '-'], { env, stdin: alike })).code,
    ).toBe(0);
  });

  it.each([
    ['iss', '--iss'],
    ['sub', '--sub'],
    ['aud', '--aud'],
    ['scope', '--scope'],
    ['exp', '--expires-in'],
    ['nbf', '--not-before'],
    ['jti', '--jti'],
    ['iat', 'it is set to the current time'],
  ])('%s, with a word on what sets it', async (claim, advice) => {
    for (const [option, value] of [
      ['--claim', 'zzmarkerzz'],
      ['--claim-json', '"zzmarkerzz"'],
    ] as const) {
      const { code, stdout, stderr } = await runCli(['token', option, `${claim}=${value}`], {
        env,
      });
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^error: [^\n]+\n(?:hint: [^\n]+\n)?$/);
      expect(stderr).toContain(`${option} does not set ${claim}`);
      expect(stderr).toContain(advice);
      expect(stderr).not.toContain('zzmarkerzz');
    }
  });

  it.each([
    ['no =', '--claim', 'zzmarkerzz'],
    ['no name', '--claim', '=zzmarkerzz'],
    ['no = in JSON', '--claim-json', 'zzmarkerzz'],
    ['a text that is not JSON', '--claim-json', 'a=zzmarkerzz'],
    ['an empty text for JSON', '--claim-json', 'a='],
    ['JSON with something behind it', '--claim-json', 'a=1 zzmarkerzz'],
    ['JSON with single quotes', '--claim-json', "a='zzmarkerzz'"],
  ])('%s', async (_name, option, pair) => {
    const { code, stdout, stderr } = await runCli(['token', option, pair], { env });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: --claim(-json)? [^\n]+\n(?:hint: [^\n]+\n)?$/);
  });

  it('a claim that is set already', async () => {
    for (const more of [
      ['--claim', 'a=c'],
      ['--claim-json', 'a=1'],
    ]) {
      const { code, stdout, stderr } = await runCli(['token', '--claim', 'a=b', ...more], { env });
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain('"a" is set already');
    }
  });

  it('a value that the verifier would call malformed', async () => {
    const deep = `${'['.repeat(64)}${']'.repeat(64)}`;
    const { code, stdout, stderr } = await runCli(['token', '--claim-json', `a=${deep}`], { env });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: [^\n]+\n(?:hint: [^\n]+\n)?$/);
  });

  it('more than fits into a token', async () => {
    const { code, stdout, stderr } = await runCli(['token', '--claim', `a=${'x '.repeat(4096)}`], {
      env,
    });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: [^\n]+\n(?:hint: [^\n]+\n)?$/);
  });
});

describe('--expires-in and --not-before', () => {
  it.each([
    ['1s', NOW + 1],
    ['30days', NOW + 2_592_000],
    ['1h30m', NOW + 5400],
    ['100y', NOW + 3_153_600_000],
    ['2030-01-31', 1_896_048_000],
    ['2030-01-31T12:00:00Z', 1_896_091_200],
    ['2030-01-31T14:00:00+02:00', 1_896_091_200],
  ])('take %s', async (text, seconds) => {
    expect(await claimsOf('--expires-in', text)).toMatchObject({ exp: seconds });
    expect(await claimsOf('--not-before', text)).toMatchObject({ nbf: seconds });
  });

  it.each(['soon', '0d', '-1d', '90', '101y', '1.5d', '1e3s', '2030-02-30', '1896091200'])(
    'refuse %s by name, with the forms that they take',
    async (text) => {
      for (const option of ['--expires-in', '--not-before']) {
        const { code, stdout, stderr } = await runCli(['token', `${option}=${text}`], { env });
        expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
        expect(stderr).toContain(`error: ${option} "${text}" is not a date`);
      }
    },
  );

  it('--not-before takes a time in the past, --expires-in does not', async () => {
    expect(await claimsOf('--not-before', '2020-01-01')).toMatchObject({ nbf: 1_577_836_800 });
    const { code, stderr } = await runCli(['token', '--expires-in', '2020-01-01'], { env });
    expect(code).toBe(2);
    expect(stderr).toContain('would have expired already');
  });

  it('a token that never ends has to be asked for', async () => {
    const { code, stdout, stderr } = await runCli(['token', '--sub', 'alice'], { env });
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: the token would never expire\nhint: add --expires-in 90d, or --no-expiry\n',
    });
    const both = ['token', '--no-expiry', '--expires-in', '1d'];
    expect((await runCli(both, { env })).code).toBe(2);
  });
});

describe('--jti', () => {
  it('sets the id of the token', async () => {
    expect(await claimsOf('--jti', 'a-1')).toEqual({ iat: NOW, jti: 'a-1' });
  });
});

describe('--claims', () => {
  const sign = async (payload: string, ...options: string[]) => {
    const ran = await runCli(['token', '--claims', '-', ...options], { env, stdin: payload });
    return { ...ran, claims: ran.code === 0 ? textOf(ran.stdout.trim(), 'claims') : '' };
  };

  it('signs a whole payload as it is, from a file or from standard input', async () => {
    const payload = '{"sub":"alice","exp":1900000000,"nested":{"a":[1,"x",null]}}';
    expect((await sign(payload)).claims).toBe(payload);
    const { stdout } = await runCli(['token', '--claims', fileWith(`${payload}\n`)], { env });
    expect(textOf(stdout.trim(), 'claims')).toBe(payload);
  });

  it('needs an expiry or --no-expiry like every token', async () => {
    expect((await sign('{"sub":"alice"}')).code).toBe(2);
    expect((await sign('{"sub":"alice"}', '--no-expiry')).claims).toBe('{"sub":"alice"}');
    expect((await sign('{"sub":"alice"}', '--expires-in', '1h')).claims).toBe(
      `{"sub":"alice","exp":${NOW + 3600}}`,
    );
    expect((await sign('{"exp":1900000000}', '--expires-in', '1h')).code).toBe(2);
  });

  it.each([
    ['no JSON', '{"sub":', /is not JSON/],
    ['no object', '["alice"]', /is not a JSON object/],
    ['null', 'null', /is not a JSON object/],
    ['nothing', '', /is not JSON/],
    ['an expiry that is text', '{"exp":"1900000000"}', /exp/],
  ])('refuses %s', async (_name, payload, reason) => {
    const { code, stdout, stderr } = await sign(payload, '--no-expiry');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(reason);
  });

  it('goes with no other option that sets a claim, and not with the secret on the same input', async () => {
    expect((await sign('{}', '--no-expiry', '--sub', 'bob')).code).toBe(2);
    expect((await sign('{}', '--no-expiry', '-')).code).toBe(2);
    expect((await sign('{}', '--no-expiry', '--secret-file', '-')).code).toBe(2);
    expect((await sign('{}', '--no-expiry', '--count', '2')).code).toBe(2);
  });
});

describe('a number that a double cannot hold', () => {
  it.each([
    '12345678901234567890',
    '1e999',
    '-1e999',
    '0.1234567890123456789012',
    '9007199254740993',
    '{"a":[1,{"b":12345678901234567891}]}',
  ])('%s is not signed as another one', async (json) => {
    const { code, stdout, stderr } = await runCli(
      ['token', '--no-expiry', '--claim-json', `id=${json}`],
      { env },
    );
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: --claim-json id has the number \S+, which would be signed as /);
    const whole = await runCli(['token', '--no-expiry', '--claims', fileWith(`{"id":${json}}`)], {
      env,
    });
    expect(whole.code).toBe(2);
  });

  it.each([
    ['exp', 'give a whole number of seconds'],
    ['nbf', 'give a whole number of seconds'],
    ['iat', 'give a whole number of seconds'],
    ['seats', 'give it as a string, in quotes'],
  ])('%s is refused with a hint that a verifier takes', async (claim, hint) => {
    const file = fileWith(`{"${claim}":4000000000.000000000001}`);
    const { stderr } = await runCli(['token', '--no-expiry', '--claims', file], { env });
    expect(stderr).toContain(`which would be signed as 4000000000\nhint: ${hint}\n`);
  });

  it.each(['9007199254740992', '1e3', '1.0', '0.1', '1E-7', '100000000000000000000', '"1e999"'])(
    '%s is',
    async (json) => {
      expect(await claimsOf('--claim-json', `id=${json}`)).toMatchObject({ id: JSON.parse(json) });
    },
  );
});

describe('what token says of a policy that would refuse its token', () => {
  it.each([
    ['an issuer', { ZEP_AUTH_ISSUER: 'https://issuer.example' }, [], 'iss'],
    ['an audience', { ZEP_AUTH_AUDIENCE: 'api' }, ['--aud', 'other'], 'aud'],
    ['an expiry', { ZEP_AUTH_REQUIRE_EXPIRY: 'true' }, [], 'exp'],
    ['an age', { ZEP_AUTH_MAX_TOKEN_AGE_SECONDS: '60' }, ['--no-claims'], 'iat'],
  ])(
    '%s that is missing is a warning; the token is made all the same',
    async (_name, policy, options, claim) => {
      const plain = claim === 'iat' ? [] : ['--no-expiry'];
      const { code, stdout, stderr } = await runCli(['token', ...plain, ...options], {
        env: { ...env, ...policy },
      });
      expect(code).toBe(0);
      expect(isSignedWith(stdout.trim(), SECRET)).toBe(true);
      expect(stderr).toContain('warning: the settings in this environment refuse this token');
      expect(stderr).toContain(`the ${claim} claim`);
      const wanted = {
        iss: '; give it --iss as the settings have it',
        aud: '; give it --aud as the settings have it',
      };
      if (claim === 'iss' || claim === 'aud') expect(stderr).toContain(`${wanted[claim]}\n`);
    },
  );

  it('nothing where the token fits', async () => {
    const policy = {
      ZEP_AUTH_ISSUER: 'me',
      ZEP_AUTH_AUDIENCE: 'api',
      ZEP_AUTH_REQUIRE_EXPIRY: '1',
    };
    const options = ['--iss', 'me', '--aud', 'api', '--expires-in', '1d'];
    const { stderr } = await runCli(['token', ...options], { env: { ...env, ...policy } });
    expect(stderr).toBe('expires in 1 day (2027-01-16T08:00:00Z)\n');
  });

  it('nothing where the token is only not valid yet', async () => {
    const { stderr } = await runCli(['token', '--not-before', '1d', '--expires-in', '2d'], { env });
    expect(stderr).not.toContain('warning');
  });
});

// Of the list that wallarm publishes.
const LISTED = 'THISISACLASSIFIEDKEYYOUCANNOTACCESSTHIS';

describe('where token takes its secret from', () => {
  const expectSigned = async (
    argv: readonly string[],
    around: Parameters<typeof runCli>[1],
    secret = SECRET,
  ): Promise<void> => {
    const { code, stdout, stderr } = await runCli(['token', '--no-claims', ...argv], around);
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: `${tokenOf({}, secret)}\n`,
      stderr: NEVER_EXPIRES,
    });
  };
  const expectRefused = async (
    argv: readonly string[],
    around: Parameters<typeof runCli>[1],
    reason: RegExp,
  ): Promise<void> => {
    const { code, stdout, stderr } = await runCli(['token', '--no-claims', ...argv], around);
    const isMissing = /ZEP_AUTH_SECRET is not set|standard input is empty/.test(stderr);
    expect({ code, stdout }).toEqual({ code: isMissing ? 2 : 3, stdout: '' });
    expect(stderr).toMatch(/^error: [^\n]+\n(?:hint: [^\n]+\n)?$/);
    expect(stderr).toMatch(reason);
  };
  const other = { ZEP_AUTH_SECRET: secretNamed('other') };

  it('the environment', () => expectSigned([], { env }));
  it('a file that the environment names', () =>
    expectSigned([], { env: { ZEP_AUTH_SECRET_FILE: fileWith(`${SECRET}\n`) } }));
  it('--secret-file, before the environment', async () => {
    await expectSigned(['--secret-file', fileWith(SECRET)], { env: other });
    await expectSigned(['--secret-file', fileWith(SECRET)], {
      env: { ZEP_AUTH_SECRET_FILE: fileWith(secretNamed('other')) },
    });
  });
  it('--dotenv, behind the environment and --secret-file', async () => {
    const file = fileWith(`A=1\nZEP_AUTH_SECRET='${SECRET}' # the secret\n`);
    for (const more of [[], ['--secret-file', fileWith(SECRET)]]) {
      const argv = ['token', '--no-claims', '--dotenv', file, ...more];
      expect((await runCli(argv)).stdout).toBe(`${tokenOf({})}\n`);
    }
    const { stdout, stderr } = await runCli(['token', '--no-claims', '--dotenv', file], {
      env: other,
    });
    expect(stdout).toBe(`${tokenOf({}, secretNamed('other'))}\n`);
    expect(stderr).toContain('ZEP_AUTH_SECRET has another value in the environment, which wins');
    await expectRefused(['--dotenv', `${file}.no`], {}, /cannot read ".*\.no": no such file/);
    await expectRefused(['--dotenv', fileWith('A=1\n')], {}, /ZEP_AUTH_SECRET is not set/);
  });
  it('standard input, as - and as --secret-file -, before the environment', async () => {
    for (const argv of [['-'], ['--secret-file', '-'], ['--secret-file=-']]) {
      await expectSigned(argv, { env: other, stdin: SECRET });
      await expectSigned(argv, {
        env: { ZEP_AUTH_SECRET_FILE: fileWith(secretNamed('other')) },
        stdin: SECRET,
      });
    }
  });

  it('with exactly one line ending off, \\n or \\r\\n', async () => {
    for (const ending of ['\n', '\r\n']) {
      await expectSigned(['-'], { stdin: SECRET + ending });
      await expectSigned(['--secret-file', fileWith(SECRET + ending)], {});
      await expectRefused(['-'], { stdin: SECRET + ending + ending }, /white space/);
      await expectRefused(['--secret-file', fileWith(SECRET + ending + ending)], {}, /white space/);
    }
    for (const edge of ['\r', ' ', '\t', '\u00a0', ' \n', '\n\r']) {
      await expectRefused(['-'], { stdin: SECRET + edge }, /white space/);
      await expectRefused(['--secret-file', fileWith(SECRET + edge)], {}, /white space/);
    }
    const { code, stderr } = await runCli(['token', '--no-claims', '-'], {
      stdin: `\ufeff${SECRET}`,
    });
    expect(code).toBe(0);
    expect(stderr).toContain('begins with a byte order mark, which is ignored');
  });

  it('never trimmed inside: a secret with a space in it is that secret', async () => {
    const spaced = `${SECRET.slice(0, 30)} ${SECRET.slice(30, 60)}`;
    await expectSigned(['-'], { stdin: `${spaced}\n` }, spaced);
  });

  it('and not from a file that cannot be read, is empty or is not UTF-8', async () => {
    const gone = fileWith('x').replace(/file$/, 'zzmarkerzz');
    await expectRefused(
      ['--secret-file', gone],
      {},
      /--secret-file "[^"]+" names a file that cannot be read \(ENOENT\)/,
    );
    await expectRefused(
      ['--secret-file', gone.replace(/\/[^/]*$/, '')],
      {},
      /cannot be read \(EISDIR\)/,
    );
    for (const content of ['', '\n', '\r\n']) {
      await expectRefused(
        ['--secret-file', fileWith(content)],
        {},
        /--secret-file "[^"]+" names a file that is empty/,
      );
      await expectRefused(['-'], { stdin: content }, /the secret on standard input is empty/);
    }
    const latin1 = Buffer.from('é'.repeat(40), 'latin1');
    await expectRefused(
      ['--secret-file', fileWith(latin1)],
      {},
      /--secret-file "[^"]+" names a file that is not UTF-8/,
    );
    await expectRefused(['-'], { stdin: latin1 }, /on standard input is not UTF-8/);
    for (const text of [SECRET, `\ufeff${SECRET}`, `${SECRET}\r\n`]) {
      const utf16 = Buffer.from(text, 'utf16le');
      for (const stdin of [utf16, Buffer.from(utf16).swap16()]) {
        await expectRefused(['-'], { stdin }, /UTF-16, as > in Windows PowerShell writes it/);
      }
    }
    await expectRefused(['-'], { stdin: `${SECRET}\0` }, /has a NUL at character 89/);
  });

  it('and not from nowhere', () =>
    expectRefused(
      [],
      { env: { ZEP_AUTH_SECRET: '' } },
      /ZEP_AUTH_SECRET is not set\nhint: make a secret with `zepcli secret`/,
    ));

  it('and not where authentication is off and there is none', async () => {
    const { code, stdout, stderr } = await runCli(['token', '--no-expiry'], {
      env: { ZEP_AUTH_REQUIRED: 'false' },
    });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('ZEP_AUTH_SECRET is not set');
  });

  it('and not from two places in the environment', () =>
    expectRefused([], { env: { ...env, ZEP_AUTH_SECRET_FILE: fileWith(SECRET) } }, /both set/));

  it('and not when it is a token, wherever it stands', async () => {
    const token = tokenOf({});
    await expectRefused(
      [],
      { env: { ZEP_AUTH_SECRET: token } },
      /^error: ZEP_AUTH_SECRET is a token \(a JWT\), not its secret/,
    );
    await expectRefused(['-'], { stdin: token }, /^error: the secret on standard input is a token/);
    await expectRefused(
      ['--secret-file', fileWith(token)],
      {},
      /^error: --secret-file "[^"]+" holds a secret that is a token/,
    );
  });

  it.each([
    ['short', 'short-secret', /shorter than 32 bytes/],
    ['quoted', `"${SECRET}"`, /quotes/],
    ['a PEM', '-----BEGIN PRIVATE KEY----- abcdefghijklmnop', /PEM/],
    ['one character', 'a'.repeat(64), /one block repeated/],
    ['Zep’s fallback', 'do-not-use-this-secret-in-production', /placeholder/],
    ['on a public list', LISTED, /holds a secret of a public list/],
    ['on a public list in another case', LISTED.toLowerCase(), /public list/],
    ['broken over lines', `${SECRET.slice(0, 40)}\n${SECRET.slice(40)}`, /line break/],
  ])('and not when it is %s', async (_name, secret, reason) => {
    await expectRefused([], { env: { ZEP_AUTH_SECRET: secret } }, reason);
    await expectRefused(['-'], { stdin: secret }, reason);
  });

  it('and not when a file or a previous secret is on a public list', async () => {
    await expectRefused(
      ['--secret-file', fileWith(`${LISTED}\n`)],
      {},
      /^error: --secret-file "[^"]+" holds a secret of a public list/,
    );
    await expectRefused(['--secret-file', fileWith(`\ufeff${LISTED}`)], {}, /public list/);
    const encoded = Buffer.from(LISTED).toString('base64');
    await expectRefused(
      [],
      { env: { ZEP_AUTH_SECRET: encoded, ZEP_AUTH_SECRET_ENCODING: 'base64' } },
      /public list/,
    );
    const env = { ZEP_AUTH_SECRET: SECRET, ZEP_AUTH_SECRET_PREVIOUS: `${LISTED},${SECRET}x` };
    await expectRefused([], { env }, /ZEP_AUTH_SECRET_PREVIOUS holds a secret of a public list/);
    await expectSigned([], { env: { ZEP_AUTH_SECRET: `${LISTED}!` } }, `${LISTED}!`);
  });

  it('with the type and the members of the header that are asked for', async () => {
    const { stdout } = await runCli(
      ['token', '--no-expiry', '--typ', 'at+jwt', '--header', 'team=a', '--header', 'x=b=c'],
      { env: { ZEP_AUTH_SECRET: SECRET } },
    );
    const header = JSON.parse(Buffer.from(stdout.split('.')[0] ?? '', 'base64url').toString());
    expect(header).toMatchObject({ alg: 'HS256', typ: 'at+jwt', team: 'a', x: 'b=c' });
    for (const name of ['alg', 'typ', 'kid', 'crit', 'b64']) {
      const { code, stderr } = await runCli(['token', '--no-expiry', '--header', `${name}=x`]);
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: expect.stringContaining(`--header does not set ${name}`),
      });
    }
  });

  it('and does not show one that is typed at a terminal', async () => {
    const { terminal } = await import('../fake-io.ts');
    const stdin = terminal();
    stdin.write(`${SECRET}\r`);
    const { code, stdout, stderr } = await runCli(['token', '--no-expiry', '-'], { stdin });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ey/);
    expect(stderr).toContain('The secret');
    expect(stderr).not.toContain(SECRET.slice(0, 3));
  });

  it('names all that is wrong with the settings at once', async () => {
    const broken = {
      ZEP_AUTH_SECRET: 'x',
      ZEP_AUTH_REQUIRED: 'yes',
      ZEP_AUTH_CLOCK_TOLERANCE_SECONDS: '301',
    };
    const { code, stdout, stderr } = await runCli(['token', '--no-expiry'], { env: broken });
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    for (const variable of Object.keys(broken)) expect(stderr).toContain(`error: ${variable} `);
  });
});
