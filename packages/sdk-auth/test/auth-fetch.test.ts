// Headers follow the rules of fetch, and Authorization is added only when the call does not set it.
import { inspect } from 'node:util';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import {
  type AuthFetch,
  type AuthFetchOptions,
  type AuthResponse,
  createAuthFetch,
} from '../src/index.ts';
import { BEARER, createRecorder, TOKEN } from './recorder.ts';

const ORIGIN = 'https://api.example.com';
const URL_ = `${ORIGIN}/things?x=1`;

const recorded = (options: Partial<AuthFetchOptions> = {}) => {
  const { fetch, calls } = createRecorder();
  const authFetch = createAuthFetch({ token: TOKEN, origins: [ORIGIN], fetch, ...options });
  return { authFetch, calls };
};

/** The headers of the only request that was sent. */
const headersOf = (calls: ReturnType<typeof recorded>['calls']): Record<string, string> => {
  expect(calls).toHaveLength(1);
  return Object.fromEntries(calls[0]?.request.headers ?? []);
};

describe('the type', () => {
  it('is that of fetch', () => {
    const { authFetch } = recorded();
    expectTypeOf(authFetch).toEqualTypeOf<AuthFetch>();
    expectTypeOf(authFetch).toExtend<
      (input: string | URL | Request, init?: RequestInit) => Promise<Response>
    >();
    expectTypeOf(authFetch).toExtend<typeof globalThis.fetch>();
    expectTypeOf<typeof globalThis.fetch>().toExtend<NonNullable<AuthFetchOptions['fetch']>>();
    expect(authFetch.name).toBe('authFetch');
    expect(authFetch).not.toHaveProperty('preconnect');
  });

  it('is that of fetch in Bun, which has a method', () => {
    const preconnect = () => {};
    const fetch = Object.assign(async () => new Response(), { preconnect });
    expect(recorded({ fetch }).authFetch).toHaveProperty('preconnect', preconnect);
    vi.stubGlobal('fetch', fetch);
    try {
      const authFetch = createAuthFetch({ token: TOKEN, origins: [ORIGIN] });
      expect(authFetch).toHaveProperty('preconnect', preconnect);
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it('of the options has a token and origins', () => {
    expectTypeOf<string>().toExtend<AuthFetchOptions['token']>();
    expectTypeOf<AuthFetchOptions['origins']>().toEqualTypeOf<readonly string[]>();
    expectTypeOf<AuthFetchOptions['onUnlistedOrigin']>().toEqualTypeOf<
      'error' | 'omit' | undefined
    >();
    // @ts-expect-error: without origins the token could go anywhere
    expect(() => createAuthFetch({ token: TOKEN })).toThrow(TypeError);
  });
});

describe('the token', () => {
  it.each<[string, () => string | URL | Request]>([
    ['a string', () => URL_],
    ['a URL', () => new URL(URL_)],
    ['a Request', () => new Request(URL_)],
  ])('is sent with %s', async (_, input) => {
    const { authFetch, calls } = recorded();
    const response = await authFetch(input());
    expect(await response.text()).toBe('answered');
    expect(headersOf(calls)).toEqual({ authorization: BEARER });
    expect(calls[0]?.request.url).toBe(URL_);
  });

  it('is sent with every call', async () => {
    const { authFetch, calls } = recorded();
    await authFetch(URL_);
    await authFetch(URL_, { method: 'POST', body: 'x' });
    expect(calls.map(({ request }) => request.headers.get('authorization'))).toEqual([
      BEARER,
      BEARER,
    ]);
  });

  it('is sent by the global fetch, looked up at each call', async () => {
    const authFetch = createAuthFetch({ token: TOKEN, origins: [ORIGIN] });
    const { fetch, calls } = createRecorder();
    vi.stubGlobal('fetch', fetch);
    try {
      await authFetch(URL_);
    } finally {
      vi.unstubAllGlobals();
    }
    expect(headersOf(calls)).toEqual({ authorization: BEARER });
  });
});

describe('headers', () => {
  it.each<[string, HeadersInit]>([
    ['an object', { 'X-Own': '1' }],
    ['pairs', [['X-Own', '1']]],
    ['Headers', new Headers({ 'X-Own': '1' })],
  ])('in init are kept beside the token: %s', async (_, headers) => {
    const { authFetch, calls } = recorded();
    await authFetch(URL_, { headers });
    expect(headersOf(calls)).toEqual({ authorization: BEARER, 'x-own': '1' });
  });

  it('of a Request are kept when init does not set any', async () => {
    const request = new Request(URL_, { headers: { 'x-own': '1' } });
    for (const init of [undefined, {}, { method: 'POST' }, { headers: undefined }]) {
      const { authFetch, calls } = recorded();
      await authFetch(request, init as RequestInit | undefined); // possible in JavaScript
      expect(headersOf(calls)).toEqual({ authorization: BEARER, 'x-own': '1' });
    }
  });

  it('in init replace those of a Request, as in fetch', async () => {
    const { authFetch, calls } = recorded();
    const request = new Request(URL_, { headers: { 'x-own': '1', authorization: 'Basic YTpi' } });
    await authFetch(request, { headers: { 'x-other': '2' } });
    expect(headersOf(calls)).toEqual({ authorization: BEARER, 'x-other': '2' });
  });

  it('in init replace them even when empty', async () => {
    const { authFetch, calls } = recorded();
    const request = new Request(URL_, { headers: { 'x-own': '1' } });
    await authFetch(request, { headers: {} });
    expect(headersOf(calls)).toEqual({ authorization: BEARER });
  });
});

describe('the caller’s Authorization header', () => {
  it.each(['Authorization', 'authorization', 'AUTHORIZATION', 'aUTHORIZATION'])(
    'wins in any case: %s',
    async (name) => {
      const { authFetch, calls } = recorded();
      await authFetch(URL_, { headers: { [name]: 'Basic YTpi' } });
      expect(headersOf(calls)).toEqual({ authorization: 'Basic YTpi' });
    },
  );

  it('wins on a Request', async () => {
    const { authFetch, calls } = recorded();
    await authFetch(new Request(URL_, { headers: { authorization: 'Basic YTpi' } }));
    expect(headersOf(calls)).toEqual({ authorization: 'Basic YTpi' });
  });

  it('wins even when it is empty', async () => {
    const { authFetch, calls } = recorded();
    await authFetch(URL_, { headers: { authorization: '' } });
    expect(headersOf(calls)).toEqual({ authorization: '' });
  });
});

describe('authorization: replace', () => {
  const replace = { authorization: 'replace' } as const;

  it.each(['Bearer unused', 'Basic YTpi', ''])('sends the token instead of %j', async (value) => {
    const { authFetch, calls } = recorded(replace);
    await authFetch(URL_, { headers: { Authorization: value, 'x-own': '1' } });
    expect(headersOf(calls)).toEqual({ authorization: BEARER, 'x-own': '1' });
  });

  it('sends the token instead of the header of a Request', async () => {
    const { authFetch, calls } = recorded(replace);
    await authFetch(new Request(URL_, { headers: { authorization: 'Bearer unused' } }));
    expect(headersOf(calls)).toEqual({ authorization: BEARER });
  });

  it('leaves a call to an unlisted origin unchanged', async () => {
    const { authFetch, calls } = recorded({ ...replace, onUnlistedOrigin: 'omit' });
    await authFetch('https://other.example/', { headers: { authorization: 'Basic YTpi' } });
    expect(headersOf(calls)).toEqual({ authorization: 'Basic YTpi' });
  });

  it('is not what an unknown value means', async () => {
    const { authFetch, calls } = recorded({ authorization: 'yes' as 'keep' }); // possible in JavaScript
    await authFetch(URL_, { headers: { authorization: 'Basic YTpi' } });
    expect(headersOf(calls)).toEqual({ authorization: 'Basic YTpi' });
  });
});

describe('a placeholder of an SDK', () => {
  it.each([
    '',
    'Bearer',
    'Bearer unused',
    'bearer UNUSED',
    'Bearer sk-dummy',
    'Bearer sk-proj-dummy-123',
    'Bearer not-needed',
    'Bearer undefined',
    'Bearer null',
    'Bearer EMPTY',
    'unused',
    'Bearer sk-no-key-required',
    'Bearer no_api_key',
    'Bearer OPENAI_API_KEY',
    'Bearer your-api-key',
    'Bearer YOUR_TOKEN_HERE',
    'Bearer sk-1234',
    'Bearer sk-fake-key',
    'Bearer xxxx',
    'Bearer ollama',
    'Bearer lm-studio',
    'Bearer n/a',
    'Bearer change-me',
    'Bearer -',
    'Bearer ***',
    'Bearer <token>',
    'Bearer {{token}}',
    'Bearer $TOKEN',
    'Bearer [object Promise]',
  ])('is sent, with one warning: %j', async (authorization) => {
    const onWarning = vi.fn();
    const { authFetch, calls } = recorded({ onWarning });
    for (const _ of [1, 2]) await authFetch(URL_, { headers: { authorization } });
    expect(calls.map(({ request }) => request.headers.get('authorization'))).toEqual([
      authorization,
      authorization,
    ]);
    expect(onWarning).toHaveBeenCalledExactlyOnceWith(
      "a call sets authorization to a placeholder: authorization: 'replace' sends the token",
    );
  });

  it.each([
    'Basic bm9uZTpub25l',
    BEARER,
    'Bearer sk-live-4f9c2',
    'Digest username="none"',
    'Bearer of-the-caller',
    'Bearer sk_test_4eC39HqLyjWDarjtT1zdp7dc',
    'Bearer sk-proj-4nullXnoneYfakeZ1234dummy5678',
    'Bearer 0f8fad5b-d9cb-469f-a165-70867728950e',
    `Bearer ${'a-_'.repeat(2000)}`,
    'AWS4-HMAC-SHA256 Credential=none/20300101/us-east-1/s3/aws4_request, SignedHeaders=host',
  ])('is not assumed for %j', async (authorization) => {
    const onWarning = vi.fn();
    const { authFetch } = recorded({ onWarning });
    await authFetch(URL_, { headers: { authorization } });
    await authFetch(URL_);
    expect(onWarning).not.toHaveBeenCalled();
  });

  it('causes no warning where it is replaced, or sent to an unlisted origin', async () => {
    const onWarning = vi.fn();
    const options = { onWarning, onUnlistedOrigin: 'omit' } as const;
    const headers = { authorization: 'Bearer unused' };
    await recorded({ ...options, authorization: 'replace' }).authFetch(URL_, { headers });
    await recorded(options).authFetch('https://other.example/', { headers });
    expect(onWarning).not.toHaveBeenCalled();
  });

  it('warns on the console by default', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    const { authFetch } = recorded();
    await authFetch(URL_, { headers: { authorization: 'Bearer unused' } });
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
  });
});

describe('another header', () => {
  it('carries the token alone, and makes a redirect an error', async () => {
    const { authFetch, calls } = recorded({ header: 'x-api-key' });
    await authFetch(URL_, { redirect: 'follow' });
    await authFetch(new Request(URL_));
    for (const { request } of calls) {
      expect(Object.fromEntries(request.headers)).toEqual({ 'x-api-key': TOKEN });
      expect(request.redirect).toBe('error');
    }
  });

  it('leaves redirect: manual, which follows nothing', async () => {
    const { authFetch, calls } = recorded({ header: 'x-api-key' });
    await authFetch(URL_, { redirect: 'manual' });
    await authFetch(new Request(URL_, { redirect: 'manual' }));
    expect(calls.map(({ request }) => request.redirect)).toEqual(['manual', 'manual']);
  });

  it('is kept or replaced as Authorization is, which stays', async () => {
    const headers = { 'X-Api-Key': 'unused', authorization: 'Basic YTpi' };
    const onWarning = vi.fn();
    const kept = recorded({ header: 'x-api-key', onWarning });
    await kept.authFetch(URL_, { headers });
    expect(headersOf(kept.calls)).toEqual({ 'x-api-key': 'unused', authorization: 'Basic YTpi' });
    expect(onWarning).toHaveBeenCalledTimes(1);
    const replaced = recorded({ header: 'X-API-Key', authorization: 'replace' });
    await replaced.authFetch(URL_, { headers });
    expect(headersOf(replaced.calls)).toEqual({
      'x-api-key': TOKEN,
      authorization: 'Basic YTpi',
    });
  });

  it.each(['Authorization', 'AUTHORIZATION'])('is not what %s is', async (header) => {
    const { authFetch, calls } = recorded({ header });
    await authFetch(URL_);
    expect(headersOf(calls)).toEqual({ authorization: BEARER });
    expect(calls[0]?.request.redirect).toBe('follow');
  });

  it('is refused where the platform cannot refuse a redirect', () => {
    vi.stubGlobal('Request', class {}); // as in React Native
    try {
      const options = { token: TOKEN, origins: [ORIGIN], header: 'x-api-key' };
      expect(() => createAuthFetch(options)).toThrow(
        new TypeError('a redirect would take x-api-key along here'),
      );
      expect(createAuthFetch({ ...options, header: 'Authorization' })).toBeTypeOf('function');
      expect(createAuthFetch({ ...options, fetch })).toBeTypeOf('function');
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it('with an invalid name is a TypeError', async () => {
    const { authFetch, calls } = recorded({ header: 'not a name' });
    await expect(authFetch(URL_)).rejects.toThrow(TypeError);
    expect(calls).toEqual([]);
  });
});

describe('Retry-After', () => {
  const answered = async (status: number, value: string) => {
    const { fetch } = createRecorder(
      () => new Response(null, { status, headers: { 'retry-after': value } }),
    );
    return createAuthFetch({ token: TOKEN, origins: [ORIGIN], fetch })(URL_);
  };

  it.each([429, 503])('of a %d is on the response in seconds', async (status) => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2030, 0, 1) });
    try {
      expect((await answered(status, '7')).retryAfterSeconds).toBe(7);
      expect((await answered(status, '0')).retryAfterSeconds).toBe(0);
      const inOneMinute = 'Tue, 01 Jan 2030 00:01:00 GMT';
      expect((await answered(status, inOneMinute)).retryAfterSeconds).toBe(60);
      for (const date of ['Tuesday, 01-Jan-30 00:01:00 GMT', 'Tue Jan  1 00:01:00 2030']) {
        expect((await answered(status, date)).retryAfterSeconds).toBe(60); // RFC 9110's obsolete forms
      }
      const past = 'Tue, 01 Jan 2019 00:01:00 GMT';
      expect((await answered(status, past)).retryAfterSeconds).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it.each([
    [429, 'soon'],
    [429, ''],
    [429, '-1'],
    [429, '1, 2'],
    [429, '7.5'],
    [429, '0x10'],
    [429, '1e3'],
    [429, 'in 5 minutes'],
    [429, 'Infinity'],
    [429, '2030-01-01'],
    [503, 'NaN'],
    [200, '7'],
    [401, '7'],
    [500, '7'],
  ])('is not on a %d with %j', async (status, value) => {
    expect(await answered(status, value)).not.toHaveProperty('retryAfterSeconds');
  });

  it('is typed on every response', () => {
    const { authFetch } = recorded();
    type Answer = Awaited<ReturnType<typeof authFetch>>;
    expectTypeOf<AuthResponse['retryAfterSeconds']>().toEqualTypeOf<number | undefined>();
    expectTypeOf<Answer>().toExtend<Response>();
  });
});

describe('the rest of a call', () => {
  it('is passed on', async () => {
    const { authFetch, calls } = recorded();
    const abort = new AbortController();
    const init: RequestInit = {
      method: 'PUT',
      body: 'x',
      redirect: 'manual',
      signal: abort.signal,
    };
    await authFetch(URL_, init);
    expect(calls[0]?.init).toMatchObject({ method: 'PUT', body: 'x', redirect: 'manual' });
    expect(calls[0]?.init?.signal).toBe(abort.signal);
  });

  it('of a Request is passed on: method and body', async () => {
    const { authFetch, calls } = recorded();
    await authFetch(new Request(URL_, { method: 'POST', body: 'a body' }));
    expect(calls[0]?.request.method).toBe('POST');
    expect(await calls[0]?.request.text()).toBe('a body');
  });

  it('is not modified', async () => {
    const { authFetch } = recorded();
    const headers = new Headers({ 'x-own': '1' });
    const plain = Object.freeze({ 'x-own': '1' });
    const init = Object.freeze({ headers });
    const request = new Request(URL_, { headers: { 'x-own': '1' } });
    await authFetch(URL_, init);
    await authFetch(URL_, { headers: plain });
    await authFetch(request);
    expect([...headers, ...request.headers]).toEqual([
      ['x-own', '1'],
      ['x-own', '1'],
    ]);
    expect(init).toEqual({ headers });
    expect(plain).toEqual({ 'x-own': '1' });
  });

  it('fails as fetch fails', async () => {
    const error = new TypeError('fetch failed');
    const { authFetch } = recorded({ fetch: () => Promise.reject(error) });
    await expect(authFetch(URL_)).rejects.toBe(error);
  });
});

describe('a value that is not a token', () => {
  it.each([
    ['empty', '', /empty/],
    ['with Bearer before it', BEARER, /Bearer/],
    ['with a line break', `${TOKEN}\n`, /line break/],
    ['not a JWT', 'z_key', /not a JWT/],
  ])('is refused before any call: %s', (_, token, message) => {
    const { fetch, calls } = createRecorder();
    expect(() => createAuthFetch({ token, origins: [ORIGIN], fetch })).toThrow(message);
    expect(calls).toEqual([]);
  });

  it.each([undefined, null, 7, {}])('is a TypeError: %o', (token) => {
    const value = token as unknown as string; // possible in JavaScript
    expect(() => createAuthFetch({ token: value, origins: [ORIGIN] })).toThrow(TypeError);
  });
});

it('sends the URL that it checked, even when the input reads differently each time', async () => {
  const urls = [`${ORIGIN}/a`, 'https://evil.example/b'];
  const { authFetch, calls } = recorded();
  await authFetch({ toString: () => urls.shift() ?? 'https://evil.example/' } as URL); // possible in JavaScript
  expect(calls.map(({ input }) => input)).toEqual([`${ORIGIN}/a`]);
});

it('does not repeat a header value that the platform rejects', async () => {
  const { authFetch } = recorded();
  const headers = { authorization: 'Bearer MARKER\nx' };
  const error = await authFetch(`${ORIGIN}/`, { headers }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TypeError);
  expect(inspect(error, { depth: 9 })).not.toContain('MARKER');
});
