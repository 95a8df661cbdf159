// A fetch of another make does not know this platform's Request, so it gets the URL and an init.
import { describe, expect, it } from 'vitest';
import { createAuthFetch } from '../src/index.ts';
import { BEARER, makeToken, refuse, TOKEN } from './recorder.ts';

const ORIGIN = 'https://api.example.com';

const recorded = (answers: readonly Response[] = [new Response('ok')]) => {
  const left = [...answers];
  const calls: { readonly url: unknown; readonly init: RequestInit & Record<string, unknown> }[] =
    [];
  let n = 0;
  const authFetch = createAuthFetch({
    token: () => (n++ === 0 ? TOKEN : makeToken({ n })),
    origins: [ORIGIN],
    onUnlistedOrigin: 'omit',
    fetch: async (url, init = {}) => {
      calls.push({ url, init: { ...init } });
      return left.shift() ?? expect.fail();
    },
  });
  return { authFetch, calls };
};

const headersIn = (init: RequestInit | undefined) => Object.fromEntries(new Headers(init?.headers));

describe('a Request for a custom fetch', () => {
  it('becomes a URL and an init', async () => {
    const { authFetch, calls } = recorded();
    const abort = new AbortController();
    const request = new Request(`${ORIGIN}/a?b`, {
      method: 'PUT',
      headers: { 'x-own': '1', 'content-type': 'text/csv' },
      body: 'a,b',
      redirect: 'manual',
      credentials: 'omit',
      cache: 'no-store',
      signal: abort.signal,
    });
    await authFetch(request);
    const [{ url, init } = expect.fail()] = calls;
    expect(url).toBe(`${ORIGIN}/a?b`);
    expect(init).toMatchObject({
      method: 'PUT',
      redirect: 'manual',
      credentials: 'omit',
      cache: 'no-store',
    });
    expect(init.signal).toBe(request.signal);
    expect(headersIn(init)).toEqual({
      authorization: BEARER,
      'x-own': '1',
      'content-type': 'text/csv',
    });
    expect(new TextDecoder().decode(init.body as ArrayBuffer)).toBe('a,b');
    expect(request.bodyUsed).toBe(true);
  });

  it('keeps what only its platform has', async () => {
    const { authFetch, calls } = recorded();
    await authFetch(Object.assign(new Request(ORIGIN), { cf: { cacheTtl: 5 } }));
    expect(calls[0]?.init['cf']).toEqual({ cacheTtl: 5 });
  });

  it('has no body if it had none', async () => {
    for (const request of [new Request(ORIGIN), new Request(ORIGIN, { method: 'DELETE' })]) {
      const { authFetch, calls } = recorded();
      await authFetch(request);
      expect(calls[0]?.init.body).toBeUndefined();
    }
  });

  it('keeps a form with its boundary', async () => {
    const { authFetch, calls } = recorded();
    const form = new FormData();
    form.set('file', new Blob(['in a file']), 'name.txt');
    await authFetch(new Request(ORIGIN, { method: 'POST', body: form }));
    const [{ init } = expect.fail()] = calls;
    const sent = await new Request(ORIGIN, { method: 'POST', ...init }).formData();
    expect(await (sent.get('file') as File).text()).toBe('in a file');
  });

  it('keeps the body that React Native gave it, which cannot be read as bytes', async () => {
    const body = { append: () => {}, getParts: () => [] };
    const request = Object.assign(new Request(ORIGIN, { method: 'POST' }), {
      _bodyInit: body,
      arrayBuffer: () =>
        Promise.reject(new Error('FileReader.readAsArrayBuffer is not implemented')),
    });
    const { authFetch, calls } = recorded([refuse(), new Response('ok')]);
    expect((await authFetch(request)).status).toBe(200);
    expect(calls.map(({ init }) => init.body)).toEqual([body, body]);
  });

  it('gives way to the init of the call', async () => {
    const { authFetch, calls } = recorded();
    const abort = new AbortController();
    const request = new Request(ORIGIN, {
      method: 'POST',
      body: 'of the Request',
      headers: { 'x-own': '1' },
      signal: abort.signal,
    });
    const init = { body: 'of the call', headers: { 'x-other': '2' }, signal: null };
    await authFetch(request, init);
    expect(calls[0]?.init).toMatchObject({ method: 'POST', body: 'of the call', signal: null });
    expect(headersIn(calls[0]?.init)).toEqual({ authorization: BEARER, 'x-other': '2' });
    expect(request.bodyUsed).toBe(false);
    expect(init).toEqual({ body: 'of the call', headers: { 'x-other': '2' }, signal: null });
  });

  it('is sent again with its body after a 401, even if that was a stream', async () => {
    const { authFetch, calls } = recorded([refuse(), new Response('ok')]);
    const body = new Response('text').body;
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit; // in Node's types, but not in the DOM's
    expect((await authFetch(new Request(ORIGIN, init))).status).toBe(200);
    const texts = calls.map((call) => new TextDecoder().decode(call.init.body as ArrayBuffer));
    expect(texts).toEqual(['text', 'text']);
  });

  it('is unwrapped for an unlisted origin too, without the token', async () => {
    const { authFetch, calls } = recorded();
    await authFetch(new Request('https://other.example/', { method: 'POST', body: 'x' }));
    expect(calls[0]?.url).toBe('https://other.example/');
    expect(headersIn(calls[0]?.init)).not.toHaveProperty('authorization');
    expect(calls[0]?.init.method).toBe('POST');
  });

  it('is refused if its body was read before', async () => {
    const { authFetch, calls } = recorded();
    const request = new Request(ORIGIN, { method: 'POST', body: 'x' });
    await request.text();
    await expect(authFetch(request)).rejects.toThrow(TypeError);
    expect(calls).toEqual([]);
  });
});

it('passes options of a custom fetch on unchanged, and the body as it is', async () => {
  const { authFetch, calls } = recorded();
  const own = { dispatcher: {}, agent: {}, tls: {}, cf: {}, next: { revalidate: 5 } };
  const body = new Response('stream').body;
  const init = { ...own, method: 'POST', body, duplex: 'half' };
  await authFetch(ORIGIN, init as RequestInit); // possible with the types of these platforms
  expect(calls[0]?.init).toMatchObject(own);
  for (const [name, value] of Object.entries({ ...own, body })) {
    expect(calls[0]?.init[name]).toBe(value);
  }
});

it('passes headers as an object, because it may not read the Headers of this platform', async () => {
  const { authFetch, calls } = recorded();
  await authFetch(ORIGIN, { headers: new Headers({ 'X-Own': '1' }) });
  expect(calls[0]?.init.headers).toStrictEqual({ authorization: BEARER, 'x-own': '1' });
});
