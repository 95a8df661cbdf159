// The token on real sockets, and what the platform does with it on a redirect.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAuthFetch } from '../src/index.ts';
import { makeCertificate, start, startRedirecting } from './loopback.ts';
import { BEARER, makeToken, TOKEN } from './recorder.ts';

describe('a call on the wire', () => {
  it('carries the token, the caller’s headers and the body', async () => {
    const { origin, received } = await start();
    const authFetch = createAuthFetch({ token: TOKEN, origins: [origin] });
    const init = { method: 'POST', body: 'a body', headers: { 'x-own': '1' } };
    expect(await (await authFetch(`${origin}/a`, init)).text()).toBe('arrived');
    expect(await (await authFetch(new Request(`${origin}/b`, init))).text()).toBe('arrived');
    expect(received).toEqual([
      { path: '/a', authorization: BEARER, own: '1', body: 'a body' },
      { path: '/b', authorization: BEARER, own: '1', body: 'a body' },
    ]);
  });

  it('to an unlisted origin is not sent', async () => {
    const listed = await start();
    const other = await start();
    const authFetch = createAuthFetch({ token: TOKEN, origins: [listed.origin] });
    await expect(authFetch(other.origin)).rejects.toMatchObject({ code: 'ERR_ORIGIN_NOT_ALLOWED' });
    expect(other.received).toEqual([]);
  });

  it('to an unlisted origin is sent without the token when onUnlistedOrigin is omit', async () => {
    const listed = await start();
    const other = await start();
    const origins = [listed.origin];
    const authFetch = createAuthFetch({ token: TOKEN, origins, onUnlistedOrigin: 'omit' });
    await authFetch(other.origin);
    expect(other.received).toMatchObject([{ path: '/', authorization: undefined }]);
  });
});

it('concurrent calls on the wire share one refresh, and every body is sent again', async () => {
  const fresh = makeToken({ n: 1 });
  const { origin, received } = await start(({ headers }, response) => {
    if (headers.authorization !== `Bearer ${fresh}`) response.statusCode = 401;
    response.end(`${response.statusCode}`);
  });
  const provider = vi.fn(({ isRefused }) => (isRefused ? fresh : TOKEN));
  const authFetch = createAuthFetch({ token: provider, origins: [origin] });
  const calls = Array.from({ length: 20 }, async (_, n) => {
    const init = { method: 'POST', body: `${n}` };
    return (await authFetch(n % 2 ? origin : new Request(origin, init), init)).text();
  });
  expect(new Set(await Promise.all(calls))).toEqual(new Set(['200']));
  expect(provider).toHaveBeenCalledTimes(2);
  const sent = received.map(({ authorization, body }) => `${authorization} ${body}`);
  const expected = [BEARER, `Bearer ${fresh}`].flatMap((value) =>
    calls.map((_, n) => `${value} ${n}`),
  );
  expect(sent.toSorted()).toEqual(expected.toSorted());
});

describe.each([301, 302, 303, 307, 308])('a redirect with %d', (status) => {
  it('keeps the token within its origin', async () => {
    const { origin, received } = await startRedirecting(status, () => '/target');
    const authFetch = createAuthFetch({ token: TOKEN, origins: [origin] });
    expect(await (await authFetch(`${origin}/from`)).text()).toBe('arrived');
    expect(received).toMatchObject([
      { path: '/from', authorization: BEARER },
      { path: '/target', authorization: BEARER },
    ]);
  });

  it('drops the token on the way to another origin, even a listed one', async () => {
    const other = await start();
    const { origin, received } = await startRedirecting(status, () => `${other.origin}/target`);
    for (const origins of [[origin], [origin, other.origin]]) {
      const authFetch = createAuthFetch({ token: TOKEN, origins });
      expect(await (await authFetch(`${origin}/from`)).text()).toBe('arrived');
    }
    expect(received.map(({ authorization }) => authorization)).toEqual([BEARER, BEARER]);
    expect(other.received).toMatchObject([
      { path: '/target', authorization: undefined },
      { path: '/target', authorization: undefined },
    ]);
  });

  it('does not restore the token when a redirect comes back', async () => {
    const away: { home: string } = { home: '' };
    const other = await startRedirecting(status, () => away.home);
    const { origin, received } = await startRedirecting(status, () => `${other.origin}/back`);
    away.home = `${origin}/target`;
    const authFetch = createAuthFetch({ token: TOKEN, origins: [origin] });
    expect(await (await authFetch(`${origin}/from`)).text()).toBe('arrived');
    expect(other.received).toMatchObject([{ path: '/back', authorization: undefined }]);
    expect(received).toMatchObject([
      { path: '/from', authorization: BEARER },
      { path: '/target', authorization: undefined },
    ]);
  });
});

describe('a redirect from HTTPS', () => {
  const certificate = makeCertificate();
  if (certificate === undefined) process.stderr.write('SKIPPED: openssl is missing, so no HTTPS\n');

  beforeEach(() => {
    // The platform's fetch has no other way to trust a self-signed certificate.
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    vi.spyOn(process, 'emitWarning').mockReturnValue();
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  it.skipIf(certificate === undefined).each([301, 302, 303, 307, 308])(
    'with %d keeps the token within its origin',
    async (status) => {
      const { origin, received } = await startRedirecting(status, () => '/target', certificate);
      const authFetch = createAuthFetch({ token: TOKEN, origins: [origin] });
      expect(await (await authFetch(`${origin}/from`)).text()).toBe('arrived');
      expect(received.map(({ authorization }) => authorization)).toEqual([BEARER, BEARER]);
    },
  );

  it.skipIf(certificate === undefined).each([301, 302, 303, 307, 308])(
    'to HTTP with %d drops the token, even when that origin is listed',
    async (status) => {
      const plain = await start();
      const location = () => `${plain.origin}/target`;
      const { origin, received } = await startRedirecting(status, location, certificate);
      const origins = [origin, plain.origin];
      for (const token of [TOKEN, () => TOKEN]) {
        const authFetch = createAuthFetch({ token, origins });
        expect(await (await authFetch(`${origin}/from`)).text()).toBe('arrived');
      }
      expect(received.map(({ authorization }) => authorization)).toEqual([BEARER, BEARER]);
      expect(plain.received).toMatchObject([
        { path: '/target', authorization: undefined },
        { path: '/target', authorization: undefined },
      ]);
    },
  );
});
