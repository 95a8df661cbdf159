// Records, files and bindings: where the texts come from, and that nothing of them is shown.
import { createHash } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { type LoadOptions, loadAuthConfig, readAuthConfig } from '../src/env.ts';
import { joseEngine } from '../src/jws/jose.ts';
import { readKeys } from '../src/keyring.ts';
import type { EnvRecord } from '../src/variables.ts';
import { keyIdOf, refusalOf, SECRET, secretNamed, tokenOf } from './raw-token.ts';

const [A, B, C, D] = ['a', 'b', 'c', 'd'].map(secretNamed) as [string, string, string, string]; // as many as names
const SECRETS = [SECRET, A, B, C, D];
const PATH = '/run/secrets/zep-auth-secret';

const idsOf = async (record: EnvRecord, options?: LoadOptions): Promise<string[]> => {
  const { keyring } = await loadAuthConfig(Object.freeze(record), options);
  return keyring === undefined ? [] : (await readKeys(keyring, joseEngine)).map(({ id }) => id);
};
const IDS = [SECRET, A, B, C].map(keyIdOf);

const faultsOf = async (action: () => unknown): Promise<string[]> => {
  const { code, message, problems = [] } = await refusalOf(action);
  expect(code).toBe('ERR_CONFIG_INVALID');
  for (const secret of [...SECRETS, PATH]) expect(message).not.toContain(secret);
  for (const problem of problems) expect(problem.message).toMatch(/^\S.*\S$/);
  return problems.map(({ variable }) => variable);
};

const fileOf = (content: string | Uint8Array): LoadOptions => ({ readFile: async () => content });
const fromFile = (content: string | Uint8Array) =>
  idsOf({ ZEP_AUTH_SECRET_FILE: PATH }, fileOf(content));
const previousFrom = (content: string | Uint8Array) =>
  idsOf({ ZEP_AUTH_SECRET: SECRET, ZEP_AUTH_SECRET_PREVIOUS_FILE: PATH }, fileOf(content));

describe('a record', () => {
  it('may be frozen, and stays as it was', async () => {
    const record = Object.freeze({ ZEP_AUTH_SECRET: SECRET, ZEP_AUTH_ISSUER: '', PATH: '/bin' });
    const before = JSON.stringify(record);
    readAuthConfig(record);
    await loadAuthConfig(record);
    expect(JSON.stringify(record)).toBe(before);
  });

  it('reads the same by readAuthConfig and loadAuthConfig', async () => {
    const record = { ZEP_AUTH_SECRET: SECRET, ZEP_AUTH_ISSUER: 'a', ZEP_AUTH_REVOKED: 'j' };
    expect(await loadAuthConfig(record)).toEqual(readAuthConfig(record));
    expect(await faultsOf(() => loadAuthConfig({}))).toEqual(['ZEP_AUTH_SECRET']);
  });
});

describe('the prefix', () => {
  it('is ZEP_AUTH_ unless an option says otherwise', async () => {
    const record = { MY_SECRET: A, ZEP_AUTH_SECRET: SECRET };
    expect(await idsOf(record)).toEqual([keyIdOf(SECRET)]);
    expect(await idsOf(record, { prefix: 'MY_' })).toEqual([keyIdOf(A)]);
    expect(readAuthConfig(record, { prefix: 'MY_' }).keyring?.size).toBe(1);
    expect(await faultsOf(() => readAuthConfig(record, { prefix: 'OUR_' }))).toEqual([
      'OUR_SECRET',
    ]);
  });

  it('may be empty', async () => {
    expect(await idsOf({ SECRET: A, HOME: '/' }, { prefix: '' })).toEqual([keyIdOf(A)]);
    expect(readAuthConfig({ SECRET: A, HOME: '/' }, { prefix: '' }).warnings).toEqual([]);
  });

  it('stands before every variable in a message', async () => {
    const record = { MY_REQUIRED: 'x', MY_SECRET: A, MY_SECRET_FILE: PATH };
    const { message } = await refusalOf(() => readAuthConfig(record, { prefix: 'MY_' }));
    expect(message).toContain('MY_SECRET_FILE');
    expect(message).not.toContain('ZEP_AUTH_');
  });
});

describe('the names of variables', () => {
  const problemsOf = async (record: EnvRecord, options?: LoadOptions) => {
    const { problems = [], message } = await refusalOf(() =>
      readAuthConfig({ ZEP_AUTH_SECRET: SECRET, ...record }, options),
    );
    for (const value of Object.values(record)) expect(message).not.toContain(value);
    return problems;
  };
  const accepts = (record: EnvRecord, options?: LoadOptions) =>
    readAuthConfig({ ZEP_AUTH_SECRET: SECRET, ...record }, options).warnings;

  it.each([
    ['ZEP_AUTH_AUD', 'ZEP_AUTH_AUDIENCE'],
    ['ZEP_AUTH_AUDIANCE', 'ZEP_AUTH_AUDIENCE'],
    ['ZEP_AUTH_ISS', 'ZEP_AUTH_ISSUER'],
    ['ZEP_AUTH_SECRT', 'ZEP_AUTH_SECRET'],
    ['ZEP_AUTH_JWT_SECRET', 'ZEP_AUTH_SECRET'],
    ['ZEP_AUTH_PREVIOUS_SECRET', 'ZEP_AUTH_SECRET_PREVIOUS'],
    ['ZEP_AUTH_REQUIRE', 'ZEP_AUTH_REQUIRED'],
    ['ZEP_AUTH_REQUIRE_EXP', 'ZEP_AUTH_REQUIRE_EXPIRY'],
    ['ZEP_AUTH_MAX_AGE', 'ZEP_AUTH_MAX_TOKEN_AGE_SECONDS'],
    ['ZEP_AUTH_TOLERANCE', 'ZEP_AUTH_CLOCK_TOLERANCE_SECONDS'],
    ['ZEP_AUTH_REVOKED_TOKENS', 'ZEP_AUTH_REVOKED'],
    ['ZEP_AUTH_ENCODING', 'ZEP_AUTH_SECRET_ENCODING'],
  ])('%s is an error that suggests %s', async (name, suggested) => {
    const [problem, ...others] = await problemsOf({ [name]: 'the value' });
    expect(others).toEqual([]);
    expect(problem?.variable).toBe(name);
    expect(problem?.message).toContain(`; did you mean ${suggested}? list `);
    expect(problem?.message).toContain('in ZEP_AUTH_IGNORE_VARIABLES');
  });

  it.each([
    ...['zep_auth_aud', 'Zep_Auth_Audiance', 'export ZEP_AUTH_AUD', '\uFEFFZEP_AUTH_AUD'],
    ...[' ZEP_AUTH_AUD', '"ZEP_AUTH_AUD"', 'zep-auth-aud', 'setx ZEP_AUTH_AUD'],
  ])('%j, misspelt and written differently, is an error that suggests the name', async (name) => {
    const [problem, ...others] = await problemsOf({ [name]: 'the value' });
    expect(others).toEqual([]);
    expect(problem?.message).toContain('; did you mean ZEP_AUTH_AUDIENCE? list ');
  });

  it.each(['ZEP_AUTH_X', 'ZEP_AUTH_', 'ZEP_AUTH_LOG_LEVEL', 'zep_auth_x'])(
    '%s is like no other',
    async (name) => {
      const [problem] = await problemsOf({ [name]: 'the value' });
      expect(problem?.message).toMatch(/^is not read here; list other /);
    },
  );

  it.each([
    ['zep_auth_audience', 'zep_auth_audience', 'AUDIENCE'],
    ['Zep_Auth_Issuer', 'Zep_Auth_Issuer', 'ISSUER'],
    ['\uFEFFZEP_AUTH_REVOKED', '?ZEP_AUTH_REVOKED', 'REVOKED'],
    ['ZEP_AUTH_REVOKED\u200B', 'ZEP_AUTH_REVOKED?', 'REVOKED'],
    ['ZEP_AUTH_REQUIRE_EXPIRY ', 'ZEP_AUTH_REQUIRE_EXPIRY ', 'REQUIRE_EXPIRY'],
    ['\tZEP_AUTH_ISSUER', '?ZEP_AUTH_ISSUER', 'ISSUER'],
    ['export ZEP_AUTH_ISSUER', 'export ZEP_AUTH_ISSUER', 'ISSUER'],
    ['"ZEP_AUTH_ISSUER"', '"ZEP_AUTH_ISSUER"', 'ISSUER'],
    ['zep-auth-issuer', 'zep-auth-issuer', 'ISSUER'],
    ['zep.auth.issuer', 'zep.auth.issuer', 'ISSUER'],
    ['ZEP_AUTH_issuer', 'ZEP_AUTH_issuer', 'ISSUER'],
    ['ZEP__AUTH_ISSUER', 'ZEP__AUTH_ISSUER', 'ISSUER'],
    ['_ZEP_AUTH_ISSUER', '_ZEP_AUTH_ISSUER', 'ISSUER'],
    ['ZEP_AUTH_ISSUER_', 'ZEP_AUTH_ISSUER_', 'ISSUER'],
    ['ZEP AUTH ISSUER', 'ZEP AUTH ISSUER', 'ISSUER'],
    ['$env:ZEP_AUTH_ISSUER', '$env:ZEP_AUTH_ISSUER', 'ISSUER'],
    ['set ZEP_AUTH_ISSUER', 'set ZEP_AUTH_ISSUER', 'ISSUER'],
    ['setx ZEP_AUTH_ISSUER', 'setx ZEP_AUTH_ISSUER', 'ISSUER'],
    ['--ZEP_AUTH_ISSUER', '--ZEP_AUTH_ISSUER', 'ISSUER'],
  ])(
    '%j is an error, since it is read under its right name only',
    async (name, shown, variable) => {
      expect(await problemsOf({ [name]: 'the value' })).toEqual([
        {
          variable: shown,
          message: `is not read under this name; rename it to ZEP_AUTH_${variable}`,
        },
      ]);
    },
  );

  it('are shown whole up to 40 characters', async () => {
    const name = 'ZEP_AUTH_'.padEnd(40, 'X');
    expect((await problemsOf({ [name]: 'the value' }))[0]?.variable).toBe(name);
    expect((await problemsOf({ [`${name}X`]: 'the value' }))[0]?.variable).toBe('ZEP_AUTH_XXX...');
  });

  it('in another case are fine where the right name can be read too, as on Windows', () => {
    expect(
      accepts({ Zep_Auth_Secret: SECRET, ZEP_AUTH_ISSUER: 'a', zep_auth_issuer: 'a' }),
    ).toEqual([]);
  });

  it('are reported together, with what follows from them', async () => {
    const { problems } = await refusalOf(() => readAuthConfig({ ZEP_AUTH_SECRT: SECRET }));
    expect(problems?.map(({ variable }) => variable)).toEqual([
      'ZEP_AUTH_SECRT',
      'ZEP_AUTH_SECRET',
    ]);
  });

  it.each([
    ...['ZEP_AUTH_SERVICE_HOST', 'ZEP_AUTH_SERVICE_PORT', 'ZEP_AUTH_SERVICE_PORT_HTTP'],
    ...['ZEP_AUTH_PORT', 'ZEP_AUTH_PORT_8787_TCP', 'ZEP_AUTH_PORT_8787_TCP_ADDR'],
    ...['ZEP_AUTH_GATE_SERVICE_HOST', 'ZEP_AUTH_GATE_PORT_80_TCP_PROTO', 'ZEP_AUTH_NAME'],
    ...['ZEP_AUTH_ENV_PATH', 'ZEP_AUTH_ENV_ZEP_AUTH_ISSUER'],
    ...['ZEP_AUTH_1_NAME', 'ZEP_AUTH_12_NAME', 'ZEP_AUTH_1_ENV_PATH', 'ZEP_AUTH_1_PORT'],
  ])('%s is what Kubernetes or Docker sets for a service', (name) => {
    expect(accepts({ [name]: 'tcp://10.0.0.1:8787' })).toEqual([]);
  });

  it.each([
    ...['ZEP_AUTH_SERVICE_HOSTS', 'ZEP_AUTH_SUPPORT', 'ZEP_AUTH_NAMES', 'ZEP_AUTH_ENVIRON'],
    ...['ZEP_AUTH_USERNAME', 'ZEP_AUTH_MY_ENV_X'],
  ])('%s is not, although it resembles that', async (name) => {
    expect(await problemsOf({ [name]: 'the value' })).toHaveLength(1);
  });

  it('do not count for values that are not text, or empty', () => {
    const bindings = { ZEP_AUTH_KV: { get: async () => 'x' }, ZEP_AUTH_N: 1, ZEP_AUTH_F: () => 1 };
    expect(accepts({ ...bindings, ZEP_AUTH_SECRT: '', ZEP_AUTH_ISUER: undefined })).toEqual([]);
  });

  it('may be listed as meant for something else', async () => {
    const record = { ZEP_AUTH_THEME: 'dark', ZEP_AUTH_LOGO: 'a.png' };
    expect(
      accepts({ ...record, ZEP_AUTH_IGNORE_VARIABLES: 'ZEP_AUTH_THEME, ZEP_AUTH_LOGO' }),
    ).toEqual([]);
    expect(accepts(record, { ignoreVariables: ['ZEP_AUTH_LOGO', 'ZEP_AUTH_THEME'] })).toEqual([]);
    expect(
      await problemsOf({ ...record, ZEP_AUTH_IGNORE_VARIABLES: 'THEME,ZEP_AUTH_LOGO' }),
    ).toHaveLength(1);
    expect(await problemsOf(record, { ignoreVariables: ['ZEP_AUTH_LOGOS'] })).toHaveLength(2);
  });

  it('with another prefix warn, and with none are not looked at', () => {
    const record = { MY_SECRET: SECRET, MY_AUD: 'a', ZEP_AUTH_AUD: 'a', my_issuer: 'a' };
    expect(readAuthConfig(record, { prefix: 'MY_' }).warnings).toEqual([
      expect.stringMatching(/^MY_AUD is not read here; did you mean MY_AUDIENCE\?/),
      'my_issuer is not read under this name; rename it to MY_ISSUER',
    ]);
    expect(readAuthConfig({ SECRET, AUD: 'a' }, { prefix: '' }).warnings).toEqual([]);
  });

  it('with another prefix stand behind the problems too, which they may explain', () => {
    const read = () => readAuthConfig({ MY_SECRT: SECRET }, { prefix: 'MY_' });
    expect(read).toThrow(/^MY_SECRET is not set.*\nMY_SECRT is not read here/);
  });

  it('are silent about other prefixes', () => {
    expect(
      accepts({ ZEP_API_KEY: tokenOf({}), ZEP_AUTH: 'x', MY_ZEP_AUTH_X: 'x', XZEP_AUTH_X: 'x' }),
    ).toEqual([]);
  });

  it('are silent about every variable that is documented', () => {
    const documented = {
      ZEP_AUTH_REQUIRED: 'true',
      ZEP_AUTH_SECRET_PREVIOUS: A,
      ZEP_AUTH_ALLOW_WEAK_SECRET: 'false',
      ZEP_AUTH_SECRET_ENCODING: 'utf8',
      ZEP_AUTH_ISSUER: 'a',
      ZEP_AUTH_AUDIENCE: 'a',
      ZEP_AUTH_CLOCK_TOLERANCE_SECONDS: '1',
      ZEP_AUTH_MAX_TOKEN_AGE_SECONDS: '1',
      ZEP_AUTH_REQUIRE_EXPIRY: 'true',
      ZEP_AUTH_REVOKED: 'j',
      ZEP_AUTH_IGNORE_VARIABLES: 'ZEP_AUTH_X',
      ZEP_AUTH_STORE_URL: 'redis://localhost',
    };
    expect(accepts(documented)).toEqual([]);
  });
});

describe('ZEP_AUTH_SECRET_ENCODING', () => {
  const bytes = createHash('sha512').update('bytes').digest();
  const base64 = bytes.toString('base64');
  const idOf = (key: Uint8Array) =>
    createHash('sha256')
      .update(`{"k":"${Buffer.from(key).toString('base64url')}","kty":"oct"}`)
      .digest('base64url')
      .slice(0, 11);

  it.each([
    ['utf8', base64, Buffer.from(base64)],
    ['base64', base64, bytes],
    ['base64', base64.replace(/=+$/, ''), bytes],
    ['base64url', bytes.toString('base64url'), bytes],
    ['base64url', `${bytes.toString('base64url')}==`, bytes],
    ['hex', bytes.toString('hex'), bytes],
    ['hex', bytes.toString('hex').toUpperCase(), bytes],
  ])('%s reads the bytes of the secret', async (encoding, secret, key) => {
    const record = { ZEP_AUTH_SECRET: secret, ZEP_AUTH_SECRET_ENCODING: encoding };
    expect(await idsOf(record)).toEqual([idOf(key)]);
  });

  it('holds for previous secrets and files too', async () => {
    const previous = createHash('sha512').update('previous').digest();
    const record = {
      ZEP_AUTH_SECRET_FILE: PATH,
      ZEP_AUTH_SECRET_PREVIOUS: previous.toString('hex'),
      ZEP_AUTH_SECRET_ENCODING: 'hex',
    };
    expect(await idsOf(record, fileOf(`${bytes.toString('hex')}\n`))).toEqual([
      idOf(bytes),
      idOf(previous),
    ]);
  });

  it('knows the key of RFC 7515 appendix A.1, which is published, in each of its encodings', async () => {
    const text =
      'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow';
    const bytes = Buffer.from(text, 'base64url');
    for (const encoding of ['base64url', 'base64', 'hex'] as const) {
      const record = {
        ZEP_AUTH_SECRET: bytes.toString(encoding),
        ZEP_AUTH_SECRET_ENCODING: encoding,
      };
      const { problems = [] } = await refusalOf(() => readAuthConfig(record));
      const [problem] = problems;
      expect(problem).toMatchObject({ variable: 'ZEP_AUTH_SECRET' });
      expect(problem?.message).toContain('published');
    }
  });

  it.each([
    ['base64', bytes.toString('base64url').replace(/^./, '-')],
    ['base64', base64.slice(0, 45)],
    ['base64url', bytes.toString('base64url').slice(0, 45)],
    ['base64', `${base64}=`],
    ['base64', `${base64.replace(/=+$/, '')}=`],
    ['base64', ` ${base64}`],
    ['base64', base64.replace(/.==$/, 'B==')],
    ['base64', ''.padEnd(44, '=')],
    ['base64url', base64.replace(/^./, '+')],
    ['base64url', bytes.toString('base64url').replace(/.$/, 'B')],
    ['hex', '~'],
    ['hex', bytes.toString('hex').slice(1)],
    ['hex', bytes.toString('hex').replace(/^./, 'g')],
    ['hex', `0x${bytes.toString('hex')}`],
  ])('%s refuses %s', async (encoding, secret) => {
    const record = { ZEP_AUTH_SECRET: secret, ZEP_AUTH_SECRET_ENCODING: encoding };
    const { problems, message } = await refusalOf(() => readAuthConfig(record));
    expect(problems?.map(({ variable }) => variable)).toEqual(['ZEP_AUTH_SECRET']);
    expect(message).toContain(`is not canonical ${encoding}, as ZEP_AUTH_SECRET_ENCODING says`);
    expect(message).not.toContain(secret.trim());
  });

  it.each([
    ['hex', Buffer.from('your-super-secret-key-change-this-in-production').toString('hex')],
    ['base64', Buffer.from(`${SECRET}\n`).toString('base64')],
    ['hex', bytes.subarray(0, 31).toString('hex')],
    ['base64url', 'super-secret-jwt-token-with-at-least-32-characters-long0'],
    ['hex', 'cc7e0d44fd473002f1c42167459001140ec6389b7353f8088f4d9a95f2f596f2'],
    ['base64', 'yourSuperSecretKeyForJwtChangeThisInProduction12'],
    ['base64', Buffer.alloc(32, 0xff).toString('base64')],
  ])('%s has its bytes judged: %s', async (encoding, secret) => {
    const record = { ZEP_AUTH_SECRET: secret, ZEP_AUTH_SECRET_ENCODING: encoding };
    const faults = await faultsOf(() => readAuthConfig(record));
    expect(new Set(faults)).toEqual(new Set(['ZEP_AUTH_SECRET']));
  });

  it.each(['UTF8', 'base32', 'hex ', 'binary'])('%s is not an encoding', async (encoding) => {
    const record = { ZEP_AUTH_SECRET: SECRET, ZEP_AUTH_SECRET_ENCODING: encoding };
    const { message } = await refusalOf(() => readAuthConfig(record));
    expect(message).toBe('ZEP_AUTH_SECRET_ENCODING must be one of: utf8 base64 base64url hex');
  });
});

describe('a secret and its file', () => {
  const options = fileOf(A);

  it.each([
    ['ZEP_AUTH_SECRET', {}],
    ['ZEP_AUTH_SECRET_PREVIOUS', { ZEP_AUTH_SECRET: SECRET }],
  ])('%s may not both be set', async (variable, others) => {
    const both = { ...others, [variable]: A, [`${variable}_FILE`]: PATH };
    expect(await faultsOf(() => loadAuthConfig(both, options))).toEqual([variable]);
    expect(await faultsOf(() => readAuthConfig(both))).toContain(variable);
    const { message } = await refusalOf(() => loadAuthConfig(both, options));
    expect(message).toBe(`${variable} and ${variable}_FILE are both set; keep one of them`);
  });

  it.each([
    ['ZEP_AUTH_SECRET', {}],
    ['ZEP_AUTH_SECRET_PREVIOUS', { ZEP_AUTH_SECRET: SECRET }],
  ])('%s may both be there where one of them is empty', async (variable, others) => {
    const file = { ...others, [variable]: '', [`${variable}_FILE`]: PATH };
    expect(await idsOf(file, options)).toContain(keyIdOf(A));
    const text = { ...others, [variable]: B, [`${variable}_FILE`]: '' };
    expect(await idsOf(text, options)).toContain(keyIdOf(B));
  });
});

describe('readAuthConfig', () => {
  it.each([
    ['ZEP_AUTH_SECRET_FILE', PATH, {}],
    ['ZEP_AUTH_SECRET_PREVIOUS_FILE', PATH, { ZEP_AUTH_SECRET: SECRET }],
    ['ZEP_AUTH_SECRET', { get: async () => SECRET }, {}],
    ['ZEP_AUTH_SECRET_PREVIOUS', { get: async () => A }, { ZEP_AUTH_SECRET: SECRET }],
    ['ZEP_AUTH_ISSUER', { get: async () => 'a' }, { ZEP_AUTH_SECRET: SECRET }],
  ])('names loadAuthConfig for %s of %o', async (variable, value, others) => {
    const { problems } = await refusalOf(() => readAuthConfig({ ...others, [variable]: value }));
    expect(problems).toEqual([
      { variable, message: expect.stringContaining('await loadAuthConfig(record') },
    ]);
  });

  it.each([null, true, 0, 1n, [SECRET]])(
    'refuses the value %o, which is not a text',
    async (value) => {
      expect(await faultsOf(() => readAuthConfig({ ZEP_AUTH_SECRET: value }))).toEqual([
        'ZEP_AUTH_SECRET',
      ]);
      const required = { ZEP_AUTH_SECRET: SECRET, ZEP_AUTH_REQUIRED: value };
      expect(await faultsOf(() => readAuthConfig(required))).toContain('ZEP_AUTH_REQUIRED');
    },
  );
});

describe('a file', () => {
  it('is read once, from its path', async () => {
    const readFile = vi.fn(async () => SECRET);
    await loadAuthConfig({ ZEP_AUTH_SECRET_FILE: PATH }, { readFile });
    expect(readFile.mock.calls).toEqual([[PATH]]);
  });

  it.each([
    ['text', SECRET],
    ['bytes', new TextEncoder().encode(SECRET)],
    ['a Buffer', Buffer.from(SECRET)],
    ['one \\n behind it', `${SECRET}\n`],
    ['one \\r\\n behind it', `${SECRET}\r\n`],
    ['bytes with one \\n', Buffer.from(`${SECRET}\n`)],
    ['bytes with one \\r\\n', Buffer.from(`${SECRET}\r\n`)],
  ])('holds the secret as %s', async (_, content) => {
    expect(await fromFile(content)).toEqual([keyIdOf(SECRET)]);
  });

  it.each([
    ['two \\n behind it', `${SECRET}\n\n`],
    ['two \\r\\n behind it', `${SECRET}\r\n\r\n`],
    ['\\r alone', `${SECRET}\r`],
    ['\\n before it', `\n${SECRET}`],
    ['a space before the \\n', `${SECRET} \n`],
    ['two lines', `${SECRET}\n${A}\n`],
    ['two byte order marks', `\uFEFF\uFEFF${SECRET}`],
    ['UTF-16', Buffer.from(SECRET, 'utf16le')],
    ['UTF-16 with a mark', Buffer.from(`\uFEFF${SECRET}`, 'utf16le')],
    ['UTF-16, big-endian', Buffer.from(SECRET, 'utf16le').swap16()],
    ['UTF-16 with a mark, big-endian', Buffer.from(`\uFEFF${SECRET}`, 'utf16le').swap16()],
    ['a NUL', `${SECRET}\0`],
    ['a NUL in bytes', Buffer.from(`x\0${SECRET}`)],
    ['a byte that is not UTF-8', Buffer.from(`${SECRET}\xff`, 'latin1')],
    ['nothing', ''],
    ['no bytes', new Uint8Array()],
    ['a line break alone', '\n'],
    ['a token', tokenOf({})],
  ])('may not hold %s', async (_, content) => {
    const faults = await faultsOf(() => fromFile(content));
    expect(new Set(faults)).toEqual(new Set(['ZEP_AUTH_SECRET_FILE']));
  });

  it('with a byte order mark loses it, with a warning', async () => {
    for (const content of [`\uFEFF${SECRET}\n`, Buffer.from(`\uFEFF${SECRET}`)]) {
      expect(await fromFile(content)).toEqual([keyIdOf(SECRET)]);
      const { warnings } = await loadAuthConfig({ ZEP_AUTH_SECRET_FILE: PATH }, fileOf(content));
      expect(warnings).toEqual([
        'ZEP_AUTH_SECRET_FILE names a file that begins with a byte order mark, which is ignored',
      ]);
    }
  });

  it.each([
    [Buffer.from(SECRET, 'utf16le'), 'is UTF-16, as PowerShell 5 writes it;'],
    [Buffer.from('\uFEFFab', 'utf16le').swap16(), 'is UTF-16, as PowerShell 5 writes it;'],
    // No byte is NUL in this script, so only the mark tells; and one character of it among others.
    [Buffer.from('\uFEFFпароль', 'utf16le'), 'is UTF-16, as PowerShell 5 writes it;'],
    [Buffer.from('\uFEFFпароль', 'utf16le').swap16(), 'is UTF-16, as PowerShell 5 writes it;'],
    [Buffer.from(`${SECRET}п`, 'utf16le'), 'is UTF-16, as PowerShell 5 writes it;'],
    [Buffer.from(`# 5 €\n${SECRET}\n# 合言葉`, 'utf16le'), 'is UTF-16, as PowerShell 5 writes it;'],
    [Buffer.from(`合言葉–${SECRET}`, 'utf16le').swap16(), 'is UTF-16, as PowerShell 5 writes it;'],
    [
      Buffer.concat([Buffer.from(`${SECRET}\n`), Buffer.from('abc', 'utf16le')]), // >> of PowerShell 5
      'is UTF-16, as PowerShell 5 writes it;',
    ],
    [Buffer.from('ab', 'utf16le'), 'is UTF-16, as PowerShell 5 writes it;'],
    [Buffer.from('ab', 'utf16le').swap16(), 'is UTF-16, as PowerShell 5 writes it;'],
    [Buffer.from([0x41, 0xff, 0xfe]), 'is not UTF-8 text'],
    [Buffer.from([0x41, 0xfe, 0xff]), 'is not UTF-8 text'],
    [Buffer.from(`a\0${SECRET}\0b`), 'holds a NUL character, at place 2; write it again'],
    [`${SECRET}\0\0`, `holds a NUL character, at place ${SECRET.length + 1}`],
    [Buffer.from(`${SECRET}\0\0`), `holds a NUL character, at place ${SECRET.length + 1}`],
    // Half a mark is none.
    [Buffer.from([0xff, 0x41]), 'is not UTF-8 text'],
    [Buffer.from([0xfe, 0x41]), 'is not UTF-8 text'],
    [Buffer.from([0x41, 0xff]), 'is not UTF-8 text'],
    [Buffer.from([0x41, 0xfe]), 'is not UTF-8 text'],
    [Buffer.from([0xff, 0xff]), 'is not UTF-8 text'],
    [Buffer.from([0xfe, 0xfe]), 'is not UTF-8 text'],
    [`${SECRET.slice(0, 3)}\0`, 'holds a NUL character, at place 4'],
    [Buffer.from('ab\0'), 'holds a NUL character, at place 3'],
    [Buffer.from([0xff]), 'is not UTF-8 text'],
  ])('that is not plain text says what it is', async (content, reason) => {
    const { message } = await refusalOf(() => fromFile(content));
    expect(message).toContain(`ZEP_AUTH_SECRET_FILE names a file that ${reason}`);
  });

  it.each(['ENOENT', 'EACCES', 'EISDIR', 'EMFILE'])('that fails with %s says so', async (code) => {
    const readFile = async () => {
      throw Object.assign(new Error(`${code}: cannot open '${PATH}' ${SECRET}`), { code });
    };
    const { message, problems } = await refusalOf(() =>
      loadAuthConfig({ ZEP_AUTH_SECRET_FILE: PATH }, { readFile }),
    );
    expect(problems).toHaveLength(1);
    expect(message).toContain(`ZEP_AUTH_SECRET_FILE names a file that cannot be read (${code})`);
    expect(message).not.toContain(PATH);
    expect(message).not.toContain(SECRET);
  });

  it.each([
    ['a code that is something else', Object.assign(new Error(SECRET), { code: SECRET })],
    ['a code with more behind it', Object.assign(new Error('x'), { code: `ENOENT ${SECRET}` })],
    ['a code with more before it', Object.assign(new Error('x'), { code: `${SECRET} ENOENT` })],
    ['no code', new Error(SECRET)],
    ['a text', SECRET],
    ['nothing', undefined],
    ['null', null],
  ])('that fails with %s shows none of it', async (_, reason) => {
    const readFile = () => Promise.reject(reason);
    const load = () => loadAuthConfig({ ZEP_AUTH_SECRET_FILE: PATH }, { readFile });
    expect(await faultsOf(load)).toEqual(['ZEP_AUTH_SECRET_FILE']);
    expect((await refusalOf(load)).message).toContain('cannot be read (error)');
  });

  it('that fails does not open what is not required either', async () => {
    const readFile = () => Promise.reject(new Error('x'));
    const record = { ZEP_AUTH_REQUIRED: 'false', ZEP_AUTH_SECRET_FILE: PATH };
    expect(await faultsOf(() => loadAuthConfig(record, { readFile }))).toEqual([
      'ZEP_AUTH_SECRET_FILE',
    ]);
  });

  it('with an unfit secret is named as its place, not the variable', async () => {
    const { message } = await refusalOf(() => fromFile('test-secret'));
    expect(message).toMatch(/^ZEP_AUTH_SECRET_FILE holds a secret that is shorter than 32 bytes/);
  });

  it('needs readFile, and a path that is text', async () => {
    const load = (path: unknown, options?: LoadOptions) => () =>
      loadAuthConfig({ ZEP_AUTH_SECRET_FILE: path }, options);
    expect(await faultsOf(load(PATH))).toEqual(['ZEP_AUTH_SECRET_FILE']);
    expect(await faultsOf(load(PATH, {}))).toEqual(['ZEP_AUTH_SECRET_FILE']);
    expect(await faultsOf(load({ get: async () => PATH }, fileOf(SECRET)))).toEqual([
      'ZEP_AUTH_SECRET_FILE',
    ]);
    await expect(load(PATH, fileOf(SECRET))()).resolves.toBeDefined();
    expect((await refusalOf(load(PATH))).message).toBe(
      'ZEP_AUTH_SECRET_FILE needs a path, and the option `readFile` to read it',
    );
  });
});

describe('a file of previous secrets', () => {
  it.each([
    ['none', '', 0],
    ['none, and a line break', '\n', 0],
    ['one', A, 1],
    ['one a line', `${A}\n${B}`, 2],
    ['a line break at the end', `${A}\n${B}\n${C}\n`, 3],
    ['\\r\\n', `${A}\r\n${B}\r\n${C}\r\n`, 3],
    ['blank lines', `\n${A}\n\n\n${B}\n\n`, 2],
  ])('holds %s', async (_, content, count) => {
    expect(await previousFrom(content)).toEqual(IDS.slice(0, 1 + count));
    expect(await previousFrom(Buffer.from(content))).toEqual(IDS.slice(0, 1 + count));
  });

  it.each([
    ['four', [A, B, C, D].join('\n'), 'ZEP_AUTH_SECRET_PREVIOUS_FILE'],
    ['a space', `${A}\n${B} \n`, 'ZEP_AUTH_SECRET_PREVIOUS_FILE (entry 2)'],
    ['a BOM in a line', `${A}\n\uFEFF${B}`, 'ZEP_AUTH_SECRET_PREVIOUS_FILE (entry 2)'],
    ['a token', `${A}\n${B}\n${tokenOf({})}`, 'ZEP_AUTH_SECRET_PREVIOUS_FILE (entry 3)'],
  ])('may not hold %s', async (_, content, variable) => {
    expect(await faultsOf(() => previousFrom(content))).toEqual([variable]);
  });

  it('is not separated by commas', async () => {
    expect(await previousFrom(`${A},${B}`)).toEqual([keyIdOf(SECRET), keyIdOf(`${A},${B}`)]);
  });
});

describe('a binding of a secrets store', () => {
  it('gives its text, unchanged', async () => {
    const get = async () => SECRET;
    expect(await idsOf({ ZEP_AUTH_SECRET: { get } })).toEqual([keyIdOf(SECRET)]);
    const broken = { get: async () => `${SECRET}\n` };
    expect(await faultsOf(() => loadAuthConfig({ ZEP_AUTH_SECRET: broken }))).toEqual([
      'ZEP_AUTH_SECRET',
    ]);
  });

  it('is asked as its own method', async () => {
    class Store {
      readonly #text = SECRET;
      async get(): Promise<string> {
        return this.#text;
      }
    }
    expect(await idsOf({ ZEP_AUTH_SECRET: new Store() })).toEqual([keyIdOf(SECRET)]);
  });

  it('may stand for any variable', async () => {
    const record = {
      ZEP_AUTH_SECRET: SECRET,
      ZEP_AUTH_SECRET_PREVIOUS: { get: async () => `${A},${B}` },
      ZEP_AUTH_ISSUER: { get: async () => 'a' },
    };
    expect(await idsOf(record)).toEqual(IDS.slice(0, 3));
    expect((await loadAuthConfig(record)).policy.issuer).toBe('a');
  });

  const EMPTY = 'is a binding with no text to read; store the secret behind it';
  const OTHER = 'is neither a string nor a binding of a secrets store';

  it.each<[string, unknown, string]>([
    ['rejects', { get: () => Promise.reject(new Error(SECRET)) }, EMPTY],
    [
      'throws',
      {
        get: () => {
          throw new Error(SECRET);
        },
      },
      EMPTY,
    ],
    ['gives an empty text', { get: async () => '' }, EMPTY],
    ['gives nothing', { get: async () => undefined }, EMPTY],
    ['gives null', { get: async () => null }, EMPTY],
    ['gives no text', { get: async () => ({ secret: SECRET }) }, EMPTY],
    ['has no method get', { get: SECRET }, OTHER],
    ['is something else', {}, OTHER],
    ['is null', null, OTHER],
    ['is a number', 42, OTHER],
    ['is a list', [SECRET], OTHER],
  ])('that %s is one problem, without what it holds', async (_, binding, message) => {
    const { problems } = await refusalOf(() => loadAuthConfig({ ZEP_AUTH_SECRET: binding }));
    expect(problems).toEqual([{ variable: 'ZEP_AUTH_SECRET', message }]);
  });
});

it.each<[string, EnvRecord]>([
  ['a file', { ZEP_AUTH_SECRET_FILE: PATH }],
  ['a binding', { ZEP_AUTH_SECRET: { get: async () => '' } }],
  ['a text', { ZEP_AUTH_SECRET: '' }],
])('does not take the nothing in %s for a weak secret that is allowed', async (_, record) => {
  const weak = { ...record, ZEP_AUTH_ALLOW_WEAK_SECRET: 'true' };
  expect(await faultsOf(() => loadAuthConfig(weak, fileOf('\n')))).toEqual(Object.keys(record));
});

it('reports the problems of files, bindings and texts at once', async () => {
  const record = {
    ZEP_AUTH_SECRET_FILE: PATH,
    ZEP_AUTH_SECRET_PREVIOUS: { get: () => Promise.reject(new Error(SECRET)) },
    ZEP_AUTH_REQUIRED: 'perhaps',
    ZEP_AUTH_CLOCK_TOLERANCE_SECONDS: '301',
  };
  const readFile = () => Promise.reject(Object.assign(new Error(SECRET), { code: 'ENOENT' }));
  expect((await faultsOf(() => loadAuthConfig(record, { readFile }))).sort()).toEqual([
    'ZEP_AUTH_CLOCK_TOLERANCE_SECONDS',
    'ZEP_AUTH_REQUIRED',
    'ZEP_AUTH_SECRET_FILE',
    'ZEP_AUTH_SECRET_PREVIOUS',
  ]);
});

it.each([
  ['ZEP_AUTH_ISSUXQZKWVJQX', ' did you mean ZEP_AUTH_ISSUER?'],
  ['ZEP_AUTH_ISSUXQZKWVJQXZ', ''], // three of its pairs of letters are those of ISSUER: not more than 0.3
])('%s is too far from ISSUER or not', (name, question) => {
  const read = () => readAuthConfig({ ZEP_AUTH_SECRET: SECRET, [name]: 'x' });
  const list = "list other software's in ZEP_AUTH_IGNORE_VARIABLES";
  expect(read).toThrow(`${name} is not read here;${question} ${list}`);
});

it('knows the names behind a prefix in small letters', () => {
  const { warnings } = readAuthConfig({ app_SECRET: SECRET, app_AUDIENC: 'x' }, { prefix: 'app_' });
  expect(warnings).toEqual([expect.stringContaining('did you mean app_AUDIENCE?')]);
});
