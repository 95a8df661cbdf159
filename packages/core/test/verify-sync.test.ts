// The synchronous form of a verifier. Calls do not disturb one another.
import { describe, expect, it, vi } from 'vitest';
import { joseEngine } from '../src/jws/jose.ts';
import { createCheck, createVerifierOn, type VerifiedToken } from '../src/verify.ts';
import { ENGINES, NATIVE } from './engines.ts';
import { outcomeOf, SECRET, secretNamed, tokenOf } from './raw-token.ts';

const OTHER = secretNamed('other');
const options = { keyring: SECRET };

describe('createCheck', () => {
  it('answers at once on the native engine', () => {
    const check = createCheck(options, NATIVE);
    const token = tokenOf({ sub: 'alice' });
    const verified = check(token);
    expect(verified).not.toBeInstanceOf(Promise);
    expect(verified).toMatchObject({ claims: { sub: 'alice' }, cached: false });
    const again = check(token);
    expect(again).toEqual({ ...verified, cached: true });
    expect(check(token)).toBe(again);
  });

  it('answers at once on the native engine where tokens are revoked by digest', () => {
    const revoked = [`sha256:${'0'.repeat(64)}`];
    const check = createCheck({ ...options, revoked }, NATIVE);
    expect(check(tokenOf({}))).not.toBeInstanceOf(Promise);
  });

  it.each(ENGINES)('knows which tokens it remembers: $name', async (engine) => {
    const token = tokenOf({ sub: 'alice' });
    const check = createCheck(options, engine);
    expect(check.remembers(token)).toBe(false);
    await check(token);
    expect([token, tokenOf({})].map(check.remembers)).toEqual([true, false]);
    const forgetful = createCheck({ ...options, cacheSize: 0 }, engine);
    await forgetful(token);
    expect(forgetful.remembers(token)).toBe(false);
  });

  it('answers later on jose at first, and at once when the token is known', async () => {
    const check = createCheck(options, joseEngine);
    const token = tokenOf({ sub: 'alice' });
    const promise = check(token);
    expect(promise).toBeInstanceOf(Promise);
    const verified = await promise;
    expect(check(token)).toEqual({ ...verified, cached: true });
  });

  it.each([
    ['a signature', tokenOf({}, OTHER), 'ERR_TOKEN_SIGNATURE'],
    ['a claim', tokenOf({ exp: 0 }), 'ERR_TOKEN_EXPIRED'],
    ['a shape', 'garbage', 'ERR_TOKEN_MALFORMED'],
  ])('throws at once for %s that is refused on the native engine', (_, token, code) => {
    const check = createCheck(options, NATIVE);
    expect(() => check(token)).toThrow(expect.objectContaining({ code }));
  });

  it('rejects a signature on jose, and throws for a shape', async () => {
    const check = createCheck(options, joseEngine);
    const refused = check(tokenOf({}, OTHER));
    expect(refused).toBeInstanceOf(Promise);
    await expect(refused).rejects.toMatchObject({ code: 'ERR_TOKEN_SIGNATURE' });
    expect(() => check('garbage')).toThrow(
      expect.objectContaining({ code: 'ERR_TOKEN_MALFORMED' }),
    );
  });
});

describe.each(ENGINES)('verify on the $name engine', (engine) => {
  it.each([
    ['a good token', tokenOf({}), 'accepted'],
    ['a known token', tokenOf({}), 'accepted'],
    ['a foreign token', tokenOf({}, OTHER), 'ERR_TOKEN_SIGNATURE'],
    ['a token that has expired', tokenOf({ exp: 0 }), 'ERR_TOKEN_EXPIRED'],
    ['garbage', 'garbage', 'ERR_TOKEN_MALFORMED'],
    ['what is too large', 'x'.repeat(9000), 'ERR_TOKEN_TOO_LARGE'],
  ])('answers %s with a promise', async (_, token, outcome) => {
    const { verify } = createVerifierOn(engine, { secret: SECRET });
    await outcomeOf(() => verify(tokenOf({})));
    const promise = verify(token);
    expect(promise).toBeInstanceOf(Promise);
    expect(await outcomeOf(() => promise)).toBe(outcome);
  });

  it.each([undefined, null, 42, {}])('answers %o with a rejected promise', async (token) => {
    const promise = createVerifierOn(engine, { secret: SECRET }).verify(token as never); // without types
    expect(promise).toBeInstanceOf(Promise);
    await expect(promise).rejects.toThrow(TypeError);
  });

  it('answers a known token that expires with a rejected promise', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1000 });
    try {
      const { verify } = createVerifierOn(engine, { secret: SECRET });
      const token = tokenOf({ exp: 2 });
      await verify(token);
      vi.setSystemTime(2000);
      const promise = verify(token);
      expect(promise).toBeInstanceOf(Promise);
      await expect(promise).rejects.toMatchObject({ code: 'ERR_TOKEN_EXPIRED' });
    } finally {
      vi.useRealTimers();
    }
  });
});

const flipBit = (token: string, bit: number): string => {
  const signature = Buffer.from(token.slice(-43), 'base64url');
  signature.writeUInt8(signature.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
  return token.slice(0, -43) + signature.toString('base64url');
};

// Long and short in turn, ASCII and not, each twice, so that a rest of one would show in another.
const CLAIMS = [3000, 0, 1, 2000, 2, 2999, 1, 3000].flatMap((length, i) => [
  { i, text: 'x'.repeat(length) },
  { i, text: 'é'.repeat(length) },
]);

describe.each(ENGINES)('verifications that cross on the $name engine', (engine) => {
  const never = { cacheSize: 0, maxTokenBytes: 65_536 };
  const check = createCheck({ ...options, ...never }, engine);
  const checkOther = createCheck({ keyring: OTHER, ...never }, engine);

  it('answer each with its own claims, long after short and short after long', async () => {
    const pending: (VerifiedToken | Promise<VerifiedToken>)[] = [];
    for (const claims of CLAIMS) {
      pending.push(check(tokenOf(claims)), checkOther(tokenOf(claims, OTHER)));
    }
    const verified = await Promise.all(pending);
    expect(verified.map(({ claims }) => claims)).toEqual(CLAIMS.flatMap((c) => [c, c]));
  });

  it('refuse each signature with one other bit, between good ones of two keys', async () => {
    const [mine, others] = [tokenOf({ sub: 'a' }), tokenOf({ sub: 'a' }, OTHER)];
    const asked = Array.from({ length: 256 }, (_, bit) => [
      outcomeOf(() => check(mine)),
      outcomeOf(() => check(flipBit(mine, bit))),
      outcomeOf(() => checkOther(others)),
      outcomeOf(() => checkOther(mine)),
      outcomeOf(() => checkOther(flipBit(others, bit))),
    ]);
    const expected = ['accepted', 'ERR_TOKEN_SIGNATURE', 'accepted', 'ERR_TOKEN_SIGNATURE'];
    for (const outcomes of asked) {
      expect(await Promise.all(outcomes)).toEqual([...expected, 'ERR_TOKEN_SIGNATURE']);
    }
  });
});
