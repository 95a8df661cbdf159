// The doctor at servers that are open, or half open: it fails, for the right reason and for no other.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { tokenOf } from '../made-tokens.ts';
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
    'other spellings': 'the path is open',
    'token signed here': 'the path is open',
    'alg none': 'the path is open',
    expired: 'the path is open',
  });
});

it('a path that takes no GET, as an MCP server, is checked if the guard comes first', async () => {
  const url = await listen((request, response) =>
    letsIn(request) ? response.writeHead(405).end() : refuse(response),
  );
  const results = await probeAt(`${url}/mcp`);
  expect(troublesOf(results)).toEqual({});
  expect(detailsOf(results, 'pass')).toMatchObject({
    'no token': 'refused with 401',
    'token signed here': 'accepted; the path takes no GET (405), as an MCP server',
    expired: 'refused with 401',
  });
});

it('a path that answers each GET with 405 cannot be checked, and the advice says how else', async () => {
  const url = await listen((_, response) => response.writeHead(405).end());
  const [row] = (await probeAt(`${url}/mcp`)).filter(({ name }) => name === 'no token');
  expect(row).toMatchObject({
    status: 'unknown',
    advice: expect.stringMatching(/takes no GET, as an MCP server: .*curl -i -X POST/),
  });
});

it('an API that is down behind its guard is no matter of scopes', async () => {
  const url = await listen((request, response) =>
    letsIn(request) ? response.writeHead(502).end() : refuse(response),
  );
  const [row] = (await probeAt(`${url}/api`)).filter(({ name }) => name === 'token signed here');
  expect(row).toMatchObject({
    status: 'warn',
    detail: 'accepted, but then 502',
    advice: expect.stringMatching(/the API failed, .*: look at its log/),
  });
});

describe('a verifier with a flaw', () => {
  it.each<readonly [Flaw, Record<string, string>]>([
    [
      'signature',
      {
        'another secret': 'fail: accepted',
        tampered: 'fail: accepted',
      },
    ],
    ['none', { 'alg none': 'fail: accepted' }],
    [
      'alg',
      {
        'alg HS512': 'fail: accepted',
        'alg none, signed': 'fail: accepted',
      },
    ],
    ['exp', { expired: 'fail: accepted' }],
    ['nbf', { 'not yet valid': 'fail: accepted' }],
  ])('%s is found, and nothing else', async (flaw, expected) => {
    const url = await listen(guardBy((request) => isGood(bearerOf(request), [flaw])));
    expect(troublesOf(await probeAt(`${url}/api/things`))).toEqual(expected);
  });
});

it('a server that only looks whether there is a header fails with all that it lets in', async () => {
  const url = await listen(guardBy(({ headers }) => headers.authorization !== undefined));
  const results = await probeAt(`${url}/api/things`);
  expect(Object.keys(detailsOf(results, 'fail'))).toEqual([
    ...['Bearer x', 'alg none', 'alg nOnE', 'another secret', 'tampered', 'alg HS512'],
    ...['alg none, signed', 'expired', 'not yet valid'],
  ]);
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
      'other spellings': 'fail: let in: //',
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
        'fail: let in: %2F for /, /./, a letter escaped, other case, /healthz/../, /healthz/%2e%2e/',
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
      'other spellings': 'fail: let in: another query',
    });
  });

  it('public paths that are compared by their beginning are found', async () => {
    const url = await listen((request, response) => {
      if (!request.url?.startsWith('/healthz') && !letsIn(request)) return refuse(response);
      const { pathname } = new URL(request.url ?? '', 'http://x');
      return response.writeHead(['/healthz', '/things'].includes(pathname) ? 200 : 404).end();
    });
    expect(troublesOf(await probeAt(`${url}/things`))).toMatchObject({
      'other spellings': 'fail: let in: /healthz/../, /healthz/%2e%2e/',
    });
  });

  it('what was let in counts, though the server then says nothing more', async () => {
    const guarded = guardBy(letsIn);
    const url = await listen((request, response) => {
      if (request.url?.startsWith('//')) return response.end('things');
      return request.url?.startsWith('/%2F') ? undefined : guarded(request, response);
    });
    const results = await probeAt(`${url}/things`, { timeoutMs: 1500 });
    expect(troublesOf(results)).toMatchObject({ 'other spellings': 'fail: let in: //' });
  });
});

describe('what is kept for others', () => {
  it('an answer that was kept and is given out to anyone fails', async () => {
    let kept: string | undefined;
    const isLetIn = (request: IncomingMessage): boolean => {
      const isNew = letsIn(request);
      if (isNew) kept = request.url;
      return isNew || (kept === request.url && request.headers.authorization === undefined);
    };
    const url = await listen(guardBy(isLetIn));
    expect(troublesOf(await probeAt(`${url}/x`))).toEqual({
      cache: 'fail: the answer was kept, and given out without a token',
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

  it('may be 403', async () => {
    const url = await listen(refusing(403));
    const results = await probeAt(`${url}/x`);
    expect(troublesOf(results)).toEqual({});
    expect(detailsOf(results, 'pass')).toMatchObject({ 'no token': 'refused with 403' });
  });

  it.each([404, 302, 400, 429, 503])(
    '%s tells nothing, and does not pass, but a right token may tell',
    async (status) => {
      const url = await listen(refusing(status));
      const results = await probeAt(`${url}/x`);
      expect(detailsOf(results, 'unknown')).toMatchObject({
        'no token': `answers ${status}, which is not a refusal`,
      });
      expect(results.find(({ name }) => name === 'token signed here')?.status).toBe('pass');
    },
  );

  it('that any other gets as well tells nothing, and nothing passes by it', async () => {
    const url = await listen((_, response) => response.writeHead(404).end());
    const results = await probeAt(`${url}/x`, { token: tokenOf({}) });
    expect(troublesOf(results)).toEqual({});
    expect(detailsOf(results, 'unknown')).toMatchObject({
      'no token': 'answers 404, which is not a refusal',
      'other spellings': 'a refusal here looks like any other answer',
      'Bearer x': 'a refusal here looks like any other answer',
      expired: 'a refusal here looks like any other answer',
      'your token': 'the same answer as without (404)',
    });
    expect(Object.keys(detailsOf(results, 'pass'))).toEqual(['CORS']);
  });
});

describe('the answer to a right token', () => {
  it.each<readonly [number, string, string]>([
    [403, 'warn', 'accepted, but then 403'],
    [404, 'warn', 'accepted, but then 404'],
    [502, 'warn', 'accepted, but then 502'],
    [429, 'unknown', 'the server answers 429: run this again later'],
  ])('%s is %s: %s', async (status, kind, detail) => {
    const url = await listen(
      guardBy(letsIn, { answer: (_, response) => response.writeHead(status).end() }),
    );
    const results = await probeAt(`${url}/x`);
    const found = results.find(({ name }) => name === 'token signed here');
    expect(found).toMatchObject({ status: kind, detail });
  });

  it('that lacks a claim is told of, and the caller’s own token is used for the cache', async () => {
    const token = tokenOf({ sub: 'alice' });
    const url = await listen(
      guardBy(letsIn, {
        answer: (request, response) =>
          bearerOf(request) === token
            ? response.setHeader('cache-control', 'no-store').end('{}')
            : response.writeHead(422).end(),
      }),
    );
    const results = await probeAt(`${url}/x`, { token });
    const find = (name: string) => results.find((result) => result.name === name);
    expect(find('your token')).toMatchObject({ status: 'pass', detail: 'accepted (200)' });
    expect(find('token signed here')).toMatchObject({
      detail: 'accepted, but then 422',
      advice: expect.stringContaining('try --send-claims'),
    });
    expect(find('cache')).toMatchObject({ status: 'pass' });
    const without = await probeAt(`${url}/x`);
    expect(detailsOf(without, 'skipped')).toMatchObject({
      cache: 'no token got an answer of 2xx',
    });
  });

  it.each<readonly [number, RegExp]>([
    [0, /^the secret here is not the server's/],
    [3600, /^its clock is 3\d{3} s ahead of this one: set both by NTP$/],
    [-3600, /^its clock is 36\d\d s behind this one: set both by NTP$/],
  ])('that is refused may be due to a clock %s s ahead', async (seconds, advice) => {
    const url = await listen((_, response) => {
      response.setHeader('date', new Date(Date.now() + seconds * 1000).toUTCString());
      return refuse(response);
    });
    const results = await probeAt(`${url}/x`);
    const found = results.find(({ name }) => name === 'token signed here');
    expect(found).toMatchObject({ status: 'fail', advice: expect.stringMatching(advice) });
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
    expect(detailsOf(await probeAt(`${url}/x`), 'skipped', 'unknown')).toMatchObject({
      expired: 'a right token signed here is not accepted either',
      cache: 'no token was accepted',
    });
  });

  it('that is an error of the API still tells a bad token that was let in', async () => {
    const url = await listen(
      guardBy((request) => isGood(bearerOf(request), ['exp']), {
        answer: (_, response) => response.writeHead(502).end(),
      }),
    );
    expect(troublesOf(await probeAt(`${url}/x`))).toMatchObject({
      expired: 'fail: accepted',
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
      expired: 'warn: no orderly answer (500)',
      'alg none': 'warn: no orderly answer (500)',
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
    const url = await listen(hangingUpOn(/"nbf"/));
    expect(troublesOf(await probeAt(`${url}/x`))).toEqual({
      'not yet valid': 'warn: no orderly answer (0)',
    });
  });

  it('that slows down who guesses is neither a pass nor a fail', async () => {
    const url = await listen(refusingBad(429));
    const results = await probeAt(`${url}/x`);
    expect(troublesOf(results)).toEqual({});
    expect(detailsOf(results, 'unknown')).toMatchObject({
      expired: 'the server answers 429: run this again later',
      tampered: 'the server answers 429: run this again later',
    });
  });
});

describe('answers to other origins', () => {
  it.each([
    ['reflects any origin with credentials', 'ORIGIN', 'true', true],
    ['allows any origin without credentials', '*', undefined, false],
    ['reflects any origin without credentials', 'ORIGIN', undefined, false],
    ['allows one origin with credentials', 'https://app.example.com', 'true', false],
  ])('CORS that %s', async (_name, origin, credentials, isFound) => {
    const guarded = guardBy(letsIn);
    const url = await listen((request, response) => {
      const allowed = origin === 'ORIGIN' ? (request.headers.origin ?? '') : origin;
      if (allowed !== '') response.setHeader('access-control-allow-origin', allowed);
      if (credentials) response.setHeader('access-control-allow-credentials', credentials);
      return guarded(request, response);
    });
    expect(troublesOf(await probeAt(`${url}/x`))).toEqual(
      isFound ? { CORS: 'fail: every origin is allowed, with credentials' } : {},
    );
  });
});

describe('the time', () => {
  it.each([
    ['says nothing', () => {}],
    ['sends headers and no body', (response: ServerResponse) => response.writeHead(200).write('x')],
    [
      'drips',
      (response: ServerResponse) => {
        const timer = setInterval(() => response.write('x'), 5);
        response.once('close', () => clearInterval(timer));
      },
    ],
  ])('of a server that accepts and %s is limited', async (_name, answer) => {
    const url = await listen((_request, response) => answer(response));
    const started = performance.now();
    const results = await probeAt(`${url}/x`, { timeoutMs: 50 });
    expect(performance.now() - started).toBeLessThan(5000);
    expect(troublesOf(results)).toEqual({});
    expect(detailsOf(results, 'unknown')).toMatchObject({
      'no token': 'no answer within 0.05 s',
      expired: 'not checked',
    });
  });

  it('of all is limited, too', async () => {
    const guarded = guardBy(letsIn);
    const url = await listen((request, response) => {
      setTimeout(() => guarded(request, response), 150);
    });
    const results = await probeAt(`${url}/x`, { totalMs: 2000 });
    expect(detailsOf(results, 'pass')).toMatchObject({ 'no token': 'refused with 401' });
    expect(Object.values(detailsOf(results, 'unknown'))).toContain('not checked');
    expect(troublesOf(results)).toEqual({});
  });
});
