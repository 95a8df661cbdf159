// Verification: its order, its keys, revocation, and how it answers.
import { createHash } from 'node:crypto';
import jsonwebtoken from 'jsonwebtoken';
import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import type { Engine } from '../src/jws/engine.ts';
import { createKeyring } from '../src/keyring.ts';
import {
  createVerifier,
  createVerifierOn,
  noteRefusal,
  readSignedRefusal,
  type VerifierOptions,
} from '../src/verify.ts';
import { countWork, ENGINES } from './engines.ts';
import {
  encode,
  HEADER,
  keyIdOf,
  NOW,
  outcomeOf,
  rawToken,
  refusalOf,
  SECRET,
  seal,
  secretNamed,
  tokenOf,
} from './raw-token.ts';

const OTHER = secretNamed('other');
const FOUR = ['one', 'two', 'three', 'four'].map(secretNamed);

const { verify } = createVerifier({ secret: SECRET });
const judge = (token: string, options: VerifierOptions = { secret: SECRET }): Promise<string> =>
  outcomeOf(() => createVerifier(options).verify(token));
const judgeOn =
  (engine: Engine): typeof judge =>
  (token, options = { secret: SECRET }) =>
    outcomeOf(() => createVerifierOn(engine, options).verify(token));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(NOW * 1000);
});
afterEach(() => vi.useRealTimers());

describe('createVerifier', () => {
  it('takes exactly one of keyring and secret', () => {
    const keyring = createKeyring(SECRET);
    expect(() => createVerifier({ keyring })).not.toThrow();
    expect(() => createVerifier({ secret: SECRET })).not.toThrow();
    const reason = new TypeError('createVerifier takes exactly one of keyring and secret');
    // @ts-expect-error: both of them
    expect(() => createVerifier({ keyring, secret: SECRET })).toThrow(reason);
    // @ts-expect-error: neither
    expect(() => createVerifier({})).toThrow(reason);
    // @ts-expect-error: one that got lost
    expect(() => createVerifier({ secret: SECRET, keyring: undefined })).toThrow(TypeError);
    // @ts-expect-error: likewise
    expect(() => createVerifier({ keyring, secret: undefined })).toThrow(TypeError);
    expect(() => createVerifier(undefined as never)).toThrow(TypeError); // as a caller without types
  });

  it.each(['audiance', 'Issuer', 'maxTokenAge', 'algorithms'])(
    'names %s, which is not an option',
    (name) => {
      const options = { secret: SECRET, [name]: undefined };
      expect(() => createVerifier(options)).toThrow(
        new TypeError(`createVerifier has no option ${name}`),
      );
    },
  );

  it('does not lose a policy that is inherited', () => {
    class Options {
      readonly secret = SECRET;
      get issuer(): string {
        return 'i';
      }
    }
    const reason = new TypeError('the options of createVerifier must be a plain object');
    for (const more of [{}, { claimsSchema: {} as never }]) {
      const inherits = Object.assign(Object.create({ issuer: 'i' }), { secret: SECRET }, more);
      expect(() => createVerifier(inherits)).toThrow(reason);
      expect(() => createVerifier(Object.assign(new Options(), more))).toThrow(reason);
    }
  });

  it('takes a plain interface as the type of the claims', async () => {
    interface Claims {
      readonly sub: string;
      readonly role: 'admin' | 'user';
    }
    const { verify } = createVerifier<Claims>({ secret: SECRET });
    const { claims } = await verify(tokenOf({ sub: 'alice', role: 'admin' }));
    expectTypeOf(claims).toEqualTypeOf<Claims>();
    expect(claims).toEqual({ sub: 'alice', role: 'admin' });
  });

  it('knows the registered claims and scope without a type', async () => {
    const { claims } = await createVerifier({ secret: SECRET }).verify(tokenOf({ sub: 'alice' }));
    expectTypeOf(claims.sub).toEqualTypeOf<string | undefined>();
    expectTypeOf(claims.scope).toEqualTypeOf<string | undefined>();
    expectTypeOf(claims['role']).toEqualTypeOf<unknown>();
    expect(claims.sub).toBe('alice');
  });

  it.each([
    ['a number', 42],
    ['null', null],
    ['an object', {}],
    ['a list', [SECRET]],
    ['bytes', Buffer.from(SECRET)],
  ])('refuses %s as a secret when it is created, not at the first token', (_, secret) => {
    expect(() => createVerifier({ secret: secret as never })).toThrow(TypeError); // likewise
  });

  it.each(['', 'test-secret', `${SECRET}\n`, `"${SECRET}"`])(
    'judges the secret',
    async (secret) => {
      expect(await outcomeOf(() => createVerifier({ secret }))).toBe('ERR_SECRET_WEAK');
    },
  );

  it.each([1, 8192, 65536])('takes %i as maxTokenBytes', (maxTokenBytes) => {
    expect(() => createVerifier({ secret: SECRET, maxTokenBytes })).not.toThrow();
  });

  it.each([
    0,
    65537,
    -1,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '8192' as never, // as a caller without types
  ])('refuses %s as maxTokenBytes', (maxTokenBytes) => {
    expect(() => createVerifier({ secret: SECRET, maxTokenBytes })).toThrow(
      new RangeError('maxTokenBytes must be a whole number from 1 to 65536'),
    );
  });

  it.each([0, 1, 1_000_000])('takes %i as cacheSize', (cacheSize) => {
    expect(() => createVerifier({ secret: SECRET, cacheSize })).not.toThrow();
  });

  it.each([
    -1,
    1_000_001,
    0.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '10' as never, // as a caller without types
    null as never, // likewise
  ])('refuses %s as cacheSize', (cacheSize) => {
    expect(() => createVerifier({ secret: SECRET, cacheSize })).toThrow(
      new RangeError('cacheSize must be a whole number from 0 to 1000000'),
    );
  });

  it('returns a frozen verifier, whose verify works without `this`', async () => {
    const verifier = createVerifier({ secret: SECRET });
    expect(Object.isFrozen(verifier)).toBe(true);
    const { verify: alone } = verifier;
    expect(await outcomeOf(() => alone(tokenOf({})))).toBe('accepted');
  });
});

describe('verify', () => {
  it('resolves to the claims and the id of the key', async () => {
    const claims = { sub: 'alice', exp: NOW + 1, list: [1, { a: null }] };
    expect(await verify(tokenOf(claims))).toEqual({
      claims,
      payload: claims,
      keyId: keyIdOf(SECRET),
      cached: false,
    });
  });

  it('freezes the claims deeply', async () => {
    const { claims } = await verify(rawToken(HEADER, '{"a":{"b":[{"c":1}]},"__proto__":{"d":{}}}'));
    const unfrozen: unknown[] = [];
    let visited = 0;
    const visit = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      visited++;
      if (!Object.isFrozen(value)) unfrozen.push(value);
      for (const member of Object.values(value)) visit(member);
    };
    visit(claims);
    expect(visited).toBe(6);
    expect(unfrozen).toEqual([]);
  });

  it('gives the same answer to the same token', async () => {
    const token = tokenOf({ sub: 'alice' });
    const { cached, ...first } = await verify(token);
    expect(cached).toBe(false);
    expect(await verify(token)).toEqual({ ...first, cached: true });
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a number', 42],
    ['an object', {}],
    ['a list', [tokenOf({})]],
    ['a String object', Object(tokenOf({}))],
    ['bytes', Buffer.from(tokenOf({}))],
  ])('answers %s with a rejected promise, and does not throw', async (_, token) => {
    const verdict = verify(token as never); // as a caller without types
    expect(verdict).toBeInstanceOf(Promise);
    await expect(verdict).rejects.toThrow(new TypeError('the token must be a string'));
  });

  it.each([
    ['an empty token', ''],
    ['a token of the wrong shape', 'a.b.c'],
    ['a token that is too large', 'x'.repeat(9000)],
    ['a token that has expired', tokenOf({ exp: 0 })],
  ])('answers %s with a rejected promise, and does not throw', async (_, token) => {
    const verdict = verify(token);
    expect(verdict).toBeInstanceOf(Promise);
    await expect(verdict).rejects.toMatchObject({ name: 'AuthError' });
  });

  it('judges the time at every call', async () => {
    const token = tokenOf({ exp: NOW + 1 });
    expect(await outcomeOf(() => verify(token))).toBe('accepted');
    vi.setSystemTime((NOW + 1) * 1000);
    expect(await outcomeOf(() => verify(token))).toBe('ERR_TOKEN_EXPIRED');
  });

  it('takes the types of the claims from its caller', () => {
    const typed = createVerifier<{ readonly tenant: string }>({ secret: SECRET });
    expectTypeOf(typed.verify).returns.resolves.toHaveProperty('claims');
    type Claims = Awaited<ReturnType<typeof typed.verify>>['claims'];
    expectTypeOf<Claims['tenant']>().toEqualTypeOf<string>();
    // @ts-expect-error a token is a string
    void typed.verify(42).catch(() => undefined);
  });
});

describe('the size', () => {
  // 36 bytes of header, 43 of signature and two dots leave 8111 for the payload: 6083 bytes of JSON.
  const sized = (bytes: number): string => rawToken(HEADER, `{}${' '.repeat(bytes - 2)}`);

  it('of a token is at most 8192 bytes by default', async () => {
    expect(sized(6083)).toHaveLength(8192);
    expect(await judge(sized(6083))).toBe('accepted');
    expect(sized(6084)).toHaveLength(8193);
    expect(await judge(sized(6084))).toBe('ERR_TOKEN_TOO_LARGE');
  });

  it('is limited by maxTokenBytes', async () => {
    const token = tokenOf({});
    const fits = { secret: SECRET, maxTokenBytes: token.length };
    expect(await judge(token, fits)).toBe('accepted');
    expect(await judge(token, { ...fits, maxTokenBytes: token.length - 1 })).toBe(
      'ERR_TOKEN_TOO_LARGE',
    );
    expect(await judge(sized(48_000), { secret: SECRET, maxTokenBytes: 65536 })).toBe('accepted');
  });
});

describe.each(ENGINES)('the order of refusals on the $name engine', (engine) => {
  const judge = judgeOn(engine);
  const NONE = '{"alg":"none"}';
  const policy = { secret: SECRET, issuer: 'a', revoked: ['j'] };
  const good = { iss: 'a', jti: 'k', exp: NOW + 1 };

  it('begins with a token that is right in every way', async () => {
    expect(await judge(tokenOf(good), policy)).toBe('accepted');
  });

  it.each([
    ['size before shape', '!'.repeat(8193), 'ERR_TOKEN_TOO_LARGE'],
    ['shape, where the size is right', '!'.repeat(8192), 'ERR_TOKEN_MALFORMED'],
    [
      'form before algorithm, of which only the code tells',
      `${rawToken(NONE, '{}')}=`,
      'ERR_TOKEN_ALGORITHM',
    ],
    ['form before signature', `${tokenOf(good, OTHER)}=`, 'ERR_TOKEN_MALFORMED'],
    [
      'form of the header before algorithm',
      rawToken('{"alg":"none","a":1,"a":1}', '{}'),
      'ERR_TOKEN_MALFORMED',
    ],
    ['algorithm before signature', rawToken(NONE, '{}', OTHER), 'ERR_TOKEN_ALGORITHM'],
    [
      'header before signature',
      rawToken('{"alg":"HS256","crit":[]}', '{}', OTHER),
      'ERR_TOKEN_MALFORMED',
    ],
    ['signature before form of the payload', rawToken(HEADER, '[', OTHER), 'ERR_TOKEN_SIGNATURE'],
    ['signature before claims', tokenOf({ ...good, exp: 0 }, OTHER), 'ERR_TOKEN_SIGNATURE'],
    ['signature before revocation', tokenOf({ ...good, jti: 'j' }, OTHER), 'ERR_TOKEN_SIGNATURE'],
    [
      'form of the payload before claims',
      rawToken(HEADER, '{"exp":0,"exp":0}'),
      'ERR_TOKEN_MALFORMED',
    ],
    ['form of times before times', tokenOf({ ...good, exp: 0, nbf: 'x' }), 'ERR_TOKEN_CLAIM'],
    ['expiry before issuer', tokenOf({ ...good, exp: 0, iss: 'b' }), 'ERR_TOKEN_EXPIRED'],
    ['claims before revocation', tokenOf({ ...good, iss: 'b', jti: 'j' }), 'ERR_TOKEN_CLAIM'],
    ['expiry before revocation', tokenOf({ ...good, exp: 0, jti: 'j' }), 'ERR_TOKEN_EXPIRED'],
    ['revocation at the end', tokenOf({ ...good, jti: 'j' }), 'ERR_TOKEN_REVOKED'],
  ])('is %s', async (_, token, code) => {
    expect(await judge(token, policy)).toBe(code);
  });

  it('reveals nothing about the claims of a token that is not signed with a known secret', async () => {
    const payloads = [{}, good, { exp: 0 }, { nbf: NOW * 1000 }, { iss: 'b' }, { jti: 'j' }];
    const messages = new Set<string>();
    for (const payload of payloads) {
      const refusal = await refusalOf(() =>
        createVerifierOn(engine, policy).verify(tokenOf(payload, OTHER)),
      );
      messages.add(`${refusal} ${JSON.stringify(refusal)}`);
    }
    expect([...messages]).toEqual([
      expect.stringMatching(/^AuthError: .*{"code":"ERR_TOKEN_SIGNATURE"}$/),
    ]);
  });
});

describe.each(ENGINES)('keys on the $name engine', (engine) => {
  const judge = judgeOn(engine);

  it('are those of the keyring: a token does not outlive its secret', async () => {
    const token = tokenOf({}, FOUR[1]);
    expect(await judge(token, { keyring: createKeyring(FOUR.slice(0, 2)) })).toBe('accepted');
    expect(await judge(token, { keyring: createKeyring(FOUR.slice(0, 1)) })).toBe(
      'ERR_TOKEN_SIGNATURE',
    );
  });

  it('are the secret as it is: not decoded, not without padding, not trimmed', async () => {
    expect(await judge(tokenOf({}, SECRET))).toBe('accepted');
    for (const variant of [
      SECRET.replace(/=+$/, ''),
      `${SECRET}\n`,
      Buffer.from(SECRET, 'base64url').toString('latin1'),
      '',
    ]) {
      expect(await judge(tokenOf({}, variant))).toBe('ERR_TOKEN_SIGNATURE');
    }
  });

  it('verify the known answer of zepcli', async () => {
    const known =
      'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.O_ADp3sQL0B5OHZZi_itwaNA7b77PzRVjEtMC1qQTeM';
    const keyring = createKeyring('test-secret', { allowWeak: true });
    expect(await judge(known, { keyring })).toBe('accepted');
    expect(await judge(known)).toBe('ERR_TOKEN_SIGNATURE');
  });

  it('verify what another library signs', async () => {
    const sign: (claims: object, secret: string, options?: object) => string = jsonwebtoken.sign;
    expect(await judge(sign({}, SECRET, { noTimestamp: true }))).toBe('accepted');
    expect(await judge(sign({ sub: 'alice' }, SECRET, { expiresIn: 60, keyid: 'k' }))).toBe(
      'accepted',
    );
    expect(await judge(sign({ sub: 'alice' }, SECRET, { algorithm: 'HS512' }))).toBe(
      'ERR_TOKEN_ALGORITHM',
    );
    expect(await judge(sign({}, OTHER))).toBe('ERR_TOKEN_SIGNATURE');
  });
});

describe('readSignedRefusal', () => {
  it('says what a refused token said, if its signature holds', async () => {
    const token = tokenOf({ sub: 'alice', exp: NOW });
    const error = await refusalOf(() => createVerifier({ secret: SECRET }).verify(token));
    expect(readSignedRefusal(error)).toEqual({
      token,
      keyId: keyIdOf(SECRET),
      payload: { sub: 'alice', exp: NOW },
    });
  });

  it('says nothing of a token that another key has signed', async () => {
    const token = tokenOf({ sub: 'alice', exp: NOW }, OTHER);
    const error = await refusalOf(() => createVerifier({ secret: SECRET }).verify(token));
    expect(readSignedRefusal(error)).toBeUndefined();
  });
});

describe('noteRefusal', () => {
  it.each(['a text', undefined, new Error('a fault')])(
    'passes on what else is thrown: %s',
    (thrown) => {
      const fail = () =>
        noteRefusal({ token: 'a', payload: {}, keyId: 'b' }, () => {
          throw thrown;
        });
      let caught: unknown = 'nothing';
      try {
        fail();
      } catch (error) {
        caught = error;
      }
      expect(caught).toBe(thrown);
    },
  );
});

describe.each(ENGINES)('revocation on the $name engine', (engine) => {
  const judge = judgeOn(engine);
  const digestOf = (token: string): string => createHash('sha256').update(token).digest('hex');
  const token = tokenOf({ jti: 'j-1', sub: 'alice' });
  const revoking = (...revoked: string[]): VerifierOptions => ({ secret: SECRET, revoked });

  it('is by jti, compared exactly', async () => {
    expect(await judge(token, revoking('x', 'j-1'))).toBe('ERR_TOKEN_REVOKED');
    for (const jti of ['J-1', 'j-', 'j-11', ' j-1', 'alice']) {
      expect(await judge(token, revoking(jti))).toBe('accepted');
    }
    expect(await judge(tokenOf({ sub: 'j-1' }), revoking('j-1'))).toBe('accepted');
  });

  it.each(['grey-1.2.3', 'sha2567', 'my-sha256:1'])(
    'is by a jti that only resembles a token or a digest: %s',
    async (jti) => {
      expect(await judge(tokenOf({ jti }), revoking(jti))).toBe('ERR_TOKEN_REVOKED');
      expect(await judge(token, revoking(jti))).toBe('accepted');
    },
  );

  it.each([
    ['7', '7', 'ERR_TOKEN_REVOKED'],
    ['7.0', '7', 'ERR_TOKEN_REVOKED'],
    ['7', '07', 'accepted'],
    ['7', '7.0', 'ERR_TOKEN_REVOKED'],
    ['1e3', '1e3', 'ERR_TOKEN_REVOKED'],
    ['1000', '1.0E+3', 'ERR_TOKEN_REVOKED'],
    ['1e-7', '0.0000001', 'ERR_TOKEN_REVOKED'],
    ['-0', '-0', 'ERR_TOKEN_REVOKED'],
    ['1e999', '1e999', 'ERR_TOKEN_REVOKED'],
    ['"1e3"', '1e3', 'ERR_TOKEN_REVOKED'],
    ['"1e3"', '1000', 'accepted'],
    ...['7.', '.7e1', '+7', '0x7', '7e', 'x7.0', '7.0x', '-', '7,0'].map(
      (entry): [string, string, string] => ['7', entry, 'accepted'],
    ),
    ['1234567890123456789', '1234567890123456789', 'ERR_TOKEN_REVOKED'],
    ['"1234567890123456789"', '1234567890123456789', 'ERR_TOKEN_REVOKED'],
    ['-1234567890123456789', '-1234567890123456789', 'ERR_TOKEN_REVOKED'],
    ['1234567890123456', '1234567890123456', 'ERR_TOKEN_REVOKED'],
    ['1234567890123456789', '12345678901234567890', 'accepted'],
    ['true', 'true', 'accepted'],
    ['null', 'null', 'accepted'],
    ['["j-1"]', 'j-1', 'accepted'],
  ])('is by a jti of %s with %s on the list: %s', async (jti, entry, outcome) => {
    expect(await judge(rawToken(HEADER, `{"jti":${jti}}`), revoking(entry))).toBe(outcome);
  });

  it('digests a token only if one is revoked by its digest', async () => {
    for (const [revoked, digests] of [
      [['j-2'], 0],
      [[digestOf('x')], 1],
    ] as const) {
      const { engine: counting, work } = countWork(engine);
      const { verify } = createVerifierOn(counting, { secret: SECRET, revoked });
      await verify(token);
      expect(work.digests).toBe(1 + digests); // one is for the id of the key
    }
  });

  it('is by the digest of the whole token, in hex of any case', async () => {
    const digest = digestOf(token);
    expect(await judge(token, revoking(`sha256:${digest}`))).toBe('ERR_TOKEN_REVOKED');
    expect(await judge(token, revoking(`sha256:${digest.toUpperCase()}`))).toBe(
      'ERR_TOKEN_REVOKED',
    );
    expect(await judge(token, revoking(`SHA256:${digest}`))).toBe('ERR_TOKEN_REVOKED');
    expect(await judge(token, revoking(digest))).toBe('ERR_TOKEN_REVOKED');
    expect(await judge(tokenOf({ jti: digest }), revoking(digest))).toBe('ERR_TOKEN_REVOKED');
    expect(await judge(token, revoking('x', `sha256:${digest}`))).toBe('ERR_TOKEN_REVOKED');
    for (const entry of [
      `sha256:${digestOf(`${token}x`)}`,
      `${digest}0`,
      digest.slice(1),
      `x${digest}`,
      '0'.repeat(64) + digest,
    ]) {
      expect(await judge(token, revoking(entry))).toBe('accepted');
    }
    expect(await judge(tokenOf({ jti: 'j-2' }), revoking(`sha256:${digest}`))).toBe('accepted');
  });

  it('refuses an entry that would revoke nothing', () => {
    const digest = digestOf(token);
    const base64 = createHash('sha256').update(token).digest('base64url');
    const isToken = 'revoked (entry 2) holds a token; name it by sha256:<hex digest>';
    for (const text of [token, `Bearer ${token}`, `bearer  ${token}`, `"${token}"`, `'${token}'`]) {
      expect(() => createVerifier(revoking('x', text))).toThrow(new TypeError(isToken));
    }
    for (const entry of [
      `sha256:${digest}0`,
      `sha-256:${digest}`,
      `SHA256=${digest}`,
      `sha256:${base64}`,
      `sha256-sha256:${digest}`,
    ]) {
      const noDigest = 'revoked (entry 2) holds neither a jti alone nor sha256:<64 hex digits>';
      expect(() => createVerifier(revoking('x', entry))).toThrow(new TypeError(noDigest));
    }
  });

  it('revokes nothing if the list is empty or absent', async () => {
    expect(await judge(token, revoking())).toBe('accepted');
    expect(await judge(token)).toBe('accepted');
  });

  it.each(['{"toString":1,"valueOf":1}', '{}', '[]', '[[["j-1"]]]', 'null', 'true', '""'])(
    'accepts a jti of %s, which is not on the list',
    async (jti) => {
      const odd = rawToken(HEADER, `{"jti":${jti}}`);
      expect(await judge(odd, revoking('x'))).toBe('accepted');
      expect(await judge(odd)).toBe('accepted');
    },
  );
});

it('refuses a token that is cut off, or put together from two others', async () => {
  const [a, b] = [tokenOf({ sub: 'a' }), tokenOf({ sub: 'b' })];
  const [, payload] = b.split('.');
  const [header, , signature] = a.split('.');
  expect(await judge(a)).toBe('accepted');
  expect(await judge(`${header}.${payload}.${signature}`)).toBe('ERR_TOKEN_SIGNATURE');
  expect(await judge(`${header}..${signature}`)).toBe('ERR_TOKEN_SIGNATURE');
  expect(await judge(seal(`${encode(HEADER)}.`))).toBe('ERR_TOKEN_MALFORMED');
  for (let end = 0; end < a.length; end++) {
    expect(await judge(a.slice(0, end))).toBe('ERR_TOKEN_MALFORMED');
  }
});

describe.each(ENGINES)('a refusal on the $name engine', (engine) => {
  const claims = { sub: 'alice', jti: 'a', exp: NOW + 10 };
  const token = tokenOf(claims);
  const signedBy = { token, payload: claims, keyId: keyIdOf(SECRET) };

  it('keeps what a token said whose signature holds: expired, cached and expired, revoked', async () => {
    const fresh = createVerifierOn(engine, { secret: SECRET });
    const caching = createVerifierOn(engine, { secret: SECRET });
    await caching.verify(token);
    vi.setSystemTime((NOW + 10) * 1000);
    for (const { verify } of [fresh, caching]) {
      expect(readSignedRefusal(await refusalOf(() => verify(token)))).toMatchObject(signedBy);
    }
    vi.setSystemTime(NOW * 1000);
    const { verify } = createVerifierOn(engine, { secret: SECRET, revoked: ['a'] });
    expect(readSignedRefusal(await refusalOf(() => verify(token)))).toEqual(signedBy);
  });

  it('keeps nothing of any other token', async () => {
    const { verify } = createVerifierOn(engine, { secret: SECRET });
    for (const other of [tokenOf(claims, OTHER), `${token}A`, rawToken('{"alg":"none"}', '{}')]) {
      expect(readSignedRefusal(await refusalOf(() => verify(other)))).toBeUndefined();
    }
  });
});
