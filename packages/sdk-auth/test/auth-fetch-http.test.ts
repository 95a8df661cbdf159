// The token on a real wire, and what the platform's own redirects do with it.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAuthFetch } from '../src/index.ts';
import { makeCertificate, start, startRedirecting } from './loopback.ts';
import { BEARER, TOKEN } from './recorder.ts';

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

  it('to an origin that is not listed never leaves', async () => {
    const listed = await start();
    const other = await start();
    const authFetch = createAuthFetch({ token: TOKEN, origins: [listed.origin] });
    await expect(authFetch(other.origin)).rejects.toMatchObject({ code: 'ERR_ORIGIN_NOT_ALLOWED' });
    expect(other.received).toEqual([]);
  });

  it('to an origin that is not listed leaves without the token where that is asked for', async () => {
    const listed = await start();
    const other = await start();
    const origins = [listed.origin];
    const authFetch = createAuthFetch({ token: TOKEN, origins, onUnlistedOrigin: 'omit' });
    await authFetch(other.origin);
    expect(other.received).toMatchObject([{ path: '/', authorization: undefined }]);
  });
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

  it('loses it on the way to another origin, even to one that is listed', async () => {
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

  it('does not give it back on the way home', async () => {
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
  if (certificate === undefined)
    process.stderr.write('SKIPPED: there is no openssl, so no HTTPS\n');

  beforeEach(() => {
    // The certificate is nobody's, and the platform's fetch can be told so in no other way.
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
    'to HTTP with %d loses it, even where that origin is listed',
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
