// A secret and a token that nobody else has go through every mistake, and must come out of none.
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { generateSecret, signToken } from '@zep-auth/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as sdk from '../src/index.ts';
import { type AuthFetchOptions, authHeaders, createAuthFetch, tokenFromEnv } from '../src/index.ts';

const SECRET = generateSecret();
const TOKEN = await signToken(SECRET, { own: randomBytes(24).toString('base64url') });

const PIECE = 12;
const pieces = new Set(
  [SECRET, TOKEN].flatMap((text) =>
    Array.from({ length: text.length - PIECE + 1 }, (_, i) => text.slice(i, i + PIECE)),
  ),
);

/** The pieces of anything private that stand in a text, in any case: host names lose theirs. */
const leaksIn = (text: string): readonly string[] =>
  [...pieces].filter(
    (piece) => text.includes(piece) || text.toLowerCase().includes(piece.toLowerCase()),
  );

/** Everything that can be printed of a value. */
const print = (value: unknown): string => {
  const error = value instanceof Error ? `${value.message} ${value.stack} ${value.cause}` : '';
  const json = typeof value === 'object' ? JSON.stringify(value) : '';
  return [inspect(value, { depth: 12, showHidden: true, getters: true }), json, error].join('\n');
};

let printed: string[] = [];
const see = (value: unknown): void => {
  printed.push(print(value));
};

beforeEach(() => {
  printed = [];
  for (const method of ['debug', 'error', 'info', 'log', 'trace', 'warn'] as const) {
    vi.spyOn(console, method).mockImplementation((...values) => values.forEach(see));
  }
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((chunk) => {
      see(String(chunk));
      return true;
    });
  }
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** Fails where something private was seen, and where nothing at all was. */
const expectNothingPrivate = (): void => {
  expect(printed.length).toBeGreaterThan(0);
  expect(leaksIn(printed.join('\n'))).toEqual([]);
};

it('is a proof that notices: a piece of 12 characters is found, one of 11 is not', () => {
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
  ['a letter beyond ASCII', `${TOKEN}\u00f6`],
  ['two parts', TOKEN.replace(/\.[^.]*$/, '')],
  ['twice', TOKEN + TOKEN],
  ['the secret', SECRET],
  ['the secret in quotes', `'${SECRET}'`],
];

const origins = ['https://api.example.com'];
const fetch: AuthFetchOptions['fetch'] = async () => new Response('answered');

describe('nothing private comes out', () => {
  it.each(VALUES)('of what is thrown for a token with a mistake: %s', (_, value) => {
    for (const run of [
      () => tokenFromEnv({ ZEP_API_KEY: value }),
      () => authHeaders(value),
      () => createAuthFetch({ token: value, origins, fetch }),
    ]) {
      expect(run).toThrowError(
        expect.toSatisfy((error) => {
          see(error);
          return error instanceof Error;
        }),
      );
    }
    expect(printed).toHaveLength(3);
    expectNothingPrivate();
  });

  it.each([
    ['origins', { origins: [TOKEN] }],
    ['origins, as a path', { origins: [`https://api.example.com/${TOKEN}`] }],
    ['origins, as credentials', { origins: [`https://me:${SECRET}@api.example.com`] }],
    ['origins, as a list', { origins: TOKEN as unknown as string[] }],
    ['insecureOrigins', { origins, insecureOrigins: [SECRET] }],
  ])('of what is thrown where it stands in place of %s', (_, options) => {
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
    ['a URL that is none', `https://api.example.com:${TOKEN}/`],
  ])('of a call that is refused: %s', async (_, url) => {
    const authFetch = createAuthFetch({ token: TOKEN, origins, fetch });
    await authFetch(url).then(() => expect.unreachable('it was sent'), see);
    expectNothingPrivate();
  });

  it('of what the platform throws for a request that fails', async () => {
    const origin = 'http://127.0.0.1:1';
    const authFetch = createAuthFetch({ token: TOKEN, origins: [origin] });
    await authFetch(`${origin}/`).then(() => expect.unreachable('it was answered'), see);
    expectNothingPrivate();
  });

  it('of anything that is exported or returned', async () => {
    const authFetch = createAuthFetch({ token: TOKEN, origins, fetch });
    const response = await authFetch('https://api.example.com/');
    for (const value of [sdk, authFetch, String(authFetch), response]) see(value);
    expectNothingPrivate();
  });
});
