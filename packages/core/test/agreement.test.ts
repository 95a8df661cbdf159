// Both engines and jose.jwtVerify agree on generated tokens, but for the classes in which we are stricter.
// AGREEMENT_RUNS says how many tokens, AGREEMENT_SEED which ones; a failure prints the seed and the token.
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { isAuthError } from '../src/errors.ts';
import type { Engine } from '../src/jws/engine.ts';
import { joseEngine } from '../src/jws/jose.ts';
import { createKeyring } from '../src/keyring.ts';
import { createVerifierOn } from '../src/verify.ts';
import { classesOf, readFacts, STRICTER } from './agreement-classes.ts';
import { KINDS, PREVIOUS } from './agreement-tokens.ts';
import { NATIVE } from './engines.ts';
import { keyIdOf, NOW, SECRET, tokenOf } from './raw-token.ts';

const RUNS = Number(process.env['AGREEMENT_RUNS'] ?? 4000);
const SEED = Number(process.env['AGREEMENT_SEED'] ?? 20_250_101);
const SECRETS = [SECRET, PREVIOUS];

type Answer =
  | { readonly keyId: string; readonly claims: object }
  | { readonly code: string; readonly message: string; readonly claim: string | undefined };

const askerOf = (engine: Engine): ((token: string) => Promise<Answer>) => {
  const { verify } = createVerifierOn(engine, { keyring: createKeyring(SECRETS), cacheSize: 0 });
  return async (token) => {
    try {
      return await verify(token);
    } catch (error) {
      if (!isAuthError(error)) throw error;
      return { code: error.code, message: error.message, claim: error.claim };
    }
  };
};
const [askNative, askJose] = [askerOf(NATIVE), askerOf(joseEngine)];

const algorithm = { name: 'HMAC', hash: 'SHA-256' };
const KEYS = await Promise.all(
  SECRETS.map(async (secret) => ({
    id: keyIdOf(secret),
    key: await crypto.subtle.importKey('raw', Buffer.from(secret), algorithm, false, ['verify']),
  })),
);

/** What jwtVerify says, with the key that kid names, else with each. */
const askJwtVerify = async (token: string): Promise<object | undefined> => {
  const kid = readFacts(token).header.members.get('kid');
  const named = KEYS.filter(({ id }) => id === kid);
  for (const { key } of named.length > 0 ? named : KEYS) {
    try {
      return (await jwtVerify(token, key, { algorithms: ['HS256'] })).payload;
    } catch {
      // refused, for whatever reason
    }
  }
  return undefined;
};

/** All that was answered, so that a generator which has gone dull is noticed. */
const met = new Set<string>();

/** `expect(actual).toStrictEqual(expected)`, asked only where they differ: tens of thousands of times it is slow. */
const expectSame = (actual: unknown, expected: unknown): void => {
  if (!isDeepStrictEqual(actual, expected)) expect(actual).toStrictEqual(expected);
};

const expectAgreement = async (token: string): Promise<void> => {
  const [native, jose] = [await askNative(token), await askJose(token)];
  expectSame(native, jose);
  const theirs = await askJwtVerify(token);
  const classes = classesOf(token);
  const isAccepted = 'claims' in native;
  // A token of a stricter class is refused, and any other is what jose says it is.
  const expected = theirs !== undefined && classes.length === 0;
  if (isAccepted !== expected) expect.fail(JSON.stringify({ token, classes, theirs, isAccepted }));
  if (isAccepted) expectSame(native.claims, theirs);
  met.add(isAccepted ? 'accepted' : native.code);
  if (theirs !== undefined) for (const name of classes) met.add(name);
};

beforeAll(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(NOW * 1000);
});
afterAll(() => vi.useRealTimers());

describe('where this package is stricter than jose', () => {
  it.each(STRICTER)('$name: $reason', async ({ name, example }) => {
    expect(await askJwtVerify(example)).toBeDefined();
    expect(classesOf(example)).toEqual([name]);
    await expectAgreement(example);
  });
});

describe('native, jose and jwtVerify agree', () => {
  it('on a token with each of its characters changed in each of 7 bits, doubled and left out', async () => {
    const token = tokenOf({ sub: 'alice', exp: NOW + 1 });
    await expectAgreement(token);
    for (let i = 0; i < token.length; i++) {
      const [before, char, after] = [token.slice(0, i), token.charAt(i), token.slice(i + 1)];
      for (let bit = 0; bit < 7; bit++) {
        const turned = String.fromCharCode(char.charCodeAt(0) ^ (1 << bit));
        await expectAgreement(before + turned + after);
      }
      await expectAgreement(before + char + char + after);
      await expectAgreement(before + after);
    }
  });

  it('counts every share of the tokens', () => {
    expect(KINDS.reduce((sum, { share }) => sum + share, 0)).toBe(100);
  });

  it.each(KINDS)('on tokens $kind', { timeout: 10_000 + 5 * RUNS }, async ({ share, tokens }) => {
    const numRuns = Math.ceil((RUNS * share) / 100);
    await fc.assert(fc.asyncProperty(tokens, expectAgreement), { seed: SEED, numRuns });
  });

  it.skipIf(RUNS < 4000)('on tokens of every outcome and every class', () => {
    const codes = [
      'accepted',
      'ERR_TOKEN_MALFORMED',
      'ERR_TOKEN_TOO_LARGE',
      'ERR_TOKEN_ALGORITHM',
      'ERR_TOKEN_SIGNATURE',
      'ERR_TOKEN_EXPIRED',
      'ERR_TOKEN_NOT_YET_VALID',
      'ERR_TOKEN_CLAIM',
    ];
    expect([...met].sort()).toEqual([...codes, ...STRICTER.map(({ name }) => name)].sort());
  });
});
