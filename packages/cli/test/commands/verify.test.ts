// `zepcli verify`: accepted or refused, with the same codes as the guard, and where the token comes from.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Ran, runCli, terminal } from '../fake-io.ts';
import { fileWith } from '../made-files.ts';
import { keyIdOf, NOW, rawToken, SECRET, secretNamed, tokenOf } from '../made-tokens.ts';

const env = { ZEP_AUTH_SECRET: SECRET };
const HS256 = '{"alg":"HS256","typ":"JWT"}';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 });
});
afterEach(() => {
  vi.useRealTimers();
});

const verify = (
  token: string,
  more: Record<string, string> = {},
  ...options: string[]
): Promise<Ran> => runCli(['verify', ...options], { env: { ...env, ...more }, stdin: token });

/** Refused in words and in JSON, with one code. */
const expectRefused = async (
  token: string,
  code: string,
  more: Record<string, string> = {},
): Promise<void> => {
  const inWords = await verify(token, more);
  expect(inWords).toMatchObject({ code: 1, stdout: '' });
  expect(inWords.stderr).toMatch(new RegExp(`^refused: [^\\n]+ \\(${code}\\)\\n`));
  const asJson = await verify(token, more, '--json');
  expect(asJson.code).toBe(1);
  expect(asJson.stdout).toMatch(/^\{[^\n]*\}\n$/);
  const { ok, error } = JSON.parse(asJson.stdout) as { ok: boolean; error: { code: string } };
  expect({ ok, code: error.code }).toEqual({ ok: false, code });
};

describe('zepcli verify and a good token', () => {
  it('prints the claims, and says by which key and until when', async () => {
    const claims = { sub: 'alice', exp: NOW + 7200 };
    const { code, stdout, stderr } = await verify(tokenOf(claims));
    expect(code).toBe(0);
    expect(stdout).toBe('sub  "alice"\nexp  1800007200  2027-01-15T10:00:00Z (in 2 hours)\n');
    expect(stderr).toBe(
      `valid: signed with key ${keyIdOf(SECRET)}, expires in 2 hours (2027-01-15T10:00:00Z)\n`,
    );
  });

  it('says of a token without exp that it never expires', async () => {
    const { code, stdout, stderr } = await verify(tokenOf({}));
    expect({ code, stdout }).toEqual({ code: 0, stdout: '(no claims)\n' });
    expect(stderr).toBe(`valid: signed with key ${keyIdOf(SECRET)}, never expires\n`);
  });

  it('prints one line of JSON with --json', async () => {
    const { code, stdout } = await verify(tokenOf({ sub: 'alice' }), {}, '--json');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\{[^\n]*\}\n$/);
    expect(JSON.parse(stdout)).toEqual({
      ok: true,
      keyId: keyIdOf(SECRET),
      claims: { sub: 'alice' },
    });
  });

  it('accepts one that was signed with a previous secret, and names that key', async () => {
    const previous = secretNamed('previous');
    const { code, stdout } = await verify(
      tokenOf({}, previous),
      { ZEP_AUTH_SECRET_PREVIOUS: `${secretNamed('older')},${previous}` },
      '--json',
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, keyId: keyIdOf(previous) });
  });

  it('finds the secret in a file, and on standard input when the token is the argument', async () => {
    const token = tokenOf({});
    expect(
      (await runCli(['verify', '--secret-file', fileWith(`${SECRET}\n`)], { stdin: token })).code,
    ).toBe(0);
    expect(
      (await runCli(['verify', '--secret-file', '-', token], { stdin: `${SECRET}\n` })).code,
    ).toBe(0);
  });
});

describe('zepcli verify and a token that is refused', () => {
  it('expired, to the second', async () => {
    await expectRefused(tokenOf({ exp: NOW }), 'ERR_TOKEN_EXPIRED');
    expect((await verify(tokenOf({ exp: NOW + 1 }))).code).toBe(0);
  });
  it('expired, with the command that makes it again, of what is plain', async () => {
    const hintOf = async (claims: object, ...argv: string[]) =>
      /^hint: make a new one: `(.*)`; see/m.exec(
        (await verify(tokenOf({ ...claims, exp: NOW }), {}, ...argv)).stderr,
      )?.[1];
    expect(await hintOf({})).toBe('zepcli token --expires-in 90d');
    const file = fileWith(`ZEP_AUTH_SECRET=${SECRET}\n`);
    const claims = { sub: 'alice', aud: ['a', 'b'], scope: 'read write' };
    expect(await hintOf(claims, '--dotenv', file)).toBe(
      `zepcli token --dotenv ${file} --sub alice --aud a --aud b --scope 'read write' --expires-in 90d`,
    );
    for (const sub of ['$(id)', "a'b", '-x', 'a\nb', '`', 'x'.repeat(65), '', null, {}])
      expect(await hintOf({ sub, iss: 'me' })).toBe('zepcli token --iss me --expires-in 90d');
  });
  it('made for another API, with the command that makes one for this', async () => {
    const policy = { ZEP_AUTH_ISSUER: 'me', ZEP_AUTH_AUDIENCE: 'the api' };
    const { stderr } = await verify(tokenOf({ sub: 'alice', aud: ['x', 'y'] }), policy);
    const command = "zepcli token --iss me --sub alice --aud 'the api' --expires-in 90d";
    expect(stderr).toContain(`hint: make a new one: \`${command}\`; see`);
    const argv = [...command.replace("'the api'", 'API').split(' ').slice(1)];
    const made = await runCli(
      argv.map((word) => (word === 'API' ? 'the api' : word)),
      { env: { ...env, ...policy } },
    );
    expect(await verify(made.stdout, policy)).toMatchObject({ code: 0 });
  });
  it('cut off on the way, and says where', async () => {
    const token = tokenOf({ sub: 'alice' });
    const said = async (text: string) =>
      /cannot be used: (.*) \(ERR/.exec((await verify(text)).stderr)?.[1];
    expect(await said(token.slice(0, -5))).toBe('its signature has 38 characters instead of 43');
    expect(await said(`${token.slice(0, 40)}...`)).toBe('it has "...": it was shortened on screen');
    expect(await said(`${token.slice(0, 40)}...${token.slice(-9)}`)).toMatch(/shortened on screen/);
    expect(await said(token.slice(1))).toBe('it does not begin with a header');
    expect(await said(token.slice(0, 40))).toMatch(/parts? instead of 3/);
  });
  it('not valid yet', async () => {
    await expectRefused(tokenOf({ nbf: NOW + 1 }), 'ERR_TOKEN_NOT_YET_VALID');
    expect((await verify(tokenOf({ nbf: NOW }))).code).toBe(0);
    await expectRefused(tokenOf({ iat: NOW + 61 }), 'ERR_TOKEN_NOT_YET_VALID');
    expect((await verify(tokenOf({ iat: NOW + 60 }))).code).toBe(0);
  });
  it('tampered with', async () => {
    const [header, , signature] = tokenOf({ sub: 'alice' }).split('.');
    const claims = Buffer.from('{"sub":"admin"}').toString('base64url');
    await expectRefused(`${header}.${claims}.${signature}`, 'ERR_TOKEN_SIGNATURE');
  });
  it('signed with another secret, whose key id it names', async () => {
    const other = secretNamed('other');
    await expectRefused(tokenOf({}, other), 'ERR_TOKEN_SIGNATURE');
    const token = rawToken(`{"alg":"HS256","kid":"${keyIdOf(other)}"}`, '{}', other);
    expect((await verify(token)).stderr).toContain(
      `hint: its key id is ${keyIdOf(other)}, and here it is ${keyIdOf(SECRET)}; with the token on standard input, \`zepcli doctor --token-file -\` finds out`,
    );
    const { code, stdout } = await runCli(['doctor', '--token-file', '-'], { env, stdin: token });
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: expect.stringMatching(new RegExp(`its key id is\\s+${keyIdOf(other)}`)),
    });
  });
  it.each(['a;b', 'a b', 'a, b c'])('no id of the list %j, of which it warns', async (list) => {
    const joined = 'warning: ZEP_AUTH_REVOKED has an id with white space or a semicolon\n';
    const { stderr } = await verify(tokenOf({ jti: 'b' }), { ZEP_AUTH_REVOKED: list });
    expect(stderr).toContain(joined.trim());
    expect((await verify(tokenOf({}), { ZEP_AUTH_REVOKED: 'a, b,c ' })).stderr).not.toMatch(/warn/);
  });
  it.each(['ZEPAUTH_AUDIENCE', 'ZEP_AUDIENCE', 'ZEP_AUTHENTICATION_AUDIENCE'])(
    'no claim by %s, of which it warns',
    async (name) => {
      const warning = `warning: ${name} is not read; did you mean ZEP_AUTH_AUDIENCE?`;
      const { code, stderr } = await verify(tokenOf({}), { [name]: 'things' });
      expect({ code, lines: stderr.split('\n') }).toMatchObject({
        code: 0,
        lines: [warning, {}, ''],
      });
      for (const env of [
        { [name]: '' },
        { [name]: 'x', ZEP_AUTH_AUDIENCE: 'things' },
        { [`${name}S`]: 'x' },
        { AUTH_AUDIENCE: 'x', AUDIENCE: 'x', ZEP_API_KEY: 'x', ZEP_SECRET: 'x' },
      ])
        expect((await verify(tokenOf({ aud: 'things' }), env)).stderr).not.toContain('warning');
    },
  );
  it('with another algorithm', async () => {
    for (const alg of ['none', 'HS512', 'RS256', 'hs256']) {
      await expectRefused(rawToken(`{"alg":"${alg}"}`, '{}'), 'ERR_TOKEN_ALGORITHM');
    }
  });
  it('with claims of a bad form', async () => {
    await expectRefused(rawToken(HS256, '{"exp":"4102444800"}'), 'ERR_TOKEN_CLAIM');
    await expectRefused(tokenOf({ exp: (NOW + 60) * 1000 }), 'ERR_TOKEN_CLAIM');
    await expectRefused(rawToken(HS256, '[]'), 'ERR_TOKEN_MALFORMED');
  });
  it('too large', () => expectRefused(tokenOf({ a: 'x'.repeat(8192) }), 'ERR_TOKEN_TOO_LARGE'));

  it.each([
    ['nothing', ''],
    ['nothing but a line ending', '\n'],
    ['half a token', tokenOf({}).split('.').slice(0, 2).join('.')],
    ['a text', 'hello'],
    ['two lines', `${tokenOf({})}\n${tokenOf({})}`],
    ['quotes', `"${tokenOf({})}"`],
    ['padding', `${tokenOf({})}=`],
  ])('%s', (_name, token) => expectRefused(token, 'ERR_TOKEN_MALFORMED'));

  const good = tokenOf({ sub: 'alice' });
  const end = good.length + 1;
  it.each([
    [
      'a token that a screen has shortened',
      `${good.slice(0, 30)}…`,
      'character 31 is U+2026, an ellipsis: the token was shortened on screen',
    ],
    [
      'an escaped space',
      `${good}%20`,
      `character ${end} is U+0025, a percent sign: the token is percent-encoded, or ends in the mark of zsh`,
    ],
    [
      'padding',
      `${good}=`,
      `character ${end} is U+003D, an equals sign: padding, which a token does not have, or NAME=value`,
    ],
    [
      'an assignment',
      `ZEP_API_KEY=${good}`,
      'character 12 is U+003D, an equals sign: padding, which a token does not have, or NAME=value',
    ],
    ['JSON', `{"token":"${good}"}`, 'character 1 is U+007B, of JSON: give the token alone'],
    ['curly quotes', `“${good}”`, 'character 1 is U+201C, a quotation mark'],
    [
      'two tokens',
      `${good},${good}`,
      `character ${end} is U+002C, a separator: there are two tokens, or more`,
    ],
    [
      'a line break',
      `${good.slice(0, 50)}\n${good.slice(50)}`,
      'character 51 is U+000A, a line break',
    ],
    ['a control character', `\u001b[31m${good}`, 'character 1 is U+001B, a control character'],
    [
      'a zero-width space',
      `${good}\u200b`,
      `character ${end} is U+200B, an invisible character, as web pages and chats add it`,
    ],
    ['a cut signature', good.slice(0, -3), 'its signature has 40 characters instead of 43'],
    ['two parts', good.slice(0, good.lastIndexOf('.')), 'it has 2 parts instead of 3'],
    ['one part', good.slice(0, 20), 'it has only one part instead of 3'],
    ['no signature', good.slice(0, good.lastIndexOf('.') + 1), 'it is not signed'],
  ])('names what is wrong with %s, as inspect does', async (_name, token, flaw) => {
    const { stderr } = await verify(token);
    expect(stderr).toContain(
      `refused: the token cannot be used: ${flaw} (ERR_TOKEN_MALFORMED)\nhint: `,
    );
    const asJson = await runCli(['verify', '--json'], { env, stdin: token });
    const { error } = JSON.parse(asJson.stdout);
    expect(error).toMatchObject({ message: `the token cannot be used: ${flaw}` });
    expect(error.hint).toMatch(/^(?:copy the token again|`zepcli token` makes one)/);
    expect((await runCli(['inspect'], { stdin: token })).stderr).toContain(flaw);
  });

  it('names a pasted Bearer', async () => {
    const { stderr } = await verify(`Bearer ${tokenOf({})}`);
    expect(stderr).toMatch(/begins with the word Bearer/);
    await expectRefused(`Bearer ${tokenOf({})}`, 'ERR_TOKEN_MALFORMED');
    const argument = await runCli(['verify', `Bearer ${tokenOf({})}`], { env });
    expect(argument).toMatchObject({ code: 1, stdout: '' });
    expect(argument.stderr).toMatch(/begins with the word Bearer/);
  });

  it('names the secret that was given in place of the token', async () => {
    for (const secret of [SECRET, secretNamed('other')]) {
      const { code, stdout, stderr } = await verify(secret);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(
        /it is not a JWT \(.*\nhint: if it is the secret, that stays on the server/,
      );
      expect(stderr).not.toContain(secret.slice(0, 12));
    }
  });
});

describe('zepcli verify and the policy of the environment', () => {
  const now = { iat: NOW - 100 };
  it.each([
    ['issuer', { ZEP_AUTH_ISSUER: 'me' }, { iss: 'me' }, { iss: 'you' }, 'ERR_TOKEN_CLAIM'],
    [
      'audience',
      { ZEP_AUTH_AUDIENCE: 'api' },
      { aud: ['x', 'api'] },
      { aud: 'other' },
      'ERR_TOKEN_CLAIM',
    ],
    ['expiry', { ZEP_AUTH_REQUIRE_EXPIRY: '1' }, { exp: NOW + 9 }, {}, 'ERR_TOKEN_CLAIM'],
    [
      'age',
      { ZEP_AUTH_MAX_TOKEN_AGE_SECONDS: '100' },
      now,
      { iat: NOW - 101 },
      'ERR_TOKEN_EXPIRED',
    ],
    [
      'tolerance',
      { ZEP_AUTH_CLOCK_TOLERANCE_SECONDS: '10' },
      { exp: NOW - 9 },
      { exp: NOW - 10 },
      'ERR_TOKEN_EXPIRED',
    ],
    ['revoked list', { ZEP_AUTH_REVOKED: 'a,b' }, { jti: 'c' }, { jti: 'b' }, 'ERR_TOKEN_REVOKED'],
  ])('the %s', async (_name, policy, good, bad, code) => {
    expect((await verify(tokenOf(good), policy)).code).toBe(0);
    await expectRefused(tokenOf(bad), code, policy);
  });
});

describe('where verify takes its token from', () => {
  it('refuses more than 1 MiB, wherever it comes from', async () => {
    const text = 'x'.repeat(2 ** 20 + 1);
    const hint = 'hint: see: zepcli help ERR_FILE\n';
    const message = (what: string) => `error: ${what} is larger than 1 MiB\n${hint}`;
    for (const [argv, stdin, what] of [
      [['verify'], text, 'the token on standard input'],
      [['verify', '--secret-file', '-', tokenOf({})], text, 'the secret on standard input'],
    ] as const) {
      const ran = await runCli(argv, { env: argv.length > 1 ? {} : env, stdin });
      expect(ran).toEqual({ code: 3, stdout: '', stderr: message(what) });
    }
    const file = fileWith(text);
    const ran = await runCli(['verify', '--dotenv', file], { stdin: tokenOf({}) });
    expect(ran).toEqual({ code: 3, stdout: '', stderr: message(`"${file}"`) });
    expect((await runCli(['verify'], { env, stdin: text.slice(1) })).code).toBe(1);
  });

  it('the argument, and standard input without one or with -', async () => {
    const token = tokenOf({ sub: 'alice' });
    for (const [argv, stdin] of [
      [['verify', token], ''],
      [['verify', token], 'not this'],
      [['verify'], token],
      [['verify'], `${token}\n`],
      [['verify'], `${token}\r\n`],
      [['verify', '-'], token],
      [['verify', '--json', token], ''],
    ] as const) {
      const { code, stderr } = await runCli(argv, { env, stdin });
      expect({ argv, code, stderr }).toMatchObject({ code: 0 });
    }
  });

  it('the argument behind --, or says that there is no such form; it is never passed over', async () => {
    const { code, stderr } = await runCli(['verify', '--', tokenOf({})], { env });
    expect([0, 2]).toContain(code);
    expect(stderr).toMatch(code === 0 ? /^valid/ : /^error: [^\n]+\n(?:hint: [^\n]+\n)?$/);
  });

  it('never a terminal on which nobody was asked to type', async () => {
    const { code, stdout, stderr } = await runCli(['verify'], { env, stdin: terminal() });
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: the token is missing\nhint: pipe it in: zepcli verify < token.txt\n',
    });
  });

  it('standard input beside --dotenv, whose secret and policy count', async () => {
    const file = fileWith(`ZEP_AUTH_SECRET=${SECRET}\nZEP_AUTH_ISSUER=me\n`);
    for (const [claims, code] of [
      [{ iss: 'me' }, 0],
      [{ iss: 'you' }, 1],
    ] as const) {
      const ran = await runCli(['verify', '--dotenv', file], { stdin: tokenOf(claims) });
      expect(ran).toMatchObject({ code });
    }
    const missing = await runCli(['verify', '--dotenv', `${file}.no`], { stdin: tokenOf() });
    expect(missing.code).toBe(3);
    expect(missing.stderr).toContain(`cannot read "${file}.no": no such file or directory`);
  });

  it.each([
    ['setx ZEP_AUTH_AUDIENCE x', 'on line 2 is not read: it has something in front of the name'],
    ['- ZEP_AUTH_AUDIENCE=x', 'on line 2 is not read: it has something in front of the name'],
    ['ZEP_AUTH_AUDIENCE x', 'on line 2 is not read: it has no = behind the name'],
    ['ZEP_AUTH_AUDIENCE=#x', 'on line 2 is empty: its # begins a comment'],
  ])(
    'no env file with the line %j, which is a policy that nothing would check',
    async (line, why) => {
      const dotenv = fileWith(`ZEP_AUTH_SECRET=${SECRET}\n${line}\nZEP_AUTH_ISSUER=a b\n`);
      const stdin = tokenOf({ iss: 'a b', aud: 'x' });
      const argv = ['verify', '--dotenv', dotenv];
      const refused = await runCli(argv, { stdin });
      expect(refused).toMatchObject({ code: 3, stdout: '' });
      expect(refused.stderr).toMatch(/^error: .*\nhint: .*\nwarning: ZEP_AUTH_ISSUER has .*\n$/);
      expect(refused.stderr).toContain(`error: ZEP_AUTH_AUDIENCE ${why}`);
      const set = { ZEP_AUTH_AUDIENCE: 'x' };
      expect(await runCli(argv, { stdin, env: set })).toMatchObject({ code: 0 });
    },
  );

  it('an env file whose line of the secret is not read as such: it names the line alone', async () => {
    const dotenv = fileWith(`set ZEP_AUTH_SECRET=${SECRET}\nZEP_AUTH_ISSUER=a b\n`);
    const ran = await runCli(['verify', '--dotenv', dotenv], { stdin: tokenOf({ iss: 'a b' }) });
    expect(ran.code).toBe(3);
    expect(ran.stderr).toMatch(
      /^error: ZEP_AUTH_SECRET on line 1 is not read.*\nhint: .*\nwarning: ZEP_AUTH_ISSUER .*\n$/,
    );
    const argv = ['verify', '--dotenv', dotenv, '--secret-file', fileWith(SECRET)];
    const given = await runCli(argv, { stdin: tokenOf({ iss: 'a b' }) });
    expect(given).toMatchObject({ code: 0 });
    const empty = fileWith('ZEP_AUTH_ISSUER=a b\n');
    const none = await runCli(['verify', '--dotenv', empty], { stdin: tokenOf() });
    expect(none.code).toBe(2);
    expect(none.stderr).toMatch(
      /^warning: ZEP_AUTH_ISSUER .*\nerror: ZEP_AUTH_SECRET is not set\n/,
    );
  });

  it('not the same input as the secret', async () => {
    const { code, stdout, stderr } = await runCli(['verify', '--secret-file', '-'], {
      stdin: `${SECRET}\n`,
    });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: standard input is asked for the secret and for the token\n/);
  });

  it('and refuses to start without a secret, or with a bad one, before it reads any', async () => {
    const token = tokenOf({});
    for (const [more, exitCode] of [
      [{}, 2],
      [{ ZEP_AUTH_REQUIRED: 'false' }, 2],
      [{ ZEP_AUTH_SECRET: token }, 3],
    ] as const) {
      const { code, stdout, stderr } = await runCli(['verify', '--json'], {
        env: more,
        stdin: token,
      });
      expect(code).toBe(exitCode);
      expect(JSON.parse(stdout)).toMatchObject({
        error: { code: exitCode === 2 ? 'ERR_SECRET_MISSING' : 'ERR_CONFIG_INVALID' },
      });
      expect(stderr).toContain('ZEP_AUTH_SECRET ');
    }
  });
});

describe('the facts of a refusal', () => {
  const refusal = async (token: string, more: Record<string, string> = {}): Promise<string> =>
    (await verify(token, more)).stderr.split('\n')[0] ?? '';

  it('says when a token expired, and from when one is valid', async () => {
    expect(await refusal(tokenOf({ exp: NOW - 3235 * 86_400 }))).toBe(
      'refused: the token has expired: it expired on 2018-03-08T08:00:00Z (8 years ago) (ERR_TOKEN_EXPIRED)',
    );
    expect(await refusal(tokenOf({ nbf: NOW + 3600 }))).toContain(
      'it is valid from 2027-01-15T09:00:00Z (in 1 hour)',
    );
    expect(await refusal(tokenOf({ iat: NOW + 7200 }))).toContain('it was issued on 2027-01-15T10');
  });

  it('says where its code is explained', async () => {
    expect((await verify(tokenOf({ exp: NOW }))).stderr).toMatch(
      /^hint: .*; see https:\S+\/docs\/errors\.md#err_token_expired$/m,
    );
  });

  it('says which claim is there, and which is expected', async () => {
    const policy = { ZEP_AUTH_ISSUER: 'me', ZEP_AUTH_AUDIENCE: 'api' };
    expect(await refusal(tokenOf({ iss: 'you' }), policy)).toContain(
      'its iss is "you"; expected "me"',
    );
    expect(await refusal(tokenOf({ iss: 'me', aud: ['a'] }), policy)).toContain(
      'its aud is ["a"]; expected "api"',
    );
    expect(await refusal(tokenOf({ iss: 'me' }), policy)).toContain(
      'it has no aud; expected "api"',
    );
  });

  it('says which algorithm it is, and which is accepted', async () => {
    expect(await refusal(rawToken('{"alg":"RS256"}', '{}'))).toContain(
      'the token is signed with RS256; this server accepts only HS256',
    );
    expect(await refusal(rawToken('{"alg":"none"}', '{}'))).toContain('signed with none;');
  });

  it('shows what the token claims, flagged, and off standard output', async () => {
    const { stdout, stderr } = await verify(tokenOf({ sub: 'mallory', exp: 1 }));
    expect(stdout).toBe('');
    expect(stderr).toContain('it claims, unverified:\n  sub  "mallory"\n');
    const asJson = await verify(tokenOf({ sub: 'mallory', exp: 1 }), {}, '--json');
    expect(JSON.parse(asJson.stdout)).toMatchObject({
      ok: false,
      unverifiedClaims: { sub: 'mallory', exp: 1 },
    });
  });

  it('names the file that was given instead of the token', async () => {
    const path = fileWith(tokenOf({}));
    const { code, stderr } = await runCli(['verify', path], { env });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `error: "${path}" is a file, not a token\nhint: zepcli verify < ${path}\n`,
    });
  });
});

describe('numbers that a double cannot hold', () => {
  it.each(['12345678901234567890', '0.1234567890123456789012', '-9007199254740993'])(
    '%s is shown as the token has it, and listed in JSON',
    async (number) => {
      const token = rawToken(HS256, `{"id":${number},"a/b":[${number},1.50]}`);
      const { code, stdout } = await verify(token);
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: `id   ${number}\na/b  [${number},1.5]\n`,
      });
      const { inexact } = JSON.parse((await verify(token, {}, '--json')).stdout);
      expect(inexact).toEqual({ '/id': number, '/a~1b/0': number });
    },
  );

  it.each(['iss', 'aud', 'sub'])(
    'are shown in a refusal of %s as the token has them',
    async (claim) => {
      const variable = { iss: 'ZEP_AUTH_ISSUER', aud: 'ZEP_AUTH_AUDIENCE' }[claim];
      const asked = variable === undefined ? {} : { [variable]: 'api' };
      for (const number of ['12345678901234567890', '9007199254740993', '1e999']) {
        const members = [...new Set([claim, 'sub'])].map((name) => `"${name}":${number}`);
        // Nothing asks for a subject: it is only in the hint.
        const token = rawToken(HS256, `{${members},"exp":${claim === 'sub' ? 1 : 4e9}}`);
        const { code, stdout, stderr } = await verify(token, asked);
        expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
        expect(stderr).not.toContain(String(Number(number)));
        expect(stderr).toContain(` --sub ${number} `);
        if (claim !== 'sub')
          expect(stderr).toContain(`: its ${claim} is ${number}; expected "api" `);
        const asJson = JSON.parse((await verify(token, asked, '--json')).stdout);
        expect(JSON.stringify(asJson.error)).not.toContain(String(Number(number)));
      }
    },
  );

  it('are told from numbers that are only written differently', async () => {
    const token = rawToken(HS256, '{"a":1e3,"b":1.0,"c":100000000000000000000,"d":0.10,"e":-0}');
    expect(JSON.parse((await verify(token, {}, '--json')).stdout)).not.toHaveProperty('inexact');
  });
});

describe('a configuration that is wrong', () => {
  const stdin = tokenOf({});
  const bom = '\ufeff';

  it('names the variable in another case, although no secret is set', async () => {
    const { code, stderr } = await runCli(['verify'], { env: { zep_auth_secret: SECRET }, stdin });
    expect(code).toBe(3);
    expect(stderr).toContain('hint: rename it to ZEP_AUTH_SECRET\n');
  });

  it('names a misspelt variable where authentication is off, and not the secret', async () => {
    const off = { ZEP_AUTH_REQUIRED: 'false', ZEP_AUTH_AUD: 'things' };
    const { code, stderr } = await runCli(['verify'], { env: off, stdin });
    expect(code).toBe(3);
    expect(stderr).toMatch(/^error: ZEP_AUTH_AUD [^\n]+\nhint: did you mean ZEP_AUTH_AUDIENCE/);
    expect(stderr).not.toContain('ZEP_AUTH_SECRET is not set');
  });

  it('has its warnings as warnings, and not in the error of --json', async () => {
    const both = { ...env, ZEP_AUTH_SECRET_FILE: fileWith(bom + SECRET) };
    const { code, stdout, stderr } = await runCli(['verify', '--json'], { env: both, stdin });
    expect(code).toBe(3);
    expect(stderr).toMatch(/^warning: ZEP_AUTH_SECRET_FILE names a file that begins with a byte/m);
    expect(JSON.parse(stdout).error.message).toBe(
      'ZEP_AUTH_SECRET and ZEP_AUTH_SECRET_FILE are both set',
    );
  });

  it('warns of the option that was given, not of the variable that it stands for', async () => {
    const path = fileWith(bom + SECRET);
    const { code, stderr } = await runCli(['verify', '--secret-file', path], { stdin });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^warning: --secret-file "[^"]+" names a file that begins with a byte/);
  });
});
