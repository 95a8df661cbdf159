// What is wrong with a token's text. Core is the judge; its refusals are put in words here.
import { createVerifier } from '@zep-auth/core';
import { describe, expect, it } from 'vitest';
import { assertWholeToken } from '../../src/tokens/token-input.ts';
import { runCli } from '../fake-io.ts';
import { rawToken, SECRET, tokenOf } from '../made-tokens.ts';

const env = { ZEP_AUTH_SECRET: SECRET };
const GOOD = tokenOf({ sub: 'alice' });
const [HEADER = '', PAYLOAD = '', SIGNATURE = ''] = GOOD.split('.');
const toPart = (text: string): string => Buffer.from(text).toString('base64url');
const foreign = (header: string): string =>
  `${toPart(header)}.${PAYLOAD}.${Buffer.alloc(256, 7).toString('base64url')}`;

/** The warning of `zepcli inspect`, and whether it gives a digest. */
const inspect = async (stdin: string) => {
  const { code, stdout, stderr } = await runCli(['inspect'], { stdin });
  return { code, stderr, hasDigest: stdout.includes('sha256:') };
};
const verify = async (stdin: string, environment: Record<string, string> = env) => {
  const { code, stdout, stderr } = await runCli(['verify', '--json'], { env: environment, stdin });
  return { code, stderr, error: JSON.parse(stdout).error };
};
const diagnose = async (stdin: string, environment: Record<string, string> = env) => {
  const argv = ['doctor', '--json', '--token-file', '-'];
  const { stdout } = await runCli(argv, { env: environment, stdin });
  const { results } = JSON.parse(stdout);
  return results.find(({ name }: { name: string }) => name === 'token');
};

describe('what core accepts', () => {
  it.each([
    '{"alg":"HS256"}',
    '{\n  "alg": "HS256",\n  "typ": "JWT"\n}',
    '{\r\n\t"alg":"HS256"}',
    '{\t"alg":"HS256"}',
    '{ "alg":"HS256"}',
    ' {"alg":"HS256"}',
    '\n{"alg":"HS256"}',
    '\t{"alg":"HS256"}',
    '\r\n{"alg":"HS256"}',
    '{"alg":"HS256","enc":"A256GCM"}',
    '{"alg":"HS256","typ":"application/at+jwt","kid":""}',
  ])('has the header %j, is accepted by verify and doctor, and has a digest', async (header) => {
    const token = rawToken(header, '{"sub":"alice"}');
    await createVerifier({ secret: SECRET }).verify(token);
    expect(() => assertWholeToken(token)).not.toThrow();
    expect(await verify(token)).toMatchObject({ code: 0 });
    expect(await diagnose(token)).toMatchObject({ status: 'pass' });
    expect(await inspect(token)).toEqual({ code: 0, stderr: '', hasDigest: true });
  });
});

describe('what every server refuses', () => {
  const H = '{"alg":"HS256"}';
  it.each([
    ['altered', `${GOOD.slice(0, -1)}9`, 'its signature was'],
    [
      'with an altered header',
      `${toPart('{"alg":"HS256" }').slice(0, -1)}R.${PAYLOAD}.${SIGNATURE}`,
      'its header was',
    ],
    ['with a cut payload', `${HEADER}.e30B.${SIGNATURE}`, 'the payload is not JSON'],
    ['without alg', rawToken('{"typ":"JWT"}', '{}'), 'it is signed with an unknown algorithm'],
    ['with crit', rawToken('{"alg":"HS256","crit":["x"]}', '{}'), 'the header has crit or b64'],
    ['with b64', rawToken('{"alg":"HS256","b64":true}', '{}'), 'the header has crit or b64'],
    ['of DPoP', rawToken('{"alg":"HS256","typ":"dpop+jwt"}', '{}'), 'the header has a typ other'],
    ['with a number as kid', rawToken('{"alg":"HS256","kid":5}', '{}'), 'the kid is not a string'],
    ['with alg twice', rawToken('{"alg":"RS256","alg":"HS256"}', '{}'), 'the header repeats'],
    ['with a list', rawToken(H, '["a"]'), 'the payload is not a JSON object'],
    ['with a text', rawToken(H, '"a"'), 'the payload is not a JSON object'],
    ['with sub twice', rawToken(H, '{"sub":"a","sub":"b"}'), 'the payload repeats a member'],
    ['with exp as text', rawToken(H, '{"exp":"1"}'), 'the exp claim is not a number'],
    ['of 70,000 bytes', tokenOf({ a: 'x'.repeat(70_000) }), 'it is larger than 65536 bytes'],
  ])(
    'a token %s, is flagged, has no digest, and verify says what to do',
    async (_, token, flaw) => {
      await expect(createVerifier({ secret: SECRET }).verify(token)).rejects.toThrow();
      const { code, stderr, hasDigest } = await inspect(token);
      if (code === 0) expect(stderr).toMatch(/^warning: a server refuses this token: /);
      expect(stderr).toContain(flaw);
      expect(hasDigest).toBe(false);
      const { error } = await verify(token);
      expect(error.message).toContain(flaw.replace(/^it /, 'the token '));
      expect(error.hint).toMatch(/./);
      expect(await diagnose(token)).toMatchObject({
        status: 'fail',
        advice: error.hint.split('; see ')[0],
      });
    },
  );
});

describe('damage is named before the algorithm', () => {
  it.each([
    ['the full stop of a sentence', `${GOOD}.`, 'it ends in a full stop; remove that'],
    ['two full stops', `${GOOD}..`, 'it ends in a full stop; remove that'],
    ['the full stop behind RS256', `${foreign('{"alg":"RS256"}')}.`, 'it ends in a full stop'],
    ['an ellipsis', `${foreign('{"alg":"RS256"}').slice(0, -9)}…`, 'is U+2026, an ellipsis'],
    ['three dots', `${foreign('{"alg":"ES256"}').slice(0, -9)}...`, 'it has "...": it was'],
    ['two parts of RS256', `${toPart('{"alg":"RS256"}')}.${PAYLOAD}`, 'it has 2 parts instead'],
    ['a pretty-printed header', `${toPart('{\n"alg":"HS256"}')}.${PAYLOAD}…`, 'an ellipsis'],
    ['the name of a header', `Authorization: Bearer ${GOOD}`, '14 is U+003A, a colon, as behind'],
    ['a name of YAML', `token: ${GOOD}`, 'character 6 is U+003A, a colon, as behind a name'],
    ['a URL', `https://x.example/?token=${GOOD}`, 'character 6 is U+003A, a colon'],
  ])('%s', async (_name, token, flaw) => {
    expect((await verify(token)).error).toMatchObject({ code: 'ERR_TOKEN_MALFORMED' });
    expect((await verify(token)).stderr).toContain(
      flaw.replace('; ', ' (ERR_TOKEN_MALFORMED)\nhint: '),
    );
    const { stderr, hasDigest } = await inspect(token);
    expect(stderr).toContain(flaw.split('; ')[0]);
    expect(hasDigest).toBe(false);
    expect((await diagnose(token)).detail).toContain(flaw.split('; ')[0]);
  });
});

describe('another algorithm', () => {
  const NONE = {};
  const WRONG = { ZEP_AUTH_SECRET: `"${SECRET}"` };

  it.each([
    ['RS256', foreign('{"alg":"RS256","kid":"x"}')],
    ['RS256', foreign('{\n "alg":"RS256"\n}')],
    ['ES256', foreign(' {"alg":"ES256"}')],
    ['EdDSA', `${toPart('{"alg":"EdDSA"}')}.${PAYLOAD}.${'A'.repeat(86)}`],
    ['HS384', rawToken('{"alg":"HS384"}', '{}')],
    ['none', rawToken('{"alg":"none"}', '{}')],
    ['an unknown algorithm', rawToken('{"alg":"HS256\\u202e\\u001b[31m"}', '{}')],
  ])('%s is named, by doctor without a good configuration too', async (alg, token) => {
    const words = `is signed with ${alg}; this server accepts only HS256`;
    expect((await verify(token)).error).toMatchObject({ message: `the token ${words}` });
    expect((await inspect(token)).stderr).toBe(
      `warning: a server refuses this token: it ${words}\n`,
    );
    for (const environment of [env, NONE, WRONG]) {
      expect(await diagnose(token, environment)).toMatchObject({
        status: 'fail',
        detail: `the token ${words} (ERR_TOKEN_ALGORITHM)`,
      });
    }
  });

  it.each([
    ['dir', `${toPart('{"alg":"dir","enc":"A256GCM"}')}..AAAA.BBBB.CCCC`],
    ['RSA-OAEP', `${toPart('{"alg":"RSA-OAEP","enc":"A256GCM"}')}.AAAA.BBBB.CCCC.DDDD`],
    ['RSA-OAEP, pretty-printed', `${toPart('{\n"enc":"A256GCM","alg":"RSA-OAEP"}')}.AA.BB.CC.DD`],
    ['a claim as key', `${toPart('{"alg":"A256KW","enc":"A256GCM"}')}.${PAYLOAD}.BB.CC.DD`],
  ])('a token encrypted with %s is called so, and its header is shown', async (_name, token) => {
    const words = 'is encrypted (JWE); this server accepts only tokens signed with HS256';
    const error = { code: 'ERR_TOKEN_ALGORITHM', message: `the token ${words}` };
    expect((await verify(token)).error).toMatchObject(error);
    expect(await diagnose(token, NONE)).toMatchObject({ status: 'fail' });
    const { code, stdout, stderr } = await runCli(['inspect'], { stdin: token });
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: `warning: a server refuses this token: it ${words}\n`,
    });
    expect(stdout).toContain('"A256GCM"');
    expect(stdout).toMatch(/\n\nclaims {2}\(encrypted\)\n$/);
    const json = JSON.parse((await runCli(['inspect', '--json'], { stdin: token })).stdout);
    expect(json).toMatchObject({ verified: false, header: { enc: 'A256GCM' } });
    expect(Object.keys(json)).toEqual(['ok', 'verified', 'header']);
  });
});
