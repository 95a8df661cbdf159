// How the native engine is found, and what it compares with.
import * as crypto from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NATIVE } from '../engines.ts';
import { outcomeOf, SECRET, secretNamed, tokenOf } from '../raw-token.ts';

const NODE = globalThis.process;

/**
 * The modules as they are on a runtime with this `process`. Only the engine sees it: the test runner cannot
 * do without its own.
 */
const importOn = async (process: unknown) => {
  const isEngine = () => /src\/jws\/native\.ts/.test(new Error().stack ?? '');
  const own = Object.getOwnPropertyDescriptor(globalThis, 'process') ?? {};
  const get = vi.fn(() => (isEngine() ? process : NODE));
  Object.defineProperty(globalThis, 'process', { configurable: true, get });
  try {
    const { findNativeEngine } = await import('../../src/jws/native.ts');
    const nativeEngine = findNativeEngine();
    const { createCheck, createVerifier } = await import('../../src/verify.ts');
    expect(get.mock.results.filter(({ value }) => value === process)).not.toEqual([]);
    return { nativeEngine, createCheck, createVerifier };
  } finally {
    Object.defineProperty(globalThis, 'process', own);
  }
};

beforeEach(() => {
  vi.resetModules();
});
afterEach(() => vi.restoreAllMocks());

const GOOD = tokenOf({ sub: 'alice' });
const FOREIGN = tokenOf({ sub: 'alice' }, secretNamed('other'));

describe('a runtime', () => {
  it.each([
    ['without process', undefined],
    ['with a process that is null', null],
    ['with an empty process', {}],
    ['that has no builtin module', { getBuiltinModule: () => undefined }],
    [
      'that has node:crypto alone',
      { getBuiltinModule: (name: string) => (name === 'node:crypto' ? crypto : undefined) },
    ],
    [
      'whose node:crypto has no one-shot digest',
      {
        getBuiltinModule: (name: string) =>
          name === 'node:crypto' ? { ...crypto, hash: undefined } : NODE.getBuiltinModule(name),
      },
    ],
    [
      'whose node:crypto has no comparison in constant time',
      {
        getBuiltinModule: (name: string) =>
          name === 'node:crypto'
            ? { ...crypto, timingSafeEqual: undefined }
            : NODE.getBuiltinModule(name),
      },
    ],
  ])('%s verifies with jose on WebCrypto', async (_, process) => {
    const { nativeEngine, createCheck, createVerifier } = await importOn(process);
    expect(nativeEngine).toBeUndefined();
    const webCrypto = vi.spyOn(globalThis.crypto.subtle, 'verify');
    const verifier = createVerifier({ secret: SECRET });
    expect(createCheck({ keyring: SECRET })(GOOD)).toBeInstanceOf(Promise);
    expect(await outcomeOf(() => verifier.verify(GOOD))).toBe('accepted');
    expect(await outcomeOf(() => verifier.verify(FOREIGN))).toBe('ERR_TOKEN_SIGNATURE');
    expect(webCrypto).toHaveBeenCalled();
  });

  it('with node:crypto verifies with it, and leaves WebCrypto alone', async () => {
    const { nativeEngine, createCheck, createVerifier } = await importOn(NODE);
    expect(nativeEngine?.name).toBe('native');
    const webCrypto = vi.spyOn(globalThis.crypto.subtle, 'verify');
    const verifier = createVerifier({ secret: SECRET });
    expect(createCheck({ keyring: SECRET })(GOOD)).toMatchObject({ claims: { sub: 'alice' } });
    expect(await outcomeOf(() => verifier.verify(FOREIGN))).toBe('ERR_TOKEN_SIGNATURE');
    expect(webCrypto).not.toHaveBeenCalled();
  });

  it('is asked for its modules by name, at import and never later', async () => {
    const getBuiltinModule = vi.fn(NODE.getBuiltinModule);
    const { createVerifier } = await importOn({ getBuiltinModule });
    const asked = getBuiltinModule.mock.calls.map(([name]) => name);
    expect(asked).toEqual(['node:crypto', 'node:buffer']);
    const askedLater = vi.spyOn(NODE, 'getBuiltinModule');
    await createVerifier({ secret: SECRET }).verify(GOOD);
    expect(getBuiltinModule).toHaveBeenCalledTimes(2);
    expect(askedLater).not.toHaveBeenCalled();
  });
});

describe('the comparison of signatures', () => {
  const importWith = async (compare: typeof crypto.timingSafeEqual) => {
    const timingSafeEqual = vi.fn(compare);
    const hash = vi.fn(crypto.hash);
    const fake = { hash, timingSafeEqual };
    const { createVerifier } = await importOn({
      getBuiltinModule: (name: string) =>
        name === 'node:crypto' ? fake : NODE.getBuiltinModule(name),
    });
    const { verify } = createVerifier({ secret: SECRET, cacheSize: 0 });
    await outcomeOf(() => verify(GOOD)); // the first token prepares the key, which takes further digests
    hash.mockClear();
    timingSafeEqual.mockClear();
    return { verify, timingSafeEqual, hash };
  };

  it('takes constant time: once for each signature that is computed, over 32 bytes', async () => {
    const lengths: number[][] = [];
    const { verify, timingSafeEqual, hash } = await importWith((a, b) => {
      lengths.push([a.byteLength, b.byteLength]);
      return crypto.timingSafeEqual(a, b);
    });
    lengths.length = 0;
    const zeros = `${GOOD.slice(0, -43)}${'A'.repeat(43)}`;
    for (const token of [GOOD, FOREIGN, zeros, GOOD]) await outcomeOf(() => verify(token));
    expect(hash).toHaveBeenCalledTimes(8); // two for an HMAC
    expect(timingSafeEqual).toHaveBeenCalledTimes(4);
    expect(lengths).toEqual(Array(4).fill([32, 32]));
    expect(timingSafeEqual.mock.results.map(({ value }) => value)).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });

  it('decides alone', async () => {
    const yes = await importWith(() => true);
    expect(await outcomeOf(() => yes.verify(FOREIGN))).toBe('accepted');
    vi.resetModules();
    const no = await importWith(() => false);
    expect(await outcomeOf(() => no.verify(GOOD))).toBe('ERR_TOKEN_SIGNATURE');
  });

  it('is not reached by a token that has no signature of 43 characters', async () => {
    const { verify, timingSafeEqual, hash } = await importWith(crypto.timingSafeEqual);
    for (const token of [GOOD.slice(0, -1), `${GOOD}A`, GOOD.slice(0, -43)]) {
      expect(await outcomeOf(() => verify(token))).toBe('ERR_TOKEN_MALFORMED');
    }
    expect(hash).not.toHaveBeenCalled();
    expect(timingSafeEqual).not.toHaveBeenCalled();
    expect(await outcomeOf(() => verify(GOOD))).toBe('accepted');
    expect(timingSafeEqual).toHaveBeenCalledTimes(1);
  });
});

// RFC 4231 sections 4.2 to 4.8, without the truncated one: key and data in hex, the data's HMAC-SHA-256.
const RFC_4231 = [
  [
    '0b'.repeat(20),
    '4869205468657265',
    'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
  ],
  [
    '4a656665',
    '7768617420646f2079612077616e7420666f72206e6f7468696e673f',
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  ],
  [
    'aa'.repeat(20),
    'dd'.repeat(50),
    '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe',
  ],
  [
    '0102030405060708090a0b0c0d0e0f10111213141516171819',
    'cd'.repeat(50),
    '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b',
  ],
  [
    'aa'.repeat(131),
    '54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b6579204669727374',
    '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  ],
  [
    'aa'.repeat(131),
    '5468697320697320612074657374207573696e672061206c6172676572207468616e20626c6f636b2d73697a65206b657920616e642061206c6172676572207468616e20626c6f636b2d73697a6520646174612e20546865206b6579206e6565647320746f20626520686173686564206265666f7265206265696e6720757365642062792074686520484d414320616c676f726974686d2e',
    '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2',
  ],
].map(([key, data, mac]) => ({
  key: new Uint8Array(Buffer.from(key ?? '', 'hex')),
  text: Buffer.from(data ?? '', 'hex').toString('latin1'),
  mac: Buffer.from(mac ?? '', 'hex'),
}));

describe('the HMAC of the native engine', () => {
  const seal = (text: string, mac: Buffer) => `${text}.${mac.toString('base64url')}`;

  it('is not compared with what is left of the signature before', () => {
    const isSigned = NATIVE.prepare(new TextEncoder().encode(SECRET));
    for (const end of ['*', '**', '*'.repeat(43)]) {
      expect(isSigned(GOOD)).toBe(true);
      expect(isSigned(GOOD.slice(0, -end.length) + end)).toBe(false);
    }
  });

  it.each(RFC_4231)('is that of RFC 4231, case %#', ({ key, text, mac }) => {
    const isSigned = NATIVE.prepare(key);
    expect(isSigned(seal(text, mac))).toBe(true);
    expect(isSigned(seal(`${text} `, mac))).toBe(false);
  });

  it('is that of a whole text or of none', () => {
    const key = new Uint8Array(crypto.randomBytes(32));
    const text = 'a'.repeat(65_536);
    const mac = crypto.createHmac('sha256', key).update(text).digest();
    expect(NATIVE.prepare(key)(seal(text, mac))).toBe(true);
    expect(() => NATIVE.prepare(key)(seal(`${text}b`, mac))).toThrow(
      new RangeError('the text is too long'),
    );
  });

  it('is that of node:crypto for keys and texts of every length around the block', () => {
    const lengths = [0, 1, 31, 32, 33, 54, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129, 1000];
    for (const keyLength of lengths) {
      const key = new Uint8Array(crypto.randomBytes(keyLength));
      const isSigned = NATIVE.prepare(key);
      for (const length of [...lengths, 65_492]) {
        const text = crypto.randomBytes(length).toString('latin1');
        const mac = crypto.createHmac('sha256', key).update(text, 'latin1').digest();
        expect([keyLength, length, isSigned(seal(text, mac))]).toEqual([keyLength, length, true]);
        mac.writeUInt8(mac.readUInt8(31) ^ 1, 31);
        expect(isSigned(seal(text, mac))).toBe(false);
      }
    }
  });
});
