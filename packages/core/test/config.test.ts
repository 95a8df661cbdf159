// What each variable means, at its boundaries, read from a record of strings.
import { createHash } from 'node:crypto';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { AuthConfig } from '../src/config.ts';
import { readAuthConfig } from '../src/env.ts';
import type { Keyring } from '../src/keyring.ts';
import { signToken } from '../src/sign.ts';
import type { EnvRecord } from '../src/variables.ts';
import { createVerifier } from '../src/verify.ts';
import { outcomeOf, refusalOf, SECRET, secretNamed, tokenOf } from './raw-token.ts';

const [A, B, C, D] = ['a', 'b', 'c', 'd'].map(secretNamed) as [string, string, string, string]; // as many as names

const read = (record: EnvRecord): AuthConfig =>
  readAuthConfig(Object.freeze({ ZEP_AUTH_SECRET: SECRET, ...record }));

/** The variables at fault, after a check that no message holds a value of the record. */
const faultsOf = async (record: EnvRecord): Promise<string[]> => {
  const { code, message, problems = [] } = await refusalOf(() => read(record));
  expect(code).toBe('ERR_CONFIG_INVALID');
  expect(message).toBe(problems.map((it) => `${it.variable} ${it.message}`).join('\n'));
  for (const problem of problems) expect(problem.message).toMatch(/^\S.*\S$/);
  for (const value of [SECRET, ...Object.values(record)]) {
    if (String(value).length > 7) expect(message).not.toContain(value);
  }
  return problems.map(({ variable }) => variable);
};

const keyringOf = ({ keyring }: AuthConfig): Keyring => {
  if (keyring === undefined) throw new Error('there is no keyring');
  return keyring;
};

const accepts = (config: AuthConfig, token: string): Promise<string> =>
  outcomeOf(() => createVerifier({ keyring: keyringOf(config), ...config.policy }).verify(token));

const TRUE = ['1', 't', 'T', 'TRUE', 'true', 'True'];
const FALSE = ['0', 'f', 'F', 'FALSE', 'false', 'False'];
const NO_BOOLEANS = [
  ...['yes', 'no', 'on', 'off', 'y', 'n', 'tRUE', 'TrUe', 'fALSE', '2', '-1', '00', '1.0'],
  ...[' true', 'true ', 'true\n', '"true"', 'null', 'undefined', ' '],
];

describe('ZEP_AUTH_REQUIRED', () => {
  it.each([...TRUE, undefined, ''])('%j means true', (word) => {
    const config = read({ ZEP_AUTH_REQUIRED: word });
    expect(config.required).toBe(true);
    expect(config.warnings).toEqual([]);
  });

  it.each(FALSE)('%j means false, and warns', (word) => {
    const { required, warnings } = read({ ZEP_AUTH_REQUIRED: word });
    expect(required).toBe(false);
    expect(warnings).toEqual([
      'authentication is off (ZEP_AUTH_REQUIRED is false): every request passes',
    ]);
  });

  it.each(NO_BOOLEANS)('%j is an error', async (word) => {
    expect(await faultsOf({ ZEP_AUTH_REQUIRED: word })).toEqual(['ZEP_AUTH_REQUIRED']);
  });

  it('false needs no secret, and gives no keyring without one', () => {
    const config = read({ ZEP_AUTH_REQUIRED: 'false', ZEP_AUTH_SECRET: undefined });
    expect(config).toStrictEqual({
      required: false,
      policy: {},
      warnings: [expect.stringContaining('authentication is off')],
    });
    expect(read({ ZEP_AUTH_REQUIRED: 'false' }).keyring?.size).toBe(1);
  });

  it('false does not excuse a secret that is unfit', async () => {
    const record = { ZEP_AUTH_REQUIRED: 'false', ZEP_AUTH_SECRET: `${SECRET}\n` };
    expect(await faultsOf(record)).toEqual(['ZEP_AUTH_SECRET']);
  });

  it('true gives a keyring, in the types too', () => {
    const config = read({});
    expectTypeOf(config.keyring).toEqualTypeOf<Keyring | undefined>();
    expect.assertions(1);
    if (!config.required) return;
    expectTypeOf(config.keyring).toEqualTypeOf<Keyring>();
    expect(config.keyring.size).toBe(1);
  });
});

describe('ZEP_AUTH_SECRET', () => {
  it('is the key, as it is', async () => {
    expect(await accepts(read({}), tokenOf({}))).toBe('accepted');
    expect(await accepts(read({}), tokenOf({}, A))).toBe('ERR_TOKEN_SIGNATURE');
  });

  it.each([undefined, ''])('%j is an error, since authentication is required', async (secret) => {
    for (const required of [undefined, '', 'true']) {
      const record = { ZEP_AUTH_SECRET: secret, ZEP_AUTH_REQUIRED: required };
      expect(await faultsOf(record)).toEqual(['ZEP_AUTH_SECRET']);
    }
    const { problems } = await refusalOf(() => readAuthConfig({}));
    expect(problems).toEqual([
      { variable: 'ZEP_AUTH_SECRET', message: expect.stringContaining('is not set') },
    ]);
  });

  it.each([
    ['is short', 'test-secret'],
    ['ends in a line break', `${SECRET}\n`],
    ['holds a line break', `${SECRET}\n${SECRET}`],
    ['is in quotes', `"${SECRET}"`],
    ['is a token', tokenOf({})],
    ['is PEM', `-----BEGIN PRIVATE KEY-----${SECRET}`],
    ['is a JWK', `{"kty":"oct","k":"${SECRET}"}`],
    ['is one character', 'a'.repeat(64)],
    ['is the fallback of Zep', 'do-not-use-this-secret-in-production'],
    ['is white space', ' '.repeat(40)],
  ])('that %s is an error', async (_, secret) => {
    expect(new Set(await faultsOf({ ZEP_AUTH_SECRET: secret }))).toEqual(
      new Set(['ZEP_AUTH_SECRET']),
    );
  });
});

describe('ZEP_AUTH_SECRET_PREVIOUS', () => {
  it.each([
    ['one', [A]],
    ['two', [A, B]],
    ['three', [A, B, C]],
  ])('holds %s, which verify and do not sign', async (_, secrets) => {
    const config = read({ ZEP_AUTH_SECRET_PREVIOUS: secrets.join(',') });
    expect(config.keyring?.size).toBe(1 + secrets.length);
    for (const secret of [SECRET, ...secrets]) {
      expect(await accepts(config, tokenOf({}, secret))).toBe('accepted');
    }
    expect(await accepts(config, tokenOf({}, D))).toBe('ERR_TOKEN_SIGNATURE');
    if (config.keyring === undefined) throw new Error('the keyring is missing');
    expect(await signToken(config.keyring)).toBe(tokenOf({}));
  });

  it('may not hold four', async () => {
    expect(await faultsOf({ ZEP_AUTH_SECRET_PREVIOUS: [A, B, C, D].join(',') })).toEqual([
      'ZEP_AUTH_SECRET_PREVIOUS',
    ]);
  });

  it.each([`${A},`, `,${A}`, `,,${A},,`, `${A},,,,${A}`])('skips empty entries', (text) => {
    expect(read({ ZEP_AUTH_SECRET_PREVIOUS: text }).keyring?.size).toBe(2);
  });

  it.each([undefined, '', ',', ',,,,,'])('%j means that none is set', (text) => {
    expect(read({ ZEP_AUTH_SECRET_PREVIOUS: text }).keyring?.size).toBe(1);
  });

  it('may hold the current secret, which counts once', () => {
    expect(read({ ZEP_AUTH_SECRET_PREVIOUS: `${SECRET},${A}` }).keyring?.size).toBe(2);
  });

  it('is judged entry by entry, and named by its place', async () => {
    const record = { ZEP_AUTH_SECRET_PREVIOUS: `${A},${B} ,"${C}"` };
    expect(await faultsOf(record)).toEqual([
      'ZEP_AUTH_SECRET_PREVIOUS (entry 2)',
      'ZEP_AUTH_SECRET_PREVIOUS (entry 3)',
    ]);
  });

  it.each(['true', 'false'])(
    'does not stand in for the secret, with ZEP_AUTH_REQUIRED %s',
    async (required) => {
      const record = { ZEP_AUTH_SECRET: '', ZEP_AUTH_SECRET_PREVIOUS: A };
      expect(await faultsOf({ ...record, ZEP_AUTH_REQUIRED: required })).toEqual([
        'ZEP_AUTH_SECRET',
      ]);
    },
  );
});

describe('ZEP_AUTH_ALLOW_WEAK_SECRET', () => {
  it.each(TRUE)('%j lets a short secret through, with a warning', async (word) => {
    const config = read({ ZEP_AUTH_SECRET: 'test-secret', ZEP_AUTH_ALLOW_WEAK_SECRET: word });
    expect(await accepts(config, tokenOf({}, 'test-secret'))).toBe('accepted');
    expect(config.warnings).toEqual(['ZEP_AUTH_SECRET is shorter than 32 bytes; replace it soon']);
  });

  it.each([...FALSE, undefined, ''])('%j does not', async (word) => {
    const record = { ZEP_AUTH_SECRET: 'test-secret', ZEP_AUTH_ALLOW_WEAK_SECRET: word };
    expect(await faultsOf(record)).toEqual(['ZEP_AUTH_SECRET']);
  });

  it.each(NO_BOOLEANS)('%j is an error', async (word) => {
    expect(await faultsOf({ ZEP_AUTH_ALLOW_WEAK_SECRET: word })).toEqual([
      'ZEP_AUTH_ALLOW_WEAK_SECRET',
    ]);
  });

  it.each(['shhhhh', 'CHANGEME', 'do-not-use-this-secret-in-production', '"short"', 'short\n'])(
    'does not let %j through',
    async (secret) => {
      const record = { ZEP_AUTH_SECRET: secret, ZEP_AUTH_ALLOW_WEAK_SECRET: 'true' };
      expect(await faultsOf(record)).toEqual(['ZEP_AUTH_SECRET']);
    },
  );

  it('is for a secret that is not required too', () => {
    const record = { ZEP_AUTH_SECRET: 'test-secret', ZEP_AUTH_REQUIRED: 'false' };
    expect(read({ ...record, ZEP_AUTH_ALLOW_WEAK_SECRET: 'true' }).keyring?.size).toBe(1);
  });

  it('is for previous secrets too', async () => {
    const previous = { ZEP_AUTH_SECRET_PREVIOUS: `${A},test-secret` };
    const { warnings } = read({ ...previous, ZEP_AUTH_ALLOW_WEAK_SECRET: '1' });
    expect(warnings).toEqual([expect.stringContaining('ZEP_AUTH_SECRET_PREVIOUS (entry 2)')]);
    expect(await faultsOf(previous)).toEqual(['ZEP_AUTH_SECRET_PREVIOUS (entry 2)']);
  });

  it('says nothing about a secret that is strong', () => {
    expect(read({ ZEP_AUTH_ALLOW_WEAK_SECRET: 'true' }).warnings).toEqual([]);
  });
});

describe.each([
  ['ZEP_AUTH_ISSUER', 'issuer', 'iss'],
  ['ZEP_AUTH_AUDIENCE', 'audience', 'aud'],
] as const)('%s', (variable, option, claim) => {
  it('is required of tokens', async () => {
    const config = read({ [variable]: 'https://a' });
    expect(config.policy[option]).toBe('https://a');
    expect(await accepts(config, tokenOf({ [claim]: 'https://a' }))).toBe('accepted');
    expect(await accepts(config, tokenOf({ [claim]: 'https://b' }))).toBe('ERR_TOKEN_CLAIM');
    expect(await accepts(config, tokenOf({}))).toBe('ERR_TOKEN_CLAIM');
  });

  it.each([undefined, ''])('%j asks nothing', async (value) => {
    const config = read({ [variable]: value });
    expect(option in config.policy).toBe(false);
    expect(await accepts(config, tokenOf({}))).toBe('accepted');
  });

  it.each([' https://a', 'https://a ', 'https://a\n', ' '])('%j is an error', async (value) => {
    expect(await faultsOf({ [variable]: value })).toEqual([variable]);
  });
});

const NO_SECONDS = ['-1', '1.5', '1e2', '0x10', ' 5', '5 ', '5\n', '+5', '5s', 'five', 'NaN', '٥'];

describe.each([
  ['ZEP_AUTH_CLOCK_TOLERANCE_SECONDS', 'clockToleranceSeconds', 0, 300],
  ['ZEP_AUTH_MAX_TOKEN_AGE_SECONDS', 'maxTokenAgeSeconds', 1, 999_999_999],
] as const)('%s', (variable, option, min, max) => {
  it.each([min, max])('takes %i', (seconds) => {
    const config = read({ [variable]: String(seconds) });
    expect(config.policy[option]).toBe(seconds);
    const options = { keyring: keyringOf(config), ...config.policy };
    expect(() => createVerifier(options)).not.toThrow();
  });

  it.each([min - 1, max + 1, ...NO_SECONDS, '9'.repeat(400)])('refuses %j', async (seconds) => {
    expect(await faultsOf({ [variable]: String(seconds) })).toEqual([variable]);
  });

  it.each([undefined, ''])('%j leaves the default', (value) => {
    expect(option in read({ [variable]: value }).policy).toBe(false);
  });
});

describe('ZEP_AUTH_REQUIRE_EXPIRY', () => {
  it.each(TRUE)('%j makes exp mandatory', async (word) => {
    const config = read({ ZEP_AUTH_REQUIRE_EXPIRY: word });
    expect(await accepts(config, tokenOf({}))).toBe('ERR_TOKEN_CLAIM');
    expect(await accepts(config, tokenOf({ exp: 253_402_300_799 }))).toBe('accepted');
  });

  it.each([...FALSE, undefined, ''])('%j does not', async (word) => {
    expect(await accepts(read({ ZEP_AUTH_REQUIRE_EXPIRY: word }), tokenOf({}))).toBe('accepted');
  });

  it.each(NO_BOOLEANS)('%j is an error', async (word) => {
    expect(await faultsOf({ ZEP_AUTH_REQUIRE_EXPIRY: word })).toEqual(['ZEP_AUTH_REQUIRE_EXPIRY']);
  });
});

describe('ZEP_AUTH_REVOKED', () => {
  const token = tokenOf({ jti: 'j-1' });
  const digest = createHash('sha256').update(token).digest('hex');

  it.each([
    'j-1',
    'j-0,j-1',
    ' j-1 ',
    'j-0 , j-1,,',
    `sha256:${digest}`,
    `sha256:${digest.toUpperCase()}`,
    `SHA256:${digest}`,
    digest,
    `j-0, sha256:${digest}`,
  ])('%s revokes the token', async (text) => {
    const config = read({ ZEP_AUTH_REVOKED: text });
    expect(await accepts(config, token)).toBe('ERR_TOKEN_REVOKED');
    expect(await accepts(config, tokenOf({ jti: 'j-2' }))).toBe('accepted');
  });

  it.each([undefined, '', ',', ' , ', 'j-2', 'J-1'])('%j does not', async (text) => {
    expect(await accepts(read({ ZEP_AUTH_REVOKED: text }), token)).toBe('accepted');
  });

  it.each([
    ['a token', token],
    ['a token among others', `j-1,${token}`],
    ['a token with spaces around it', `j-1, ${token} `],
    ['a digest that is too short', `sha256:${digest.slice(1)}`],
    ['a digest that is too long', `sha256:${digest}0`],
    ['a digest that is not hex', `sha256:${digest.slice(1)}g`],
    ['a digest in base64', `SHA256:${createHash('sha256').update(token).digest('base64')}`],
    ['no digest', 'j-1,sha256:'],
    ['a digest in another form', `sha-256:${digest}`],
    ['the name of what it is', 'jti:abc'],
    ['a name and an equals sign', 'j-1, JTI=abc'],
    ['a name and a space', 'id : abc'],
    ['a digest of another kind', 'sha512:abc'],
    ['a digest of another kind with a hyphen', `sha-1:${digest.slice(24)}`],
    ['an old digest', `md5:${digest.slice(32)}`],
    ['a digest behind another sign', `sha256=${digest}`],
    ['entries in quotes', '"j-1"'],
    ['entries a line each', 'j-1\nj-2'],
  ])('may not hold %s', async (_, text) => {
    expect(await faultsOf({ ZEP_AUTH_REVOKED: text })).toEqual(['ZEP_AUTH_REVOKED']);
  });

  it('is reported with the place, not the token', async () => {
    const { message } = await refusalOf(() => read({ ZEP_AUTH_REVOKED: `j-1,${token}` }));
    expect(message).toContain('entry 2');
    expect(message).toContain('sha256:');
  });
});

it('reports all problems at once, each with its variable', async () => {
  const faults = await faultsOf({
    ZEP_AUTH_REQUIRED: 'perhaps it is',
    ZEP_AUTH_SECRET: `"${SECRET}"`,
    ZEP_AUTH_SECRET_PREVIOUS: `${A} ,${B}`,
    ZEP_AUTH_ALLOW_WEAK_SECRET: 'perhaps not',
    ZEP_AUTH_ISSUER: ' https://issuer',
    ZEP_AUTH_AUDIENCE: 'https://audience ',
    ZEP_AUTH_CLOCK_TOLERANCE_SECONDS: 'a few seconds',
    ZEP_AUTH_MAX_TOKEN_AGE_SECONDS: 'one whole day',
    ZEP_AUTH_REQUIRE_EXPIRY: 'certainly',
    ZEP_AUTH_REVOKED: tokenOf({}),
  });
  expect(faults.sort()).toEqual([
    'ZEP_AUTH_ALLOW_WEAK_SECRET',
    'ZEP_AUTH_AUDIENCE',
    'ZEP_AUTH_CLOCK_TOLERANCE_SECONDS',
    'ZEP_AUTH_ISSUER',
    'ZEP_AUTH_MAX_TOKEN_AGE_SECONDS',
    'ZEP_AUTH_REQUIRED',
    'ZEP_AUTH_REQUIRE_EXPIRY',
    'ZEP_AUTH_REVOKED',
    'ZEP_AUTH_SECRET',
    'ZEP_AUTH_SECRET_PREVIOUS (entry 1)',
  ]);
});

it('asks nothing of claims where nothing is set', () => {
  expect(read({}).policy).toStrictEqual({});
});

it('takes nothing away from the policy that it is spread over', async () => {
  const config = read({});
  const asked = { requiredClaims: ['exp'], issuer: 'me', audience: 'api', maxTokenAgeSeconds: 60 };
  const own = { ...asked, revoked: ['lost'] };
  const { verify } = createVerifier({ keyring: keyringOf(config), ...own, ...config.policy });
  const now = Math.floor(Date.now() / 1000);
  const good = { exp: now + 60, iat: now, iss: 'me', aud: 'api' };
  await expect(verify(tokenOf(good))).resolves.toBeDefined();
  const lost = verify(tokenOf({ ...good, jti: 'lost' }));
  await expect(lost).rejects.toMatchObject({ code: 'ERR_TOKEN_REVOKED' });
  for (const claim of ['exp', 'iat', 'iss', 'aud']) {
    const { [claim as 'exp']: _, ...rest } = good;
    await expect(verify(tokenOf(rest))).rejects.toMatchObject({ code: 'ERR_TOKEN_CLAIM', claim });
  }
});

it.each<[EnvRecord, string]>([
  [
    { ZEP_AUTH_REQUIRED: 'yes' },
    'ZEP_AUTH_REQUIRED must be one of: 1 t T TRUE true True 0 f F FALSE false False',
  ],
  [
    { ZEP_AUTH_SECRET: '' },
    'ZEP_AUTH_SECRET is not set; make one with `zepcli secret`, or load its file',
  ],
  [
    { ZEP_AUTH_SECRET: 'test-secret' },
    'ZEP_AUTH_SECRET is shorter than 32 bytes; make one with `zepcli secret`',
  ],
  [
    { ZEP_AUTH_SECRET_PREVIOUS: [A, B, C, D].join() },
    'ZEP_AUTH_SECRET_PREVIOUS holds more than 3 secrets; remove the oldest',
  ],
  [{ ZEP_AUTH_ISSUER: ' a' }, 'ZEP_AUTH_ISSUER begins or ends with white space; remove it'],
  [
    { ZEP_AUTH_CLOCK_TOLERANCE_SECONDS: '1m' },
    'ZEP_AUTH_CLOCK_TOLERANCE_SECONDS must be a whole number of seconds from 0 to 300',
  ],
  [
    { ZEP_AUTH_MAX_TOKEN_AGE_SECONDS: '1h' },
    'ZEP_AUTH_MAX_TOKEN_AGE_SECONDS must be a whole number of seconds from 1 to 999999999',
  ],
])('says what is wrong and what to do: %o', async (record, expected) => {
  expect((await refusalOf(() => read(record))).message).toBe(expected);
});

it('reports three problems of one secret', async () => {
  expect(await faultsOf({ ZEP_AUTH_SECRET: '"short secret"\n' })).toEqual(
    Array(3).fill('ZEP_AUTH_SECRET'),
  );
});
