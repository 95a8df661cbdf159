// How the native engine is found, and what it compares with.
import * as crypto from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
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
    const { checkOf, createVerifier } = await import('../../src/verify.ts');
    expect(get.mock.results.filter(({ value }) => value === process)).not.toEqual([]);
    return { nativeEngine, checkOf, createVerifier };
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
  ])('%s verifies with jose on WebCrypto', async (_, process) => {
    const { nativeEngine, checkOf, createVerifier } = await importOn(process);
    expect(nativeEngine).toBeUndefined();
    const webCrypto = vi.spyOn(globalThis.crypto.subtle, 'verify');
    const verifier = createVerifier({ secret: SECRET });
    expect(checkOf(verifier)(GOOD)).toBeInstanceOf(Promise);
    expect(await outcomeOf(() => verifier.verify(GOOD))).toBe('accepted');
    expect(await outcomeOf(() => verifier.verify(FOREIGN))).toBe('ERR_TOKEN_SIGNATURE');
    expect(webCrypto).toHaveBeenCalled();
  });

  it('with node:crypto verifies with it, and leaves WebCrypto alone', async () => {
    const { nativeEngine, checkOf, createVerifier } = await importOn(NODE);
    expect(nativeEngine?.name).toBe('native');
    const webCrypto = vi.spyOn(globalThis.crypto.subtle, 'verify');
    const verifier = createVerifier({ secret: SECRET });
    expect(checkOf(verifier)(GOOD)).toMatchObject({ claims: { sub: 'alice' } });
    expect(await outcomeOf(() => verifier.verify(FOREIGN))).toBe('ERR_TOKEN_SIGNATURE');
    expect(webCrypto).not.toHaveBeenCalled();
  });

  it('is asked for its modules by name, at import and never later', async () => {
    const getBuiltinModule = vi.fn(NODE.getBuiltinModule);
    const { createVerifier } = await importOn({ getBuiltinModule });
    const asked = getBuiltinModule.mock.calls.map(([name]) => name);
    expect(asked).toEqual(['node:crypto', 'node:buffer']);
    await createVerifier({ secret: SECRET }).verify(GOOD);
    expect(getBuiltinModule).toHaveBeenCalledTimes(2);
  });
});

describe('the comparison of signatures', () => {
  const { createHash, createHmac, createSecretKey } = crypto;

  const importWith = async (compare: typeof crypto.timingSafeEqual) => {
    const timingSafeEqual = vi.fn(compare);
    const counted = vi.fn(createHmac);
    const fake = { createHash, createHmac: counted, createSecretKey, timingSafeEqual };
    const { createVerifier } = await importOn({
      getBuiltinModule: (name: string) =>
        name === 'node:crypto' ? fake : NODE.getBuiltinModule(name),
    });
    const { verify } = createVerifier({ secret: SECRET, cacheSize: 0 });
    return { verify, timingSafeEqual, createHmac: counted };
  };

  it('takes constant time: once for each signature that is computed, over 32 bytes', async () => {
    const lengths: number[][] = [];
    const { verify, timingSafeEqual, createHmac } = await importWith((a, b) => {
      lengths.push([a.byteLength, b.byteLength]);
      return crypto.timingSafeEqual(a, b);
    });
    const zeros = `${GOOD.slice(0, -43)}${'A'.repeat(43)}`;
    for (const token of [GOOD, FOREIGN, zeros, GOOD]) await outcomeOf(() => verify(token));
    expect(createHmac).toHaveBeenCalledTimes(4);
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
    const { verify, timingSafeEqual, createHmac } = await importWith(crypto.timingSafeEqual);
    for (const token of [GOOD.slice(0, -1), `${GOOD}A`, GOOD.slice(0, -43)]) {
      expect(await outcomeOf(() => verify(token))).toBe('ERR_TOKEN_MALFORMED');
    }
    expect(createHmac).not.toHaveBeenCalled();
    expect(timingSafeEqual).not.toHaveBeenCalled();
    expect(await outcomeOf(() => verify(GOOD))).toBe('accepted');
    expect(timingSafeEqual).toHaveBeenCalledTimes(1);
  });
});
