// A known secret and a known token go down every path of failure, and come out of none.
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { createLeakFinder } from '@zep-auth/test-kit/leaks';
import { describe, expect, it } from 'vitest';
import { AuthError, isAuthError } from '../src/errors.ts';
import * as core from '../src/index.ts';
import { encode, NOW, rawToken, secretNamed, tokenOf } from './raw-token.ts';

const {
  createKeyring,
  createVerifier,
  formatBearer,
  loadAuthConfig,
  parseBearer,
  readAuthConfig,
  signToken,
} = core;

const SECRET = randomBytes(48).toString('base64url');
const MARK = randomBytes(24).toString('hex');
const FAR = 253_402_300_799;
const token = (claims: object = {}): string => tokenOf({ mark: MARK, ...claims }, SECRET);
const TOKEN = token({ jti: MARK, sub: MARK, exp: FAR });

// The secret as it is and as it is stored or printed; the token, and what it says.
const MARKERS = [
  SECRET,
  encode(SECRET),
  Buffer.from(SECRET).toString('hex'),
  ...TOKEN.split('.'),
  MARK,
];
const leaksIn = createLeakFinder(MARKERS);

/** Everything that a program would print of a value. */
const print = (value: unknown): string => {
  const error = value instanceof Error ? [value.message, value.stack, print(value.cause)] : [];
  const deep = inspect(value, {
    depth: Infinity,
    showHidden: true,
    getters: true,
    maxStringLength: null,
    maxArrayLength: null,
  });
  return [String(value), inspect(value), deep, JSON.stringify(value), ...error].join('\n');
};

const thrownBy = async (action: () => unknown): Promise<unknown> => {
  try {
    await action();
  } catch (error) {
    return error;
  }
  throw new Error('this path did not fail');
};

const untyped = (value: unknown): never => value as never; // what a caller without types may pass

const verifying =
  (text: string, policy: core.VerifyPolicy & { maxTokenBytes?: number } = {}) =>
  () =>
    createVerifier({ secret: SECRET, ...policy }).verify(text);
const header = (text: string): string => rawToken(text, `{"mark":"${MARK}"}`, SECRET);
const cycle: Record<string, unknown> = { mark: MARK, TOKEN, SECRET };
cycle['self'] = cycle;

const VERIFICATIONS: Readonly<Record<string, readonly [core.AuthErrorCode, () => unknown]>> = {
  'too large': ['ERR_TOKEN_TOO_LARGE', verifying(TOKEN, { maxTokenBytes: 64 })],
  'the secret as a token': ['ERR_TOKEN_MALFORMED', verifying(SECRET)],
  'a line break': ['ERR_TOKEN_MALFORMED', verifying(`${TOKEN}\n`)],
  'the scheme': ['ERR_TOKEN_MALFORMED', verifying(`Bearer ${TOKEN}`)],
  'a fourth segment': ['ERR_TOKEN_MALFORMED', verifying(`${TOKEN}.${SECRET}`)],
  'a header that is not JSON': ['ERR_TOKEN_MALFORMED', verifying(header(MARK))],
  'a header that is not UTF-8': [
    'ERR_TOKEN_MALFORMED',
    verifying(rawToken(Buffer.from(`"${MARK}\xff"`, 'latin1'), '{}', SECRET)),
  ],
  'a header that repeats': ['ERR_TOKEN_MALFORMED', verifying(header(`{"${MARK}":1,"${MARK}":1}`))],
  'a header with crit': [
    'ERR_TOKEN_MALFORMED',
    verifying(header(`{"alg":"HS256","crit":["${MARK}"]}`)),
  ],
  'another typ': ['ERR_TOKEN_MALFORMED', verifying(header(`{"alg":"HS256","typ":"${MARK}"}`))],
  'another kid': ['ERR_TOKEN_MALFORMED', verifying(header(`{"alg":"HS256","kid":["${MARK}"]}`))],
  'another algorithm': ['ERR_TOKEN_ALGORITHM', verifying(header(`{"alg":"${MARK}"}`))],
  'another secret': [
    'ERR_TOKEN_SIGNATURE',
    () => createVerifier({ secret: secretNamed('other') }).verify(TOKEN),
  ],
  'claims that are not JSON': [
    'ERR_TOKEN_MALFORMED',
    verifying(rawToken('{"alg":"HS256"}', MARK, SECRET)),
  ],
  'claims that repeat': [
    'ERR_TOKEN_MALFORMED',
    verifying(rawToken('{"alg":"HS256"}', `{"${MARK}":1,"${MARK}":1}`, SECRET)),
  ],
  'exp past': ['ERR_TOKEN_EXPIRED', verifying(token({ exp: 1 }))],
  'too old': ['ERR_TOKEN_EXPIRED', verifying(token({ iat: 1 }), { maxTokenAgeSeconds: 1 })],
  'nbf to come': ['ERR_TOKEN_NOT_YET_VALID', verifying(token({ nbf: FAR }))],
  'iat to come': ['ERR_TOKEN_NOT_YET_VALID', verifying(token({ iat: FAR }))],
  'exp a text': ['ERR_TOKEN_CLAIM', verifying(token({ exp: MARK }))],
  'exp in milliseconds': ['ERR_TOKEN_CLAIM', verifying(token({ exp: NOW * 1000 }))],
  'another issuer': ['ERR_TOKEN_CLAIM', verifying(token({ iss: MARK }), { issuer: 'a' })],
  'another audience': ['ERR_TOKEN_CLAIM', verifying(token({ aud: [MARK] }), { audience: 'a' })],
  'another subject': ['ERR_TOKEN_CLAIM', verifying(TOKEN, { subject: 'a' })],
  'a missing claim': ['ERR_TOKEN_CLAIM', verifying(TOKEN, { requiredClaims: ['scope'] })],
  'revoked by jti': ['ERR_TOKEN_REVOKED', verifying(TOKEN, { revoked: [MARK] })],
  'revoked by digest': [
    'ERR_TOKEN_REVOKED',
    verifying(TOKEN, { revoked: [`sha256:${createHash('sha256').update(TOKEN).digest('hex')}`] }),
  ],
};

const CREDENTIALS: typeof VERIFICATIONS = {
  'two headers': [
    'ERR_CREDENTIALS_AMBIGUOUS',
    () => parseBearer(`Bearer ${TOKEN}, Bearer ${TOKEN}`),
  ],
  'the secret in the header': ['ERR_TOKEN_MALFORMED', () => formatBearer(SECRET)],
  'the scheme twice': ['ERR_TOKEN_MALFORMED', () => formatBearer(`Bearer ${TOKEN}`)],
  'a token in quotes': ['ERR_TOKEN_MALFORMED', () => formatBearer(`"${TOKEN}"`)],
  'a token with a space': ['ERR_TOKEN_MALFORMED', () => formatBearer(`${TOKEN} `)],
  'a token with a line break': ['ERR_TOKEN_MALFORMED', () => formatBearer(`${TOKEN}\n`)],
  'a secret that is short': ['ERR_SECRET_WEAK', () => createKeyring(SECRET.slice(0, 31))],
  'a secret that is ill-formed': ['ERR_SECRET_WEAK', () => createKeyring(`${SECRET}\uD800`)],
  'a secret with white space': ['ERR_SECRET_WEAK', () => createKeyring(`${SECRET} `)],
  'a secret with a line break': ['ERR_SECRET_WEAK', () => createKeyring(`${SECRET}\n${SECRET}`)],
  'a secret in quotes': ['ERR_SECRET_WEAK', () => createVerifier({ secret: `"${SECRET}"` })],
  'a secret that is a token': ['ERR_SECRET_WEAK', () => signToken(TOKEN)],
  'a secret that is PEM': ['ERR_SECRET_WEAK', () => createKeyring(`-----BEGIN X-----${SECRET}`)],
  'a secret that is a JWK': [
    'ERR_SECRET_WEAK',
    () => createKeyring(`{"kty":"oct","k":"${SECRET}"}`),
  ],
  'a secret in a template': ['ERR_SECRET_WEAK', () => createKeyring(`<${SECRET}>`)],
};

const unreadable = async () => {
  throw Object.assign(new Error(`${SECRET} ${TOKEN}`), { code: SECRET, path: SECRET });
};
const configuring = (
  record: core.EnvRecord,
  options: core.LoadOptions = {},
): (typeof VERIFICATIONS)[string] => [
  'ERR_CONFIG_INVALID',
  () => loadAuthConfig({ ZEP_AUTH_SECRET: SECRET, ...record }, options),
];

const CONFIGURATIONS: typeof VERIFICATIONS = {
  'a token for a secret': configuring({ ZEP_AUTH_SECRET: TOKEN }),
  'a secret in quotes': configuring({ ZEP_AUTH_SECRET: `"${SECRET}"` }),
  'a secret for a word': configuring({ ZEP_AUTH_REQUIRED: SECRET }),
  'a token for a word': configuring({ ZEP_AUTH_REQUIRE_EXPIRY: TOKEN }),
  'a secret for weakness': configuring({ ZEP_AUTH_ALLOW_WEAK_SECRET: SECRET }),
  'a secret for seconds': configuring({ ZEP_AUTH_CLOCK_TOLERANCE_SECONDS: SECRET }),
  'a token for seconds': configuring({ ZEP_AUTH_MAX_TOKEN_AGE_SECONDS: TOKEN }),
  'a secret with a space for an issuer': configuring({ ZEP_AUTH_ISSUER: ` ${SECRET}` }),
  'a token with a space for an audience': configuring({ ZEP_AUTH_AUDIENCE: ` ${TOKEN}` }),
  'a token to revoke': configuring({ ZEP_AUTH_REVOKED: `${MARK},${TOKEN}` }),
  'a digest that is a secret': configuring({ ZEP_AUTH_REVOKED: `sha256:${SECRET}` }),
  'a secret in an unknown variable': configuring({ ZEP_AUTH_UNKNOWN: `${SECRET} ${TOKEN}` }),
  'a secret in a name without its equals sign': configuring({ [`ZEP_AUTH_SECRET${SECRET}`]: '=' }),
  'a token for an encoding': configuring({ ZEP_AUTH_SECRET_ENCODING: TOKEN }),
  'a secret in another encoding': configuring({ ZEP_AUTH_SECRET_ENCODING: 'hex' }),
  'bad previous secrets': configuring({ ZEP_AUTH_SECRET_PREVIOUS: ` ${SECRET},${TOKEN}` }),
  'too many previous secrets': configuring({
    ZEP_AUTH_SECRET_PREVIOUS: `${SECRET},1${SECRET},2${SECRET},3${SECRET}`,
  }),
  'both places': configuring({ ZEP_AUTH_SECRET_FILE: SECRET }, { readFile: async () => TOKEN }),
  'a path without readFile': configuring({ ZEP_AUTH_SECRET: '', ZEP_AUTH_SECRET_FILE: SECRET }),
  'a file that cannot be read': configuring(
    { ZEP_AUTH_SECRET: '', ZEP_AUTH_SECRET_FILE: SECRET },
    { readFile: unreadable },
  ),
  'a file that is not text': configuring(
    { ZEP_AUTH_SECRET: '', ZEP_AUTH_SECRET_FILE: SECRET },
    { readFile: async () => Buffer.from(`${SECRET}\xff`, 'latin1') },
  ),
  'a binding that rejects': configuring({ ZEP_AUTH_SECRET: { get: unreadable } }),
  'a binding with an object': configuring({ ZEP_AUTH_SECRET: { get: async () => ({ SECRET }) } }),
  'something else for a binding': configuring({ ZEP_AUTH_SECRET: [SECRET, TOKEN] }),
  'a binding read as text': [
    'ERR_CONFIG_INVALID',
    () => readAuthConfig({ ZEP_AUTH_SECRET: { get: () => SECRET, SECRET } }),
  ],
  'a file read as text': [
    'ERR_CONFIG_INVALID',
    () => readAuthConfig({ ZEP_AUTH_SECRET_FILE: SECRET }),
  ],
};

const REFUSALS = Object.entries({ ...VERIFICATIONS, ...CREDENTIALS, ...CONFIGURATIONS });

const MISTAKES: Readonly<Record<string, () => unknown>> = {
  'keyring of a number and a secret': () => createKeyring([SECRET, untyped(1)]),
  'keyring of an object': () => createKeyring(untyped({ SECRET })),
  'keyring of five': () => createKeyring([SECRET, SECRET, SECRET, SECRET, SECRET]),
  'judging a list': () => core.judgeSecret(untyped([SECRET])),
  'generating from a secret': () => core.generateSecret({ bytes: untyped(SECRET) }),
  'verifier of both': () =>
    createVerifier(untyped({ secret: SECRET, keyring: createKeyring(SECRET) })),
  'verifier of an object': () =>
    createVerifier({ keyring: untyped({ size: 1, SECRET }) }).verify(TOKEN),
  'verifier with a token for a size': () =>
    createVerifier({ secret: SECRET, maxTokenBytes: untyped(TOKEN) }),
  'verifier with a token for a tolerance': () =>
    createVerifier({ secret: SECRET, clockToleranceSeconds: untyped(TOKEN) }),
  'verifier with an issuer of another kind': () =>
    createVerifier({ secret: SECRET, issuer: untyped({ TOKEN, SECRET }) }),
  'verifying an object': () => createVerifier({ secret: SECRET }).verify(untyped({ TOKEN })),
  'a header of an object': () => formatBearer(untyped({ TOKEN })),
  'signing a text': () => signToken(SECRET, untyped(TOKEN)),
  'signing a cycle': () => signToken(SECRET, cycle),
  'signing a function': () => signToken(SECRET, { [MARK]: () => TOKEN }),
  'signing a BigInt': () => signToken(SECRET, { [MARK]: 1n, TOKEN }),
  'signing a text for exp': () => signToken(SECRET, { exp: untyped(TOKEN) }),
  'signing too much': () => signToken(SECRET, { TOKEN: TOKEN.repeat(100) }),
  'signing for a token of seconds': () =>
    signToken(SECRET, {}, { expiresInSeconds: untyped(TOKEN) }),
  'signing with an option': () => signToken(SECRET, {}, untyped({ [MARK]: TOKEN })),
  'verifying with an option': () => createVerifier(untyped({ secret: SECRET, [SECRET]: TOKEN })),
  'signing with an object': () => signToken(untyped({ SECRET }), { TOKEN }),
};

describe('neither secret nor token comes out of', () => {
  it.each(REFUSALS)('a refusal: %s', async (_, [code, action]) => {
    const error = await thrownBy(action);
    expect(isAuthError(error) && error.code).toBe(code);
    expect(leaksIn(print(error))).toEqual([]);
  });

  it.each(Object.entries(MISTAKES))('a mistake: %s', async (_, action) => {
    const error = await thrownBy(action);
    expect(error instanceof TypeError || error instanceof RangeError).toBe(true);
    expect(leaksIn(print(error))).toEqual([]);
  });

  it('a keyring, a verifier, a configuration or a judgement', async () => {
    const keyring = createKeyring([SECRET, `1${SECRET}`]);
    const verifier = createVerifier({ keyring });
    await verifier.verify(TOKEN);
    const config = readAuthConfig({
      ZEP_AUTH_SECRET: SECRET,
      ZEP_AUTH_SECRET_PREVIOUS: SECRET.slice(0, 20),
      ZEP_AUTH_ALLOW_WEAK_SECRET: 'true',
      ZEP_AUTH_REQUIRED: 'false',
    });
    expect(config.warnings).toHaveLength(2);
    const problems = core.judgeSecret(`"${SECRET}"\n`);
    for (const value of [keyring, verifier, verifier.verify, config, problems]) {
      expect(leaksIn(print(value))).toEqual([]);
    }
  });
});

describe('a process that dies says nothing private', () => {
  it.each([
    ['of a token that is refused', 'await core.createVerifier({ secret }).verify(token.repeat(2))'],
    ['of a secret that is unfit', 'core.createKeyring(secret.slice(60))'],
    [
      'of a configuration',
      'core.readAuthConfig({ ZEP_AUTH_SECRET: secret.repeat(2).padEnd(500) })',
    ],
    ['of a header', 'core.formatBearer(secret)'],
    ['of a caller’s mistake', 'await core.signToken(secret, token)'],
    ['of an unhandled rejection', 'core.signToken(token).then()'],
    ['of a keyring that is thrown', 'throw core.createKeyring([secret, token.slice(50)])'],
    ['of a configuration that is thrown', 'throw core.readAuthConfig({ ZEP_AUTH_SECRET: secret })'],
    ['of a verifier that is thrown', 'throw core.createVerifier({ secret })'],
  ])('%s', (_, code) => {
    const script = `import * as core from '@zep-auth/core'; const { secret, token } = process.env; ${code}`;
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--input-type=module', '--eval', script],
      {
        cwd: fileURLToPath(new URL('..', import.meta.url)),
        env: { secret: SECRET, token: TOKEN },
        encoding: 'utf8',
      },
    );
    expect(status).toBe(1);
    expect(stderr).toMatch(/Error|Uncaught|thrown/);
    expect(stderr).not.toContain('ERR_MODULE_NOT_FOUND');
    expect(leaksIn(stdout + stderr)).toEqual([]);
  });
});

describe('this test', () => {
  it('reaches every code that this package can answer', () => {
    expect([...new Set(REFUSALS.map(([, [code]]) => code))].sort()).toEqual([
      'ERR_CONFIG_INVALID',
      'ERR_CREDENTIALS_AMBIGUOUS',
      'ERR_SECRET_WEAK',
      'ERR_TOKEN_ALGORITHM',
      'ERR_TOKEN_CLAIM',
      'ERR_TOKEN_EXPIRED',
      'ERR_TOKEN_MALFORMED',
      'ERR_TOKEN_NOT_YET_VALID',
      'ERR_TOKEN_REVOKED',
      'ERR_TOKEN_SIGNATURE',
      'ERR_TOKEN_TOO_LARGE',
    ]);
  });

  it('sees a leak wherever an error may have one', () => {
    const piece = SECRET.slice(20, 32);
    expect(leaksIn(print(new Error(`x ${piece} x`)))).toEqual([piece]);
    expect(leaksIn(print(new Error('x', { cause: { deep: [[[[piece]]]] } })))).toEqual([piece]);
    const detail = { problems: [{ variable: 'x', message: piece }] };
    expect(leaksIn(print(new AuthError('ERR_CONFIG_INVALID', 'x', detail)))).toEqual([piece]);
    expect(leaksIn(print({ claims: TOKEN.slice(-12) }))).toEqual([TOKEN.slice(-12)]);
    expect(leaksIn(print({ nothing: 'to see' }))).toEqual([]);
  });
});
