// The keyring: which secrets it lets in, what its keys are, and that it shows nothing.
import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createKeyring, keyIds, readKeys, toKeyring } from '../src/keyring.ts';
import { signToken } from '../src/sign.ts';
import { createVerifier } from '../src/verify.ts';
import { ENGINES, NATIVE } from './engines.ts';
import { keyIdOf, outcomeOf, refusalOf, SECRET, secretNamed } from './raw-token.ts';

const [A, B, C, D, E] = ['a', 'b', 'c', 'd', 'e'].map(secretNamed) as [
  string,
  string,
  string,
  string,
  string,
]; // five names in, five secrets out

describe('createKeyring', () => {
  it('takes one secret, or a list of up to four', () => {
    expect(createKeyring(A).size).toBe(1);
    expect(createKeyring([A]).size).toBe(1);
    expect(createKeyring([A, B, C, D]).size).toBe(4);
  });

  it('refuses five secrets', () => {
    const reason = 'a keyring takes at most 4 secrets';
    expect(() => createKeyring([A, B, C, D, E])).toThrow(new RangeError(reason));
  });

  it('says what it needs', () => {
    const reason = 'a keyring needs a secret, or a list of them: strings or bytes';
    expect(() => createKeyring([])).toThrow(new TypeError(reason));
  });

  it('says all that makes a secret unfit', async () => {
    const { message } = await refusalOf(() => createKeyring('test-secret '));
    expect(message).toMatch(/^the secret is shorter .+ `zepcli secret`, and begins or ends /);
  });

  it('keeps a repeated secret once, at its first place', async () => {
    const keyring = createKeyring([A, B, A, B]);
    expect(keyring.size).toBe(2);
    expect((await readKeys(keyring, NATIVE)).map(({ id }) => id)).toEqual([keyIdOf(A), keyIdOf(B)]);
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a number', 42],
    ['an object', {}],
    ['an array-like', { 0: A, length: 1 }],
    ['a buffer without a view', new ArrayBuffer(64)],
    ['an empty list', []],
    ['a list with a number', [A, 42]],
    ['a list with a gap', [A, undefined]],
    ['a list in a list', [[A]]],
    ['a keyring', createKeyring(A)],
  ])('refuses %s', (_, secrets) => {
    expect(() => createKeyring(secrets as never)).toThrow(TypeError); // as a caller without types
  });

  it.each([0, 1, 2, 3])('judges the secret at place %i', async (place) => {
    const secrets = [A, B, C, D].with(place, 'test-secret');
    expect(await outcomeOf(() => createKeyring(secrets))).toBe('ERR_SECRET_WEAK');
  });

  it('lets a short secret through with allowWeak, and not without', async () => {
    expect(createKeyring('test-secret', { allowWeak: true }).size).toBe(1);
    expect(await outcomeOf(() => createKeyring('test-secret', { allowWeak: false }))).toBe(
      'ERR_SECRET_WEAK',
    );
    expect(await outcomeOf(() => createKeyring('test-secret'))).toBe('ERR_SECRET_WEAK');
  });

  it.each([
    ['short', 'test-secret'],
    ['one character repeated', 'a'.repeat(40)],
    ['one block repeated', 'q8Zr2mXw'.repeat(4)],
    ['a sequence', 'abcdefghijklmnopqrstuvwxyzABCDEF'],
    ['made of a few digits', '831704659283746501928374650192837465'],
  ])('excuses with allowWeak a secret that is %s', async (_, secret) => {
    expect(createKeyring(secret, { allowWeak: true }).size).toBe(1);
    expect(await outcomeOf(() => createKeyring(secret))).toBe('ERR_SECRET_WEAK');
  });

  it.each([
    ['a placeholder', 'shhhhh'],
    ['a placeholder in capitals', 'SECRET'],
    ['a long placeholder', 'do-not-use-this-secret-in-production'],
    ['white space at an edge', 'test-secret '],
    ['a line break', 'test\nsecret'],
    ['quotes', '"test-secret"'],
    [
      'a long one that is published',
      'cc7e0d44fd473002f1c42167459001140ec6389b7353f8088f4d9a95f2f596f2',
    ],
    ['an assignment', `SECRET=${A}`],
    ['a reference', '$ZEP_AUTH_SECRET'],
    ['an invisible character', 'test\u200Bsecret'],
    ['ill-formed text', 'test-secret\uD83D'],
    ['no character at all', ''],
  ])('excuses with allowWeak a weak secret, not %s', async (_, secret) => {
    for (const secrets of [secret, [A, secret]]) {
      expect(await outcomeOf(() => createKeyring(secrets, { allowWeak: true }))).toBe(
        'ERR_SECRET_WEAK',
      );
    }
  });

  it('takes bytes for a key, and judges them', async () => {
    const bytes = createHash('sha512').update('bytes').digest();
    const [key] = await readKeys(createKeyring(bytes), NATIVE);
    expect(Buffer.from(key.bytes)).toEqual(bytes);
    expect(createKeyring([new Uint8Array(bytes), A]).size).toBe(2);
    expect(await outcomeOf(() => createKeyring(bytes.subarray(0, 31)))).toBe('ERR_SECRET_WEAK');
    expect(createKeyring(bytes.subarray(0, 31), { allowWeak: true }).size).toBe(1);
    expect(await outcomeOf(() => createKeyring(new Uint8Array(), { allowWeak: true }))).toBe(
      'ERR_SECRET_WEAK',
    );
  });

  it('makes the same key of a text and of its bytes', async () => {
    const keyring = createKeyring([A, new TextEncoder().encode(A), B]);
    expect((await readKeys(keyring, NATIVE)).map(({ id }) => id)).toEqual([keyIdOf(A), keyIdOf(B)]);
  });

  it('keeps its bytes when the caller’s change afterwards', async () => {
    const bytes = createHash('sha512').update('bytes').digest();
    const keyring = createKeyring(bytes);
    const before = await keyIds(keyring);
    bytes.fill(0);
    expect(await keyIds(keyring)).toEqual(before);
  });

  it('keeps its secrets when the list changes afterwards', async () => {
    const secrets = [A, B];
    const keyring = createKeyring(secrets);
    secrets[0] = C;
    secrets.push(D);
    expect((await readKeys(keyring, NATIVE)).map(({ id }) => id)).toEqual([keyIdOf(A), keyIdOf(B)]);
  });

  it('makes a keyring that is frozen and shows nothing but its size', () => {
    const keyring = createKeyring([A, B]);
    expect(Object.isFrozen(keyring)).toBe(true);
    expect(Reflect.ownKeys(keyring)).toEqual(['size']);
    expect(inspect(keyring, { showHidden: true, depth: null, getters: true })).toBe('{ size: 2 }');
    expect(JSON.stringify(keyring)).toBe('{"size":2}');
  });
});

describe.each(ENGINES)('readKeys on the $name engine', (engine) => {
  it('gives the UTF-8 bytes of the secret as they are, padding included', async () => {
    const secret = 'ключ, который длиннее тридцати двух байт==';
    const [key] = await readKeys(createKeyring(secret), engine);
    expect(Buffer.from(key.bytes)).toEqual(Buffer.from(secret, 'utf8'));
  });

  it('names a key by the first 11 characters of its RFC 7638 thumbprint', async () => {
    const [key] = await readKeys(createKeyring(SECRET), engine);
    expect(key.id).toMatch(/^[\w-]{11}$/);
    expect(key.id).toBe(keyIdOf(SECRET));
    expect(key.id).not.toBe(keyIdOf(SECRET.replace(/=+$/, '')));
  });

  it('gives the keys in their order', async () => {
    const keys = await readKeys(createKeyring([A, B, C, D]), engine);
    expect(keys.map(({ id }) => id)).toEqual([A, B, C, D].map(keyIdOf));
  });

  it.each([
    ['an object of the same form', { size: 1 }],
    ['a copy of a keyring', { ...createKeyring(A) }],
    ['an heir of a keyring', Object.create(createKeyring(A))],
    ['a number', 1],
    ['nothing', undefined],
    ['null', null],
  ])('refuses %s', (_, keyring) => {
    const read = () => readKeys(keyring as never, engine); // as a caller without types
    expect(read).toThrow(new TypeError('this is not a keyring; createKeyring makes one'));
  });
});

describe('keyIds', () => {
  it('names the keys in their order, as a verified token and its header do', async () => {
    const keyring = createKeyring([A, B]);
    const ids = await keyIds(keyring);
    expect(ids).toEqual([A, B].map(keyIdOf));
    const token = await signToken(keyring, {}, { keyId: true });
    expect((await createVerifier({ keyring }).verify(token)).keyId).toBe(ids[0]);
    expect(JSON.parse(atob(token.slice(0, token.indexOf('.'))))).toMatchObject({ kid: ids[0] });
  });

  it('refuses what is not a keyring', async () => {
    await expect(keyIds({ size: 1 })).rejects.toThrow(TypeError);
  });
});

describe('a keyring-like object', () => {
  it('signs nothing', async () => {
    await expect(signToken({ size: 1 })).rejects.toThrow(TypeError);
  });

  it('is refused where the verifier is made, not at the first request', () => {
    expect(() => createVerifier({ keyring: createKeyring(A) })).not.toThrow();
    expect(() => createVerifier({ keyring: { size: 1 } })).toThrow(TypeError);
  });
});

describe('toKeyring', () => {
  it('takes a secret through the same door', async () => {
    const [key] = await readKeys(toKeyring(A), NATIVE);
    expect(key.id).toBe(keyIdOf(A));
    expect(await outcomeOf(() => toKeyring('test-secret'))).toBe('ERR_SECRET_WEAK');
  });

  it('hands a keyring back as it is', () => {
    const keyring = createKeyring(A);
    expect(toKeyring(keyring)).toBe(keyring);
  });
});
