import { createKeyring, createVerifier, generateSecret } from '@zep-auth/core';
import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import { createAuthFetch, type TokenProvider } from '../src/index.ts';
import { type SelfSignedOptions, selfSignedTokens } from '../src/self-signed.ts';
import { createRecorder, refuse, sentIn } from './recorder.ts';

const SECRET = generateSecret();
const ORIGIN = 'https://api.example.com';
const NOW = 1_900_000_000;
const { verify } = createVerifier({ secret: SECRET, cacheSize: 0 });

beforeEach(() => vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 }));
afterEach(() => vi.useRealTimers());

const setClock = (seconds: number) => vi.setSystemTime(seconds * 1000);

/** Claims that differ each time a token is signed. */
const counting = () => {
  let n = 0;
  return {
    get n() {
      return ++n;
    },
  };
};

describe('a self-signed token', () => {
  it('is valid for 300 seconds and carries the given claims', async () => {
    const token = await selfSignedTokens({ secret: SECRET, claims: { sub: 'worker' } })();
    expect((await verify(token)).claims).toEqual({ sub: 'worker', iat: NOW, exp: NOW + 300 });
    setClock(NOW + 300);
    await expect(verify(token)).rejects.toMatchObject({ code: 'ERR_TOKEN_EXPIRED' });
  });

  it('lives for expiresInSeconds', async () => {
    const token = await selfSignedTokens({ secret: SECRET, expiresInSeconds: 20 })();
    expect((await verify(token)).claims).toEqual({ iat: NOW, exp: NOW + 20 });
  });

  it('is signed with the current secret of a keyring', async () => {
    const keyring = createKeyring([SECRET, generateSecret()]);
    expect((await verify(await selfSignedTokens({ keyring })())).claims.exp).toBe(NOW + 300);
  });

  it('is refused with another secret', async () => {
    const token = await selfSignedTokens({ secret: generateSecret() })();
    await expect(verify(token)).rejects.toMatchObject({ code: 'ERR_TOKEN_SIGNATURE' });
  });

  it.each([
    [300, 240],
    [121, 61],
    [100, 50],
    [1, 0.5],
  ])('of %d seconds is reused for %d', async (expiresInSeconds, keptSeconds) => {
    const provider = selfSignedTokens({ secret: SECRET, expiresInSeconds, claims: counting() });
    const token = await provider();
    vi.setSystemTime((NOW + keptSeconds) * 1000 - 1);
    expect(await provider()).toBe(token);
    vi.setSystemTime((NOW + keptSeconds) * 1000);
    expect(await provider()).not.toBe(token);
  });

  it('is the same for concurrent calls', async () => {
    const provider = selfSignedTokens({ secret: SECRET, claims: counting() });
    const all = await Promise.all(Array.from({ length: 100 }, () => provider()));
    expect(new Set([...all, await provider()]).size).toBe(1);
  });

  it('is replaced when an API has refused it', async () => {
    const provider = selfSignedTokens({ secret: SECRET });
    const first = await provider();
    setClock(NOW + 1);
    expect(await provider({ isRefused: false })).toBe(first);
    const second = await provider({ isRefused: true });
    expect(second).not.toBe(first);
    expect(await provider()).toBe(second);
  });

  it('is replaced when the clock was set back', async () => {
    const provider = selfSignedTokens({ secret: SECRET });
    await provider();
    setClock(NOW - 3600);
    expect((await verify(await provider())).claims.iat).toBe(NOW - 3600);
  });
});

describe('in createAuthFetch', () => {
  it('makes one token for 1,000 calls, and the next one before it expires', async () => {
    const { fetch, calls } = createRecorder();
    const token = selfSignedTokens({ secret: SECRET, claims: counting() });
    const authFetch = createAuthFetch({ token, origins: [ORIGIN], fetch });
    await Promise.all(Array.from({ length: 1000 }, () => authFetch(ORIGIN)));
    setClock(NOW + 269);
    await authFetch(ORIGIN);
    expect(new Set(sentIn(calls)).size).toBe(1);
    setClock(NOW + 270);
    await authFetch(ORIGIN);
    const sent = sentIn(calls);
    expect(new Set(sent).size).toBe(2);
    expect((await verify(sent.at(-1)?.slice(7) ?? '')).claims.exp).toBe(NOW + 570);
  });

  it('can serve two clients, and neither sends an expired token', async () => {
    const token = selfSignedTokens({ secret: SECRET });
    const { fetch, calls } = createRecorder();
    const clients = [1, 2].map(() => createAuthFetch({ token, origins: [ORIGIN], fetch }));
    for (let second = 0; second < 1200; second += 7) {
      setClock(NOW + second);
      await clients[second < 200 ? 0 : second % 2]?.(ORIGIN);
      const sent = sentIn(calls).at(-1)?.slice(7) ?? '';
      expect((await verify(sent)).claims.exp).toBeGreaterThan(NOW + second);
    }
  });

  it('makes a new one after a 401', async () => {
    const { fetch, calls } = createRecorder((_, n) => {
      setClock(NOW + n + 1);
      return n === 0 ? refuse() : new Response('ok');
    });
    const token = selfSignedTokens({ secret: SECRET });
    const authFetch = createAuthFetch({ token, origins: [ORIGIN], fetch });
    expect((await authFetch(ORIGIN)).status).toBe(200);
    expect(new Set(sentIn(calls)).size).toBe(2);
  });
});

describe('a wrong option', () => {
  it.each<[string, object]>([
    ['neither secret nor keyring', {}],
    ['both', { secret: SECRET, keyring: createKeyring(SECRET) }],
    ['a secret that is not a string', { secret: 7 }],
  ])('throws at once: %s', (_, options) => {
    expect(() => selfSignedTokens(options)).toThrow(TypeError);
  });

  it.each([{}, { secret: undefined }])('throws at once, naming the variable: %j', (options) => {
    expect(() => selfSignedTokens(options)).toThrow(
      new TypeError('secret is undefined: is ZEP_AUTH_SECRET set? (or give a keyring)'),
    );
  });

  it('throws at once: a weak secret', () => {
    expect(() => selfSignedTokens({ secret: 'short' })).toThrowError(
      expect.objectContaining({ code: 'ERR_SECRET_WEAK' }),
    );
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])(
    'throws at once: a lifetime of %d seconds',
    (expiresInSeconds) => {
      expect(() => selfSignedTokens({ secret: SECRET, expiresInSeconds })).toThrow(RangeError);
    },
  );

  it.each<[string, object]>([
    ['a claim that JSON cannot express', { secret: SECRET, claims: { big: 1n } }],
    ['claims that are not a plain object', { secret: SECRET, claims: new Map() }],
    ['a keyring that is not a keyring', { keyring: {} }],
  ])('rejects: %s', async (_, options) => {
    await expect(selfSignedTokens(options)()).rejects.toThrow(TypeError);
  });
});

it('has types that fit', () => {
  expectTypeOf(selfSignedTokens).returns.toExtend<TokenProvider>();
  expectTypeOf(selfSignedTokens).returns.toBeCallableWith();
  expectTypeOf(selfSignedTokens).parameter(0).toEqualTypeOf<SelfSignedOptions>();
});
