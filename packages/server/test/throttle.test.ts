// The throttle: slows down clients that guess, before anything is computed, and no others.
import { AuthError, isAuthError } from '@zep-auth/core';
import type { Context } from 'hono';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DecisionOptions } from '../src/authenticator-options.ts';
import { authGuard, type GuardResult } from '../src/index.ts';
import { createThrottle } from '../src/throttle.ts';
import type { ConfigSource } from '../src/verifier-source.ts';
import { guarded } from './hono/guarded.ts';
import { readRefusal, refusal } from './refusal.ts';
import { config, encode, forge, NOW_SECONDS, OTHER_SECRET, TOKEN } from './tokens.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'], now: NOW_SECONDS * 1000 });
});
afterEach(() => {
  vi.useRealTimers();
});

const FORGED = forge({}, { alg: 'HS256' }, OTHER_SECRET);
let count = 0;
const forgeAnother = (): string => forge({ n: count++ }, { alg: 'HS256' }, OTHER_SECRET);

const throttled = (
  options: DecisionOptions<Context> = {},
  limit = 3,
  source: ConfigSource<Context> = { config },
) => {
  const events: GuardResult[] = [];
  const { send, runs } = guarded({
    ...source,
    throttle: {
      clientAddress: (view) => view.values('x-from')[0],
      limit,
      windowSeconds: 60,
    },
    onResult: (event) => void events.push(event),
    ...options,
  });
  const ask = async (token: string | undefined, from?: string): Promise<Response> => {
    const headers = new Headers();
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
    if (from !== undefined) headers.set('x-from', from);
    return send(new Request('http://localhost/things', { headers }));
  };
  const statuses = async (tokens: readonly (string | undefined)[], from = 'here') => {
    const all: number[] = [];
    for (const token of tokens) all.push((await ask(token, from)).status);
    return all;
  };
  return { ask, statuses, events, runs };
};

const WRONG = 'ERR_TOKEN_SIGNATURE';
const TOO_MANY = 'ERR_TOO_MANY_FAILURES';

/** The throttle without a guard: what becomes of a wrong token, and of a good one, from an address. */
const bare = (limit: number) => {
  let address = '';
  const throttle = createThrottle({ clientAddress: () => address, limit, windowSeconds: 60 });
  const from =
    (verify: () => unknown) =>
    (client: string): unknown => {
      address = client;
      try {
        return throttle(undefined as never, undefined, verify as never);
      } catch (error) {
        return isAuthError(error) && error.code;
      }
    };
  const wrong = new AuthError(WRONG, 'the signature is wrong');
  return {
    guess: from(() => {
      throw wrong;
    }),
    ask: from(() => 'accepted'),
  };
};

describe('a throttled guard', () => {
  it('answers 429 after the limit, with Retry-After', async () => {
    const { ask, statuses, events, runs } = throttled();
    expect(await statuses([FORGED, FORGED, FORGED])).toEqual([401, 401, 401]);
    vi.advanceTimersByTime(20_500);
    const response = await ask(FORGED, 'here');
    expect(response.headers.get('retry-after')).toBe('40');
    expect(await readRefusal(response)).toEqual(refusal(429, null));
    expect(events.at(-1)).toMatchObject({ outcome: 'refused', code: 'ERR_TOO_MANY_FAILURES' });
    expect(runs()).toBe(0);
  });

  it('counts IPv6 addresses of one /64 together, however they are spelt', async () => {
    const { ask } = throttled();
    const neighbours = ['2001:db8:1:2::1', '2001:0DB8:1:2:3:4:5:6', '2001:db8:1:2::/64'];
    for (const from of neighbours) expect((await ask(FORGED, from)).status).toBe(401);
    expect((await ask(FORGED, '2001:db8:1:2:ffff::')).status).toBe(429);
    expect((await ask(FORGED, '2001:db8:1:3::1')).status).toBe(401);
    for (const from of ['1:0:0:4::1', '1::4:5:6:7:8', '1:0:0:4:9::']) {
      expect((await ask(FORGED, from)).status).toBe(401);
    }
    expect((await ask(FORGED, '1:0:0:4:5:6:7:9')).status).toBe(429);
  });

  it.each([
    ['an IPv4 address', ['1.2.3.4', '1.2.3.4:50000', '1.2.3.4:50001', '::ffff:1.2.3.4']],
    ['a mapped one', ['::ffff:1.2.3.4', '[::ffff:1.2.3.4]:50000', '::FFFF:1.2.3.4', '1.2.3.4']],
    [
      'one in hex',
      ['::ffff:102:304', '[::ffff:102:304]:5', '0:0:0:0:0:FFFF:0102:304', '::ffff:102:304'],
    ],
    [
      'one behind NAT64',
      ['64:ff9b::102:304', '[64:FF9B::102:304]', '64:ff9b:0:0:0:0:102:304', '64:ff9b::102:304'],
    ],
    [
      'an IPv6 network',
      ['[2001:db8::1]', '[2001:db8::2]:50000', '2001:db8::3', '[2001:db8::1]:50001'],
    ],
    ['a link', ['fe80::1%eth0', '[fe80::2%eth0]:50000', 'fe80::3', 'fe80::1%2']],
  ])('counts %s as one client, however it is written', async (_, names) => {
    const { ask } = throttled();
    const statuses: number[] = [];
    for (const name of names) statuses.push((await ask(FORGED, name)).status);
    expect(statuses).toEqual([401, 401, 401, 429]);
  });

  it.each([
    ['1.2.3.4:5', '1.2.3.5:5'],
    ['::ffff:102:304', '::ffff:102:305'],
    ['64:ff9b::102:304', '64:ff9b::102:305'],
    ['64:ff9b::1.2.3.4', '64:ff9b::1.2.3.5'],
    ['64:ff9b:1::102:304', '64:ff9b:2::102:304'],
    ['[2001:db8::1]:5', '[2001:db8:0:1::1]:5'],
  ])('does not count %s and %s as one client', async (guesser, other) => {
    const { ask, statuses } = throttled();
    expect(await statuses([FORGED, FORGED, FORGED, FORGED], guesser)).toEqual([401, 401, 401, 429]);
    expect((await ask(TOKEN, other)).status).toBe(200);
  });

  it('lets the 65,536 networks of one /48 guess 16 times the limit, and forgets no other address', () => {
    const { guess, ask } = bare(3);
    for (const _ of [1, 2, 3]) guess('203.0.113.9');
    const answers = new Map<unknown, number>();
    for (let i = 0; i < 12_000; i++) {
      const answer = guess(`2001:db8:1:${i.toString(16)}::1`);
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
    }
    expect(Object.fromEntries(answers)).toEqual({ [WRONG]: 48, [TOO_MANY]: 12_000 - 48 });
    expect(guess('203.0.113.9')).toBe(TOO_MANY);
    expect(guess('2001:db8:2::1')).toBe(WRONG);
    expect(ask('2001:db8:1:ffff::1')).toBe(TOO_MANY);
    vi.advanceTimersByTime(60_000);
    expect(ask('2001:db8:1:ffff::1')).toBe('accepted');
  });

  it('answers 429 to a good token from a /48 that has guessed too often', async () => {
    const { ask } = throttled();
    for (let i = 0; i < 48; i++) await ask(FORGED, `2001:db8:1:${i.toString(16)}::1`);
    expect((await ask(FORGED, '2001:db8:1:ffff::1')).status).toBe(429);
    expect((await ask(TOKEN, '2001:db8:1:ffff::1')).status).toBe(429);
    expect((await ask(TOKEN, '2001:db8:2::1')).status).toBe(200);
  });

  it.each(['::ffff:203.0.113.9', '203.0.113.9', 'a name', 'abc', 'tenant:1', '10.0.0.0/8'])(
    'takes %j as a name of its client alone',
    async (name) => {
      const { statuses } = throttled();
      expect(await statuses([FORGED, FORGED, FORGED, FORGED], name)).toEqual([401, 401, 401, 429]);
      expect(await statuses([FORGED], `${name}0`)).toEqual([401]);
    },
  );

  it('verifies no more tokens than the limit allows, of a thousand', async () => {
    const { ask, events } = throttled({}, 20);
    for (let i = 0; i < 1000; i++) await ask(forgeAnother(), 'here');
    const verified = events.filter(({ code }) => code !== 'ERR_TOO_MANY_FAILURES');
    expect(verified).toHaveLength(20);
    expect(events).toHaveLength(1000);
  });

  it('starts to count again when the window has ended, which begins with the first wrong token', async () => {
    const { statuses } = throttled();
    expect(await statuses([FORGED])).toEqual([401]);
    vi.advanceTimersByTime(59_999);
    expect(await statuses([FORGED, FORGED, FORGED])).toEqual([401, 401, 429]);
    vi.advanceTimersByTime(1);
    expect(await statuses([FORGED, FORGED, FORGED, FORGED])).toEqual([401, 401, 401, 429]);
  });

  it('does not slow down another client', async () => {
    const { statuses } = throttled();
    expect(await statuses([FORGED, FORGED, FORGED, FORGED])).toEqual([401, 401, 401, 429]);
    expect(await statuses([TOKEN, FORGED], 'elsewhere')).toEqual([200, 401]);
  });

  it('lets in a token that was accepted before, from a client that guesses', async () => {
    for (const cacheSize of [1000, 2000]) {
      const { statuses } = throttled({ cacheSize });
      expect(await statuses([TOKEN])).toEqual([200]);
      expect(await statuses([FORGED, FORGED, FORGED, FORGED])).toEqual([401, 401, 401, 429]);
      expect(await statuses([TOKEN, TOKEN])).toEqual([200, 200]);
      // A token that it has not seen may be a guess.
      expect(await statuses([forge({ a: 1 })])).toEqual([429]);
    }
  });

  it('lets in a cached token after 1500 others, with a larger cacheSize', async () => {
    const { statuses } = throttled({ cacheSize: 5000 });
    await statuses([TOKEN]);
    for (let i = 0; i < 1500; i++) await statuses([forge({ i })], 'many');
    expect(await statuses([FORGED, FORGED, FORGED, FORGED])).toEqual([401, 401, 401, 429]);
    expect(await statuses([TOKEN])).toEqual([200]);
  });

  it.each([
    ['a token that has expired', forge({ exp: 1 })],
    ['one that is not valid yet', forge({ nbf: NOW_SECONDS + 9 })],
    ['one with a claim of bad form', forge({ exp: 'x' })],
    ['no token', undefined],
  ])('does not count %s, which is not a guess', async (_, token) => {
    const { statuses } = throttled();
    expect(await statuses([token, token, token, token])).toEqual([401, 401, 401, 401]);
    expect(await statuses([TOKEN])).toEqual([200]);
  });

  it('counts a token with a wrong signature', async () => {
    const { statuses } = throttled();
    expect(await statuses([FORGED, FORGED, FORGED, FORGED])).toEqual([401, 401, 401, 429]);
  });

  it.each([
    ['an unsigned one', `${encode({ alg: 'none' })}.e30.`],
    ['another algorithm', forge({}, { alg: 'HS512' })],
    ['an API key', 'abc'],
    ['a token that is too large', `${'a'.repeat(9000)}.e30.${'a'.repeat(43)}`],
  ])('does not count what could not be accepted with any signature: %s', async (_, token) => {
    const { statuses } = throttled();
    expect(await statuses([token, token, token, token])).toEqual([401, 401, 401, 401]);
    expect(await statuses([FORGED, FORGED, FORGED, token])).toEqual([401, 401, 401, 429]);
  });

  it('counts if the environment comes with the request, or asynchronously', async () => {
    const { statuses } = throttled({}, 3, {
      env: async () => ({ ZEP_AUTH_SECRET: OTHER_SECRET }),
    });
    expect(await statuses([TOKEN, TOKEN, TOKEN, TOKEN])).toEqual([401, 401, 401, 429]);
  });

  it('does not count clients whose address is unknown', async () => {
    const { ask } = throttled();
    for (let i = 0; i < 10; i++) expect((await ask(forgeAnother())).status).toBe(401);
  });

  it('remembers 10,000 addresses and forgets the least recent one first', () => {
    const { guess } = bare(1);
    expect([guess('first'), guess('first')]).toEqual([WRONG, TOO_MANY]);
    for (let i = 0; i < 9999; i++) guess(`${i}`);
    expect(guess('first')).toBe(TOO_MANY);
    for (let i = 0; i < 10_000; i++) guess(`again ${i}`);
    expect(guess('first')).toBe(WRONG);
  });

  it('answers 500 when clientAddress throws', async () => {
    const { get, runs } = guarded({
      config,
      throttle: {
        clientAddress: () => {
          throw new Error('no socket');
        },
      },
    });
    expect((await get(`Bearer ${TOKEN}`)).status).toBe(500);
    expect(runs()).toBe(0);
  });

  it('has a limit of 20 in 60 seconds by default', async () => {
    const { get } = guarded({ config, throttle: { clientAddress: () => 'here' } });
    for (let i = 0; i < 20; i++) expect((await get(`Bearer ${FORGED}`)).status).toBe(401);
    const response = await get(`Bearer ${FORGED}`);
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '60']);
  });
});

describe('the options of a throttle', () => {
  const clientAddress = (): string => 'here';
  it.each([0, -1, 1.5, Number.NaN, 1_000_001])('a limit of %d is refused', (limit) => {
    expect(() => authGuard({ config, throttle: { clientAddress, limit } })).toThrow(RangeError);
  });

  it.each([0, -1, 1.5, Number.NaN, 86_401])(
    'a window of %d seconds is refused',
    (windowSeconds) => {
      expect(() => authGuard({ config, throttle: { clientAddress, windowSeconds } })).toThrow(
        RangeError,
      );
    },
  );

  it('the greatest values are accepted', () => {
    for (const [limit, windowSeconds] of [
      [1_000_000, 60],
      [1, 86_400],
    ] as const) {
      expect(() =>
        authGuard({ config, throttle: { clientAddress, limit, windowSeconds } }),
      ).not.toThrow();
    }
  });

  it('clientAddress is required, and the error names it', () => {
    expect(() => authGuard({ config, throttle: {} as never })).toThrow(
      'clientAddress must be a function',
    );
    expect(() => authGuard({ config, throttle: { clientAddress, limit: 0 } })).toThrow(
      'limit must be a whole number from 1 to 1000000',
    );
    expect(() => authGuard({ config, throttle: { clientAddress, windowSeconds: 0.5 } })).toThrow(
      'windowSeconds must be a whole number from 1 to 86400',
    );
  });
});
