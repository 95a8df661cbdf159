// A random secret and token go through every error path, and no piece of them may come out.
import { randomBytes } from 'node:crypto';
import { AuthError, createKeyring, generateSecret, signToken } from '@zep-auth/core';
import { createLeakFinder, print, watchOutput } from '@zep-auth/test-kit/leaks';
import { describe, expect, it } from 'vitest';
import * as sdk from '../src/index.ts';
import {
  type AuthFetchOptions,
  authHeaders,
  createAuthFetch,
  tokenFromEnv,
  webSocketProtocols,
} from '../src/index.ts';
import * as selfSigned from '../src/self-signed.ts';
import { selfSignedTokens } from '../src/self-signed.ts';

const SECRET = generateSecret();
const TOKEN = await signToken(SECRET, { own: randomBytes(24).toString('base64url') });

/** Also in lower case, because host names are. */
const leaksIn = createLeakFinder([SECRET, TOKEN].flatMap((text) => [text, text.toLowerCase()]));
const { see, printed } = watchOutput();

const caught = (run: () => unknown): unknown => {
  try {
    return expect.unreachable(String(run()));
  } catch (error) {
    return error;
  }
};

/** Fails if something private was printed, and if nothing was printed at all. */
const expectNothingPrivate = (): void => {
  expect(printed().length).toBeGreaterThan(0);
  expect(leaksIn(printed().join('\n'))).toEqual([]);
};

it('finds a piece of 12 characters, but not one of 11', () => {
  for (const text of [SECRET, TOKEN]) {
    expect(leaksIn(`before ${text.slice(5, 17)} after`)).toEqual([text.slice(5, 17)]);
    expect(leaksIn(`before ${text.slice(5, 16)} after`)).toEqual([]);
  }
  expect(leaksIn(print(new Error(TOKEN)))).not.toEqual([]);
});

const VALUES: readonly (readonly [string, string])[] = [
  ['Bearer before it', `Bearer ${TOKEN}`],
  ['a line break', `${TOKEN}\n`],
  ['quotes', `"${TOKEN}"`],
  ['a space', `${TOKEN} `],
  ['a letter outside ASCII', `${TOKEN}\u00f6`],
  ['two parts', TOKEN.replace(/\.[^.]*$/, '')],
  ['twice', TOKEN + TOKEN],
  ['the secret', SECRET],
  ['the secret in quotes', `'${SECRET}'`],
];

const origins = ['https://api.example.com'];
const fetch: AuthFetchOptions['fetch'] = async () => new Response('answered');

describe('nothing private leaks', () => {
  it.each(VALUES)('from an error about a malformed token: %s', (_, value) => {
    for (const run of [
      () => tokenFromEnv({ ZEP_API_KEY: value }),
      () => authHeaders(value),
      () => webSocketProtocols(value),
      () => createAuthFetch({ token: value, origins, fetch }),
    ]) {
      expect(run).toThrowError(
        expect.toSatisfy((error) => {
          see(error);
          return error instanceof Error;
        }),
      );
    }
    expect(printed()).toHaveLength(4);
    expectNothingPrivate();
  });

  it.each([
    ['origins', { origins: [TOKEN] }],
    ['origins, as a path', { origins: [`https://api.example.com/${TOKEN}`] }],
    ['origins, as credentials', { origins: [`https://me:${SECRET}@api.example.com`] }],
    ['origins, as a list', { origins: TOKEN as unknown as string[] }],
    ['insecureOrigins', { origins, insecureOrigins: [SECRET] }],
  ])('from an error when it is passed as %s', (_, options) => {
    expect(() => createAuthFetch({ token: TOKEN, fetch, ...options })).toThrowError(
      expect.toSatisfy((error) => {
        see(error);
        return error instanceof Error;
      }),
    );
    expectNothingPrivate();
  });

  it.each([
    ['another origin', `https://me:${SECRET}@evil.example/${TOKEN}?access_token=${TOKEN}#${TOKEN}`],
    ['a path without an origin', `/things?access_token=${TOKEN}`],
    ['the token itself', TOKEN],
    ['an invalid URL', `https://api.example.com:${TOKEN}/`],
  ])('from a call that is refused: %s', async (_, url) => {
    const authFetch = createAuthFetch({ token: TOKEN, origins, fetch });
    await authFetch(url).then(() => expect.unreachable('it was sent'), see);
    expectNothingPrivate();
  });

  it('from the error of a failed request', async () => {
    const origin = 'http://127.0.0.1:1';
    const authFetch = createAuthFetch({ token: TOKEN, origins: [origin] });
    await authFetch(`${origin}/`).then(() => expect.unreachable('it was answered'), see);
    expectNothingPrivate();
  });

  it.each(VALUES)('from a call whose provider returns a malformed token: %s', async (_, value) => {
    const authFetch = createAuthFetch({ token: () => value, origins, fetch });
    await authFetch(origins[0] ?? '').then(() => expect.unreachable('it was sent'), see);
    expect(printed().join('')).toContain('ERR_TOKEN_PROVIDER');
    expectNothingPrivate();
  });

  it.each<[string, () => unknown]>([
    ['an Error', () => new Error(`no luck with ${TOKEN}`, { cause: TOKEN })],
    ['an Error with that name', () => Object.assign(new Error(), { name: TOKEN, code: SECRET })],
    ['a string', () => TOKEN],
    ['an object', () => ({ message: TOKEN, code: TOKEN, name: TOKEN, stack: TOKEN })],
    ['an AuthError', () => new AuthError('ERR_TOKEN_CLAIM', `bad: ${TOKEN}`)],
    ['a syntax error', () => caught(() => JSON.parse(`"${TOKEN}`))],
  ])('from a call whose provider fails with it: %s', async (_, make) => {
    const thrower = (): never => {
      throw make();
    };
    for (const token of [thrower, async () => thrower()]) {
      const authFetch = createAuthFetch({ token, origins, fetch });
      await authFetch(origins[0] ?? '').then(() => expect.unreachable('it was sent'), see);
    }
    expect(printed()).toHaveLength(2);
    expectNothingPrivate();
  });

  it('from a call that is aborted, before or after its token arrives', async () => {
    const own = TOKEN; // in a closure
    const hanging: AuthFetchOptions['fetch'] = (_, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
      });
    for (const token of [own, () => own, () => new Promise<string>(() => {})]) {
      const authFetch = createAuthFetch({ token, origins, fetch: hanging });
      const abort = new AbortController();
      const call = authFetch(origins[0] ?? '', { signal: abort.signal });
      await new Promise((resolve) => setImmediate(resolve));
      abort.abort();
      await call.then(() => expect.unreachable('it was answered'), see);
      see(call);
    }
    const origin = 'http://127.0.0.1:1';
    const signal = AbortSignal.abort();
    const onHttp = createAuthFetch({ token: () => own, origins: [origin] });
    await onHttp(origin, { signal }).then(() => expect.unreachable('it was answered'), see);
    expect(printed().join('')).toContain('AbortError');
    expectNothingPrivate();
  });

  it('from a call whose token is refused, and whose stream cannot be sent again', async () => {
    const answers = { n: 0 };
    const refusing: AuthFetchOptions['fetch'] = async () =>
      new Response('refused', { status: answers.n++ % 2 === 0 ? 401 : 200 });
    for (const body of ['text', new ReadableStream()]) {
      const authFetch = createAuthFetch({ token: () => TOKEN, origins, fetch: refusing });
      await authFetch(origins[0] ?? '', { method: 'POST', body }).then(see, see);
    }
    expect(printed().join('')).toContain('ERR_TOKEN_EXPIRED');
    expectNothingPrivate();
  });

  it('from self-signed tokens and their errors', async () => {
    const provider = selfSignedTokens({ secret: SECRET, claims: { sub: TOKEN } });
    const made = await provider();
    const authFetch = createAuthFetch({ token: provider, origins, fetch });
    see(await authFetch(origins[0] ?? ''));
    for (const value of [selfSigned, provider, String(provider), authFetch]) see(value);
    for (const options of [
      { secret: `${SECRET}\n` },
      { secret: TOKEN },
      { secret: SECRET, keyring: createKeyring(SECRET) },
      { secret: SECRET, expiresInSeconds: TOKEN as unknown as number }, // possible in JavaScript
    ]) {
      see(caught(() => selfSignedTokens(options)));
    }
    const claims = { [TOKEN]: 1n };
    await selfSignedTokens({ secret: SECRET, claims })().catch(see);
    expectNothingPrivate();
    expect(createLeakFinder([made])(printed().join('\n'))).toEqual([]);
  });

  it('from anything that is exported or returned', async () => {
    for (const token of [TOKEN, () => TOKEN, async () => TOKEN]) {
      const authFetch = createAuthFetch({ token, origins, fetch });
      const response = await authFetch('https://api.example.com/');
      for (const value of [sdk, authFetch, String(authFetch), response]) see(value);
      // biome-ignore lint/suspicious/noConsole: printing is what is tested
      console.log(authFetch, { authFetch });
    }
    expectNothingPrivate();
  });
});
