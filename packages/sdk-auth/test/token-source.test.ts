// A token from a function: when it is fetched, how long it is cached, and what a failing provider does.
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import {
  type AuthFetchOptions,
  createAuthFetch,
  type RefreshOptions,
  type TokenProvider,
  type TokenRequest,
} from '../src/index.ts';
import { BEARER, createRecorder, makeToken, refuse, sentIn, TOKEN } from './recorder.ts';

const ORIGIN = 'https://api.example.com';
const NOW = 1_900_000_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now: NOW * 1000 });
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0); // nothing keeps a process alive
  vi.useRealTimers();
});

// Node 20 has no Promise.withResolvers.
const withResolvers = <T>() => {
  let resolve: (value: T) => void = () => {};
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<T>((...both) => {
    [resolve, reject] = both;
  });
  return { promise, resolve, reject };
};

/** Runs pending promise callbacks. */
const settle = () => vi.advanceTimersByTimeAsync(0);
const setClock = (seconds: number) => vi.setSystemTime(seconds * 1000);

const recorded = (
  token: TokenProvider,
  options: Partial<AuthFetchOptions> = {},
  answer?: Parameters<typeof createRecorder>[0],
) => {
  const { fetch, calls } = createRecorder(answer);
  const provider = vi.fn(token);
  const authFetch = createAuthFetch({ token: provider, origins: [ORIGIN], fetch, ...options });
  return { authFetch, calls, provider };
};

/** A provider of numbered tokens, on a clock that may differ from the client's. */
const numbered = (lifeSeconds: number, skewSeconds = 0, hasIat = true): TokenProvider => {
  let number = 0;
  return () => {
    const iat = Math.floor(Date.now() / 1000) + skewSeconds;
    return makeToken({ n: ++number, exp: iat + lifeSeconds, ...(hasIat && { iat }) });
  };
};

describe('the types', () => {
  it('take a string and a function, sync or async, with or without its parameter', () => {
    type Token = AuthFetchOptions['token'];
    expectTypeOf<Token>().toEqualTypeOf<string | TokenProvider>();
    expectTypeOf<() => string>().toExtend<Token>();
    expectTypeOf<() => Promise<string>>().toExtend<Token>();
    expectTypeOf<(request: TokenRequest) => Promise<string>>().toExtend<Token>();
    expectTypeOf<() => undefined>().not.toExtend<Token>();
    expectTypeOf<AuthFetchOptions>().toExtend<RefreshOptions>();
    expectTypeOf<TokenRequest>().toEqualTypeOf<{ readonly isRefused: boolean }>();
  });
});

describe('a token from a function', () => {
  it.each<[string, TokenProvider]>([
    ['sync', () => TOKEN],
    ['async', async () => TOKEN],
  ])('is sent: %s', async (_, token) => {
    const { authFetch, calls } = recorded(token);
    expect(await (await authFetch(`${ORIGIN}/a`)).text()).toBe('answered');
    expect(sentIn(calls)).toEqual([BEARER]);
  });

  it('is not fetched before the first call that needs it', async () => {
    const options = { onUnlistedOrigin: 'omit' } as const;
    const { authFetch, calls, provider } = recorded(() => TOKEN, options);
    await authFetch('https://other.example/');
    await authFetch(ORIGIN, { headers: { authorization: 'Basic YTpi' } });
    expect(sentIn(calls)).toEqual([null, 'Basic YTpi']);
    expect(provider).not.toHaveBeenCalled();
    await authFetch(ORIGIN);
    expect(provider).toHaveBeenCalledExactlyOnceWith({ isRefused: false });
  });

  it('is cached for good without an exp or readable claims', async () => {
    const claims = Buffer.from('"text"').toString('base64url');
    for (const token of [TOKEN, makeToken({ iat: 1 }), TOKEN.replace('e30', claims), 'eyA.a.b']) {
      setClock(NOW);
      const { authFetch, provider } = recorded(() => token);
      await authFetch(ORIGIN);
      setClock(NOW + 1e9);
      await authFetch(ORIGIN);
      expect(provider).toHaveBeenCalledTimes(1);
    }
  });

  it('is fetched once for concurrent calls', async () => {
    const { authFetch, calls, provider } = recorded(async () => TOKEN);
    await Promise.all(Array.from({ length: 100 }, () => authFetch(ORIGIN)));
    expect(provider).toHaveBeenCalledTimes(1);
    expect(calls).toHaveLength(100);
  });

  it('is fetched by each of them with shareRefresh: false', async () => {
    const { authFetch, calls, provider } = recorded(async () => TOKEN, { shareRefresh: false });
    await Promise.all([authFetch(ORIGIN), authFetch(ORIGIN), authFetch(ORIGIN)]);
    expect(provider).toHaveBeenCalledTimes(3);
    await authFetch(ORIGIN); // the value is cached all the same
    expect(provider).toHaveBeenCalledTimes(3);
    expect(calls).toHaveLength(4);
  });
});

describe('a token that is about to expire', () => {
  it.each([
    ['30 seconds ahead', 300, {}, 270],
    ['as far ahead as refreshMarginSeconds says', 300, { refreshMarginSeconds: 100 }, 200],
    ['at its exp, with a margin of 0', 300, { refreshMarginSeconds: 0 }, 300],
    ['after half of its lifetime at the earliest: a short one', 20, {}, 10],
    [
      'after half of its lifetime at the earliest: a large margin',
      300,
      { refreshMarginSeconds: 1e6 },
      150,
    ],
  ])('is refreshed %s', async (_, life, options, renewedAfter) => {
    const { authFetch, calls, provider } = recorded(numbered(life), options);
    await authFetch(ORIGIN);
    vi.setSystemTime((NOW + renewedAfter) * 1000 - 1);
    await authFetch(ORIGIN);
    expect(provider).toHaveBeenCalledTimes(1);
    setClock(NOW + renewedAfter);
    await authFetch(ORIGIN);
    expect(provider).toHaveBeenCalledTimes(2);
    expect(provider).toHaveBeenLastCalledWith({ isRefused: false });
    expect(new Set(sentIn(calls)).size).toBe(2);
  });

  it('is refreshed in time whatever characters its claims contain', async () => {
    const text = '€?>€?>€?>~~~é\u{1F511}';
    const token = makeToken({ exp: NOW + 300, text });
    expect(token).toMatch(/\..*-.*\./);
    expect(token).toMatch(/\..*_.*\./);
    const { authFetch, provider } = recorded(() => token);
    await authFetch(ORIGIN);
    setClock(NOW + 270);
    await authFetch(ORIGIN);
    expect(provider).toHaveBeenCalledTimes(2);
  });

  it('is refreshed in time without atob, as in React Native 0.73', async () => {
    vi.stubGlobal('atob', undefined);
    try {
      const { authFetch, provider } = recorded(numbered(300));
      await authFetch(ORIGIN);
      setClock(NOW + 270);
      await authFetch(ORIGIN);
      expect(provider).toHaveBeenCalledTimes(2);
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it('is refreshed once for 1,000 concurrent calls', async () => {
    const { authFetch, calls, provider } = recorded(numbered(300));
    await authFetch(ORIGIN);
    setClock(NOW + 1000);
    await Promise.all(Array.from({ length: 1000 }, () => authFetch(ORIGIN)));
    expect(provider).toHaveBeenCalledTimes(2);
    expect(new Set(sentIn(calls.slice(1))).size).toBe(1);
  });

  it('counts the time left on the clock when the provider has cached it for a while', async () => {
    const { authFetch, provider } = recorded(() => makeToken({ iat: NOW - 200, exp: NOW + 100 }));
    await authFetch(ORIGIN);
    setClock(NOW + 69);
    await authFetch(ORIGIN);
    expect(provider).toHaveBeenCalledTimes(1);
    setClock(NOW + 70);
    await authFetch(ORIGIN);
    expect(provider).toHaveBeenCalledTimes(2);
  });
});

describe('a clock that is wrong', () => {
  // The token lives 300 seconds. How far the server's clock is ahead of the client's, and when the token is refreshed.
  it.each([
    ['a day behind', 86400, true, 270],
    ['an hour behind', 3600, true, 270],
    ['a second behind', 1, true, 270],
    ['right', 0, true, 270],
    ['a minute ahead', -60, true, 210],
    ['ahead by all but 10 seconds of its life', -290, true, 30],
    ['ahead by its life', -300, true, 270],
    ['an hour ahead', -3600, true, 270],
    ['a day ahead', -86400, true, 270],
    ['a day ahead, with no iat', -86400, false, 30],
    ['a minute ahead, with no iat', -60, false, 210],
    ['a minute behind, with no iat', 60, false, 330],
  ])('causes no refresh storm: %s', async (_, skewSeconds, hasIat, renewedAfter) => {
    const { authFetch, provider } = recorded(numbered(300, skewSeconds, hasIat));
    for (const round of [1, 2]) {
      await authFetch(ORIGIN);
      expect(provider).toHaveBeenCalledTimes(round);
      vi.setSystemTime(Date.now() + renewedAfter * 1000 - 1);
      await authFetch(ORIGIN);
      expect(provider).toHaveBeenCalledTimes(round);
      vi.setSystemTime(Date.now() + 1);
    }
  });

  it('does not keep a new token from being sent', async () => {
    const ended = makeToken({ exp: NOW - 1 });
    const { authFetch, calls, provider } = recorded(() => ended);
    await authFetch(ORIGIN);
    expect(sentIn(calls)).toEqual([`Bearer ${ended}`]);
    expect(provider).toHaveBeenCalledTimes(1);
  });

  it('that is set back leaves the token in use', async () => {
    const { authFetch, provider } = recorded(numbered(300));
    await authFetch(ORIGIN);
    setClock(NOW - 86400);
    await authFetch(ORIGIN);
    expect(provider).toHaveBeenCalledTimes(1);
  });
});

class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

describe('a provider that fails', () => {
  it.each<[string, TokenProvider, string]>([
    ['throws', () => expect.fail('secret words'), 'AssertionError'],
    ['rejects', () => Promise.reject(new TypeError('secret words')), 'TypeError'],
    ['has a code', () => Promise.reject(Object.assign(new Error(), { code: 'E_X1' })), 'E_X1'],
    ['has a custom name', () => Promise.reject(new ConnectionLost()), 'ConnectionLost'],
    ['was aborted', () => Promise.reject(new DOMException('x', 'AbortError')), 'AbortError'],
    ['rejects with nothing', () => Promise.reject(), 'no reason'],
    ['rejects with null', () => Promise.reject(null), 'no reason'],
    ['rejects with a string', () => Promise.reject('secret words'), 'no reason'],
    ['has words for a name', () => Promise.reject({ name: 'secret words' }), 'no reason'],
    ['has a token for a code', () => Promise.reject({ code: TOKEN, name: TOKEN }), 'no reason'],
  ])(
    'rejects its call with a constant and without the message: it %s',
    async (_, token, constant) => {
      const { authFetch, calls } = recorded(token);
      const error = await authFetch(ORIGIN).catch((reason) => reason);
      expect(error).toMatchObject({ name: 'AuthError', code: 'ERR_TOKEN_PROVIDER' });
      expect(error.message).toBe(`the token provider failed: ${constant}`);
      expect(calls).toEqual([]);
    },
  );

  const circular = new Error('down');
  circular.cause = new Error('again', { cause: circular });

  it.each<[string, unknown]>([
    ['an Error', new Error('down', { cause: new Error('no route to host') })],
    ['an error whose cause is itself', circular],
    ['an object without a prototype', Object.create(null)],
    ['an AggregateError', new AggregateError([new Error('v4'), new Error('v6')], 'both')],
    ['a string', 'down'],
    ['an object', { status: 503 }],
  ])('is the cause of the error: %s', async (_, reason) => {
    const { authFetch } = recorded(() => Promise.reject(reason));
    const error = await authFetch(ORIGIN).catch((thrown) => thrown);
    expect(error.cause).toBe(reason);
  });

  it('is told by its name and message if it holds what cannot be searched, as those of HTTP clients do', async () => {
    const held = { request: new Request(ORIGIN), response: new Response() };
    const reason = Object.assign(new TypeError('503'), held);
    const { authFetch } = recorded(() => Promise.reject(reason));
    const { cause } = await authFetch(ORIGIN).catch((thrown) => thrown);
    expect([String(cause), Object.keys(cause)]).toEqual(['TypeError: 503', ['name']]);
  });

  class Hiding extends Error {
    readonly request = { authorization: BEARER };
    toJSON = () => ({});
  }

  class Printing extends Error {
    readonly #token = TOKEN;
    override toString = () => this.#token;
  }

  it.each<[string, unknown]>([
    ['in its message', new Error(`no luck with ${TOKEN}`)],
    ['in a property', Object.assign(new Error('down'), { config: { headers: { a: BEARER } } })],
    ['in its cause', new Error('down', { cause: new Error(TOKEN) })],
    ['in the cause of its cause', new Error('a', { cause: new Error('b', { cause: TOKEN }) })],
    ['in one of its errors', new AggregateError([new Error('a'), new Error(TOKEN)])],
    ['as it is', TOKEN],
    ['in a header of a Request', { request: new Request(ORIGIN, { headers: { a: BEARER } }) }],
    ['in a Map', Object.assign(new Error('down'), { map: new Map([['a', { b: BEARER }]]) })],
    ['in a Set', { set: new Set([TOKEN]) }],
    ['in parameters', { query: new URLSearchParams({ token: TOKEN }) }],
    ['in a key', { [TOKEN]: 1 }],
    ['in a member that a symbol names', { [Symbol('state')]: { token: TOKEN } }],
    ['in a symbol', { [Symbol(TOKEN)]: 1 }],
    ['in a hidden member', Object.defineProperty(new Error('down'), 'at', { value: TOKEN })],
    ['in what its toJSON leaves out', new Hiding('down')],
    ['behind a circle', Object.assign(new Error('down', { cause: circular }), { token: TOKEN })],
    ['where it cannot be looked for: too much', Array.from({ length: 600 }, () => ({}))],
    [
      'where it cannot be looked for: a getter that throws',
      Object.defineProperty({}, 'a', { get: () => expect.fail(), enumerable: true }),
    ],
    ['in what it prints', new Printing('down')],
    ['in a boxed text', { text: Object(TOKEN) }],
    ['in a function', { call: Object.assign(() => {}, { token: TOKEN }) }],
    ['in a member of a function', Object.assign(() => {}, { token: TOKEN })],
    ['in what inspect shows', { [inspect.custom]: () => TOKEN }],
    ['in bytes', { body: new TextEncoder().encode(TOKEN) }],
    ['in a regular expression', { search: new RegExp(TOKEN) }],
    ['in a Promise', { token: Promise.resolve(TOKEN) }],
    [
      'whose header begins with white space',
      new Error(`ew0KICJhbGciOiJIUzI1NiJ9${TOKEN.slice(TOKEN.indexOf('.'))}`),
    ],
  ])('is not handed out when it has a token %s', async (_, reason) => {
    const { authFetch } = recorded(() => Promise.reject(reason));
    const error = await authFetch(ORIGIN).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'ERR_TOKEN_PROVIDER' });
    expect(error.cause).not.toBe(reason);
    const shown = [
      inspect(error, { depth: 20, showHidden: true }),
      String(error.cause),
      JSON.stringify(error),
    ];
    expect(shown.join()).not.toContain(TOKEN.slice(TOKEN.indexOf('.')));
  });

  it('searches a long text in time that grows with its length', async () => {
    const { authFetch } = recorded(() => Promise.reject(new Error('ey'.repeat(100_000))));
    const error = await authFetch(ORIGIN).catch((thrown) => thrown);
    expect(error.cause).toBeInstanceOf(Error);
  });

  it('gives no cause where there is none', async () => {
    const { authFetch } = recorded(() => Promise.reject());
    const error = await authFetch(ORIGIN).catch((thrown) => thrown);
    expect(error).not.toHaveProperty('cause');
  });

  it.each<[string, unknown, RegExp]>([
    ['empty', '', /failed: .*it is empty/],
    ['with Bearer before it', BEARER, /failed: .*Bearer/],
    ['with a line break', `${TOKEN}\n`, /failed: .*line break/],
    ['not a JWT', 'z_key', /failed: .*not a JWT/],
    ['undefined', undefined, /failed: the token must be a string/],
    ['null', null, /failed: the token must be a string/],
    ['an object', { token: TOKEN }, /failed: the token must be a string/],
  ])('by returning no token rejects its call too: %s', async (_, value, message) => {
    const token = (async () => value) as () => Promise<string>; // possible in JavaScript
    const { authFetch, calls } = recorded(token);
    const call = authFetch(ORIGIN);
    await expect(call).rejects.toMatchObject({
      code: 'ERR_TOKEN_PROVIDER',
      message: expect.stringMatching(message),
    });
    expect(calls).toEqual([]);
  });

  it('is asked again by the next call', async () => {
    const answers = [() => expect.fail(), async () => expect.fail(), () => '', () => TOKEN];
    const { authFetch, calls, provider } = recorded(() => answers.shift()?.() ?? expect.fail());
    for (const _ of [1, 2, 3]) await expect(authFetch(ORIGIN)).rejects.toThrow('failed');
    await authFetch(ORIGIN);
    expect(sentIn(calls)).toEqual([BEARER]);
    expect(provider).toHaveBeenCalledTimes(4);
  });

  it('rejects all waiting calls, and is asked once for them', async () => {
    const { authFetch, provider } = recorded(() => Promise.reject(new Error()));
    const all = await Promise.allSettled(Array.from({ length: 10 }, () => authFetch(ORIGIN)));
    expect(all.every(({ status }) => status === 'rejected')).toBe(true);
    expect(provider).toHaveBeenCalledTimes(1);
  });

  it('ahead of time leaves the old token in use until it expires, and is asked by each call', async () => {
    const give = numbered(300);
    let isDown = false;
    const { authFetch, calls, provider } = recorded((request) =>
      isDown ? Promise.reject(new Error()) : give(request),
    );
    await authFetch(ORIGIN);
    isDown = true;
    for (const second of [270, 280, 299]) {
      setClock(NOW + second);
      await authFetch(ORIGIN);
    }
    expect(new Set(sentIn(calls)).size).toBe(1);
    expect(provider).toHaveBeenCalledTimes(4);
    setClock(NOW + 300);
    await expect(authFetch(ORIGIN)).rejects.toMatchObject({ code: 'ERR_TOKEN_PROVIDER' });
    expect(calls).toHaveLength(4);
    isDown = false;
    await authFetch(ORIGIN);
    expect(new Set(sentIn(calls)).size).toBe(2);
  });
});

describe('a provider that did not answer', () => {
  it.each([
    [30, {}],
    [5, { providerTimeoutSeconds: 5 }],
  ])('is given %d seconds, and the next call asks again', async (seconds, options) => {
    const answers = [new Promise<string>(() => {}), TOKEN];
    const { authFetch, calls } = recorded(() => answers.shift() ?? expect.fail(), options);
    const call = authFetch(ORIGIN);
    const failed = expect(call).rejects.toMatchObject({
      code: 'ERR_TOKEN_PROVIDER',
      message: `the token provider did not answer within ${seconds} s`,
    });
    await vi.advanceTimersByTimeAsync(seconds * 1000 - 1);
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    await failed;
    vi.setSystemTime(Date.now() - 1); // a timer may fire slightly early by the clock
    await authFetch(ORIGIN);
    expect(sentIn(calls)).toEqual([BEARER]);
  });

  it('is asked again even if every call was aborted earlier', async () => {
    const answers = [new Promise<string>(() => {}), TOKEN];
    const { authFetch, calls, provider } = recorded(() => answers.shift() ?? expect.fail());
    for (const second of [0, 10, 20]) {
      setClock(NOW + second);
      const abort = new AbortController();
      const call = authFetch(ORIGIN, { signal: abort.signal });
      abort.abort();
      await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    }
    expect(provider).toHaveBeenCalledTimes(1);
    setClock(NOW + 30);
    await authFetch(ORIGIN);
    expect(sentIn(calls)).toEqual([BEARER]);
  });

  it('does not replace a newer token with a late answer', async () => {
    const late = withResolvers<string>();
    const answers = [late.promise, TOKEN];
    const { authFetch, calls } = recorded(() => answers.shift() ?? expect.fail());
    const failed = expect(authFetch(ORIGIN)).rejects.toThrow('did not answer');
    await vi.advanceTimersByTimeAsync(30_000);
    await failed;
    await authFetch(ORIGIN);
    late.resolve(makeToken({ late: true }));
    await settle();
    await authFetch(ORIGIN);
    expect(sentIn(calls)).toEqual([BEARER, BEARER]);
  });

  it('does not end the wait for a newer answer with a late one', async () => {
    const [late, newer] = [withResolvers<string>(), withResolvers<string>()];
    const answers = [late.promise, newer.promise];
    const { authFetch, calls, provider } = recorded(() => answers.shift() ?? expect.fail());
    const failed = expect(authFetch(ORIGIN)).rejects.toThrow('did not answer');
    await vi.advanceTimersByTimeAsync(30_000);
    await failed;
    const second = authFetch(ORIGIN);
    await settle();
    late.resolve(makeToken({ late: true }));
    await settle();
    const third = authFetch(ORIGIN);
    await settle();
    newer.resolve(TOKEN);
    await Promise.all([second, third]);
    expect(provider).toHaveBeenCalledTimes(2);
    expect(sentIn(calls)).toEqual([BEARER, BEARER]);
  });

  it('causes no unhandled rejection when it fails late', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    try {
      const late = withResolvers<string>();
      const { authFetch } = recorded(() => late.promise);
      const failed = expect(authFetch(ORIGIN)).rejects.toThrow('did not answer');
      await vi.advanceTimersByTimeAsync(30_000);
      await failed;
      late.reject(new Error());
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off('unhandledRejection', unhandled);
    }
    expect(unhandled).not.toHaveBeenCalled();
  });
});

describe('a call that is aborted', () => {
  it('stops waiting at once, while other calls go on waiting', async () => {
    const answer = withResolvers<string>();
    const { authFetch, calls, provider } = recorded(() => answer.promise);
    const abort = new AbortController();
    const reason = new Error('enough');
    const aborted = authFetch(ORIGIN, { signal: abort.signal });
    const ofRequest = authFetch(new Request(ORIGIN, { signal: abort.signal }));
    const other = authFetch(ORIGIN);
    // The signal in init wins, even null.
    const without = authFetch(new Request(ORIGIN, { signal: abort.signal }), { signal: null });
    await settle();
    abort.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    await expect(ofRequest).rejects.toBe(reason);
    expect(calls).toEqual([]);
    answer.resolve(TOKEN);
    await other;
    await without;
    expect(sentIn(calls)).toEqual([BEARER, BEARER]);
    expect(provider).toHaveBeenCalledTimes(1);
  });

  it('rejects with an AbortError where signals have no reason, as in React Native', async () => {
    const signal = (aborted: boolean) => {
      const target = new EventTarget();
      return Object.assign(target, { aborted }) as unknown as AbortSignal; // as abort-controller makes it
    };
    const { fetch, calls } = createRecorder();
    const authFetch = createAuthFetch({
      token: () => new Promise(() => {}),
      origins: [ORIGIN],
      fetch,
    });
    const before = authFetch(ORIGIN, { signal: signal(true) });
    await expect(before).rejects.toMatchObject({ name: 'AbortError' });
    const later = signal(false);
    const during = authFetch(ORIGIN, { signal: later });
    await settle();
    later.dispatchEvent(new Event('abort'));
    await expect(during).rejects.toMatchObject({ name: 'AbortError' });
    expect(calls).toEqual([]);
  });

  it('before it begins does not ask the provider', async () => {
    const { authFetch, calls, provider } = recorded(() => TOKEN);
    const call = authFetch(ORIGIN, { signal: AbortSignal.abort() });
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    expect(provider).not.toHaveBeenCalled();
    expect(calls).toEqual([]);
  });

  it('during a refresh is not sent with the old token', async () => {
    const give = numbered(300);
    const answers: TokenProvider[] = [give, () => new Promise(() => {})];
    const { authFetch, calls } = recorded((request) => answers.shift()?.(request) ?? TOKEN);
    await authFetch(ORIGIN);
    setClock(NOW + 280);
    const abort = new AbortController();
    const call = authFetch(ORIGIN, { signal: abort.signal });
    abort.abort();
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    expect(calls).toHaveLength(1);
  });

  it('leaves no listener on its signal, however it ends', async () => {
    const answers = [() => TOKEN, () => expect.fail(), () => new Promise<string>(() => {})];
    for (const give of answers) {
      const { signal } = new AbortController();
      const [add, remove] = [
        vi.spyOn(signal, 'addEventListener'),
        vi.spyOn(signal, 'removeEventListener'),
      ];
      const { authFetch } = recorded(give, { providerTimeoutSeconds: 1 }, () => refuse());
      const call = authFetch(ORIGIN, { signal }).catch(() => {});
      await vi.advanceTimersByTimeAsync(1000);
      await call;
      expect(add.mock.calls.length).toBeGreaterThan(0);
      for (const [type, listener] of add.mock.calls) {
        // The platform's Request has listeners too, and removes them itself.
        if (String(listener).includes('reject'))
          expect(remove).toHaveBeenCalledWith(type, listener);
      }
    }
  });
});

describe('a number out of range', () => {
  it.each([
    { refreshMarginSeconds: -1 },
    { refreshMarginSeconds: Number.NaN },
    { providerTimeoutSeconds: 0 },
    { providerTimeoutSeconds: -1 },
    { providerTimeoutSeconds: 601 },
    { providerTimeoutSeconds: Number.NaN },
  ])('is a RangeError: %o', (options) => {
    expect(() => recorded(() => TOKEN, options)).toThrow(RangeError);
  });

  it.each([
    { refreshMarginSeconds: 0, providerTimeoutSeconds: 0.001 },
    { refreshMarginSeconds: Number.POSITIVE_INFINITY, providerTimeoutSeconds: 600 },
  ])('is accepted at the edge of its range: %o', async (options) => {
    const { authFetch, calls } = recorded(() => TOKEN, options);
    await authFetch(ORIGIN);
    expect(sentIn(calls)).toEqual([BEARER]);
  });
});
