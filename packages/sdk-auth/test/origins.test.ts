// The token goes to the listed origins, encrypted or on loopback, and nowhere else.
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type AuthFetchOptions, createAuthFetch } from '../src/index.ts';
import { BEARER, createRecorder, TOKEN } from './recorder.ts';

const recorded = (options: Partial<AuthFetchOptions>) => {
  const { fetch, calls } = createRecorder();
  const authFetch = createAuthFetch({ token: TOKEN, origins: [], fetch, ...options });
  return { authFetch, calls };
};

const ORIGIN = 'https://api.example.com';

const LISTED = [
  ORIGIN,
  `${ORIGIN}/things`,
  `${ORIGIN}:443/things`,
  'HTTPS://API.Example.COM/things',
  'https:\\\\api.example.com\\things',
  'https:/api.example.com/things',
];

const UNLISTED = [
  'https://api.example.com:8443/things',
  'http://api.example.com/things',
  'http://api.example.com:443/things',
  'https://example.com/things',
  'https://www.api.example.com/things',
  'https://api.example.com.evil.example/things',
  'https://api.example.com@evil.example/things',
  'https://api.example.com:x@evil.example/things',
  'https://api.example.com./things',
  'https://evil.example/https://api.example.com',
  'https://evil.example/?https://api.example.com',
  'https://evil.example\\@api.example.com/things',
  'https://127.0.0.1/',
];

describe('a call to a listed origin', () => {
  it.each(LISTED)('carries the token: %s', async (url) => {
    const { authFetch, calls } = recorded({ origins: [ORIGIN] });
    await authFetch(url);
    expect(calls[0]?.request.headers.get('authorization')).toBe(BEARER);
  });

  it('carries it to each listed origin, with or without a slash at its end', async () => {
    const origins = [`${ORIGIN}/`, 'https://b.example:8443'];
    const { authFetch, calls } = recorded({ origins });
    await authFetch('https://b.example:8443/x');
    await authFetch(new URL(`${ORIGIN}/x`));
    await authFetch(new Request(`${ORIGIN}/x`));
    expect(calls.map(({ request }) => request.headers.get('authorization'))).toEqual([
      BEARER,
      BEARER,
      BEARER,
    ]);
    await expect(authFetch('https://b.example/x')).rejects.toThrow();
    expect(calls).toHaveLength(3);
  });
});

describe('the URL that is checked', () => {
  const evil = 'https://evil.example/';
  const odd = (input: object): string => input as unknown as string; // possible in JavaScript
  /** Records what the global fetch is given. */
  const sentTo = (token: AuthFetchOptions['token'] = TOKEN) => {
    const calls: unknown[] = [];
    vi.stubGlobal('fetch', async (input: unknown) => {
      calls.push(input);
      return new Response();
    });
    onTestFinished(() => void vi.unstubAllGlobals());
    return { calls, sent: createAuthFetch({ token, origins: [ORIGIN] }) };
  };

  it.each([
    ['a URL with members of a Request', { headers: {}, url: evil, clone: () => {} }],
    ['a URL with one', { headers: '' }],
  ])('is the URL that is sent: %s', async (_, members) => {
    const { calls, sent } = sentTo();
    await sent(odd(Object.assign(new URL(`${ORIGIN}/a`), members)));
    expect(calls).toEqual([`${ORIGIN}/a`]);
  });

  it.each([
    ['a URL', Object.assign(new URL(evil), { url: ORIGIN, headers: {}, clone: () => {} })],
    ['an object', { url: ORIGIN, headers: {}, clone: () => {}, toString: (): string => evil }],
    ['a function', Object.assign(() => {}, { headers: {}, url: ORIGIN, toString: () => evil })],
  ])('is the URL that would be sent: %s with members of a Request', async (_, input) => {
    const { calls, sent } = sentTo();
    await expect(sent(odd(input))).rejects.toMatchObject({ code: 'ERR_ORIGIN_NOT_ALLOWED' });
    expect(calls).toEqual([]);
  });

  it('is read once, even if it changes while the provider is asked', async () => {
    const builder = { url: `${ORIGIN}/a`, clone: () => builder, toString: () => builder.url };
    const { calls, sent } = sentTo(async () => TOKEN);
    const call = sent(odd(builder));
    builder.url = evil;
    await call;
    expect(calls).toEqual([`${ORIGIN}/a`]);
  });

  it('is sent to a custom fetch as a string, even from a Request that changes', async () => {
    const request = {
      url: `${ORIGIN}/a`,
      clone: () => request,
      arrayBuffer: async () => new ArrayBuffer(0),
    };
    const { authFetch, calls } = recorded({ origins: [ORIGIN], token: async () => TOKEN });
    const call = authFetch(odd(request));
    request.url = evil;
    await call;
    expect(calls.map(({ input }) => input)).toEqual([`${ORIGIN}/a`]);
  });

  it.each([
    `${ORIGIN}/me`,
    `${ORIGIN}/a b?c={d}|"e"#f`,
    `${ORIGIN}//x/../y`,
    `${ORIGIN}?q`,
    ORIGIN,
    'HTTPS://API.Example.COM:443/%7e',
  ])('is sent byte for byte: %s', async (url) => {
    const { calls, sent } = sentTo();
    await sent(url);
    expect(calls).toEqual([url]);
  });

  it('needs no URL class when it is absolute', async () => {
    const { calls, sent } = sentTo();
    vi.stubGlobal('URL', undefined);
    await sent(`${ORIGIN}/me`);
    expect(calls).toEqual([`${ORIGIN}/me`]);
  });

  it.each([
    ['its base', { document: { baseURI: `${ORIGIN}/app/` }, location: { href: evil } }],
    ['itself, in a worker', { location: { href: `${ORIGIN}/app/worker.js` } }],
  ])('is sent in full when a page gives a URL relative to %s', async (_, globals) => {
    onTestFinished(() => void vi.unstubAllGlobals());
    for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
    const { calls, sent } = sentTo();
    await sent('../things?a#b');
    expect(calls).toEqual([`${ORIGIN}/things?a#b`]);
  });
});

describe('a call to another origin', () => {
  it.each(UNLISTED)('is refused and not sent: %s', async (url) => {
    const { authFetch, calls } = recorded({ origins: [ORIGIN] });
    for (const input of [url, new URL(url)]) {
      await expect(authFetch(input)).rejects.toMatchObject({ code: 'ERR_ORIGIN_NOT_ALLOWED' });
    }
    expect(calls).toEqual([]);
  });

  it('is refused for a Request too', async () => {
    const { authFetch, calls } = recorded({ origins: [ORIGIN] });
    const request = new Request('https://evil.example/');
    await expect(authFetch(request)).rejects.toMatchObject({ code: 'ERR_ORIGIN_NOT_ALLOWED' });
    expect(calls).toEqual([]);
  });

  it.each(['data:text/plain,x', 'blob:null/x', 'file:///etc/passwd', 'about:blank'])(
    'is refused when the URL has no origin: %s',
    async (url) => {
      const { authFetch, calls } = recorded({ origins: [ORIGIN] });
      await expect(authFetch(url)).rejects.toMatchObject({ code: 'ERR_ORIGIN_NOT_ALLOWED' });
      expect(calls).toEqual([]);
    },
  );

  it.each(['/things', 'things', '', '//api.example.com/things'])(
    'is a TypeError for a relative URL outside a page: %j',
    async (url) => {
      const { authFetch, calls } = recorded({ origins: [ORIGIN] });
      await expect(authFetch(url)).rejects.toThrow(
        new TypeError(
          'the URL is not valid, or relative without a page: begin it with https://api.example.com',
        ),
      );
      expect(calls).toEqual([]);
    },
  );

  it('names the origin but no other part of the URL', async () => {
    const { authFetch } = recorded({ origins: [ORIGIN] });
    const call = authFetch('https://me:pass@evil.example/path?query#part');
    await expect(call).rejects.toThrow(/^https:\/\/evil\.example is not in origins$/);
  });

  it('rejects instead of throwing', async () => {
    const { authFetch } = recorded({ origins: [ORIGIN] });
    const failing = ['https://evil.example', '/', null as unknown as string].map((url) =>
      authFetch(url).catch(() => 'rejected'),
    );
    expect(await Promise.all(failing)).toEqual(['rejected', 'rejected', 'rejected']);
  });
});

describe('onUnlistedOrigin: omit', () => {
  const options: Partial<AuthFetchOptions> = { origins: [ORIGIN], onUnlistedOrigin: 'omit' };

  it.each(UNLISTED)('sends a call to another origin without the token: %s', async (url) => {
    const { authFetch, calls } = recorded(options);
    // The platform refuses credentials in a URL; no token may have been added by then.
    await authFetch(url).catch(() => {});
    for (const { request } of calls) expect(request.headers.has('authorization')).toBe(false);
    expect(calls.length).toBe(url.includes('@') && !url.includes('\\') ? 0 : 1);
  });

  it('sends it unchanged', async () => {
    const { authFetch, calls } = recorded(options);
    const init = { headers: { authorization: 'Basic YTpi', 'x-own': '1' } };
    const url = new URL('https://evil.example/');
    await authFetch(url, init);
    expect(calls[0]?.input).toBe(url.href);
    expect(calls[0]?.init).toBe(init);
  });

  it('still sends the token to a listed origin', async () => {
    const { authFetch, calls } = recorded(options);
    await authFetch(`${ORIGIN}/`);
    expect(calls[0]?.request.headers.get('authorization')).toBe(BEARER);
  });

  it('does not apply to an unknown value', async () => {
    const onUnlistedOrigin = 'ignore' as 'omit'; // possible in JavaScript
    const { authFetch, calls } = recorded({ origins: [ORIGIN], onUnlistedOrigin });
    await expect(authFetch('https://evil.example/')).rejects.toThrow();
    expect(calls).toEqual([]);
  });
});

describe('plain HTTP', () => {
  it.each([
    'http://localhost',
    'http://localhost:8787',
    'http://LOCALHOST',
    'http://x.localhost',
    'http://127.0.0.1:8000',
    'http://127.1.2.3',
    'http://127.255.255.255',
    'http://[::1]',
    'http://[::1]:8787',
  ])('is allowed on loopback: %s', async (origin) => {
    const { authFetch, calls } = recorded({ origins: [origin] });
    await authFetch(`${origin}/things`);
    expect(calls[0]?.request.headers.get('authorization')).toBe(BEARER);
  });

  it.each([
    'http://api.example.com',
    'http://127.0.0.1.evil.com',
    'http://localhost.evil.com',
    'http://evil-localhost',
    'http://xlocalhost',
    'http://localhost.',
    'http://128.0.0.1',
    'http://126.255.255.255',
    'http://10.0.0.1',
    'http://192.168.0.1',
    'http://0.0.0.0',
    'http://[::]',
    'http://[::2]',
    'http://[::ffff:7f00:1]',
    'http://127-0-0-1.example',
  ])('is refused elsewhere: %s', (origin) => {
    expect(() => recorded({ origins: [origin] })).toThrowError(
      expect.objectContaining({ code: 'ERR_INSECURE_TRANSPORT' }),
    );
    expect(() => recorded({ origins: [ORIGIN, origin] })).toThrow(/insecureOrigins/);
  });

  it.each([
    ['http://127.1', 'http://127.0.0.1'],
    ['http://[0:0:0:0:0:0:0:1]', 'http://[::1]'],
  ])('is refused for another spelling of a listed address: %s', async (origin, listed) => {
    const { authFetch, calls } = recorded({ origins: [listed] });
    await expect(authFetch(`${origin}/`)).rejects.toMatchObject({ code: 'ERR_ORIGIN_NOT_ALLOWED' });
    expect(calls).toEqual([]);
    expect(() => recorded({ origins: [origin] })).toThrow('insecureOrigins');
  });

  it('is allowed for exactly the origins in insecureOrigins', async () => {
    const { authFetch, calls } = recorded({
      origins: [ORIGIN],
      insecureOrigins: ['http://10.0.0.1:8000'],
    });
    await authFetch('http://10.0.0.1:8000/things');
    await authFetch(`${ORIGIN}/things`);
    expect(calls.map(({ request }) => request.headers.get('authorization'))).toEqual([
      BEARER,
      BEARER,
    ]);
    for (const url of ['http://10.0.0.1/', 'https://10.0.0.1:8000/', 'http://10.0.0.2:8000/']) {
      await expect(authFetch(url)).rejects.toMatchObject({ code: 'ERR_ORIGIN_NOT_ALLOWED' });
    }
    expect(calls).toHaveLength(2);
  });

  it('needs only the entry in insecureOrigins', async () => {
    const origin = 'http://10.0.0.1:8000';
    for (const origins of [[], [origin]]) {
      const { authFetch, calls } = recorded({ origins, insecureOrigins: [origin] });
      await authFetch(origin);
      expect(calls[0]?.request.headers.get('authorization')).toBe(BEARER);
    }
  });

  it('to one origin does not allow another', () => {
    const options = { origins: ['http://10.0.0.2'], insecureOrigins: ['http://10.0.0.1'] };
    expect(() => recorded(options)).toThrowError(
      expect.objectContaining({ code: 'ERR_INSECURE_TRANSPORT' }),
    );
  });
});

describe('a list of origins', () => {
  it.each([[[]], [undefined], [null]])('throws without any: %j', (origins) => {
    const run = () => recorded({ origins: origins as unknown as string[] }); // possible in JavaScript
    expect(run).toThrow(new TypeError('origins must list which origins get the token'));
  });

  it('may be a single string in JavaScript', async () => {
    const { authFetch, calls } = recorded({ origins: ORIGIN as unknown as string[] });
    await authFetch(ORIGIN);
    expect(calls).toHaveLength(1);
  });

  it.each([
    ['with a path', 'https://api.example.com/v1'],
    ['with a query', 'https://api.example.com?x'],
    ['with a query behind a slash', 'https://api.example.com/?x'],
    ['with a fragment', 'https://api.example.com#x'],
    ['with credentials', 'https://me:pass@api.example.com'],
    ['with a user', 'https://me@api.example.com'],
    ['without a scheme', 'api.example.com'],
    ['without a scheme and with a port', 'localhost:8000'],
    ['without a host', 'https://'],
    ['of another scheme', 'ws://api.example.com'],
    ['of a file', 'file:///tmp'],
    ['a wildcard', '*'],
    ['null', 'null'],
    ['empty', ''],
  ])('throws for an invalid entry: %s', (_, origin) => {
    expect(() => recorded({ origins: [origin] })).toThrow(TypeError);
    expect(() => recorded({ origins: [ORIGIN, origin] })).toThrow(
      new TypeError('origins[1] must look like https://api.example.com'),
    );
    expect(() => recorded({ origins: [ORIGIN], insecureOrigins: [origin] })).toThrow(
      new TypeError('insecureOrigins[0] must look like https://api.example.com'),
    );
  });

  it('is read once: later additions do not count', async () => {
    const origins = [ORIGIN];
    const { authFetch, calls } = recorded({ origins });
    origins.push('https://evil.example');
    await expect(authFetch('https://evil.example/')).rejects.toThrow();
    expect(calls).toEqual([]);
  });
});
