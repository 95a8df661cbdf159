// Client cases: where the token goes, how it is refreshed, and what the platform's redirects do with it. The redirect
// cases use the platform's fetch and real servers, because they test the platform.
import type { AuthFetchOptions } from '@zep-auth/sdk-auth';
import { type Case, expect, type Library, type Origins } from './case.ts';

type Send = NonNullable<AuthFetchOptions['fetch']>;

export const createClientCases = (
  { core, sdk, selfSigned }: Library,
  { home, other, secure }: Origins,
  { secret, token: good }: { readonly secret: string; readonly token: string },
): readonly Case[] => {
  const { createAuthFetch } = sdk;
  const api = 'https://api.example.com';
  const codeOf = (call: Promise<unknown>): Promise<unknown> =>
    call.then(
      () => 'answered',
      (error: unknown) => (core.isAuthError(error) ? error.code : error),
    );

  /** An API that accepts one token, and records its requests. */
  const apiAccepting = (token: string) => {
    const sent: string[] = [];
    const ask: Send = async (input, init) => {
      const request = new Request(input, init);
      const isGood = request.headers.get('authorization') === `Bearer ${token}`;
      sent.push(`${request.method} ${isGood} ${await request.text()}`);
      const headers = { 'www-authenticate': 'Bearer realm="api", error="invalid_token"' };
      return isGood ? new Response('ok') : new Response('refused', { status: 401, headers });
    };
    return { sent, ask };
  };

  const ofTokens: readonly Case[] = [
    {
      name: 'client: the token goes to the listed origin only',
      run: async () => {
        const sent: string[] = [];
        const authFetch = createAuthFetch({
          token: good,
          origins: [api],
          fetch: async (input, init) => {
            const { url, headers } = new Request(input, init);
            sent.push(`${url} ${headers.get('authorization') === `Bearer ${good}`}`);
            return new Response('ok');
          },
        });
        await authFetch(`${api}/a`, { method: 'POST', body: 'x' });
        await authFetch(new Request(`${api}/b`));
        expect(
          'refused',
          await codeOf(authFetch('https://evil.example/')),
          'ERR_ORIGIN_NOT_ALLOWED',
        );
        expect('sent', sent, [`${api}/a true`, `${api}/b true`]);
      },
    },
    {
      name: 'client: a refused token is refreshed once for all calls, and every body is sent again',
      run: async () => {
        const tokens = [await core.signToken(secret, { n: 1 }), good];
        const { sent, ask } = apiAccepting(good);
        const authFetch = createAuthFetch({
          token: async () => tokens.shift() ?? '',
          origins: [api],
          fetch: ask,
        });
        const bodies = ['text', new Blob(['text']), new TextEncoder().encode('text')];
        const init = (body: BodyInit) => ({ method: 'POST', body });
        const calls = [
          ...bodies.map((body) => authFetch(api, init(body))),
          ...bodies.map((body) => authFetch(new Request(api, init(body)))),
        ];
        for (const { status } of await Promise.all(calls)) expect('status', status, 200);
        const accepted = sent.filter((one) => one === 'POST true text');
        expect('accepted', accepted.length, calls.length);
        // A Request is read before it is sent, and may get the new token at once.
        const refused = sent.filter((one) => one === 'POST false text').length;
        expect('refused', refused >= bodies.length && refused <= calls.length, true);
        expect('tokens left', tokens.length, 0);
      },
    },
    {
      name: 'client: a stream is not sent again, and the next call has a new token',
      run: async () => {
        const tokens = [await core.signToken(secret, { n: 1 }), good];
        const { sent, ask } = apiAccepting(good);
        const authFetch = createAuthFetch({
          token: () => tokens.shift() ?? '',
          origins: [api],
          fetch: (input, init) => ask(input, { ...init, body: 'of a stream' }),
        });
        const init = { method: 'POST', body: new ReadableStream() };
        expect('stream', await codeOf(authFetch(api, init)), 'ERR_TOKEN_EXPIRED');
        expect('next', await codeOf(authFetch(api, { method: 'POST' })), 'answered');
        expect('sent', sent, ['POST false of a stream', 'POST true of a stream']);
      },
    },
    {
      name: 'client: a provider that fails or hangs rejects its call, and an abort ends only its own call',
      run: async () => {
        const hang = new Promise<string>(() => {});
        const answers = [() => hang, () => Promise.reject(new Error(good)), () => good];
        const authFetch = createAuthFetch({
          token: () => answers.shift()?.() ?? '',
          origins: [api],
          providerTimeoutSeconds: 0.05,
          fetch: apiAccepting(good).ask,
        });
        const abort = new AbortController();
        const calls = [authFetch(api), authFetch(api, { signal: abort.signal })].map(codeOf);
        abort.abort('enough');
        expect('hangs', await Promise.all(calls), ['ERR_TOKEN_PROVIDER', 'enough']);
        expect('fails', await codeOf(authFetch(api)), 'ERR_TOKEN_PROVIDER');
        expect('next', await codeOf(authFetch(api)), 'answered');
      },
    },
    {
      name: 'client: a self-signed token is valid and serves many calls',
      run: async () => {
        const token = selfSigned.selfSignedTokens({ secret, claims: { sub: 'worker' } });
        const { claims } = await core.createVerifier({ secret }).verify(await token());
        expect('subject', claims['sub'], 'worker');
        expect('life', Number(claims.exp) - Number(claims.iat), 300);
        const { sent, ask } = apiAccepting(await token());
        const authFetch = createAuthFetch({ token, origins: [api], fetch: ask });
        await Promise.all([authFetch(api), authFetch(api), authFetch(api)]);
        expect('sent', sent, ['GET true ', 'GET true ', 'GET true ']);
      },
    },
    {
      name: 'client: no returned value or error shows the token',
      run: async () => {
        const authFetch = createAuthFetch({ token: () => good, origins: [api] });
        const failing = createAuthFetch({
          token: () => Promise.reject(new Error(good, { cause: good })),
          origins: [api],
        });
        const error: unknown = await failing(api).catch((reason: unknown) => reason);
        const texts = [authFetch, failing, error].map((value) => [
          String(value),
          JSON.stringify(value),
          value instanceof Error ? [value.message, value.stack, String(value.cause)] : '',
        ]);
        expect('shown', texts.flat(2).join(' ').includes(good), false);
      },
    },
  ];

  const ways = [
    { from: home, to: home, isKept: true, what: 'within an HTTP origin keeps the token' },
    { from: home, to: other, isKept: false, what: 'to another origin drops it' },
    ...(secure === undefined
      ? []
      : [
          {
            from: secure,
            to: secure,
            isKept: true,
            what: 'within an HTTPS origin keeps the token',
          },
          { from: secure, to: home, isKept: false, what: 'from HTTPS to HTTP drops it' },
        ]),
  ];
  const ofRedirects = [301, 302, 303, 307, 308].flatMap((status) =>
    ways.map(
      ({ from, to, isKept, what }): Case => ({
        name: `client: a redirect with ${status} ${what}`,
        run: async () => {
          for (const token of [good, () => good]) {
            const authFetch = createAuthFetch({ token, origins: [from, to] });
            const query = new URLSearchParams({ status: `${status}`, to: `${to}/target` });
            const response = await authFetch(`${from}/redirect?${query}`);
            const [path, authorization] = await response.json();
            expect('path', path, '/target');
            expect('lost', authorization === null, !isKept);
            expect('kept', authorization === `Bearer ${good}`, isKept);
          }
        },
      }),
    ),
  );

  return [...ofTokens, ...ofRedirects];
};
