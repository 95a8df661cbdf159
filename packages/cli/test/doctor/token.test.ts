// A token: whether it would get in here, and what was done wrong where it would not.
import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readEnvironment } from '../../src/doctor/environment.ts';
import { claimsFor, diagnoseToken, findToken } from '../../src/doctor/token.ts';
import { CliError } from '../../src/io/errors.ts';
import { fakeIo } from '../fake-io.ts';
import { fileWith } from '../made-files.ts';
import { keyIdOf, NOW, rawToken, SECRET, secretNamed, tokenOf } from '../made-tokens.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 });
});
afterEach(() => {
  vi.useRealTimers();
});

const OTHER = secretNamed('other');

/** What is said of a token in an environment. */
const diagnose = async (
  token: string | undefined,
  env: Record<string, string> = { ZEP_AUTH_SECRET: SECRET },
) => {
  const record = { ...env, ...(token !== undefined && { ZEP_API_KEY: token }) };
  const io = fakeIo({ env: record });
  const environment = await readEnvironment(io, {});
  const given = await findToken(io, environment.record, undefined, undefined);
  const { status, detail, advice } = await diagnoseToken(given, environment);
  if (status === 'fail') expect(advice).toMatch(/./);
  return `${status}: ${detail}`;
};

describe('a token that is accepted', () => {
  it('passes, with its end', async () => {
    expect(await diagnose(tokenOf({}))).toBe('pass: it is accepted here; it never expires');
    expect(await diagnose(tokenOf({ exp: NOW + 7200 }))).toBe(
      'pass: it is accepted here; it expires in 2 hours (2027-01-15T10:00:00Z)',
    );
  });

  it('passes with a previous secret', async () => {
    const env = { ZEP_AUTH_SECRET: SECRET, ZEP_AUTH_SECRET_PREVIOUS: OTHER };
    expect(await diagnose(tokenOf({}, OTHER), env)).toMatch(/^pass/);
  });
});

describe('a token that is refused', () => {
  const HS256 = '{"alg":"HS256","typ":"JWT"}';

  it.each([
    [
      'has expired',
      tokenOf({ exp: NOW }),
      'the token has expired: it expired on 2027-01-15T08:00:00Z (in 0 seconds) (ERR_TOKEN_EXPIRED)',
    ],
    [
      'is not valid yet',
      tokenOf({ nbf: NOW + 1 }),
      'the token is not valid yet (nbf): it is valid from 2027-01-15T08:00:01Z (in 1 second) (ERR_TOKEN_NOT_YET_VALID)',
    ],
    [
      'was issued in the future',
      tokenOf({ iat: NOW + 61 }),
      'the token was issued in the future (iat): it was issued on 2027-01-15T08:01:01Z (in 61 seconds) (ERR_TOKEN_NOT_YET_VALID)',
    ],
    [
      'has a time in quotes',
      tokenOf({ exp: '1' }),
      'the exp claim is not a number (ERR_TOKEN_CLAIM)',
    ],
    [
      'has another algorithm',
      rawToken('{"alg":"HS512"}', '{}'),
      'the token is signed with HS512; this server accepts only HS256 (ERR_TOKEN_ALGORITHM)',
    ],
    [
      'has crit',
      rawToken('{"alg":"HS256","crit":["x"]}', '{}'),
      'the header has crit or b64 (ERR_TOKEN_MALFORMED)',
    ],
    [
      'has no claims',
      rawToken(HS256, '[]'),
      'the payload is not a JSON object (ERR_TOKEN_MALFORMED)',
    ],
    [
      'is large',
      tokenOf({ sub: 'x'.repeat(8192) }),
      'the token is larger than 8192 bytes (ERR_TOKEN_TOO_LARGE)',
    ],
  ])('since it %s fails with what the verifier says', async (_name, token, expected) => {
    expect(await diagnose(token)).toBe(`fail: ${expected}`);
  });

  it('by the configuration fails', async () => {
    const env = { ZEP_AUTH_SECRET: SECRET, ZEP_AUTH_AUDIENCE: 'things' };
    expect(await diagnose(tokenOf({}), env)).toBe(
      'fail: the aud claim does not hold the required audience: it has no aud; expected "things" (ERR_TOKEN_CLAIM)',
    );
    const revoking = { ZEP_AUTH_SECRET: SECRET, ZEP_AUTH_REVOKED: 'a' };
    expect(await diagnose(tokenOf({ jti: 'a' }), revoking)).toBe(
      'fail: the token has been revoked (ERR_TOKEN_REVOKED)',
    );
  });

  it.each([
    ['is the secret', SECRET, 'it is the secret itself, which no client may have'],
    ['begins with Bearer', `Bearer ${tokenOf({})}`, 'it begins with the word Bearer'],
    ['is in quotes', `"${tokenOf({})}"`, 'it is wrapped in quotes'],
    [
      'has a line break',
      `${tokenOf({})}\n`,
      `character ${tokenOf({}).length + 1} is U+000A, a line break`,
    ],
    ['is no token', 'hello', 'it is not a JWT'],
  ])('since it %s fails with the mistake', async (_name, token, expected) => {
    const code = token === SECRET ? '' : ' (ERR_TOKEN_MALFORMED)';
    expect(await diagnose(token)).toBe(`fail: ${expected}${code}`);
  });

  it('since it is a previous secret fails', async () => {
    const env = { ZEP_AUTH_SECRET: SECRET, ZEP_AUTH_SECRET_PREVIOUS: OTHER };
    expect(await diagnose(OTHER, env)).toMatch(/^fail: it is the secret itself/);
  });
});

describe('a token with another signature', () => {
  const signedWith = (key: string | Buffer): string => {
    const input = tokenOf({}).split('.').slice(0, 2).join('.');
    return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
  };
  const CODE = '(ERR_TOKEN_SIGNATURE)';

  it('fails with the reading of the secret that fits', async () => {
    expect(await diagnose(signedWith(Buffer.from(SECRET, 'base64')))).toBe(
      `fail: it is signed with the secret decoded from base64url ${CODE}`,
    );
  });

  it('fails with the reading of a previous secret that fits', async () => {
    const env = { ZEP_AUTH_SECRET: OTHER, ZEP_AUTH_SECRET_PREVIOUS: SECRET };
    expect(await diagnose(signedWith(`${SECRET}\n`), env)).toBe(
      `fail: it is signed with the secret and a newline ${CODE}`,
    );
  });

  it('fails with the reading that fits where the server’s secret is the one that is wrong', async () => {
    expect(await diagnose(signedWith(SECRET), { ZEP_AUTH_SECRET: `'${SECRET}'` })).toBe(
      `fail: it is signed with the secret without its quotes ${CODE}`,
    );
    expect(await diagnose(signedWith(SECRET), { ZEP_AUTH_SECRET: `${SECRET} ` })).toBe(
      `fail: it is signed with the secret without the white space around it ${CODE}`,
    );
  });

  it('fails without a guess where nothing fits', async () => {
    expect(await diagnose(signedWith(OTHER))).toBe(
      `fail: it is signed with a secret that is not known here, nor any usual misreading of one; it has no key id of ours, and here it is ${keyIdOf(SECRET)} ${CODE}`,
    );
    const named = rawToken(`{"alg":"HS256","kid":"${keyIdOf(OTHER)}"}`, '{}', secretNamed('third'));
    expect(await diagnose(named)).toContain(
      `; its key id is ${keyIdOf(OTHER)}, and here it is ${keyIdOf(SECRET)} `,
    );
  });

  it('fails where its kid names the key of another secret', async () => {
    const env = { ZEP_AUTH_SECRET: SECRET, ZEP_AUTH_SECRET_PREVIOUS: OTHER };
    const token = rawToken(`{"alg":"HS256","kid":"${keyIdOf(OTHER)}"}`, '{}');
    expect(await diagnose(token, env)).toBe(
      `fail: it is signed with a secret known here, but its kid names another ${CODE}`,
    );
  });
});

describe('what cannot be found out', () => {
  it('is skipped without a token', async () => {
    expect(await diagnose(undefined)).toBe('skipped: there is no token');
    expect(await diagnose('')).toBe('skipped: there is no token');
  });

  it('is skipped without a secret, but for a token that is over or refused by its form', async () => {
    expect(await diagnose(tokenOf({}), {})).toBe(
      'skipped: there is no secret here to check it with',
    );
    expect(await diagnose(tokenOf({ exp: NOW + 1 }), {})).toMatch(/^skipped/);
    expect(await diagnose(tokenOf({ exp: NOW }), {})).toBe(
      'fail: it has expired on 2027-01-15T08:00:00Z (in 0 seconds) (ERR_TOKEN_EXPIRED)',
    );
    for (const payload of ['null', 'no JSON']) {
      const token = rawToken('{"alg":"HS256"}', payload);
      expect(await diagnose(token, {})).toMatch(/^fail: the payload is not .*MALFORMED\)$/);
    }
  });

  it('is unknown without a secret where a token was given to be checked', async () => {
    const ask = async (token: string) =>
      diagnoseToken(token, await readEnvironment(fakeIo({}), {}), {}, true);
    expect(await ask(tokenOf({}))).toEqual({
      status: 'unknown',
      detail: 'there is no secret here to check it with',
      advice: 'add --dotenv .env, the file of the server',
    });
    expect(await ask(tokenOf({ exp: NOW }))).toMatchObject({ status: 'fail' });
  });

  it('is unknown where the secret fits and the configuration is wrong', async () => {
    const env = { ZEP_AUTH_SECRET: SECRET, ZEP_AUTH_REQUIRED: 'yes' };
    expect(await diagnose(tokenOf({}), env)).toBe(
      'unknown: it is signed with the secret, but the configuration is wrong',
    );
  });
});

describe('where the token comes from', () => {
  const find = (env: Record<string, string>, tokenFile?: string, stdin = '', url?: URL) =>
    findToken(fakeIo({ env, stdin }), env, tokenFile, url);
  const token = tokenOf({});

  it('is not ZEP_API_KEY where that is for another API', async () => {
    const url = new URL('https://api.example.com/v1');
    for (const [apiUrl, isSent] of [
      [undefined, true],
      ['https://api.example.com', true],
      ['https://other.example.com', false],
      ['http://api.example.com', false],
    ] as const) {
      const env = { ZEP_API_KEY: token, ...(apiUrl !== undefined && { ZEP_API_URL: apiUrl }) };
      expect(await find(env, undefined, '', url)).toEqual(isSent ? token : undefined);
      expect(await find(env)).toBe(token);
    }
  });

  it('is the file, else ZEP_API_KEY', async () => {
    const env = { ZEP_API_KEY: tokenOf({ sub: 'other' }) };
    expect(await find(env)).toBe(env.ZEP_API_KEY);
    expect(await find(env, fileWith(`${token}\r\n`))).toBe(token);
    expect(await find(env, '-', `${token}\n`)).toBe(token);
  });

  it('has no white space around it in a file, as for verify; an empty one is a wrong token', async () => {
    expect(await find({}, fileWith(''))).toBe('');
    expect(await find({}, fileWith(` ${token}\n\n`))).toBe(token);
    expect(await find({}, '-', ` ${token} `)).toBe(token);
    expect(await find({ ZEP_API_KEY: ` ${token}` })).toBe(` ${token}`);
  });

  it('stops where the file cannot be read, or is no text', async () => {
    await expect(find({}, '/nowhere')).rejects.toThrow(CliError);
    await expect(find({}, fileWith(Buffer.from([0xff])))).rejects.toThrow(CliError);
  });
});

describe('the claims of a token that is signed for a probe', () => {
  const claims = async (
    token: string | undefined,
    env: Record<string, string> = {},
    sendClaims = true,
  ) =>
    claimsFor(
      token,
      await readEnvironment(fakeIo({ env: { ZEP_AUTH_SECRET: SECRET, ...env } }), {}),
      sendClaims,
    );
  const POLICY = { ZEP_AUTH_ISSUER: 'me', ZEP_AUTH_AUDIENCE: 'things' };

  it('are what the configuration asks for', async () => {
    expect(await claims(undefined)).toEqual({});
    expect(await claims(undefined, POLICY)).toEqual({ iss: 'me', aud: 'things' });
  });

  it('are those of the user’s token, if it was signed here, but for its times and its id', async () => {
    const token = tokenOf({ sub: 'alice', scope: 'a b', aud: 'mine', jti: 'hers', nbf: 1 });
    const { jti, ...rest } = await claims(token, POLICY);
    expect(rest).toEqual({ iss: 'me', aud: 'mine', sub: 'alice', scope: 'a b' });
    expect(jti).toMatch(/^[\da-f-]{36}$/);
    expect(await claims(tokenOf({ sub: 'alice' }))).toEqual({ sub: 'alice' });
    expect(await claims(token, POLICY, false)).toEqual({ iss: 'me', aud: 'things' });
  });

  it('are never those of a token that anyone may have written', async () => {
    expect(await claims(tokenOf({ sub: 'alice' }, OTHER))).toEqual({});
    expect(await claims(rawToken('{"alg":"HS256"}', 'no JSON'))).toEqual({});
  });
});
