// Signing: the known answer to the byte, what options add, and what is never signed.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createKeyring } from '../src/keyring.ts';
import { createSign, signToken } from '../src/sign.ts';
import { createVerifier } from '../src/verify.ts';
import { countWork, ENGINES, NATIVE } from './engines.ts';
import {
  encode,
  HEADER,
  keyIdOf,
  NOW,
  outcomeOf,
  rawToken,
  SECRET,
  secretNamed,
  tokenOf,
} from './raw-token.ts';

// Made by zepcli with the secret `test-secret`.
const KNOWN_ANSWER =
  'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.O_ADp3sQL0B5OHZZi_itwaNA7b77PzRVjEtMC1qQTeM';

const decode = (token: string, part: 0 | 1): unknown =>
  JSON.parse(Buffer.from(token.split('.')[part] ?? '', 'base64url').toString());

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(NOW * 1000 + 999);
});
afterEach(() => vi.useRealTimers());

describe('signToken without options', () => {
  it('makes the token that zepcli makes, byte for byte', async () => {
    const keyring = createKeyring('test-secret', { allowWeak: true });
    expect(await signToken(keyring)).toBe(KNOWN_ANSWER);
    expect(await signToken(keyring, {})).toBe(KNOWN_ANSWER);
    expect(await signToken(keyring, {}, {})).toBe(KNOWN_ANSWER);
    expect(await signToken(keyring, {}, { keyId: false })).toBe(KNOWN_ANSWER);
  });

  it('signs the claims and nothing else, in their order', async () => {
    const claims = { sub: 'alice', admin: false, list: [1, null, { a: 'é' }], __proto: 0 };
    expect(await signToken(SECRET, claims)).toBe(
      rawToken('{"alg":"HS256","typ":"JWT"}', JSON.stringify(claims)),
    );
  });

  it('leaves the claims that it was given unchanged', async () => {
    const claims = Object.freeze({ sub: 'alice' });
    await signToken(SECRET, claims, { expiresInSeconds: 60 });
    expect(claims).toEqual({ sub: 'alice' });
  });

  it('signs with the first secret of a keyring', async () => {
    const [current, previous] = [secretNamed('current'), secretNamed('previous')];
    const token = await signToken(createKeyring([current, previous]));
    expect(await outcomeOf(() => createVerifier({ secret: current }).verify(token))).toBe(
      'accepted',
    );
    expect(await outcomeOf(() => createVerifier({ secret: previous }).verify(token))).toBe(
      'ERR_TOKEN_SIGNATURE',
    );
  });
});

describe('signToken with keyId', () => {
  it('names the key in the header, after alg and typ', async () => {
    const token = await signToken(SECRET, {}, { keyId: true });
    expect(token.split('.')[0]).toBe(
      encode(`{"alg":"HS256","typ":"JWT","kid":"${keyIdOf(SECRET)}"}`),
    );
  });
});

describe('signToken with typ and header', () => {
  it('makes an access token, or a token of the usual type', async () => {
    expect(await signToken(SECRET, {}, { typ: 'at+jwt' })).toBe(
      rawToken('{"alg":"HS256","typ":"at+jwt"}', '{}'),
    );
    expect(await signToken(SECRET, {}, { typ: 'JWT' })).toBe(await signToken(SECRET));
    const { verify } = createVerifier({ secret: SECRET, typ: 'at+jwt' });
    expect(
      await outcomeOf(async () => verify(await signToken(SECRET, {}, { typ: 'at+jwt' }))),
    ).toBe('accepted');
    expect(await outcomeOf(async () => verify(await signToken(SECRET)))).toBe(
      'ERR_TOKEN_MALFORMED',
    );
  });

  it('adds members to the header, after its own', async () => {
    const header = { cty: 'JWT', 'x-tenant': { id: 1 } };
    const token = await signToken(SECRET, { sub: 'alice' }, { header, keyId: true, typ: 'at+jwt' });
    const kid = keyIdOf(SECRET);
    expect(decode(token, 0)).toEqual({ alg: 'HS256', typ: 'at+jwt', kid, ...header });
    expect(await outcomeOf(() => createVerifier({ secret: SECRET }).verify(token))).toBe(
      'accepted',
    );
    const custom = await signToken(SECRET, {}, { header: { kid: 'mine' }, keyId: true });
    expect(decode(custom, 0)).toEqual({ alg: 'HS256', typ: 'JWT', kid: 'mine' });
  });

  it('takes no header that JSON writes as another one', async () => {
    const header = { toJSON: () => ({ alg: 'none' }) };
    await expect(signToken(SECRET, {}, { header })).rejects.toThrow(
      new TypeError('header must not have toJSON'),
    );
  });

  it.each(['alg', 'typ', 'crit', 'b64'])('takes no %s in the header', async (name) => {
    for (const value of ['HS256', undefined, null, ['exp']]) {
      await expect(signToken(SECRET, {}, { header: { [name]: value } })).rejects.toThrow(
        new TypeError(`header must not have ${name}`),
      );
    }
  });

  it.each<[unknown, string]>([
    [[], 'header must be a plain object'],
    ['{}', 'header must be a plain object'],
    [null, 'header must be a plain object'],
    [{ kid: 1 }, 'the kid of header must be a string'],
    [{ kid: null }, 'the kid of header must be a string'],
    [{ x: () => 1 }, 'header holds a function'],
    [{ x: [Number.NaN] }, 'header holds a number that is not finite'],
    [{ x: JSON.parse(`${'['.repeat(64)}${']'.repeat(64)}`) }, 'header is nested more than 64 deep'],
  ])('refuses the header %o', async (header, reason) => {
    const options = { header: header as never }; // as a caller without types
    await expect(signToken(SECRET, {}, options)).rejects.toThrow(new TypeError(reason));
  });

  it.each(['at+JWT', 'jwt', '', null])('refuses the typ %j', async (typ) => {
    const options = { typ: typ as never }; // as a caller without types
    await expect(signToken(SECRET, {}, options)).rejects.toThrow(
      new TypeError('typ must be JWT or at+jwt'),
    );
  });
});

describe('signToken with expiresInSeconds', () => {
  it('sets exp and iat from the whole second that it is', async () => {
    const token = await signToken(SECRET, { sub: 'a' }, { expiresInSeconds: 60 });
    expect(decode(token, 1)).toEqual({ sub: 'a', iat: NOW, exp: NOW + 60 });
  });

  it('keeps the iat of the claims, 0 too', async () => {
    for (const iat of [NOW - 10, 0]) {
      const token = await signToken(SECRET, { iat }, { expiresInSeconds: 60 });
      expect(decode(token, 1)).toEqual({ iat, exp: NOW + 60 });
    }
  });

  it('goes before an exp of the claims', async () => {
    const token = await signToken(SECRET, { exp: NOW + 9999 }, { expiresInSeconds: 1 });
    expect(decode(token, 1)).toEqual({ iat: NOW, exp: NOW + 1 });
  });

  it('makes a token that holds to its last second and not beyond', async () => {
    const { verify } = createVerifier({ secret: SECRET });
    const token = await signToken(SECRET, {}, { expiresInSeconds: 60 });
    vi.setSystemTime((NOW + 59) * 1000);
    expect(await outcomeOf(() => verify(token))).toBe('accepted');
    vi.setSystemTime((NOW + 60) * 1000);
    expect(await outcomeOf(() => verify(token))).toBe('ERR_TOKEN_EXPIRED');
  });

  it.each([
    0,
    -1,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2 ** 53,
    '60' as never, // what a caller without types may pass
    null as never, // likewise
  ])('refuses %s', async (expiresInSeconds) => {
    await expect(signToken(SECRET, {}, { expiresInSeconds })).rejects.toThrow(
      new RangeError('expiresInSeconds must be a whole number of seconds above 0'),
    );
  });
});

describe.each(ENGINES)('signing on the $name engine', (engine) => {
  const sign = createSign(engine);
  const keyring = createKeyring(SECRET);

  it.each([{}, { sub: 'alice' }, { text: 'é€\u{1F511}\uFEFF\uD800', list: [1.5, true, null, {}] }])(
    'makes the same token of %j',
    async (claims) => {
      expect(await sign(keyring, claims)).toBe(rawToken(HEADER, JSON.stringify(claims)));
    },
  );

  it('prepares the key and its id once for a keyring', async () => {
    const { engine: counting, work } = countWork(engine);
    const signCounted = createSign(counting);
    for (const sub of ['a', 'b', 'c']) await signCounted(keyring, { sub }, { keyId: true });
    expect(work).toEqual({ keys: 1, hmacs: 3, decoded: 0, digests: 1 });
    await signCounted(createKeyring(SECRET), {});
    expect(work.keys).toBe(2);
  });

  it('keeps the keys of two keyrings apart', async () => {
    const other = createKeyring(secretNamed('other'));
    const tokens = await Promise.all([sign(keyring), sign(other), sign(keyring)]);
    expect(tokens).toEqual(
      [SECRET, secretNamed('other'), SECRET].map((secret) => tokenOf({}, secret)),
    );
  });
});

it('signs at once on the native engine', () => {
  expect(createSign(NATIVE)(createKeyring(SECRET), { sub: 'alice' })).toBe(
    tokenOf({ sub: 'alice' }),
  );
});

describe('a value with toJSON', () => {
  it.each([
    ['a Date', { at: new Date(0) }, { at: '1970-01-01T00:00:00.000Z' }],
    [
      'a URL in 63 levels',
      {
        at: JSON.parse(`${'['.repeat(63)}${']'.repeat(63)}`, (_, value) =>
          value.length === 0 ? [new URL('https://a.example/')] : value,
        ),
      },
      { at: JSON.parse(`${'['.repeat(63)}"https://a.example/"${']'.repeat(63)}`) },
    ],
    ['a URL', { at: new URL('https://a.example/') }, { at: 'https://a.example/' }],
    ['null', { at: { toJSON: () => null } }, { at: null }],
    [
      'an object that calls itself a Map',
      { a: { b: 1, [Symbol.toStringTag]: 'Map' } },
      { a: { b: 1 } },
    ],
    ['an undefined member', { sub: 'a', aud: undefined, exp: undefined }, { sub: 'a' }],
    [
      'an object without a prototype',
      { a: Object.assign(Object.create(null), { b: 1 }) },
      { a: { b: 1 } },
    ],
  ])('is signed as such: %s', async (_, claims, signed) => {
    expect(decode(await signToken(SECRET, claims as never), 1)).toEqual(signed); // as a caller without types
  });
});

const cycle: Record<string, unknown> = {};
cycle['self'] = cycle;

describe('signToken refuses', () => {
  it.each<[string, unknown]>([
    ['exp in milliseconds', { exp: NOW * 1000 }],
    ['iat in milliseconds', { iat: NOW * 1000 }],
    ['a negative nbf', { nbf: -1 }],
    ['exp as a string', { exp: String(NOW) }],
    ['exp as a Date', { exp: new Date() }],
    ['exp null', { exp: null }],
    ['exp NaN', { exp: Number.NaN }],
    ['exp infinite', { exp: Number.POSITIVE_INFINITY }],
    ['a function among the claims', { sub: () => 'alice' }],
    ['a symbol among the claims', { sub: Symbol('alice') }],
    ['a BigInt among the claims', { n: 1n }],
    ['a cycle', cycle],
    ['NaN among the claims', { n: Number.NaN }],
    ['infinity in a list', { list: [1, [Number.NEGATIVE_INFINITY]] }],
    ['a function in a list', { list: [() => 1] }],
    ['a Map among the claims', { a: { b: new Map() } }],
    ['a Set in a list', { list: [new Set([1])] }],
    ['a promise among the claims', { sub: Promise.resolve('alice') }],
    ['bytes among the claims', { a: new Uint8Array(2) }],
    ['a JSON form that is not JSON', { a: { toJSON: () => Number.NaN } }],
    [
      'a JSON form without an end',
      {
        a: {
          toJSON() {
            return this;
          },
        },
      },
    ],
    ['claims nested 65 deep', JSON.parse(`{"a":${'['.repeat(64)}${']'.repeat(64)}}`)],
    ['an array', []],
    ['null', null],
    ['a string', '{}'],
    ['a number', 1],
    ['a BigInt', 1n],
    ['a function', () => ({})],
    ['a promise that was not awaited', Promise.resolve({ sub: 'alice' })],
    ['a Map', new Map([['sub', 'alice']])],
    ['a Date', new Date(0)],
  ])('%s', async (_, claims) => {
    const refused = signToken(SECRET, claims as never); // as a caller without types
    await expect(refused).rejects.toThrow(TypeError);
    await expect(refused).rejects.toThrow(
      /^(?:these claims cannot be signed: |the claims must be )/,
    );
  });

  it('claims that make a token of more than 8192 bytes, and signs those that just fit', async () => {
    // 36 bytes of header, 43 of signature and two dots leave 8111 for the payload: 6083 bytes of JSON.
    const { length } = JSON.stringify({ pad: '' });
    const fits = await signToken(SECRET, { pad: 'x'.repeat(6083 - length) });
    expect(fits).toHaveLength(8192);
    expect(await outcomeOf(() => createVerifier({ secret: SECRET }).verify(fits))).toBe('accepted');
    await expect(signToken(SECRET, { pad: 'x'.repeat(6084 - length) })).rejects.toThrow(TypeError);
  });

  it('claims nested 65 deep and not 64 deep', async () => {
    const nested = (depth: number) =>
      JSON.parse(`{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`);
    const token = await signToken(SECRET, nested(64));
    expect(await outcomeOf(() => createVerifier({ secret: SECRET }).verify(token))).toBe(
      'accepted',
    );
    const reason = 'these claims cannot be signed: a is nested more than 64 deep';
    await expect(signToken(SECRET, nested(65))).rejects.toThrow(new TypeError(reason));
  });

  it.each([
    [{ sub: () => 'alice' }, 'sub holds a function'],
    [{ n: 1n }, 'n holds a bigint'],
    [{ ['n'.repeat(31)]: 1n }, `${'n'.repeat(31)} holds a bigint`],
    [{ ['n'.repeat(32)]: 1n }, 'one of them holds a bigint'],
    [{ n: [Number.NaN] }, 'n holds a number that is not finite'],
    [{ a: { b: new Map() } }, 'a holds a Map'],
    [{ iat: -1 }, 'the iat claim is negative'],
    [{ pad: 'x'.repeat(9000) }, 'the token is larger than 8192 bytes'],
  ])('%o with a message that names the place', async (claims, reason) => {
    const error = new TypeError(`these claims cannot be signed: ${reason}`);
    await expect(signToken(SECRET, claims as never)).rejects.toThrow(error); // likewise
  });

  it.each(['expireInSeconds', 'expiresIn', 'keyid'])(
    'an option %s, which it does not have',
    async (name) => {
      const error = new TypeError(`signToken has no option ${name}`);
      await expect(signToken(SECRET, {}, { [name]: undefined })).rejects.toThrow(error);
    },
  );

  it('milliseconds with a message that says so', async () => {
    await expect(signToken(SECRET, { exp: NOW * 1000 })).rejects.toThrow(/milliseconds/);
  });

  it('a weak secret', async () => {
    expect(await outcomeOf(() => signToken('test-secret'))).toBe('ERR_SECRET_WEAK');
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a number', 42],
    ['an object', {}],
    ['bytes', Buffer.from(SECRET)],
  ])('%s as a secret', async (_, secret) => {
    await expect(signToken(secret as never)).rejects.toThrow(TypeError); // as a caller without types
  });

  it('by a rejected promise, never by throwing', async () => {
    const verdicts = [
      signToken(undefined as never), // as a caller without types
      signToken(SECRET, null as never), // likewise
      signToken(SECRET, {}, null as never), // likewise
    ];
    for (const verdict of verdicts) await expect(verdict).rejects.toThrow(TypeError);
  });
});
