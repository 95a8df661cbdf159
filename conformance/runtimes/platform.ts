// The client on each platform's own fetch, against real servers. It uses only what all of them have, React Native
// included: no crypto, no streams and no URL class. Tokens are made by the runner.
import type * as sdk from '@zep-auth/sdk-auth';
import { type Case, expect } from './case.ts';

/** What a platform brings along. */
export interface Platform {
  readonly createAuthFetch: typeof sdk.createAuthFetch;
  /** A fetch to pass as the option, where there is no global one. */
  readonly fetch?: typeof fetch;
  /** Whether its fetch sends Authorization to where a redirect leads, against the rule of fetch. */
  readonly keepsTokenOnRedirect?: boolean;
  /** The name of its fetch's error for an abort. Default `AbortError`. */
  readonly abortsAs?: string;
  /** Servers that echo, redirect and refuse tokens. */
  readonly origins: { readonly home: string; readonly other: string };
  /** Two tokens, both of which expire in 300 seconds and have an `iat`. */
  readonly tokens: readonly [string, string];
}

interface Echo {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | null;
  readonly own: string | null;
  readonly body: string;
}

const within = <T>(promise: Promise<T>): Promise<T> =>
  Promise.race([
    promise,
    new Promise<never>((_, reject) => setTimeout(() => reject(new Error('it hangs')), 10_000)),
  ]);

const codeOf = (call: Promise<unknown>): Promise<unknown> =>
  within(call).then(
    () => 'answered',
    (error: { code?: unknown; name?: unknown }) =>
      typeof error.code === 'string' ? error.code : error.name,
  );

/** The bodies that this platform can make, each with a text that the server must receive. */
const createBodies = (): readonly (readonly [string, () => BodyInit, RegExp])[] => {
  const form = () => {
    const data = new FormData();
    data.append('name', 'in a form');
    return data;
  };
  return [
    ['a string', () => 'text é', /^text é$/],
    ['parameters', () => new URLSearchParams({ a: '1' }), /^a=1$/],
    ['a form', form, /name="name"[\s\S]*in a form/],
    ['bytes', () => new Uint8Array([116, 101, 120, 116]), /^text$/],
    ...(globalThis.Blob === undefined
      ? []
      : [['a Blob', () => new Blob(['text']), /^text$/] as const]),
  ];
};

export const createPlatformCases = (platform: Platform): readonly Case[] => {
  const { origins, tokens, keepsTokenOnRedirect = false, abortsAs = 'AbortError' } = platform;
  const { home, other } = origins;
  const [first, second] = tokens;
  const ownFetch = platform.fetch && { fetch: platform.fetch };
  const create = (options: Partial<sdk.AuthFetchOptions> = {}): sdk.AuthFetch =>
    platform.createAuthFetch({ token: first, origins: [home], ...ownFetch, ...options });
  const read = async (call: Promise<Response>): Promise<Echo> => {
    const response = await within(call);
    return JSON.parse(await response.text());
  };
  /** A path that accepts one token only. */
  const only = (token: string): string => `${home}/only/${token.slice(-43)}`;
  const refreshing = () => {
    let asked = 0;
    const token: sdk.TokenProvider = async ({ isRefused }) => {
      asked++;
      return isRefused ? second : first;
    };
    return { token, asked: () => asked };
  };

  const requests: readonly Case[] = [
    {
      name: 'requests: a URL is sent as it is written, with the token',
      run: async () => {
        for (const path of ['/me', '/me?a=1', '/a/b/', '/me?q=%7e', '']) {
          const { url, authorization } = await read(create()(`${home}${path}`));
          expect('url', url, path === '' ? '/' : path);
          expect('authorization', authorization, `Bearer ${first}`);
        }
      },
    },
    {
      name: 'requests: headers and method are kept',
      run: async () => {
        const init = { method: 'PUT', headers: { 'X-Own': '1' }, body: 'x' };
        const { method, own } = await read(create()(`${home}/me`, init));
        expect('request', [method, own], ['PUT', '1']);
        const pairs = await read(create()(`${home}/me`, { headers: [['x-own', '2']] }));
        expect('pairs', pairs.own, '2');
      },
    },
    {
      name: 'requests: the caller’s Authorization is kept, or replaced',
      run: async () => {
        const init = { headers: { Authorization: 'Basic YTpi' } };
        expect('kept', (await read(create()(`${home}/me`, init))).authorization, 'Basic YTpi');
        const replacing = create({ authorization: 'replace' });
        const { authorization } = await read(replacing(`${home}/me`, init));
        expect('replaced', authorization, `Bearer ${first}`);
      },
    },
    {
      name: 'requests: a URL object or a Request is sent as fetch sends it',
      run: async () => {
        if (globalThis.URL !== undefined) {
          const { url } = await read(create()(new URL(`${home}/path/`)));
          expect('url', url, '/path/');
        }
        if (globalThis.Request === undefined) return;
        const request = new Request(`${home}/me`, {
          method: 'POST',
          body: 'text',
          headers: { 'x-own': '1' },
        });
        const { method, own, body, authorization } = await read(create()(request));
        expect('request', [method, own, body], ['POST', '1', 'text']);
        expect('authorization', authorization, `Bearer ${first}`);
      },
    },
    {
      name: 'requests: nothing is sent to an unlisted origin',
      run: async () => {
        for (const url of [
          `${other}/me`,
          home.replace('//', '//user@evil.example:80/@'),
          'https://evil.example/',
          `${home}.evil.example/`,
          `${home}@evil.example/`,
        ]) {
          const outcome = await codeOf(create()(url));
          if (outcome !== 'ERR_ORIGIN_NOT_ALLOWED' && outcome !== 'TypeError')
            throw new Error(`${url}: ${outcome}`);
        }
      },
    },
    {
      name: 'requests: Retry-After is on the response in seconds',
      run: async () => {
        const { status, retryAfterSeconds } = await within(create()(`${home}/busy`));
        expect('busy', [status, retryAfterSeconds], [503, 7]);
      },
    },
  ];

  const bodies = createBodies().map(
    ([name, make, pattern]): Case => ({
      name: `bodies: ${name} is sent, and again with a new token`,
      run: async () => {
        const { token, asked } = refreshing();
        const init = { method: 'POST', body: make() };
        const { body, authorization } = await read(create({ token })(only(second), init));
        if (!pattern.test(body)) throw new Error(`the body is ${JSON.stringify(body)}`);
        expect('authorization', authorization, `Bearer ${second}`);
        expect('asked', asked(), 2);
      },
    }),
  );

  const refresh: readonly Case[] = [
    {
      name: 'refresh: 20 calls with a refused token ask once',
      run: async () => {
        const { token, asked } = refreshing();
        const authFetch = create({ token });
        const calls = Array.from({ length: 20 }, () => read(authFetch(only(second))));
        for (const { authorization } of await Promise.all(calls)) {
          expect('authorization', authorization, `Bearer ${second}`);
        }
        expect('asked', asked(), 2);
      },
    },
    {
      name: 'refresh: a token is replaced before it expires',
      run: async () => {
        const { now } = Date;
        let asked = 0;
        const token = () => (asked++ === 0 ? first : second);
        const authFetch = create({ token });
        try {
          expect('first', (await read(authFetch(`${home}/me`))).authorization, `Bearer ${first}`);
          Date.now = () => now() + 269_000;
          expect('kept', (await read(authFetch(`${home}/me`))).authorization, `Bearer ${first}`);
          Date.now = () => now() + 272_000;
          expect('next', (await read(authFetch(`${home}/me`))).authorization, `Bearer ${second}`);
        } finally {
          Date.now = now;
        }
      },
    },
    {
      name: 'refresh: a token that stays refused, and a provider that fails, reject the call',
      run: async () => {
        const same = create({ token: () => first });
        expect('same', await codeOf(same(only(second))), 'ERR_TOKEN_EXPIRED');
        const failing = create({ token: () => Promise.reject(new Error('down')) });
        expect('fails', await codeOf(failing(only(second))), 'ERR_TOKEN_PROVIDER');
        const error: unknown = await failing(only(second)).catch((reason: unknown) => reason);
        const { cause } = error as { cause?: { message: string } };
        expect('cause', cause?.message, 'down');
      },
    },
    {
      name: 'refresh: an abort ends the wait for a token, and its own call only',
      run: async () => {
        let give = (_: string): void => {};
        const waiting = new Promise<string>((resolve) => {
          give = resolve;
        });
        const authFetch = create({ token: () => waiting });
        const abort = new AbortController();
        const aborted = codeOf(authFetch(`${home}/me`, { signal: abort.signal }));
        const kept = read(authFetch(`${home}/me`));
        abort.abort();
        expect('aborted', await aborted, 'AbortError');
        give(first);
        expect('kept', (await kept).authorization, `Bearer ${first}`);
        const late = codeOf(authFetch(`${home}/me`, { signal: abort.signal }));
        expect('late', await late, 'AbortError');
      },
    },
    {
      name: 'refresh: an abort ends a call on the wire',
      run: async () => {
        for (const token of [first, () => first]) {
          const abort = new AbortController();
          const call = codeOf(create({ token })(`${home}/hang`, { signal: abort.signal }));
          setTimeout(() => abort.abort(), 50);
          expect('aborted', await call, abortsAs);
        }
      },
    },
  ];

  const redirects = [301, 302, 303, 307, 308].map(
    (status): Case => ({
      name: `redirects: ${status} keeps the token within the origin, and follows the platform elsewhere`,
      run: async () => {
        const authFetch = create({ origins: [home, other] });
        const to = (target: string) =>
          read(authFetch(`${home}/redirect?status=${status}&to=${encodeURIComponent(target)}`));
        expect('kept', (await to(`${home}/me`)).authorization, `Bearer ${first}`);
        const { authorization } = await to(`${other}/me`);
        expect('elsewhere', authorization, keepsTokenOnRedirect ? `Bearer ${first}` : null);
      },
    }),
  );

  return [...requests, ...bodies, ...refresh, ...redirects];
};

/** The outcome of each case. */
export interface Outcome {
  readonly passed: readonly string[];
  readonly failed: readonly { readonly name: string; readonly reason: string }[];
}

/** Runs every case, even after a failure. */
export const runCases = async (cases: readonly Case[]): Promise<Outcome> => {
  const passed: string[] = [];
  const failed: { name: string; reason: string }[] = [];
  for (const { name, run } of cases) {
    try {
      await run();
      passed.push(name);
    } catch (error) {
      failed.push({ name, reason: error instanceof Error ? error.message : 'not an Error' });
    }
  }
  return { passed, failed };
};
