// The doctor at servers that are open, or half open: it fails, for the right reason and for no other.
import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { tokenOf } from '../../made-tokens.ts';
import {
  bearerOf,
  detailsOf,
  type Flaw,
  guardBy,
  isGood,
  listen,
  probeAt,
  refuse,
  troublesOf,
} from './probing.ts';

const letsIn = (request: IncomingMessage): boolean => isGood(bearerOf(request));

it('a server that does all as it should has no row that warns or fails', async () => {
  const url = await listen(guardBy(letsIn));
  expect(troublesOf(await probeAt(`${url}/api/things`))).toEqual({});
});

it('an open server fails, and nothing is concluded from its answers to tokens', async () => {
  const url = await listen(guardBy(() => true));
  const results = await probeAt(`${url}/api/things`);
  expect(troublesOf(results)).toEqual({ 'no token': 'fail: the API is open: it answers 200' });
  expect(detailsOf(results, 'skipped')).toMatchObject({
    HEAD: 'the path is open',
    'other spellings': 'the path itself is not guarded',
    'token signed here': 'the path is open, with or without one',
    'no signature': 'the path is open',
    expired: 'the path is open',
  });
});

describe('a verifier with a flaw', () => {
  it.each<readonly [Flaw, Record<string, string>]>([
    [
      'signature',
      {
        'another secret': 'fail: let in: any signature',
        tampered: 'fail: let in: changed claims',
        'odd spelling': 'warn: let in: idle bits in the signature, = at its end',
      },
    ],
    ['none', { 'no signature': 'fail: let in: alg none' }],
    ['alg', { algorithm: 'fail: let in: alg HS512 over HS256, alg none over HS256' }],
    ['exp', { expired: 'fail: let in: a token of an hour ago' }],
    ['exp text', { 'exp as text': 'fail: let in: exp in quotes' }],
    ['nbf', { 'not yet valid': 'fail: let in: a token for the next hour' }],
    ['crit', { crit: 'fail: let in: crit with an unknown name' }],
    ['object', { 'claims no object': 'fail: let in: a list for claims' }],
    ['idle bits', { 'odd spelling': 'warn: let in: idle bits in the signature, = at its end' }],
    ['padding', { 'odd spelling': 'warn: let in: = at its end' }],
    ['repeated', { 'a member twice': 'warn: let in: typ and exp twice' }],
  ])('%s is found, and nothing else', async (flaw, expected) => {
    const url = await listen(guardBy((request) => isGood(bearerOf(request), [flaw])));
    expect(troublesOf(await probeAt(`${url}/api/things`))).toEqual(expected);
  });
});

it('a server that only looks whether there is a header fails with all that it lets in', async () => {
  const url = await listen(guardBy(({ headers }) => headers.authorization !== undefined));
  const results = await probeAt(`${url}/api/things`);
  expect(Object.keys(detailsOf(results, 'fail'))).toEqual([
    ...['any credentials', 'no signature', 'another secret', 'tampered', 'algorithm', 'expired'],
    ...['not yet valid', 'exp as text', 'crit', 'claims no object'],
  ]);
  expect(detailsOf(results, 'fail')['any credentials']).toBe('let in: Bearer x, Basic eDp4');
  expect(detailsOf(results, 'warn')).toEqual({
    'odd spelling': 'let in: idle bits in the signature, = at its end',
    'a member twice': 'let in: typ and exp twice',
    'other schemes': 'let in: Basic, Token, no scheme',
  });
});

describe('where the token may stand', () => {
  it('another scheme is found', async () => {
    const read = ({ headers }: IncomingMessage): string =>
      headers.authorization?.split(' ').at(-1) ?? '';
    const url = await listen(guardBy((request) => isGood(read(request))));
    expect(troublesOf(await probeAt(`${url}/x`))).toEqual({
      'other schemes': 'warn: let in: Basic, Token, no scheme',
    });
  });

  it('the URL is found, beside a query that is there', async () => {
    const read = ({ url = '' }: IncomingMessage): string =>
      new URL(url, 'http://x').searchParams.get('access_token') ?? '';
    const url = await listen(guardBy((request) => letsIn(request) || isGood(read(request))));
    expect(troublesOf(await probeAt(`${url}/x?a=b`))).toEqual({
      'token in the URL': 'warn: let in: ?access_token=',
    });
  });
});

describe('guard and router that do not agree on the path', () => {
  it('a guard that splits on / lets // through', async () => {
    const url = await listen((request, response) => {
      const parts = (request.url ?? '').split('/');
      if (parts[1] === 'api' && !letsIn(request)) return refuse(response);
      const isThere = /^\/+api\/+things$/.test(request.url ?? '');
      return response.writeHead(isThere ? 200 : 404).end();
    });
    expect(troublesOf(await probeAt(`${url}/api/things`))).toMatchObject({
      'other spellings': 'fail: open with //',
    });
  });

  it('a guard that compares the raw path where the router decodes and folds lets them through', async () => {
    const url = await listen((request, response) => {
      if (request.url?.startsWith('/api/') && !letsIn(request)) return refuse(response);
      const { pathname } = new URL(request.url ?? '', 'http://x');
      const path = decodeURIComponent(pathname).toLowerCase();
      return response.writeHead(path === '/api/things' ? 200 : 404).end();
    });
    expect(troublesOf(await probeAt(`${url}/api/things`))).toMatchObject({
      'other spellings':
        'fail: open with %2F for /, /./, a letter escaped, other case, /healthz/../, /healthz/%2e%2e/',
    });
  });

  it('a page for all that is not there is no way in', async () => {
    const url = await listen((request, response) => {
      const isApi = request.url?.split('?')[0] === '/api/things';
      if (isApi && request.method !== 'OPTIONS' && !letsIn(request)) return refuse(response);
      return response.end(isApi ? 'things' : '<title>App</title>');
    });
    expect(troublesOf(await probeAt(`${url}/api/things`))).toEqual({});
  });

  it('a guard that takes the query for a part of the path is found', async () => {
    const guarded = guardBy(letsIn);
    const url = await listen((request, response) =>
      request.url?.includes('?') ? response.end('things') : guarded(request, response),
    );
    expect(troublesOf(await probeAt(`${url}/things`))).toMatchObject({
      'other spellings': 'fail: open with another query',
    });
  });

  it('public paths that are compared by their beginning are found', async () => {
    const url = await listen((request, response) => {
      if (!request.url?.startsWith('/healthz') && !letsIn(request)) return refuse(response);
      const { pathname } = new URL(request.url ?? '', 'http://x');
      return response.writeHead(['/healthz', '/things'].includes(pathname) ? 200 : 404).end();
    });
    expect(troublesOf(await probeAt(`${url}/things`))).toMatchObject({
      'below /healthz': 'warn: not guarded (404)',
      'other spellings': 'fail: open with /healthz/../, /healthz/%2e%2e/',
    });
  });

  it('and fail where something answers there', async () => {
    const isPublic = ({ url }: IncomingMessage): boolean => url?.startsWith('/healthz/') ?? false;
    const url = await listen(guardBy((request) => isPublic(request) || letsIn(request)));
    expect(troublesOf(await probeAt(`${url}/things`))).toMatchObject({
      'below /healthz': 'fail: open (200)',
    });
  });

  it('a guard for GET alone is found', async () => {
    const url = await listen(guardBy((request) => request.method === 'HEAD' || letsIn(request)));
    expect(troublesOf(await probeAt(`${url}/x`))).toEqual({ HEAD: 'fail: answers 200' });
  });
});

describe('what the answers give away', () => {
  it('an error that repeats the token fails', async () => {
    const url = await listen(
      guardBy(letsIn, {
        refuse: (request, response) => refuse(response, `bad token ${bearerOf(request)}`),
      }),
    );
    expect(troublesOf(await probeAt(`${url}/x`))).toEqual({
      echo: 'fail: an error repeats the token',
    });
  });

  it('a part of the token in a header is enough, its header alone is not', async () => {
    for (const [start, end, expected] of [
      [-20, undefined, { echo: 'fail: an error repeats the token' }],
      [0, 36, {}],
    ] as const) {
      const url = await listen(
        guardBy(letsIn, {
          refuse: (request, response) => {
            response.setHeader('x-debug', bearerOf(request).slice(start, end));
            refuse(response);
          },
        }),
      );
      expect(troublesOf(await probeAt(`${url}/x`))).toEqual(expected);
    }
  });

  it('an error that repeats the URL warns, a redirect that does is none', async () => {
    for (const [field, expected] of [
      ['x-debug', { echo: 'warn: an error repeats the URL, with the token in it' }],
      ['location', {}],
    ] as const) {
      const url = await listen(
        guardBy(letsIn, {
          refuse: (request, response) => {
            response.setHeader(field, request.url ?? '');
            refuse(response);
          },
        }),
      );
      expect(troublesOf(await probeAt(`${url}/x`))).toEqual(expected);
    }
  });

  it('an API that repeats the token to its owner warns', async () => {
    const answer = guardBy(letsIn, {
      answer: ({ headers }, response) => response.end(JSON.stringify(headers)),
    });
    const url = await listen(answer);
    expect(troublesOf(await probeAt(`${url}/x`, { token: tokenOf({ sub: 'alice' }) }))).toEqual({
      echo: 'warn: an answer repeats the token',
    });
  });

  it('an answer that holds a part of a secret fails, of a previous one too', async () => {
    const older = 'an older secret, which was good once and has since been replaced';
    const url = await listen(
      guardBy(letsIn, { refuse: (_, response) => refuse(response, `key ${older.slice(5, 30)}`) }),
    );
    expect(troublesOf(await probeAt(`${url}/x`, { secrets: [older] }))).toEqual({
      echo: 'fail: an answer holds a part of the secret',
    });
  });

  it.each([
    ['Node', 'UnauthorizedError: no<br> &nbsp;at /srv/app/node_modules/guard/index.js:12:5'],
    ['Python', 'Traceback (most recent call last):'],
  ])('a stack of %s warns', async (_name, body) => {
    const url = await listen(guardBy(letsIn, { refuse: (_, response) => refuse(response, body) }));
    expect(troublesOf(await probeAt(`${url}/x`))).toEqual({
      stack: 'warn: an error shows a stack',
    });
  });

  it('an answer that was kept and is handed out to anyone fails', async () => {
    let kept: string | undefined;
    const isLetIn = (request: IncomingMessage): boolean => {
      const isNew = letsIn(request);
      if (isNew) kept = request.url;
      return isNew || (kept === request.url && request.headers.authorization === undefined);
    };
    const url = await listen(guardBy(isLetIn));
    expect(troublesOf(await probeAt(`${url}/x`))).toEqual({
      cache: 'fail: the answer was kept, and handed out without a token',
    });
  });

  it('an answer that caches may share warns', async () => {
    for (const value of ['public, max-age=60', 'max-age=0, s-maxage=60']) {
      const url = await listen(
        guardBy(letsIn, {
          answer: (_, response) => response.setHeader('cache-control', value).end(),
        }),
      );
      expect(troublesOf(await probeAt(`${url}/x`))).toEqual({
        cache: 'warn: the answer says that caches may share it',
      });
    }
  });
});

describe('the answer without a token', () => {
  const refusing = (status: number, headers: Record<string, string> = {}) =>
    guardBy(letsIn, { refuse: (_, response) => response.writeHead(status, headers).end() });

  it.each<readonly [number, string | undefined, string]>([
    [401, undefined, 'warn: there is none'],
    [401, 'Basic realm="api"', 'warn: it does not name Bearer'],
    [401, 'Bearer', 'warn: it has no realm'],
    [
      401,
      'Bearer realm="api", error="invalid_request"',
      'warn: it has an error, though there was no token',
    ],
  ])('%s with the challenge %s: %s', async (status, challenge, expected) => {
    const url = await listen(
      refusing(status, challenge === undefined ? {} : { 'www-authenticate': challenge }),
    );
    expect(troublesOf(await probeAt(`${url}/x`))).toEqual({ challenge: expected });
  });

  it('a second challenge beside Bearer is none of our business', async () => {
    const url = await listen(
      refusing(401, { 'www-authenticate': 'Basic realm="a", Bearer realm="b"' }),
    );
    expect(troublesOf(await probeAt(`${url}/x`))).toEqual({});
  });

  it.each([
    [403, 'warn: refused with 403'],
    [404, 'warn: there is no such path (404)'],
    [302, 'warn: redirects (302)'],
    [400, 'warn: answers 400'],
    [503, 'warn: answers 503'],
  ])('%s: %s', async (status, expected) => {
    const url = await listen(refusing(status));
    expect(troublesOf(await probeAt(`${url}/x`))).toMatchObject({ 'no token': expected });
  });

  it('that any other gets as well tells nothing, and nothing passes by it', async () => {
    const url = await listen((_, response) => response.writeHead(404).end());
    const results = await probeAt(`${url}/x`, { token: tokenOf({}) });
    expect(troublesOf(results)).toEqual({ 'no token': 'warn: there is no such path (404)' });
    const {
      'any credentials': garbage,
      expired,
      'your token': given,
      ...rest
    } = detailsOf(results, 'skipped');
    expect({ garbage, expired, given }).toEqual({
      garbage: 'a refusal here looks like anything else',
      expired: 'a right token signed here is not let in either',
      given: 'the same answer as without (404)',
    });
    expect(Object.keys(rest)).toContain('cache');
  });
});

describe('the answer to a right token', () => {
  it.each<readonly [number, string, string]>([
    [403, 'warn', 'refused with 403'],
    [404, 'warn', 'let in, but then 404'],
    [502, 'warn', 'let in, but then 502'],
    [429, 'skipped', 'the server answers 429: run this again later'],
  ])('%s is %s: %s', async (status, kind, detail) => {
    const url = await listen(
      guardBy(letsIn, { answer: (_, response) => response.writeHead(status).end() }),
    );
    const results = await probeAt(`${url}/x`);
    const found = results.find(({ name }) => name === 'token signed here');
    expect(found).toMatchObject({ status: kind, detail });
  });

  it('that is refused like any other fails, with 403 too', async () => {
    const url = await listen((_, response) => response.writeHead(403).end());
    expect(troublesOf(await probeAt(`${url}/x`))).toMatchObject({
      'token signed here': 'fail: refused with 403',
    });
  });

  it('that is a refusal is not taken for the answer of one that is let in', async () => {
    const url = await listen(
      guardBy(letsIn, { answer: (_, response) => response.writeHead(403).end() }),
    );
    expect(detailsOf(await probeAt(`${url}/x`), 'skipped')).toMatchObject({
      expired: 'a right token signed here is not let in either',
      cache: 'no token was let in',
    });
  });

  it('that is an error of the API still tells a bad token that was let in', async () => {
    const url = await listen(
      guardBy((request) => isGood(bearerOf(request), ['exp']), {
        answer: (_, response) => response.writeHead(502).end(),
      }),
    );
    expect(troublesOf(await probeAt(`${url}/x`))).toMatchObject({
      expired: 'fail: let in: a token of an hour ago',
    });
  });
});

describe('the answer to a bad token', () => {
  const refusingBad = (status: number) =>
    guardBy(letsIn, {
      refuse: (request, response) =>
        bearerOf(request).startsWith('ey') ? response.writeHead(status).end() : refuse(response),
    });

  it('that is an error of the server warns', async () => {
    const url = await listen(refusingBad(500));
    expect(troublesOf(await probeAt(`${url}/x`))).toMatchObject({
      expired: 'warn: no orderly answer to a token of an hour ago',
      'no signature': 'warn: no orderly answer to alg none, alg nOnE',
    });
  });

  /** Hangs up on what is not let in, where the claims are of the kind. */
  const hangingUpOn = (kind: RegExp) =>
    guardBy(letsIn, {
      refuse: (request, response) => {
        const claims = Buffer.from(bearerOf(request).split('.')[1] ?? '', 'base64url').toString();
        return kind.test(claims) ? request.socket.destroy() : refuse(response);
      },
    });

  it('that is no answer at all warns, and the rest is asked all the same', async () => {
    const url = await listen(hangingUpOn(/"nbf"|"exp":\d+,"exp"/));
    expect(troublesOf(await probeAt(`${url}/x`))).toEqual({
      'not yet valid': 'warn: no orderly answer to a token for the next hour',
      'a member twice': 'warn: no orderly answer to typ and exp twice',
    });
  });

  it('that is none to two in a row ends the probing', async () => {
    const url = await listen(hangingUpOn(/"exp"/));
    const results = await probeAt(`${url}/x`);
    expect(troublesOf(results)).toEqual({
      connection: expect.stringMatching(/^fail: the connection breaks off \([A-Z_]+\)$/),
    });
    expect(detailsOf(results, 'skipped')).toMatchObject({
      'no signature': 'the server cannot be asked',
      clock: 'the server cannot be asked',
    });
    expect(detailsOf(results, 'pass')).toMatchObject({ 'any credentials': 'refused with 401' });
  });

  it('that slows down who guesses is neither a pass nor a fail', async () => {
    const url = await listen(refusingBad(429));
    const results = await probeAt(`${url}/x`);
    expect(troublesOf(results)).toEqual({});
    expect(detailsOf(results, 'skipped')).toMatchObject({
      expired: 'the server answers 429: run this again later',
      tampered: 'the server answers 429: run this again later',
    });
  });
});

describe('/healthz and preflights', () => {
  it.each<readonly [number, string | undefined]>([
    [200, undefined],
    [404, undefined],
    [401, 'warn: asks for a token (401)'],
    [403, 'warn: asks for a token (403)'],
    [503, 'warn: answers 503'],
  ])('a health page that answers %s: %s', async (status, expected) => {
    const guarded = guardBy(letsIn);
    const url = await listen((request, response) =>
      request.url === '/healthz' ? response.writeHead(status).end() : guarded(request, response),
    );
    expect(troublesOf(await probeAt(`${url}/x`))).toEqual(
      expected === undefined ? {} : { '/healthz': expected },
    );
  });

  it.each<readonly [number, string | undefined]>([
    [204, undefined],
    [404, undefined],
    [401, 'warn: refused with 401'],
    [403, 'warn: refused with 403'],
  ])('a preflight that is answered %s: %s', async (status, expected) => {
    const guarded = guardBy(letsIn);
    const url = await listen((request, response) =>
      request.method === 'OPTIONS' ? response.writeHead(status).end() : guarded(request, response),
    );
    expect(troublesOf(await probeAt(`${url}/x`))).toEqual(
      expected === undefined ? {} : { preflight: expected },
    );
  });
});

describe('no answer', () => {
  it.each<readonly [string, (request: IncomingMessage) => boolean, Record<string, string>]>([
    ['to HEAD', ({ method }) => method === 'HEAD', {}],
    ['to /healthz', ({ url }) => url === '/healthz', { '/healthz': 'warn: no answer' }],
    ['to a preflight', ({ method }) => method === 'OPTIONS', { preflight: 'warn: no answer' }],
  ])('%s is told by its row', async (_name, isMeant, expected) => {
    const guarded = guardBy(letsIn);
    const url = await listen((request, response) =>
      isMeant(request) ? request.socket.destroy() : guarded(request, response),
    );
    expect(troublesOf(await probeAt(`${url}/x`))).toEqual(expected);
  });
});

describe('the clock', () => {
  it.each<readonly [number, string | undefined]>([
    [0, undefined],
    [-50, undefined],
    [120, 'warn: 120 s ahead of this machine’s'],
    [-290, 'warn: 290 s behind this machine’s'],
    [3600, 'fail: 3600 s ahead of this machine’s'],
    [-3600, 'fail: 3600 s behind this machine’s'],
  ])('of a server that is %s s ahead: %s', async (seconds, expected) => {
    const date = new Date(Date.now() + seconds * 1000).toUTCString();
    const guarded = guardBy(letsIn);
    const url = await listen((request, response) => {
      response.setHeader('date', date);
      return guarded(request, response);
    });
    const clock = troublesOf(await probeAt(`${url}/x`))['clock'];
    // A run takes its time, and a Date has no fractions.
    expect(clock?.replace(/\d+ s/, `${Math.abs(seconds)} s`)).toBe(expected);
  });

  it('is not taken from an answer that was kept', async () => {
    const guarded = guardBy(letsIn);
    const url = await listen((request, response) => {
      if (request.url === '/healthz') response.setHeader('date', new Date(0).toUTCString());
      return guarded(request, response);
    });
    expect(troublesOf(await probeAt(`${url}/x`))).toEqual({});
  });

  it('that is not told is skipped', async () => {
    const guarded = guardBy(letsIn);
    const url = await listen((request, response) => {
      response.sendDate = false;
      return guarded(request, response);
    });
    expect(detailsOf(await probeAt(`${url}/x`), 'skipped')).toMatchObject({
      clock: 'the server sends no Date',
    });
  });
});
