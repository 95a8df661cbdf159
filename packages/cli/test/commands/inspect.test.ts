// `zepcli inspect`: what a token says, never mistaken for what is true.
import { createHash } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { toTable } from '../../src/tokens/decode.ts';
import { runCli, terminal } from '../fake-io.ts';
import { NOW, rawToken, secretNamed, tokenOf } from '../made-tokens.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 });
});
afterEach(() => {
  vi.useRealTimers();
});

const stranger = secretNamed('nobody knows');

describe('zepcli inspect', () => {
  it('shows header, claims and times, and says first that nothing is verified', async () => {
    const token = tokenOf(
      { sub: 'alice', iat: NOW - 60, nbf: NOW, exp: NOW + 3 * 86_400 },
      stranger,
    );
    const { code, stdout, stderr } = await runCli(['inspect'], { stdin: `${token}\n` });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^NOT VERIFIED: .*zepcli verify/);
    const [, header, claims, name] = stdout.split('\n\n');
    expect(header).toBe('header\n  alg  "HS256"\n  typ  "JWT"');
    expect(claims).toBe(
      [
        'claims',
        '  sub  "alice"',
        '  iat  1799999940  2027-01-15T07:59:00Z (1 minute ago)',
        '  nbf  1800000000  2027-01-15T08:00:00Z (in 0 seconds)',
        '  exp  1800259200  2027-01-18T08:00:00Z (in 3 days)',
      ].join('\n'),
    );
    expect(name).toMatch(/^sha256:[0-9a-f]{64}\nis its name in ZEP_AUTH_REVOKED\.\n$/);
  });

  it('gives a time a line where a terminal is narrow, and not in a pipe', () => {
    const token = tokenOf({ sub: 'alice', exp: NOW + 86_400 });
    const narrow = (isTTY: boolean) =>
      toTable(token, 'claims', Object.assign(new PassThrough(), { isTTY, columns: 40 }), {}, false);
    const plain = narrow(true).map((line) => stripVTControlCharacters(line));
    expect(plain).toEqual([
      'sub  "alice"',
      'exp  1800086400',
      '     2027-01-16T08:00:00Z (in 1 day)',
    ]);
    expect(Math.max(...plain.map((line) => line.length))).toBeLessThanOrEqual(38);
    const longer = tokenOf({ exp: NOW + 82_800, a_longer_name: 1 });
    const terminal = Object.assign(new PassThrough(), { isTTY: true, columns: 40 });
    const lines = toTable(longer, 'claims', terminal, { NO_COLOR: '1' }, false);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(38);
    expect(narrow(false)).toContain('exp  1800086400  2027-01-16T08:00:00Z (in 1 day)');
  });

  it('puts all names into one column, and says where there are none', async () => {
    const claims = { a: 1, 'a longer one': { b: [null, 'c'] } };
    const { stdout } = await runCli(['inspect'], { stdin: tokenOf(claims) });
    expect(stdout).toContain('\n  a               1\n  "a longer one"  {"b":[null,"c"]}\n');
    expect((await runCli(['inspect'], { stdin: tokenOf() })).stdout).toContain('claims  (none)\n');
  });

  it('tells numbers that a double cannot hold as the token has them, in JSON too', async () => {
    const stdin = rawToken('{"alg":"HS256"}', '{"id":12345678901234567890,"a":[1e999],"n":1.0}');
    expect((await runCli(['inspect'], { stdin })).stdout).toContain('id  12345678901234567890\n');
    const { stdout } = await runCli(['inspect', '--json'], { stdin });
    expect(JSON.parse(stdout).inexact).toEqual({ '/id': '12345678901234567890', '/a/0': '1e999' });
    const { stdout: exact } = await runCli(['inspect', '--json'], { stdin: tokenOf({ n: 1 }) });
    expect(JSON.parse(exact)).not.toHaveProperty('inexact');
    expect(JSON.parse(exact)).not.toHaveProperty('inexactHeader');
  });

  it('tells such numbers of the header, too', async () => {
    const number = '12345678901234567890';
    const stdin = rawToken(`{"alg":${number},"v":[${number}]}`, '{"a":1}');
    const { stdout, stderr } = await runCli(['inspect', '--json'], { stdin });
    const { inexactHeader, ...others } = JSON.parse(stdout);
    expect(inexactHeader).toEqual({ '/alg': number, '/v/0': number });
    expect(others).not.toHaveProperty('inexact');
    expect(stderr).toContain('it is signed with an unknown algorithm;');
  });

  it('shows claims that are no object as they are', async () => {
    for (const claims of ['null', '5', '[1]']) {
      const stdin = rawToken('{"alg":"HS256"}', claims);
      const { stdout } = await runCli(['inspect'], { stdin });
      expect(stdout).toContain(`\nclaims\n  ${claims}\n`);
    }
  });

  it('takes a token as Windows hands it over: a mark before it, and CRLF behind it', async () => {
    const { code } = await runCli(['inspect'], { stdin: `\ufeff${tokenOf({})}\r\n` });
    expect(code).toBe(0);
  });

  it('is coloured on a terminal alone, and not with NO_COLOR', async () => {
    const stdin = tokenOf({});
    const argv = ['inspect'];
    expect((await runCli(argv, { stdin, isWatched: true })).stdout).toContain('\u001b[33mNOT');
    for (const env of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) {
      const { stdout } = await runCli(argv, { stdin, env, isWatched: true });
      expect(stdout).not.toContain('\u001b');
    }
  });

  it('needs no secret, and does not look at one', async () => {
    const env = { ZEP_AUTH_SECRET: 'x' };
    expect((await runCli(['inspect'], { env, stdin: tokenOf({}) })).code).toBe(0);
  });

  it('prints one line of JSON with --json, and verified is false in it, whoever signed', async () => {
    for (const secret of [undefined, stranger]) {
      const token = tokenOf({ sub: 'alice' }, secret);
      const { code, stdout } = await runCli(['inspect', '--json', token]);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^\{[^\n]*\}\n$/);
      expect(JSON.parse(stdout)).toEqual({
        ok: true,
        verified: false,
        header: { alg: 'HS256', typ: 'JWT' },
        claims: { sub: 'alice' },
        digest: `sha256:${createHash('sha256').update(token).digest('hex')}`,
      });
    }
  });

  it('cannot be told by the token that it is verified', async () => {
    const token = rawToken('{"alg":"HS256","verified":true}', '{"verified":true}');
    const { stdout } = await runCli(['inspect', '--json'], { stdin: token });
    expect((JSON.parse(stdout) as { verified: boolean }).verified).toBe(false);
  });

  it.each([
    ['with a signature', rawToken('{"alg":"none"}', '{"sub":"admin"}')],
    [
      'without one',
      `${rawToken('{"alg":"none"}', '{"sub":"admin"}').split('.').slice(0, 2).join('.')}.`,
    ],
  ])('shows an alg none token %s, flagged and without a digest', async (_name, token) => {
    const { code, stdout, stderr } = await runCli(['inspect'], { stdin: token });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^NOT VERIFIED/);
    expect(stdout).toContain('"admin"');
    expect(stdout).not.toContain('sha256:');
    expect(stderr).toMatch(
      /^warning: a server refuses this token: it is (?:not signed|signed with none;)/,
    );
    const asJson = await runCli(['inspect', '--json'], { stdin: token });
    expect(asJson.stdout).not.toContain('"verified":true');
    expect(asJson.code).toBe(code);
  });

  it('shows times of any form without falling over them', async () => {
    for (const exp of [1.5, -1, 0, 1e300, '"x"', 'null', '[]', 8.64e12, 8.64e12 + 1]) {
      const { code } = await runCli(['inspect'], {
        stdin: rawToken('{"alg":"HS256"}', `{"exp":${exp}}`),
      });
      expect(code).toBe(0);
    }
    for (const claims of ['null', '5', '"x"', '[1]', 'true']) {
      const { code, stdout } = await runCli(['inspect'], {
        stdin: rawToken('{"alg":"HS256"}', claims),
      });
      expect({ code, isMarked: stdout.startsWith('NOT VERIFIED') }).toEqual({
        code: 0,
        isMarked: true,
      });
    }
  });

  it('lets no control character of a token reach the terminal', async () => {
    const token = rawToken(
      '{"alg":"HS256"}',
      JSON.stringify({ sub: '\u001b[2J\u0007\u009b2J', '\u001b]0;x': 1 }),
    );
    const { stdout } = await runCli(['inspect'], { stdin: token });
    expect(stdout).toMatch(/^NOT VERIFIED/);
    expect(stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });

  it.each([
    ['nothing', ''],
    ['a text', 'hello'],
    ['a secret', stranger],
    ['a header that is not JSON', `ey${tokenOf({}).slice(4)}`],
    ['a payload that is not JSON', tokenOf({}).replace('.e30.', '.YWJj.')],
  ])('refuses %s with exit code 1 and one line', async (_name, token) => {
    for (const options of [[], ['--json']]) {
      const { code, stdout, stderr } = await runCli(['inspect', ...options], { stdin: token });
      expect(code).toBe(1);
      expect(stdout).toMatch(
        options.length === 0 ? /^$/ : /^\{"error":\{"code":"ERR_TOKEN_MALFORMED",[^\n]+\n$/,
      );
      expect(stderr).toMatch(/^error: [^\n]+\n(?:hint: [^\n]+\n)?$/);
    }
  });

  it.each([
    ['white space around it', `  ${tokenOf({})} \n\n`],
    ['quotes', `"${tokenOf({})}"`],
    ['Bearer', `Bearer ${tokenOf({})}`],
  ])('ignores %s', async (_name, token) => {
    const { code, stdout, stderr } = await runCli(['inspect', '--json'], { stdin: token });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      digest: `sha256:${createHash('sha256').update(tokenOf({})).digest('hex')}`,
    });
  });

  it('names another algorithm, and gives no digest of a token that is cut off', async () => {
    const foreign = await runCli(['inspect'], { stdin: rawToken('{"alg":"RS256"}', '{}') });
    expect(foreign.stderr).toBe(
      'warning: a server refuses this token: it is signed with RS256; this server accepts only HS256\n',
    );
    for (const cut of [tokenOf({}).slice(0, -10), tokenOf({}).split('.').slice(0, 2).join('.')]) {
      const { code, stdout, stderr } = await runCli(['inspect'], { stdin: cut });
      expect(code).toBe(0);
      expect(stdout).not.toContain('sha256:');
      expect(stderr).toMatch(/^warning: a server refuses this token: /);
    }
  });

  it.each(['12345678901234567890', '1e999', '0.1234567890123456789012', '-9007199254740993'])(
    'shows the number %s as the token has it',
    async (number) => {
      const token = rawToken('{"alg":"HS256"}', `{"id":${number},"deep":[{"n":${number}}]}`);
      const { stdout } = await runCli(['inspect'], { stdin: token });
      expect(stdout).toContain(`  id    ${number}\n  deep  [{"n":${number}}]\n`);
    },
  );

  it('asks for a token instead of waiting at a terminal', async () => {
    const { code, stdout } = await runCli(['inspect'], { stdin: terminal() });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});
