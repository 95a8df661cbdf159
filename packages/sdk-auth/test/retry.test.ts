// After a 401: one refresh and one more attempt, and only where sending again is safe.
import { describe, expect, it, vi } from 'vitest';
import { type AuthFetchOptions, createAuthFetch } from '../src/index.ts';
import { BEARER, createRecorder, makeToken, refuse, sentIn, TOKEN } from './recorder.ts';

const ORIGIN = 'https://api.example.com';
const INVALID = 'Bearer realm="api", error="invalid_token"';

/** A client whose provider returns numbered tokens, and an API that accepts them from a given number on. */
const numbered = (
  takesFrom: number,
  challenge: string | undefined = INVALID,
  options: Partial<AuthFetchOptions> = {},
) => {
  let number = 0;
  const tokens = Array.from({ length: 9 }, (_, n) => makeToken({ n }));
  const provider = vi.fn(() => tokens[number++] ?? expect.fail('asked too often'));
  const isGood = (authorization: string | null) =>
    tokens.slice(takesFrom).some((token) => authorization === `Bearer ${token}`);
  const { fetch, calls } = createRecorder(({ request }) =>
    isGood(request.headers.get('authorization')) ? new Response('answered') : refuse(challenge),
  );
  const authFetch = createAuthFetch({ token: provider, origins: [ORIGIN], fetch, ...options });
  const sent = () => sentIn(calls).map((value) => tokens.indexOf(value?.slice(7) ?? ''));
  return { authFetch, provider, calls, sent };
};

/** A provider with another token for each call. */
const twoTokens = () => {
  let n = 0;
  return () => makeToken({ n: n++ });
};

const streamOf = (text: string) =>
  new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text));
      controller.close();
    },
  });

describe('a call whose token is refused', () => {
  it.each([
    ['says invalid_token', INVALID],
    ['says it without quotes', 'Bearer error=invalid_token'],
    ['says it in another case', 'bEARER Error = "Invalid_Token"'],
    ['says it among others', 'Basic realm="x", Bearer error="invalid_token", DPoP algs="ES256"'],
    ['says it after another error', 'DPoP error="use_dpop_nonce", Bearer error="invalid_token"'],
    ['names no error', 'Bearer realm="api"'],
    ['has only a description', 'Bearer error_description="expired"'],
    ['is for another scheme', 'Basic realm="api"'],
    ['is malformed', '"\\, =,'],
    ['is empty', ''],
    ['is missing', undefined],
  ])('is sent again with a new token when the challenge %s', async (_, challenge) => {
    const { authFetch, sent, provider } = numbered(1, challenge);
    const response = await authFetch(`${ORIGIN}/a`, { headers: { 'x-own': '1' } });
    expect(await response.text()).toBe('answered');
    expect(sent()).toEqual([0, 1]);
    expect(provider.mock.calls).toEqual([[{ isRefused: false }], [{ isRefused: true }]]);
    await authFetch(ORIGIN); // the new token is cached
    expect(sent()).toEqual([0, 1, 1]);
  });

  it.each([
    'Bearer error="insufficient_scope", scope="admin"',
    'Bearer error="invalid_request"',
    'Bearer error=insufficient_scope',
    'bearer ERROR = "insufficient_scope"',
  ])('is not sent again when the challenge names another error: %s', async (challenge) => {
    const { authFetch, sent, provider } = numbered(1, challenge);
    expect((await authFetch(ORIGIN)).status).toBe(401);
    expect(sent()).toEqual([0]);
    await authFetch(ORIGIN); // the token is still in use
    expect(sent()).toEqual([0, 0]);
    expect(provider).toHaveBeenCalledTimes(1);
  });

  it.each([200, 204, 302, 400, 403, 407, 429, 500, 503])(
    'is not recognized by the challenge alone: %d',
    async (status) => {
      const headers = { 'www-authenticate': INVALID };
      const { fetch, calls } = createRecorder(() => new Response(null, { status, headers }));
      const provider = vi.fn(() => TOKEN);
      const authFetch = createAuthFetch({ token: provider, origins: [ORIGIN], fetch });
      expect((await authFetch(ORIGIN)).status).toBe(status);
      expect([calls.length, provider.mock.calls.length]).toEqual([1, 1]);
    },
  );

  it('twice gets the second 401 unchanged', async () => {
    const { authFetch, sent } = numbered(9);
    const response = await authFetch(ORIGIN);
    expect([response.status, await response.text()]).toEqual([401, 'refused']);
    expect(sent()).toEqual([0, 1]);
    await authFetch(ORIGIN);
    expect(sent()).toEqual([0, 1, 1, 2]);
  });

  it('is sent once when the token is a string', async () => {
    const { fetch, calls } = createRecorder(() => refuse(INVALID));
    const authFetch = createAuthFetch({ token: TOKEN, origins: [ORIGIN], fetch });
    const body = streamOf('x');
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit; // in Node's types, but not in the DOM's
    const response = await authFetch(ORIGIN, init);
    expect([response.status, await response.text()]).toEqual([401, 'refused']);
    expect(sentIn(calls)).toEqual([BEARER]);
  });

  it('is sent once when the caller set Authorization, and the provider is not asked', async () => {
    const { authFetch, calls, provider } = numbered(1);
    const init = { headers: { authorization: BEARER } };
    expect((await authFetch(ORIGIN, init)).status).toBe(401);
    expect((await authFetch(new Request(ORIGIN, init))).status).toBe(401);
    expect(sentIn(calls)).toEqual([BEARER, BEARER]);
    expect(provider).not.toHaveBeenCalled();
  });

  it('is sent once to an unlisted origin, and the provider is not asked', async () => {
    const { authFetch, calls, provider } = numbered(1, INVALID, { onUnlistedOrigin: 'omit' });
    expect((await authFetch('https://other.example/')).status).toBe(401);
    expect(sentIn(calls)).toEqual([null]);
    expect(provider).not.toHaveBeenCalled();
  });

  it('uses a token that another call has fetched in the meantime', async () => {
    const [old, fresh] = [makeToken({ n: 1 }), makeToken({ n: 2 })];
    const provider = vi.fn(() => (provider.mock.calls.length === 1 ? old : fresh));
    const gates: (() => void)[] = [];
    const { fetch, calls } = createRecorder(async ({ request }) => {
      if (request.headers.get('authorization') === `Bearer ${fresh}`) return new Response('ok');
      await new Promise<void>((resolve) => gates.push(resolve));
      return refuse(INVALID);
    });
    const authFetch = createAuthFetch({ token: provider, origins: [ORIGIN], fetch });
    const both = [authFetch(ORIGIN), authFetch(ORIGIN)];
    await vi.waitUntil(() => gates.length === 2);
    gates[0]?.();
    expect((await both[0])?.status).toBe(200);
    gates[1]?.();
    expect((await both[1])?.status).toBe(200);
    expect(provider).toHaveBeenCalledTimes(2);
    expect(calls).toHaveLength(4);
  });

  it('rejects when the provider returns the refused token twice more', async () => {
    const provider = vi.fn((_: object) => TOKEN);
    const { fetch, calls } = createRecorder(() => refuse(INVALID));
    const authFetch = createAuthFetch({ token: provider, origins: [ORIGIN], fetch });
    const all = Array.from({ length: 100 }, async () =>
      authFetch(ORIGIN).catch(({ code }) => code),
    );
    expect(new Set(await Promise.all(all))).toEqual(new Set(['ERR_TOKEN_EXPIRED']));
    expect(calls).toHaveLength(100);
    const told = provider.mock.calls.map(([request]) => request);
    expect(told).toEqual([false, true, true].map((isRefused) => ({ isRefused })));
    // A later call tries the token again: the refusal may have been the API's mistake.
    await expect(authFetch(ORIGIN)).rejects.toThrow('refused: the provider has no other');
    expect(calls).toHaveLength(101);
    expect(provider).toHaveBeenCalledTimes(5);
  });

  it('rejects without the message of a provider that fails when it is asked once more', async () => {
    const answers = [() => TOKEN, () => TOKEN, () => expect.fail('secret words')];
    const { fetch } = createRecorder(() => refuse(INVALID));
    const token = () => answers.shift()?.() ?? expect.fail();
    const authFetch = createAuthFetch({ token, origins: [ORIGIN], fetch });
    await expect(authFetch(ORIGIN)).rejects.toMatchObject({
      code: 'ERR_TOKEN_PROVIDER',
      message: 'the token provider failed: AssertionError',
    });
  });

  it('is sent again when the provider returns a new token only when asked twice', async () => {
    const tokens = [TOKEN, TOKEN, makeToken({ n: 1 })];
    const provider = vi.fn(() => tokens.shift() ?? expect.fail('asked too often'));
    const { fetch, calls } = createRecorder((_, n) => (n === 0 ? refuse() : new Response('ok')));
    const authFetch = createAuthFetch({ token: provider, origins: [ORIGIN], fetch });
    expect((await authFetch(ORIGIN)).status).toBe(200);
    expect(sentIn(calls)).toEqual([BEARER, `Bearer ${makeToken({ n: 1 })}`]);
  });

  it('rejects when the provider then fails, and the refused token is not used again', async () => {
    const fresh = makeToken({ n: 1 });
    const answers = [() => TOKEN, () => expect.fail(), () => expect.fail(), () => fresh];
    const provider = vi.fn((_: object) => answers.shift()?.() ?? expect.fail());
    const { fetch, calls } = createRecorder((_, n) => (n === 0 ? refuse() : new Response('ok')));
    const authFetch = createAuthFetch({ token: provider, origins: [ORIGIN], fetch });
    await expect(authFetch(ORIGIN)).rejects.toMatchObject({ code: 'ERR_TOKEN_PROVIDER' });
    await expect(authFetch(ORIGIN)).rejects.toMatchObject({ code: 'ERR_TOKEN_PROVIDER' });
    expect(calls).toHaveLength(1);
    expect((await authFetch(ORIGIN)).status).toBe(200);
    // isRefused stays true until a new token arrives.
    const told = provider.mock.calls.map(([request]) => request);
    expect(told).toEqual([false, true, true, true].map((isRefused) => ({ isRefused })));
  });

  it('cancels the unread body of the 401', async () => {
    const cancel = vi.fn();
    const answers = [
      () => new Response(new ReadableStream({ cancel }), { status: 401 }),
      () => new Response('ok'),
    ];
    const { fetch } = createRecorder(() => answers.shift()?.() ?? expect.fail());
    const authFetch = createAuthFetch({ token: twoTokens(), origins: [ORIGIN], fetch });
    expect(await (await authFetch(ORIGIN)).text()).toBe('ok');
    expect(cancel).toHaveBeenCalledTimes(1);
  });

  it('ends the unread body of the 401 where it is a Node stream, as in node-fetch', async () => {
    const destroy = vi.fn();
    const answers = [
      () => Object.defineProperty(refuse(), 'body', { value: { pipe: () => {}, destroy } }),
      () => new Response('ok'),
    ];
    const { fetch } = createRecorder(() => answers.shift()?.() ?? expect.fail());
    const authFetch = createAuthFetch({ token: twoTokens(), origins: [ORIGIN], fetch });
    expect(await (await authFetch(ORIGIN)).text()).toBe('ok');
    expect(destroy).toHaveBeenCalledTimes(1);
  });

  it.each<[string, () => Response]>([
    [
      'is locked by a reader',
      () => {
        const response = refuse();
        response.body?.getReader();
        return response;
      },
    ],
    ['has no body', () => new Response(null, { status: 401 })],
    [
      'is a custom stream',
      () => Object.defineProperty(refuse(), 'body', { value: { pipe: () => {} } }),
    ],
    [
      'is one whose cancel answers nothing',
      () => Object.defineProperty(refuse(), 'body', { value: { cancel: () => {} } }),
    ],
  ])('succeeds when the body of the 401 cannot be cancelled: it %s', async (_, make) => {
    const answers = [make, () => new Response('ok')];
    const { fetch } = createRecorder(() => answers.shift()?.() ?? expect.fail());
    const authFetch = createAuthFetch({ token: twoTokens(), origins: [ORIGIN], fetch });
    expect(await (await authFetch(ORIGIN)).text()).toBe('ok');
  });
});

const form = (): FormData => {
  const data = new FormData();
  data.set('file', new Blob(['in a file']), 'name.txt');
  return data;
};

describe('a body', () => {
  it.each<[string, () => BodyInit | null, string]>([
    ['a string', () => 'text', 'text'],
    ['an empty string', () => '', ''],
    ['null', () => null, ''],
    ['bytes', () => new TextEncoder().encode('bytes'), 'bytes'],
    ['a slice of bytes', () => new TextEncoder().encode('bytes').subarray(1), 'ytes'],
    ['a view', () => new DataView(new TextEncoder().encode('view').buffer), 'view'],
    ['a buffer', () => new TextEncoder().encode('buffer').buffer, 'buffer'],
    ['a Blob', () => new Blob(['blob']), 'blob'],
    ['a File', () => new File(['file'], 'name'), 'file'],
    ['parameters', () => new URLSearchParams({ a: '1' }), 'a=1'],
    ['a form', form, 'in a file'],
  ])('is sent again: %s', async (_, body, text) => {
    const { authFetch, calls, sent } = numbered(1);
    expect((await authFetch(ORIGIN, { method: 'POST', body: body() })).status).toBe(200);
    expect(sent()).toEqual([0, 1]);
    const [first, second] = calls.map(({ request }) => request);
    const type = (request?: Request) => request?.headers.get('content-type')?.replace(/=.*/, '');
    expect(type(second)).toBe(type(first));
    for (const request of [first, second]) expect(await request?.text()).toContain(text);
  });

  it('of a Request is sent again, even a stream, because the Request was cloned', async () => {
    for (const body of ['text', streamOf('text')]) {
      const { authFetch, calls, sent } = numbered(1);
      const init = {
        method: 'PUT',
        body,
        duplex: 'half',
        headers: { 'x-own': '1' },
      } as RequestInit; // as above
      const request = new Request(`${ORIGIN}/a`, init);
      expect((await authFetch(request)).status).toBe(200);
      expect(sent()).toEqual([0, 1]);
      expect(request.bodyUsed).toBe(true);
      for (const call of calls) {
        expect([call.request.method, call.request.headers.get('x-own')]).toEqual(['PUT', '1']);
        expect(await call.request.text()).toBe('text');
      }
    }
  });

  it('in init replaces the body of a Request', async () => {
    const { authFetch, calls, sent } = numbered(1);
    const request = new Request(ORIGIN, { method: 'POST', body: 'of the Request' });
    expect((await authFetch(request, { body: 'of the call' })).status).toBe(200);
    expect(sent()).toEqual([0, 1]);
    for (const call of calls) expect(await call.request.text()).toBe('of the call');
  });

  it('of a Request that was already read is refused by the platform', async () => {
    const { authFetch, calls } = numbered(1);
    const request = new Request(ORIGIN, { method: 'POST', body: 'x' });
    await request.text();
    await expect(authFetch(request)).rejects.toThrow(TypeError);
    expect(calls).toEqual([]);
    expect((await authFetch(request, { body: 'another' })).status).toBe(200);
  });

  it.each<[string, () => unknown]>([
    ['a stream', () => streamOf('x')],
    [
      'an async generator',
      async function* () {
        yield new TextEncoder().encode('x');
      },
    ],
    ['a Node stream', () => ({ pipe: () => {}, [Symbol.toStringTag]: 'FormData' })],
    ['something else', () => ({})],
  ])('that can be read only once is not sent again, and the error says so: %s', async (_, make) => {
    const tokens = [TOKEN, makeToken({ n: 1 })];
    const provider = vi.fn(() => tokens.shift() ?? expect.fail());
    const sent: unknown[] = [];
    const authFetch = createAuthFetch({
      token: provider,
      origins: [ORIGIN],
      fetch: async (_input, init) => {
        sent.push(init?.body);
        return sent.length === 1 ? refuse(INVALID) : new Response('ok');
      },
    });
    const body = make() as BodyInit; // accepted by some runtimes, but not by the DOM's types
    await expect(authFetch(ORIGIN, { method: 'POST', body })).rejects.toMatchObject({
      code: 'ERR_TOKEN_EXPIRED',
      message: expect.stringMatching(/refused.*stream cannot be sent again/),
    });
    expect(sent).toEqual([body]);
    expect(provider).toHaveBeenCalledTimes(2);
    // With a new body the next call succeeds.
    expect((await authFetch(ORIGIN, { method: 'POST', body: 'x' })).status).toBe(200);
    expect(provider).toHaveBeenCalledTimes(2);
  });

  it('that is a stream is sent once when the token is accepted', async () => {
    const { authFetch, calls, sent } = numbered(0);
    const init = { method: 'POST', body: streamOf('text'), duplex: 'half' } as RequestInit; // as above
    expect((await authFetch(ORIGIN, init)).status).toBe(200);
    expect(sent()).toEqual([0]);
    expect(await calls[0]?.request.text()).toBe('text');
  });
});

describe('a network error', () => {
  const failed = new TypeError('fetch failed');
  const flaky = (options: Partial<AuthFetchOptions>, answers: readonly (Response | Error)[]) => {
    const left = [...answers];
    const { fetch, calls } = createRecorder(() => {
      const answer = left.shift() ?? expect.fail('sent too often');
      if (answer instanceof Response) return answer;
      throw answer;
    });
    const provider = vi.fn(twoTokens());
    const authFetch = createAuthFetch({ token: provider, origins: [ORIGIN], fetch, ...options });
    return { authFetch, calls, provider };
  };
  const refreshOnNetworkError = true;

  it('rejects the call by default, without a refresh', async () => {
    const { authFetch, calls, provider } = flaky({}, [failed, new Response('ok')]);
    await expect(authFetch(ORIGIN)).rejects.toBe(failed);
    await authFetch(ORIGIN);
    expect(new Set(sentIn(calls)).size).toBe(1);
    expect(provider).toHaveBeenCalledTimes(1);
  });

  it('makes a GET be sent again with a new token on request', async () => {
    const { authFetch, calls, provider } = flaky({ refreshOnNetworkError }, [
      failed,
      new Response('ok'),
    ]);
    expect((await authFetch(ORIGIN)).status).toBe(200);
    expect(new Set(sentIn(calls)).size).toBe(2);
    expect(provider).toHaveBeenLastCalledWith({ isRefused: true });
    const lower = flaky({ refreshOnNetworkError }, [failed, new Response('ok')]);
    expect((await lower.authFetch(ORIGIN, { method: 'get' })).status).toBe(200);
  });

  it.each(['POST', 'PUT', 'DELETE', 'HEAD'])('is final for a %s', async (method) => {
    const { authFetch, provider } = flaky({ refreshOnNetworkError }, [failed]);
    await expect(authFetch(ORIGIN, { method })).rejects.toBe(failed);
    expect(provider).toHaveBeenCalledTimes(1);
  });

  it('is final when it is not a TypeError, as an abort is', async () => {
    const error = new DOMException('enough', 'AbortError');
    const { authFetch, provider } = flaky({ refreshOnNetworkError }, [error]);
    await expect(authFetch(ORIGIN)).rejects.toBe(error);
    expect(provider).toHaveBeenCalledTimes(1);
  });

  it('is what the call rejects with if the provider returns no other token', async () => {
    const same = flaky({ refreshOnNetworkError, token: () => TOKEN }, [failed]);
    await expect(same.authFetch(ORIGIN)).rejects.toBe(failed);
    expect(same.calls).toHaveLength(1);
    const answers = [() => TOKEN, () => expect.fail()];
    const provider = vi.fn(() => answers.shift()?.() ?? expect.fail());
    const { authFetch } = flaky({ refreshOnNetworkError, token: provider }, [failed]);
    await expect(authFetch(ORIGIN)).rejects.toBe(failed);
  });

  it('twice is the second one', async () => {
    const second = new TypeError('again');
    const { authFetch } = flaky({ refreshOnNetworkError }, [failed, second]);
    await expect(authFetch(ORIGIN)).rejects.toBe(second);
  });
});

describe('a response without redirected, as in React Native', () => {
  const answeredFrom = (url: string) => {
    const answer = Object.defineProperties(refuse(INVALID), {
      redirected: { value: undefined },
      url: { value: url },
    });
    const { fetch, calls } = createRecorder((_, n) => (n === 0 ? answer : new Response('ok')));
    const authFetch = createAuthFetch({ token: twoTokens(), origins: [ORIGIN], fetch });
    return { authFetch, calls };
  };

  it.each([`${ORIGIN}/a`, ''])('counts from the URL of the call: %j', async (url) => {
    const { authFetch, calls } = answeredFrom(url);
    expect((await authFetch(`${ORIGIN}/a`, { method: 'POST' })).status).toBe(200);
    expect(calls).toHaveLength(2);
  });

  it('counts as redirected from another URL', async () => {
    const { authFetch, calls } = answeredFrom(`${ORIGIN}/b`);
    expect((await authFetch(`${ORIGIN}/a`, { method: 'POST' })).status).toBe(401);
    expect(calls).toHaveLength(1);
    const get = answeredFrom(`${ORIGIN}/b`);
    expect((await get.authFetch(`${ORIGIN}/a`)).status).toBe(200);
    const away = answeredFrom('https://other.example/a');
    expect((await away.authFetch(`${ORIGIN}/a`)).status).toBe(401);
  });
});

describe('a 401 at the end of a redirect', () => {
  const redirectedTo = (url: string): Response =>
    Object.defineProperties(refuse(INVALID), { redirected: { value: true }, url: { value: url } });
  const redirected = (url: string) => {
    const tokens = [TOKEN, makeToken({ n: 1 })];
    const provider = vi.fn(() => tokens.shift() ?? expect.fail());
    const { fetch, calls } = createRecorder((_, n) =>
      n === 0 ? redirectedTo(url) : new Response('ok'),
    );
    const authFetch = createAuthFetch({ token: provider, origins: [ORIGIN], fetch });
    return { authFetch, calls, provider };
  };

  it.each(['https://other.example/', 'https://api.example.com.evil.example/', `${ORIGIN}:8443/`])(
    'does not count when the redirect left the origin: %s',
    async (url) => {
      const { authFetch, calls, provider } = redirected(url);
      expect((await authFetch(ORIGIN)).status).toBe(401);
      await authFetch(ORIGIN);
      expect(sentIn(calls)).toEqual([BEARER, BEARER]);
      expect(provider).toHaveBeenCalledTimes(1);
    },
  );

  it('makes a GET be sent again when the redirect stayed within the origin', async () => {
    const { authFetch, calls, provider } = redirected(`${ORIGIN}/b`);
    expect((await authFetch(`${ORIGIN}/a`)).status).toBe(200);
    expect(calls).toHaveLength(2);
    expect(provider).toHaveBeenCalledTimes(2);
  });

  it.each<[string, RequestInit]>([
    ['a POST', { method: 'POST' }],
    ['a DELETE', { method: 'DELETE' }],
  ])(
    'does not make another method be sent again, because it may have been carried out: %s',
    async (_, init) => {
      for (const make of [() => ORIGIN, () => new Request(ORIGIN, init)]) {
        const { authFetch, calls, provider } = redirected(`${ORIGIN}/b`);
        const input = make();
        const response = await authFetch(input, typeof input === 'string' ? init : undefined);
        expect([response.status, await response.text()]).toEqual([401, 'refused']);
        expect(calls).toHaveLength(1);
        await authFetch(ORIGIN); // the next call has a new token
        expect(provider).toHaveBeenCalledTimes(2);
        expect(sentIn(calls)[1]).not.toBe(BEARER);
      }
    },
  );
});
