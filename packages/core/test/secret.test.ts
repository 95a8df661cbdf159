// Secrets: how they are made, and each rule beside a sibling that keeps it.
import { describe, expect, it } from 'vitest';
import { generateSecret, judgeSecret } from '../src/secret.ts';
import { HEADER, rawToken, SECRET } from './raw-token.ts';

/** The rules that a secret breaks, after a check that each says what to do. */
const rulesOf = (secret: string): string[] => {
  const problems = judgeSecret(secret);
  for (const { message } of problems) expect(message).toMatch(/^\w.*\S$/);
  return problems.map(({ rule }) => rule);
};

describe('generateSecret', () => {
  it('makes 64 bytes in base64url with padding, 88 characters, as zepcli does', () => {
    expect(generateSecret()).toMatch(/^[\w-]{86}==$/);
  });

  it.each([
    [32, 44, /[^=]=$/],
    [48, 64, /[^=]$/],
    [1024, 1368, /[^=]==$/],
  ])('makes %i bytes on demand, in %i characters', (bytes, length, ending) => {
    const secret = generateSecret({ bytes });
    expect(secret).toHaveLength(length);
    expect(secret).toMatch(ending);
    expect(Buffer.from(secret, 'base64url')).toHaveLength(bytes);
  });

  it.each([
    31,
    1025,
    0,
    -64,
    32.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '64' as never, // what a caller without types may pass
  ])('refuses to make %s bytes', (bytes) => {
    expect(() => generateSecret({ bytes })).toThrow(
      new RangeError('bytes must be a whole number from 32 to 1024'),
    );
  });

  it('never makes the same secret twice', () => {
    const secrets = Array.from({ length: 100 }, () => generateSecret());
    expect(new Set(secrets).size).toBe(100);
  });

  it('makes what judgeSecret finds fit', () => {
    expect(judgeSecret(generateSecret())).toEqual([]);
    expect(judgeSecret(generateSecret({ bytes: 32 }))).toEqual([]);
  });
});

describe('judgeSecret', () => {
  it.each([
    ['from zepcli', SECRET],
    ['of openssl rand -base64 64', Buffer.from(SECRET).toString('base64').slice(0, 88)],
    ['of 32 characters', SECRET.slice(0, 32)],
    ['of 17 characters in 32 bytes', `ab${'éü'.repeat(7)}é`],
    ['with white space inside', 'correct horse battery staple and more'],
    ['with quotes inside', `it's "quoted" somewhere in the middle`],
    ['with a quote at one edge', `"${SECRET}`],
    ['with different quotes at its edges', `"${SECRET}'`],
    ['with quotes from its second character on', `x"${SECRET}"`],
    ['with quotes before its last character', `"${SECRET}"x`],
    ['with something before a token', `x-${rawToken(HEADER, '{}')}`],
    ['with something behind a token', `${rawToken(HEADER, '{}')}!`],
    ['with something before a JWK', `x{"kty":"oct","k":"${SECRET}"}`],
    ['with something before a template', `x<${SECRET}>`],
    ['with something behind a template', `<${SECRET}>x`],
    ['with two dots', `${SECRET}.a.b`],
    ['in braces, but not a JWK', `{"kid":"${SECRET}"}`],
    ['of one character but for the last', `${'a'.repeat(40)}b`],
    ['that only begins with a placeholder', 'do-not-use-this-secret-in-production!'],
    ['with an emoji', `${SECRET}\u{1F511}`],
  ])('finds a secret %s fit', (_, secret) => {
    expect(rulesOf(secret)).toEqual([]);
  });

  it.each([
    ['too-short', SECRET.slice(0, 31)],
    ['too-short', `a${'éü'.repeat(7)}é`],
    ['too-short', 'test-secret'],
    ['ill-formed', `${SECRET}\uD83D`],
    ['ill-formed', `${SECRET}\uDD11${SECRET}`],
    ['edge', ` ${SECRET}`],
    ['edge', `${SECRET} `],
    ['edge', `${SECRET}\t`],
    ['edge', `${SECRET}\n`],
    ['edge', `${SECRET}\r\n`],
    ['edge', `\u00A0${SECRET}`],
    ['edge', `\uFEFF${SECRET}`],
    ['edge', `${SECRET}\u0000`],
    ['edge', `${SECRET}\u007F`],
    ['edge', `\u0085${SECRET}`],
    ['line-break', `${SECRET}\n${SECRET}`],
    ['line-break', `${SECRET}\r${SECRET}`],
    ['quoted', `"${SECRET}"`],
    ['quoted', `'${SECRET}'`],
    ['quoted', `\`${SECRET}\``],
    ['token', rawToken(HEADER, '{}')],
    ['token', `Bearer ${rawToken(HEADER, '{}')}`],
    ['token', `Bearer   ${rawToken(HEADER, '{}')}`],
    ['token', `${rawToken('{ "alg":"none" }', '{}')}=`],
    ['pem', `-----BEGIN PUBLIC KEY-----${SECRET}-----END PUBLIC KEY-----`],
    ['pem', `x-----BEGIN RSA PRIVATE KEY-----${SECRET}`],
    ['jwk', `{"kty":"oct","k":"${SECRET}"}`],
    ['jwk', `{ "keys" : [{"k":"${SECRET}"}] }`],
    ['repeated', 'a'.repeat(32)],
    ['repeated', '\u{1F511}'.repeat(32)],
    ['placeholder', 'do-not-use-this-secret-in-production'],
    ['placeholder', 'a-string-secret-at-least-256-bits-long'],
    ['placeholder', 'your-super-secret-jwt-token-with-at-least-32-characters-long'],
    ['placeholder', '<paste the secret of zepcli -i here>'],
    ['placeholder', `\${ZEP_AUTH_SECRET_OF_THIS_ENVIRONMENT}`],
    ['placeholder', '$(cat /run/secrets/zep_auth_secret)'],
    ['placeholder', '{{ .Values.zep.auth.secret | quote }}'],
    ['placeholder', '%ZEP_AUTH_SECRET_OF_THIS_MACHINE%'],
  ])('reports %s and nothing else', (rule, secret) => {
    expect(rulesOf(secret)).toEqual([rule]);
  });

  it.each([
    'do-not-use-this-secret-in-production',
    'a-string-secret-at-least-256-bits-long',
    'super-secret-jwt-token-with-at-least-32-characters-long',
    'your-super-secret-jwt-token-with-at-least-32-characters-long',
    'reallyreallyreallyreallyverysafe',
    'cc7e0d44fd473002f1c42167459001140ec6389b7353f8088f4d9a95f2f596f2',
    'it-is-very-secret',
    'it-so-secret',
    'your-256-bit-secret',
    'my-super-secret-key-here',
    'mysecretkey',
    'keyboard cat',
    'change-me',
    'shhhhh',
    'secret',
    'password',
    'changeme',
  ])('knows the placeholder %j in any case', (placeholder) => {
    const capitalised = placeholder.charAt(0).toUpperCase() + placeholder.slice(1);
    for (const secret of [placeholder, placeholder.toUpperCase(), capitalised]) {
      expect(rulesOf(secret)).toContain('placeholder');
    }
  });

  it('knows a placeholder with white space around it', () => {
    expect(rulesOf(' do-not-use-this-secret-in-production\n')).toEqual(['edge', 'placeholder']);
    expect(rulesOf(`\n<${SECRET}> `)).toEqual(['edge', 'placeholder']);
  });

  it('knows a token and a JWK with white space around it', () => {
    expect(rulesOf(` ${rawToken(HEADER, '{}')}\n`)).toEqual(['edge', 'token']);
    expect(rulesOf(`  {"kty":"oct","k":"${SECRET}"}`)).toEqual(['edge', 'jwk']);
  });

  it('reports an empty text', () => {
    expect(judgeSecret('')).not.toEqual([]);
  });

  it('reports every rule that is broken, not the first alone', () => {
    expect(rulesOf('"secret"\n')).toEqual(['too-short', 'edge']);
    expect(rulesOf('"a\nb"')).toEqual(['too-short', 'line-break', 'quoted']);
  });

  it('says the same about two secrets that break the same rule', () => {
    expect(judgeSecret(`${SECRET}\n`)).toEqual(judgeSecret(`another ${SECRET} `));
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a number', 42],
    ['an object', {}],
    ['a list', [SECRET]],
    ['bytes', Buffer.from(SECRET)],
  ])('refuses %s, which is not a string', (_, secret) => {
    const judge = () => judgeSecret(secret as never); // as a caller without types
    expect(judge).toThrow(new TypeError('a secret must be a string'));
  });
});
