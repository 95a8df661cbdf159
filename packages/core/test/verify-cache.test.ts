// What a verifier remembers: good tokens, so many of them, and never longer than they are good.
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Engine } from '../src/jws/engine.ts';
import { createKeyring, type Keyring } from '../src/keyring.ts';
import { createVerifierOn, type VerifierLimits } from '../src/verify.ts';
import { countWork, ENGINES, NATIVE } from './engines.ts';
import {
  HEADER,
  keyIdOf,
  NOW,
  outcomeOf,
  rawToken,
  SECRET,
  secretNamed,
  tokenOf,
} from './raw-token.ts';

const OTHER = secretNamed('other');
const THREE = ['one', 'two', 'three'].map(secretNamed);

/** A verifier that is asked for the outcome of a token, and tells what it cost in HMACs. */
const createAsker = (on: Engine, options: VerifierLimits & { keyring?: Keyring } = {}) => {
  const { engine, work } = countWork(on);
  const { verify } = createVerifierOn(engine, { keyring: createKeyring(SECRET), ...options });
  return async (token: string): Promise<readonly [outcome: string, hmacs: number]> => {
    const before = work.hmacs;
    const outcome = await outcomeOf(() => verify(token));
    return [outcome, work.hmacs - before];
  };
};

const tokenNamed = (sub: number | string): string => tokenOf({ sub });
const setClock = (seconds: number): unknown => vi.setSystemTime(seconds * 1000);

const FRESH = ['accepted', 1];
const REMEMBERED = ['accepted', 0];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  setClock(NOW);
});
afterEach(() => vi.useRealTimers());

describe.each(ENGINES)('the HMACs on the $name engine', (engine) => {
  it('are one for a token, and none when it comes again', async () => {
    const ask = createAsker(engine);
    const [a, b] = [tokenNamed('a'), tokenNamed('b')];
    expect([await ask(a), await ask(b)]).toEqual([FRESH, FRESH]);
    expect([await ask(a), await ask(b), await ask(a)]).toEqual(Array(3).fill(REMEMBERED));
  });

  it.each([
    ['garbage', 'garbage', 'ERR_TOKEN_MALFORMED'],
    ['nothing', '', 'ERR_TOKEN_MALFORMED'],
    ['a token with one character more', `${tokenOf({})}A`, 'ERR_TOKEN_MALFORMED'],
    ['another spelling of a known token', `${tokenOf({})}=`, 'ERR_TOKEN_MALFORMED'],
    ['what is too large', 'x'.repeat(8193), 'ERR_TOKEN_TOO_LARGE'],
    ['a token that is too large', tokenOf({ a: 'x'.repeat(8192) }), 'ERR_TOKEN_TOO_LARGE'],
    ['another algorithm', rawToken('{"alg":"HS512"}', '{}'), 'ERR_TOKEN_ALGORITHM'],
    ['a header with crit', rawToken('{"alg":"HS256","crit":["x"]}', '{}'), 'ERR_TOKEN_MALFORMED'],
    ['a header that is not JSON', rawToken('{', '{}'), 'ERR_TOKEN_MALFORMED'],
  ])('are zero for %s, even if good tokens are cached', async (_, token, code) => {
    const ask = createAsker(engine);
    expect(await ask(token)).toEqual([code, 0]);
    expect(await ask(tokenOf({}))).toEqual(FRESH);
    expect(await ask(token)).toEqual([code, 0]);
  });

  it('are at most one for each key with a signature of none', async () => {
    const ask = createAsker(engine, { keyring: createKeyring(THREE) });
    const header = (kid: string): string => JSON.stringify({ alg: 'HS256', kid });
    const named = rawToken(header(keyIdOf(THREE[1] ?? '')), '{}', OTHER);
    for (let i = 0; i < 2; i++) {
      expect(await ask(tokenOf({}, OTHER))).toEqual(['ERR_TOKEN_SIGNATURE', 3]);
      expect(await ask(rawToken(header('unknown'), '{}', OTHER))).toEqual([
        'ERR_TOKEN_SIGNATURE',
        3,
      ]);
      expect(await ask(named)).toEqual(['ERR_TOKEN_SIGNATURE', 1]);
    }
  });

  it('are not spared by a known token with another signature', async () => {
    const ask = createAsker(engine);
    const token = tokenNamed('a');
    const forged = `${token.slice(0, -43)}${'A'.repeat(43)}`;
    expect(await ask(token)).toEqual(FRESH);
    expect(await ask(forged)).toEqual(['ERR_TOKEN_SIGNATURE', 1]);
    expect(await ask(token)).toEqual(REMEMBERED);
  });
});

describe.each(ENGINES)('a refusal on the $name engine', (engine) => {
  it.each([
    ['of a wrong signature', tokenOf({}, OTHER), 'ERR_TOKEN_SIGNATURE'],
    ['of a payload that is not an object', rawToken(HEADER, '[]'), 'ERR_TOKEN_MALFORMED'],
    ['of a claim', tokenOf({ exp: 'x' }), 'ERR_TOKEN_CLAIM'],
    ['of a token that has expired', tokenOf({ exp: NOW }), 'ERR_TOKEN_EXPIRED'],
    ['of a revoked jti', tokenOf({ jti: 'gone' }), 'ERR_TOKEN_REVOKED'],
  ])('%s is not remembered', async (_, token, code) => {
    const ask = createAsker(engine, { revoked: ['gone'] });
    expect([await ask(token), await ask(token)]).toEqual(Array(2).fill([code, 1]));
    expect(await ask(tokenOf({ jti: 'here' }))).toEqual(FRESH);
  });

  it('of a token whose digest is revoked is not remembered', async () => {
    const digest = createHash('sha256').update(tokenNamed('a')).digest('hex');
    const ask = createAsker(engine, { revoked: [`sha256:${digest}`] });
    for (let i = 0; i < 2; i++)
      expect(await ask(tokenNamed('a'))).toEqual(['ERR_TOKEN_REVOKED', 1]);
    expect([await ask(tokenNamed('b')), await ask(tokenNamed('b'))]).toEqual([FRESH, REMEMBERED]);
  });

  it('of a token that is not valid yet does not outlast its nbf', async () => {
    const ask = createAsker(engine);
    const token = tokenOf({ nbf: NOW + 1 });
    expect(await ask(token)).toEqual(['ERR_TOKEN_NOT_YET_VALID', 1]);
    setClock(NOW + 1);
    expect([await ask(token), await ask(token)]).toEqual([FRESH, REMEMBERED]);
  });
});

// Each token is good at NOW and known, and refused at another time.
describe.each(ENGINES)('a known token on the $name engine', (engine) => {
  it.each<[string, object, VerifierLimits, number, string]>([
    ['in the second of its exp', { exp: NOW + 10 }, {}, 10, 'ERR_TOKEN_EXPIRED'],
    [
      'at the end of the tolerance',
      { exp: NOW - 5 },
      { clockToleranceSeconds: 10 },
      5,
      'ERR_TOKEN_EXPIRED',
    ],
    ['when it is too old', { iat: NOW }, { maxTokenAgeSeconds: 60 }, 61, 'ERR_TOKEN_EXPIRED'],
    ['when the clock goes behind its nbf', { nbf: NOW }, {}, -1, 'ERR_TOKEN_NOT_YET_VALID'],
    ['when the clock goes far behind its iat', { iat: NOW }, {}, -61, 'ERR_TOKEN_NOT_YET_VALID'],
  ])('is refused %s, and forgotten', async (_, claims, options, offset, code) => {
    const ask = createAsker(engine, options);
    const token = tokenOf(claims);
    expect([await ask(token), await ask(token)]).toEqual([FRESH, REMEMBERED]);
    setClock(NOW + offset - Math.sign(offset));
    expect(await ask(token)).toEqual(REMEMBERED);
    setClock(NOW + offset);
    expect(await ask(token)).toEqual([code, 0]);
    expect(await ask(token)).toEqual([code, 1]);
    setClock(NOW);
    expect([await ask(token), await ask(token)]).toEqual([FRESH, REMEMBERED]);
  });

  it('holds to the last millisecond before its exp', async () => {
    const ask = createAsker(engine);
    const token = tokenOf({ exp: NOW + 10 });
    await ask(token);
    vi.setSystemTime((NOW + 10) * 1000 - 1);
    expect(await ask(token)).toEqual(REMEMBERED);
    vi.setSystemTime((NOW + 10) * 1000);
    expect(await ask(token)).toEqual(['ERR_TOKEN_EXPIRED', 0]);
  });

  it('is unknown to a new verifier, and refused at once where its key is gone', async () => {
    const [now, before] = [SECRET, OTHER];
    const token = tokenOf({}, before);
    const ask = createAsker(engine, { keyring: createKeyring([before]) });
    const rotating = createAsker(engine, { keyring: createKeyring([now, before]) });
    const rotated = createAsker(engine, { keyring: createKeyring([now]) });
    expect([await ask(token), await ask(token)]).toEqual([FRESH, REMEMBERED]);
    expect([await rotating(token), await rotating(token)]).toEqual([['accepted', 2], REMEMBERED]);
    expect(await rotated(token)).toEqual(['ERR_TOKEN_SIGNATURE', 1]);
  });

  it('is known by its whole text: nothing of another policy, nothing of a like token', async () => {
    const ask = createAsker(engine, { issuer: 'a' });
    const anyone = createAsker(engine);
    const token = tokenOf({ iss: 'b' });
    expect([await anyone(token), await anyone(token)]).toEqual([FRESH, REMEMBERED]);
    expect(await ask(token)).toEqual(['ERR_TOKEN_CLAIM', 1]);
    expect(await anyone(rawToken(`${HEADER} `, '{"iss":"b"}'))).toEqual(FRESH);
  });

  it('gives every caller the same answer, which is frozen', async () => {
    const { verify } = createVerifierOn(engine, { secret: SECRET });
    const token = rawToken(HEADER, '{"sub":"a","roles":[{"name":"user"}],"__proto__":{"x":{}}}');
    const verified = await verify(token);
    const copy = structuredClone(verified);
    const { claims } = verified;
    const { roles } = claims as unknown as { roles: { name: string }[] }; // as an untyped handler
    const proto = Object.getOwnPropertyDescriptor(claims, '__proto__')?.value;
    const attempts: (() => unknown)[] = [
      () => Object.assign(verified, { keyId: 'x' }),
      () => Object.assign(claims, { sub: 'admin' }),
      () => Object.assign(claims, { admin: true }),
      () => delete (claims as { sub?: unknown }).sub, // likewise
      () => roles.push({ name: 'admin' }),
      () => Object.assign(roles[0] ?? {}, { name: 'admin' }),
      () => Object.assign(proto, { x: 1 }),
      () => Object.assign(proto.x, { y: 1 }),
    ];
    for (const attempt of attempts) {
      await expect((async () => attempt())()).rejects.toThrow(TypeError);
    }
    const again = await verify(token);
    expect(again.claims).toBe(verified.claims);
    expect(again).toEqual({ ...copy, cached: true });
    expect(await verify(token)).toBe(again);
  });
});

describe.each(ENGINES)('the bound on the $name engine', (engine) => {
  it('lets the token go that was longest not used', async () => {
    const ask = createAsker(engine, { cacheSize: 2 });
    const [a, b, c] = ['a', 'b', 'c'].map(tokenNamed) as [string, string, string]; // as many as names
    expect([await ask(a), await ask(b), await ask(a)]).toEqual([FRESH, FRESH, REMEMBERED]);
    expect(await ask(c)).toEqual(FRESH);
    expect([await ask(a), await ask(c)]).toEqual([REMEMBERED, REMEMBERED]);
    expect(await ask(b)).toEqual(FRESH);
    expect(await ask(a)).toEqual(FRESH);
  });

  it('counts no refused token', async () => {
    const ask = createAsker(engine, { cacheSize: 1 });
    await ask(tokenNamed('a'));
    for (const token of [tokenOf({}, OTHER), tokenOf({ exp: 0 }), 'garbage']) await ask(token);
    expect(await ask(tokenNamed('a'))).toEqual(REMEMBERED);
    await ask(tokenNamed('b'));
    expect(await ask(tokenNamed('a'))).toEqual(FRESH);
  });

  it('of 0 remembers nothing', async () => {
    const ask = createAsker(engine, { cacheSize: 0 });
    for (let i = 0; i < 3; i++) expect(await ask(tokenNamed('a'))).toEqual(FRESH);
  });

  it.each([
    [1000, REMEMBERED],
    [1001, FRESH],
  ])('is 1000 by default: after %i tokens the first is %j', async (count, expected) => {
    const ask = createAsker(engine);
    for (let sub = 0; sub < count; sub++) await ask(tokenNamed(sub));
    expect(await ask(tokenNamed(0))).toEqual(expected);
  });
});

it('works on with 2,000 tokens, of which it knows the last 100', async () => {
  const ask = createAsker(NATIVE, { cacheSize: 100 });
  const often = tokenNamed('often');
  const total = { hmacs: 0, accepted: 0 };
  const count = async (token: string): Promise<void> => {
    const [outcome, hmacs] = await ask(token);
    total.hmacs += hmacs;
    if (outcome === 'accepted') total.accepted++;
  };
  for (let sub = 0; sub < 2_000; sub++) {
    await count(tokenNamed(sub));
    await count(often);
  }
  expect(total).toEqual({ hmacs: 2_001, accepted: 4_000 });
  // The one that is always asked for takes one place of the 100.
  for (let sub = 1_901; sub < 2_000; sub++) expect(await ask(tokenNamed(sub))).toEqual(REMEMBERED);
  expect(await ask(tokenNamed(1_900))).toEqual(FRESH);
});

it('judges the time when the signature is known, not when the token came', async () => {
  const [, jose] = ENGINES as [Engine, Engine]; // both are there
  const ask = createAsker(jose);
  const token = tokenOf({ exp: NOW + 1 });
  const answer = ask(token);
  setClock(NOW + 1);
  expect(await answer).toEqual(['ERR_TOKEN_EXPIRED', 1]);
  setClock(NOW);
  expect([await ask(token), await ask(token)]).toEqual([FRESH, REMEMBERED]);
});

it('shares no promise between two that ask for the same token at once', async () => {
  const [, jose] = ENGINES as [Engine, Engine]; // both are there
  const { engine, work } = countWork(jose);
  const { verify } = createVerifierOn(engine, { secret: SECRET });
  const token = tokenNamed('a');
  const [first, second] = await Promise.all([verify(token), verify(token)]);
  expect(first).toEqual(second);
  expect(work.hmacs).toBe(2);
  expect([first.claims, second.claims]).toContain((await verify(token)).claims); // whichever was done last
  expect(work.hmacs).toBe(2);
});
