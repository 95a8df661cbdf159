// Records, files and bindings: where the texts come from, and that nothing of them is shown.
import { describe, expect, it, vi } from 'vitest';
import { type EnvRecord, type LoadOptions, loadAuthConfig, readAuthConfig } from '../src/env.ts';
import { joseEngine } from '../src/jws/jose.ts';
import { readKeys } from '../src/keyring.ts';
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

describe('warnings', () => {
  const warningsOf = (record: EnvRecord) =>
    readAuthConfig({ ZEP_AUTH_SECRET: SECRET, ...record }).warnings;

  it('name a variable that is not known, never its value', () => {
    const warnings = warningsOf({ ZEP_AUTH_SECRT: A, ZEP_AUTH_issuer: B });
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toContain('ZEP_AUTH_SECRT');
    expect(warnings[1]).toContain('ZEP_AUTH_issuer');
    expect(warnings.join()).not.toContain(A);
  });

  it('are silent about other prefixes', () => {
    expect(warningsOf({ ZEP_API_KEY: tokenOf({}), ZEP_AUTH: 'x', zep_auth_x: 'x' })).toEqual([]);
  });

  it('are silent about every variable that is documented', () => {
    const documented = {
      ZEP_AUTH_REQUIRED: 'true',
      ZEP_AUTH_SECRET: SECRET,
      ZEP_AUTH_SECRET_PREVIOUS: A,
      ZEP_AUTH_ALLOW_WEAK_SECRET: 'false',
      ZEP_AUTH_ISSUER: 'a',
      ZEP_AUTH_AUDIENCE: 'a',
      ZEP_AUTH_CLOCK_TOLERANCE_SECONDS: '1',
      ZEP_AUTH_MAX_TOKEN_AGE_SECONDS: '1',
      ZEP_AUTH_REQUIRE_EXPIRY: 'true',
      ZEP_AUTH_REVOKED: 'j',
    };
    expect(warningsOf(documented)).toEqual([]);
  });

  it('stand with the problems too, since a misspelling may be the reason', () => {
    const unread = 'ZEP_AUTH_SECRT is not a variable that is read here; check its spelling';
    expect(() => readAuthConfig({ ZEP_AUTH_SECRT: SECRET })).toThrow(unread);
    expect(() => readAuthConfig({ ZEP_AUTH_SECRT: '' })).not.toThrow(unread);
  });

  it('are silent about an unknown variable that is empty, which is as good as unset', () => {
    expect(warningsOf({ ZEP_AUTH_SECRT: '', ZEP_AUTH_ISUER: undefined })).toEqual([]);
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
    ['a BOM', `\uFEFF${SECRET}`],
    ['a BOM in bytes', Buffer.from(`\uFEFF${SECRET}`)],
    ['UTF-16', Buffer.from(SECRET, 'utf16le')],
    ['a byte that is not UTF-8', Buffer.from(`${SECRET}\xff`, 'latin1')],
    ['nothing', ''],
    ['no bytes', new Uint8Array()],
    ['a line break alone', '\n'],
    ['a token', tokenOf({})],
  ])('may not hold %s', async (_, content) => {
    const faults = await faultsOf(() => fromFile(content));
    expect(new Set(faults)).toEqual(new Set(['ZEP_AUTH_SECRET_FILE']));
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
    ['a BOM', `\uFEFF${A}\n${B}`, 'ZEP_AUTH_SECRET_PREVIOUS_FILE (entry 1)'],
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
