// Where the doctor's tokens go: the user's own in Authorization only, and over plain HTTP to no other machine.
import { expect, it } from 'vitest';
import { tokenOf } from '../made-tokens.ts';
import { bearerOf, detailsOf, guardBy, isGood, listen, probeAt, troublesOf } from './probing.ts';

const TOKEN = tokenOf({ sub: 'alice', jti: 'a-token-of-hers' });

interface Seen {
  readonly method: string;
  readonly target: string;
  readonly authorization: string;
}

/** A server that keeps what it was sent. */
const listenAndKeep = async (): Promise<{ readonly url: string; readonly seen: Seen[] }> => {
  const seen: Seen[] = [];
  const guarded = guardBy((request) => isGood(bearerOf(request)));
  const url = await listen((request, response) => {
    const { method = '', url: target = '', headers } = request;
    seen.push({ method, target, authorization: headers.authorization ?? '' });
    return guarded(request, response);
  });
  return { url, seen };
};

/** The same server, by an address that is not known to be this machine's. */
const elsewhere = (url: string): string => url.replace('127.0.0.1', '0.0.0.0');

const claimsIn = (text: string): { readonly exp?: unknown; readonly jti?: unknown } =>
  JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString());

it('the user’s token is sent once, behind Bearer, for the path that was given', async () => {
  const { url, seen } = await listenAndKeep();
  await probeAt(`${url}/things?a=b`, { token: TOKEN });
  const signature = TOKEN.slice(-43);
  const holding = seen.filter((request) => JSON.stringify(request).includes(signature));
  expect(holding).toEqual([
    { method: 'GET', target: '/things?a=b', authorization: `Bearer ${TOKEN}` },
  ]);
});

it('every other token that a right verifier takes lives for a minute at most', async () => {
  const { url, seen } = await listenAndKeep();
  await probeAt(`${url}/things`, { claims: { sub: 'alice' } });
  const texts = seen.flatMap(
    ({ target, authorization }) => /ey[\w-]+\.[\w-]+\.[\w-]{43}/.exec(target + authorization) ?? [],
  );
  const good = texts.filter((text) => isGood(text));
  expect(good.length).toBeGreaterThan(0);
  for (const text of good) {
    expect(claimsIn(text).exp).toBeLessThanOrEqual(Date.now() / 1000 + 60);
  }
});

it('nothing but GET and preflights is asked, with no more than 40 requests', async () => {
  const { url, seen } = await listenAndKeep();
  await probeAt(`${url}/things`, { token: TOKEN });
  expect([...new Set(seen.map(({ method }) => method))].sort()).toEqual(['GET', 'OPTIONS']);
  expect(seen.length).toBeGreaterThan(25);
  expect(seen.length).toBeLessThanOrEqual(40);
});

it('over plain HTTP to another machine no token is sent', async () => {
  const { url, seen } = await listenAndKeep();
  const results = await probeAt(`${elsewhere(url)}/things`, { token: TOKEN });
  expect(troublesOf(results)).toEqual({
    TLS: 'fail: the URL begins with http:',
  });
  expect(detailsOf(results, 'skipped')).toMatchObject({
    'your token': 'no token is sent over plain HTTP',
    'token signed here': 'no token is sent over plain HTTP',
    'alg none': 'no token is sent over plain HTTP',
  });
  expect(JSON.stringify(seen)).not.toContain('ey');
});

it('and without the secret none at all', async () => {
  const { url, seen } = await listenAndKeep();
  const results = await probeAt(`${elsewhere(url)}/things`, { key: undefined, token: TOKEN });
  expect(troublesOf(results)).toEqual({
    TLS: 'fail: the URL begins with http:',
  });
  expect(JSON.stringify(seen)).not.toContain('ey');
});

it('a redirect is not followed, with a token or without', async () => {
  const { url: other, seen } = await listenAndKeep();
  const url = await listen((_, response) => {
    response.writeHead(307, { location: `${other}/things` }).end();
  });
  const results = await probeAt(`${url}/things`, { token: TOKEN });
  expect(detailsOf(results, 'unknown')).toMatchObject({
    'no token': 'answers 307, which is not a refusal',
  });
  expect(seen).toEqual([]);
});

it('a name that only begins like this machine’s is another machine', async () => {
  const { seen } = await listenAndKeep();
  for (const host of ['localhost.example', '127.0.0.1.example', 'x.localhost', '[::2]']) {
    // Nothing of it is asked: what cannot be reached gets no token either.
    const results = await probeAt(`http://${host}:1/`, { token: TOKEN });
    expect(results[0]).toMatchObject({ name: 'TLS', status: 'fail' });
  }
  expect(seen).toEqual([]);
});
