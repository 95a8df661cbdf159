// Revocation: what is stored, for how long, how old an answer may be, and what happens while the store is down.
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  createRevocationList,
  type GuardResult,
  type RevocationOptions,
  type RevocationStorage,
} from '../../src/index.ts';
import { guarded } from '../hono/guarded.ts';
import { readRefusal, refusal } from '../refusal.ts';
import { config, forge, NOW_SECONDS, TOKEN } from '../tokens.ts';

const FAKED = ['Date', 'performance', 'setTimeout', 'clearTimeout'] as const;
beforeEach(() => {
  vi.useFakeTimers({ toFake: [...FAKED], now: NOW_SECONDS * 1000 });
});
afterEach(() => {
  vi.useRealTimers();
});

type Store = RevocationStorage & {
  readonly items: Map<string, unknown>;
  readonly asked: string[];
  readonly options: unknown[];
  /** What the store does instead of answering. */
  failure: (() => unknown) | undefined;
};

const storeOf = (): Store => {
  const store: Store = {
    items: new Map(),
    asked: [],
    options: [],
    failure: undefined,
    getItem: async (key) => {
      store.asked.push(key);
      return store.failure ? store.failure() : (store.items.get(key) ?? null);
    },
    setItem: async (key, value, options) => {
      await store.failure?.();
      store.items.set(key, value);
      store.options.push(options);
    },
    removeItem: async (key) => {
      await store.failure?.();
      store.items.delete(key);
    },
  };
  return store;
};

const listOf = (options: Partial<RevocationOptions> = {}) => {
  const store = storeOf();
  return { store, list: createRevocationList({ storage: store, ...options }) };
};

const keyOf = (kind: 'jti' | 'token', text: string): string =>
  `r:${createHash('sha256').update(`${kind}\0${text}`).digest('hex')}`;

const DOWN = () => {
  throw Object.assign(new Error('redis://me:hunter2hunter2@store.example'), {
    code: 'ECONNREFUSED',
  });
};
const SILENT = () => new Promise(() => {});
const A = forge({ jti: 'a' });
const B = forge({ jti: 'b' });

describe('a guard with a list of revoked tokens', () => {
  it('refuses a token whose id is revoked, and no other', async () => {
    const { list } = listOf();
    const events: GuardResult[] = [];
    const { get, runs } = guarded({
      config,
      revocations: list,
      onResult: (event) => void events.push(event),
    });
    await list.revoke({ jti: 'a' });
    const response = await get(`Bearer ${A}`);
    expect(await readRefusal(response)).toEqual(
      refusal(401, 'Bearer realm="api", error="invalid_token"', 'invalid_token'),
    );
    expect(runs()).toBe(0);
    expect(events).toMatchObject([{ outcome: 'refused', code: 'ERR_TOKEN_REVOKED' }]);
    for (const token of [B, TOKEN]) expect((await get(`Bearer ${token}`)).status).toBe(200);
  });

  it('refuses a token that is revoked by its text, with or without an id', async () => {
    for (const token of [A, TOKEN]) {
      const { list } = listOf();
      const { get } = guarded({ config, revocations: list });
      await list.revoke({ token });
      expect((await get(`Bearer ${token}`)).status).toBe(401);
      expect((await get(`Bearer ${B}`)).status).toBe(200);
    }
  });

  it('refuses a token that it has accepted and cached', async () => {
    const { list } = listOf();
    const { get } = guarded({ config, revocations: list });
    expect((await get(`Bearer ${A}`)).status).toBe(200);
    await list.revoke({ jti: 'a' });
    expect((await get(`Bearer ${A}`)).status).toBe(401);
    await list.restore({ jti: 'a' });
    expect((await get(`Bearer ${A}`)).status).toBe(200);
  });

  it('accepts a number as an id, as some signers use it', async () => {
    const { list } = listOf();
    const { get } = guarded({ config, revocations: list });
    await list.revoke({ jti: '7' });
    for (const jti of [7, '7']) expect((await get(`Bearer ${forge({ jti })}`)).status).toBe(401);
    for (const jti of ['07', true, ['7'], { 7: 7 }, null]) {
      expect((await get(`Bearer ${forge({ jti })}`)).status).toBe(200);
    }
  });

  it('revokes a number that JSON rounds, both as rounded and as written', async () => {
    const { list } = listOf();
    const { get } = guarded({ config, revocations: list });
    const rounded = `{"jti":${'1234567890123456789'}}`;
    expect((await get(`Bearer ${forge(rounded)}`)).status).toBe(200);
    await list.revoke({ jti: '1234567890123456789' });
    expect((await get(`Bearer ${forge(rounded)}`)).status).toBe(401);
    expect((await get(`Bearer ${forge({ jti: '1234567890123456789' })}`)).status).toBe(401);
    await list.restore({ jti: '1234567890123456789' });
    expect((await get(`Bearer ${forge(rounded)}`)).status).toBe(200);
  });

  it.each(['1000', '1e3', '1000.0', '10E+2'])('revokes a numbered token by %s', async (jti) => {
    const { list } = listOf();
    const { get } = guarded({ config, revocations: list });
    await list.revoke({ jti });
    expect((await get(`Bearer ${forge({ jti: 1000 })}`)).status).toBe(401);
    expect((await get(`Bearer ${forge({ jti: 1001 })}`)).status).toBe(200);
  });

  it('treats an id that only looks like a large number as a text', async () => {
    for (const jti of ['x1234567890123456789', '1234567890123456789x']) {
      const { list, store } = listOf();
      await list.revoke({ jti });
      expect([...store.items.keys()]).toEqual([keyOf('jti', jti)]);
    }
  });

  it('lets a token in if the store has no value, null or undefined', async () => {
    for (const nothing of [null, undefined]) {
      const storage = { ...storeOf(), getItem: async () => nothing };
      const revocations = createRevocationList({ storage });
      expect((await guarded({ config, revocations }).get(`Bearer ${A}`)).status).toBe(200);
    }
  });

  it('does not confuse the text of one token with the id of another', async () => {
    const { list } = listOf();
    const { get } = guarded({ config, revocations: list });
    await list.revoke({ jti: TOKEN });
    expect((await get(`Bearer ${TOKEN}`)).status).toBe(200);
    await list.revoke({ token: 'b' });
    expect((await get(`Bearer ${B}`)).status).toBe(200);
  });

  it('does not ask the store about a bad token', async () => {
    const { list, store } = listOf();
    const { get } = guarded({ config, revocations: list });
    for (const token of ['abc', forge({}, { alg: 'none' }), forge({ exp: 1 })]) {
      expect((await get(`Bearer ${token}`)).status).toBe(401);
    }
    expect(store.asked).toEqual([]);
  });

  it.each([true, 1, 'no', null, undefined, {}])(
    'refuses a token when a custom list answers %j',
    async (answer) => {
      const { get, runs } = guarded({
        config,
        revocations: { isRevoked: () => answer as boolean },
      });
      expect((await get(`Bearer ${TOKEN}`)).status).toBe(401);
      expect(runs()).toBe(0);
    },
  );

  it('answers 500 when a custom list throws', async () => {
    const { get, runs } = guarded({
      config,
      revocations: {
        isRevoked: () => {
          throw new Error('boom');
        },
      },
    });
    expect((await get(`Bearer ${TOKEN}`)).status).toBe(500);
    expect(runs()).toBe(0);
  });
});

describe('an entry', () => {
  it('has a digest as its key, and its end as its value', async () => {
    const { list, store } = listOf();
    await list.revoke({ jti: 'a', exp: NOW_SECONDS + 3600 });
    await list.revoke({ token: TOKEN });
    expect([...store.items]).toEqual([
      // A guard may have a tolerance of 300 seconds.
      [keyOf('jti', 'a'), `until ${NOW_SECONDS + 3900}.`],
      [keyOf('token', TOKEN), 'until removed.'],
    ]);
    // One day longer than necessary: the clock of the revoking machine may be ahead.
    expect(store.options).toEqual([{ ttl: 3900 + 86_400 }, {}]);
  });

  it('has a key of 64 digits, whatever the digest', async () => {
    const { list, store } = listOf();
    for (let i = 0; i < 30; i++) await list.revoke({ jti: `${i}` });
    expect([...store.items.keys()]).toEqual(
      Array.from({ length: 30 }, (_, i) => keyOf('jti', `${i}`)),
    );
  });

  it('ends with the token, to the second', async () => {
    const { list } = listOf({ rememberSeconds: 0 });
    await list.revoke({ jti: 'a', exp: NOW_SECONDS });
    vi.setSystemTime((NOW_SECONDS + 300) * 1000);
    expect(await list.isRevoked(A, { jti: 'a' })).toBe(true);
    vi.setSystemTime((NOW_SECONDS + 301) * 1000);
    expect(await list.isRevoked(A, { jti: 'a' })).toBe(false);
  });

  it('is kept for at least a day, even if the token has expired', async () => {
    const { list, store } = listOf();
    await list.revoke({ jti: 'a', exp: 1 });
    expect(store.options).toEqual([{ ttl: 86_400 }]);
  });

  it('is not shortened by another revocation', async () => {
    const { list, store } = listOf();
    await list.revoke({ jti: 'a', exp: NOW_SECONDS + 3600 });
    await list.revoke({ jti: 'a', exp: NOW_SECONDS + 60 });
    expect(store.items.get(keyOf('jti', 'a'))).toBe(`until ${NOW_SECONDS + 3900}.`);
    await list.revoke({ jti: 'a' });
    await list.revoke({ jti: 'a', exp: NOW_SECONDS + 60 });
    expect(store.items.get(keyOf('jti', 'a'))).toBe('until removed.');
  });

  it.each<unknown>([
    '',
    'until',
    'until x',
    `until ${NOW_SECONDS - 999}x.`,
    `until ${NOW_SECONDS - 1}`,
    'until 18',
    `x until ${NOW_SECONDS - 1}.`,
    `until ${NOW_SECONDS - 1}. x`,
    [`until ${NOW_SECONDS - 1}.`],
    { toString: 1 },
    0,
    false,
    {},
    Buffer.from('x'),
  ])('revokes when it cannot be read: %j', async (value) => {
    const { list, store } = listOf();
    store.items.set(keyOf('jti', 'a'), value);
    expect(await list.isRevoked(A, { jti: 'a' })).toBe(true);
  });

  it.each([null, undefined, `until ${NOW_SECONDS - 1}.`])(
    'revokes nothing when it is %j',
    async (value) => {
      const { list, store } = listOf();
      store.items.set(keyOf('jti', 'a'), value);
      expect(await list.isRevoked(A, { jti: 'a' })).toBe(false);
    },
  );
});

describe('an answer of the store', () => {
  const ask = async (list: ReturnType<typeof createRevocationList>, token = A): Promise<boolean> =>
    list.isRevoked(token, { jti: token === A ? 'a' : 'b' });

  it('is used for ten seconds, then the store is asked again', async () => {
    const { list, store } = listOf();
    expect(await ask(list)).toBe(false);
    expect(store.asked).toEqual([keyOf('token', A), keyOf('jti', 'a')]);
    store.items.set(keyOf('jti', 'a'), 'until removed.');
    vi.advanceTimersByTime(9999);
    expect(list.isRevoked(A, {})).toBe(false); // synchronously
    expect(store.asked).toHaveLength(2);
    vi.advanceTimersByTime(1);
    expect(await ask(list)).toBe(true);
    expect(store.asked).toHaveLength(4);
  });

  it('counts its age from the question', async () => {
    const { list, store } = listOf();
    let answer = (): void => {};
    store.failure = () =>
      new Promise((resolve) => {
        answer = () => resolve(null);
      });
    const asked = list.isRevoked(A, {});
    await vi.waitFor(() => expect(store.asked).toHaveLength(1));
    vi.advanceTimersByTime(1500);
    answer();
    expect(await asked).toBe(false);
    store.failure = undefined;
    vi.advanceTimersByTime(8500);
    expect(await list.isRevoked(A, {})).toBe(false);
    expect(store.asked).toHaveLength(2);
  });

  it('is not cached when something is revoked meanwhile', async () => {
    const { list, store } = listOf();
    let answer = (): void => {};
    store.failure = () =>
      new Promise((resolve) => {
        answer = () => resolve(null);
      });
    const asked = list.isRevoked(TOKEN, {});
    await vi.waitFor(() => expect(store.asked).toHaveLength(1));
    const late = answer;
    store.failure = undefined;
    await list.revoke({ token: TOKEN });
    late();
    expect(await asked).toBe(false);
    expect(await list.isRevoked(TOKEN, {})).toBe(true);
  });

  it('is not cached if caching is off', async () => {
    for (const options of [{ rememberSeconds: 0 }, { maxRemembered: 0 }]) {
      const { list, store } = listOf(options);
      await ask(list);
      await ask(list);
      expect(store.asked).toHaveLength(4);
    }
  });

  it('is evicted, the oldest first, when there are too many', async () => {
    const { list, store } = listOf({ maxRemembered: 1 });
    await ask(list, A);
    await ask(list, B);
    await ask(list, B);
    expect(store.asked).toHaveLength(4);
    await ask(list, A);
    expect(store.asked).toHaveLength(6);
  });
});

describe('a question that has been answered', () => {
  it('leaves no timer behind', async () => {
    const { list } = listOf();
    await list.isRevoked(A, {});
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('while the store does not answer', () => {
  it('a token is refused with 503, and the operator is told, without the store’s own message', async () => {
    for (const [failure, reason] of [
      [DOWN, 'ECONNREFUSED'],
      [SILENT, 'TimeoutError'],
    ] as const) {
      const told: unknown[] = [];
      const events: GuardResult[] = [];
      const { list, store } = listOf({ onUnavailable: (error) => told.push(error) });
      const { get, runs } = guarded({
        config,
        revocations: list,
        onResult: (event) => void events.push(event),
      });
      store.failure = failure;
      const answered = get(`Bearer ${A}`);
      await vi.waitFor(() => expect(store.asked.length).toBeGreaterThan(0));
      vi.advanceTimersByTime(2000);
      const response = await answered;
      expect(response.headers.get('retry-after')).toBe('1');
      expect(await readRefusal(response)).toEqual(refusal(503, null));
      expect(runs()).toBe(0);
      expect(events).toMatchObject([{ outcome: 'refused', code: 'ERR_REVOCATION_UNAVAILABLE' }]);
      expect(told).toMatchObject([{ message: `the revocation store did not answer (${reason})` }]);
      expect(`${(told[0] as Error).stack} ${JSON.stringify(told)}`).not.toMatch(/redis|hunter/);
    }
  });

  it('cached answers stay valid', async () => {
    const { list, store } = listOf();
    const { get } = guarded({ config, revocations: list });
    await list.revoke({ jti: 'b' });
    for (const [token, status] of [
      [A, 200],
      [B, 401],
    ] as const) {
      expect((await get(`Bearer ${token}`)).status).toBe(status);
    }
    store.failure = DOWN;
    vi.advanceTimersByTime(9000);
    expect((await get(`Bearer ${A}`)).status).toBe(200);
    expect((await get(`Bearer ${B}`)).status).toBe(401);
    vi.advanceTimersByTime(1000);
    expect((await get(`Bearer ${A}`)).status).toBe(503);
    expect((await get(`Bearer ${B}`)).status).toBe(503);
  });

  it('an open list lets tokens in, and reports each of them', async () => {
    let told = 0;
    const { list, store } = listOf({ whenUnavailable: 'open', onUnavailable: () => told++ });
    const { get } = guarded({ config, revocations: list });
    await list.revoke({ jti: 'b' });
    store.failure = DOWN;
    for (const token of [A, B, B]) expect((await get(`Bearer ${token}`)).status).toBe(200);
    expect(told).toBe(3);
    store.failure = undefined;
    vi.advanceTimersByTime(1000);
    expect((await get(`Bearer ${A}`)).status).toBe(200);
    expect((await get(`Bearer ${B}`)).status).toBe(401);
  });

  it('it is not asked for a second, then again', async () => {
    const told: string[] = [];
    const { list, store } = listOf({ onUnavailable: ({ message }) => void told.push(message) });
    const { get } = guarded({ config, revocations: list });
    store.failure = DOWN;
    expect((await get(`Bearer ${TOKEN}`)).status).toBe(503);
    expect((await get(`Bearer ${TOKEN}`)).status).toBe(503);
    expect(told).toEqual([
      'the revocation store did not answer (ECONNREFUSED)',
      'the revocation store did not answer (it has just failed)',
    ]);
    vi.advanceTimersByTime(999);
    expect((await get(`Bearer ${TOKEN}`)).status).toBe(503);
    expect(store.asked).toHaveLength(1);
    store.failure = undefined;
    vi.advanceTimersByTime(1);
    expect((await get(`Bearer ${TOKEN}`)).status).toBe(200);
  });

  it('a revocation fails with an error', async () => {
    const { list, store } = listOf();
    store.failure = DOWN;
    const unavailable = {
      code: 'ERR_REVOCATION_UNAVAILABLE',
      message: 'the revocation store did not answer (ECONNREFUSED)',
    };
    await expect(list.revoke({ jti: 'a' })).rejects.toMatchObject(unavailable);
    await expect(list.restore({ jti: 'a' })).rejects.toMatchObject(unavailable);
  });
});

describe('createRevocationList', () => {
  it.each([
    ['rememberSeconds', -1],
    ['rememberSeconds', 301],
    ['rememberSeconds', Number.NaN],
    ['maxRemembered', -1],
    ['maxRemembered', 1_000_001],
    ['timeoutSeconds', 0],
    ['timeoutSeconds', 61],
  ])('refuses %s of %d', (name, value) => {
    expect(() => listOf({ [name]: value })).toThrow(RangeError);
    expect(() => listOf({ [name]: value })).toThrow(
      new RegExp(`^${name} must be from [\\d.]+ to \\d+$`),
    );
  });

  it.each([
    ['rememberSeconds', 300],
    ['maxRemembered', 1_000_000],
    ['timeoutSeconds', 60],
    ['timeoutSeconds', 0.001],
  ])('accepts %s of %d', (name, value) => {
    expect(() => listOf({ [name]: value })).not.toThrow();
  });

  it('refuses any word but closed and open', () => {
    expect(() => listOf({ whenUnavailable: 'Open' as 'open' })).toThrow(
      'whenUnavailable is closed or open',
    );
  });

  it('revokes and restores without a cache', async () => {
    const { list } = listOf({ maxRemembered: 0 });
    await list.revoke({ jti: 'a' });
    expect(await list.isRevoked(A, { jti: 'a' })).toBe(true);
    await list.restore({ jti: 'a' });
    expect(await list.isRevoked(A, { jti: 'a' })).toBe(false);
  });

  it('refuses a missing storage', () => {
    expect(() => createRevocationList({} as never)).toThrow('the storage has no getItem');
    expect(() => createRevocationList({ storage: undefined as never })).toThrow(
      'storage is undefined',
    );
  });

  it.each(['getItem', 'setItem', 'removeItem'])('refuses a storage without %s', (name) => {
    const storage = { ...storeOf(), [name]: undefined } as unknown as RevocationStorage;
    expect(() => createRevocationList({ storage })).toThrow(`the storage has no ${name}`);
  });

  it('refuses a revocation that names not exactly one of token and jti', async () => {
    const { list } = listOf();
    for (const name of [{}, { token: TOKEN, jti: 'a' }]) {
      await expect(list.revoke(name)).rejects.toThrow(
        'a revocation takes exactly one of token and jti',
      );
      await expect(list.restore(name)).rejects.toThrow(TypeError);
    }
  });
});
