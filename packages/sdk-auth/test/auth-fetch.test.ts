// Headers follow the rules of fetch, and Authorization is added only when the call has none.
import { inspect } from 'node:util';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import { type AuthFetch, type AuthFetchOptions, createAuthFetch } from '../src/index.ts';
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

  it('of a Request are kept when init has none', async () => {
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
