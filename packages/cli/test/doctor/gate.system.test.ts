// The doctor at our own gate: nothing to find.
import { serve } from '@hono/node-server';
import { type AuthConfig, createKeyring } from '@zep-auth/core';
import { createGate, type GateOptions } from '@zep-auth/server';
import { expect, it, onTestFinished } from 'vitest';
import { SECRET, tokenOf } from '../made-tokens.ts';
import { startUpstream, type Upstream } from '../recording-upstream.ts';
import { detailsOf, probeAt } from './probing.ts';

const startGate = async (
  options: Pick<GateOptions, 'cors' | 'throttle'> & { readonly config?: AuthConfig } = {},
): Promise<{ readonly url: string; readonly upstream: Upstream }> => {
  const upstream = await startUpstream();
  const gate = createGate({
    upstream: upstream.url,
    config: { required: true, keyring: createKeyring(SECRET), policy: {}, warnings: [] },
    ...options,
  });
  const url = await new Promise<string>((resolve) => {
    const server = serve({ fetch: gate.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) =>
      resolve(`http://127.0.0.1:${port}`),
    );
    onTestFinished(async () => {
      await new Promise((done) => server.close(done));
      await upstream.close();
    });
  });
  return { url, upstream };
};

const PASSED = {
  'no token': 'refused with 401',
  'other spellings': 'refused with 401',
  CORS: 'not every origin is allowed with credentials',
  'your token': 'accepted (200)',
  'token signed here': 'accepted (200)',
  cache: 'nothing is kept for others',
  'Bearer x': 'refused with 401',
  'alg none': 'refused with 401',
  'alg nOnE': 'refused with 401',
  'another secret': 'refused with 401',
  tampered: 'refused with 401',
  'alg HS512': 'refused with 401',
  'alg none, signed': 'refused with 401',
  expired: 'refused with 401',
  'not yet valid': 'refused with 401',
};

it('all passes, and only what cannot be told on this machine is skipped', async () => {
  const { url } = await startGate();
  const results = await probeAt(`${url}/v1/things?a=b`, { token: tokenOf({ sub: 'alice' }) });
  expect(detailsOf(results, 'pass')).toEqual(PASSED);
  expect(detailsOf(results, 'skipped')).toEqual({
    TLS: 'plain HTTP, which stays on this machine',
  });
  expect(results).toHaveLength(Object.keys(PASSED).length + 1);
});

it('all passes with CORS switched on, and at the root', async () => {
  const { url } = await startGate({ cors: { origin: 'https://app.example.com' } });
  for (const path of ['', '/', '/a%20b/C']) {
    expect(detailsOf(await probeAt(url + path), 'warn', 'fail')).toEqual({});
  }
});

it('nothing but GET and preflights reaches the API, and no token that was not let in', async () => {
  const { url, upstream } = await startGate();
  await probeAt(`${url}/v1/things`, { token: tokenOf({ sub: 'alice' }) });
  const methods = upstream.requests.map(({ method }) => method);
  expect([...new Set(methods)].sort()).toEqual(['GET', 'OPTIONS']);
  // The caller's token and the one signed here; the preflight needs none.
  const targets = upstream.requests.map(({ method, target }) => `${method} ${target}`).sort();
  expect(targets).toEqual(['GET /v1/things', 'GET /v1/things', 'OPTIONS /v1/things']);
});

it('a token is signed with the claims that the server asks for', async () => {
  const policy = { issuer: 'https://login.example.com', audience: 'things' };
  const config = { required: true as const, keyring: createKeyring(SECRET), policy, warnings: [] };
  const { url } = await startGate({ config });
  const claims = { iss: policy.issuer, aud: policy.audience };
  expect(detailsOf(await probeAt(url, { claims }), 'warn', 'fail')).toEqual({});
  expect(detailsOf(await probeAt(url), 'fail')).toEqual({
    'token signed here': 'refused with 401',
  });
});

it('without a secret, what takes one is skipped, and the rest passes', async () => {
  const { url } = await startGate();
  const results = await probeAt(`${url}/x`, { key: undefined, token: tokenOf({}) });
  expect(detailsOf(results, 'warn', 'fail')).toEqual({});
  const { 'token signed here': signed, ...skipped } = detailsOf(results, 'skipped');
  expect(signed).toBe('the secret is not here');
  expect(Object.keys(skipped)).toEqual([
    'TLS',
    ...['tampered', 'alg HS512', 'alg none, signed', 'expired', 'not yet valid'],
  ]);
});

it('with another secret, the token signed here fails, and what is built on it stays open', async () => {
  const { url } = await startGate();
  const results = await probeAt(`${url}/x`, { key: Buffer.from('another secret') });
  expect(detailsOf(results, 'warn', 'fail')).toEqual({ 'token signed here': 'refused with 401' });
  expect(detailsOf(results, 'unknown')).toMatchObject({
    tampered: 'a right token signed here is not accepted either',
  });
});

it('a token that is wrong fails, and does not stand for one that is right', async () => {
  const { url } = await startGate();
  const results = await probeAt(`${url}/x`, { key: undefined, token: tokenOf({ exp: 1 }) });
  expect(detailsOf(results, 'warn', 'fail')).toEqual({ 'your token': 'refused with 401' });
});

it('a throttle that has had enough is neither a pass nor a fail', async () => {
  const { url } = await startGate({ throttle: { clientAddress: () => 'one', limit: 2 } });
  const results = await probeAt(`${url}/x`);
  expect(detailsOf(results, 'warn', 'fail')).toEqual({});
  expect(detailsOf(results, 'unknown')).toMatchObject({
    'not yet valid': 'the server answers 429: run this again later',
  });
});

it('a throttle with its usual limit is not reached by one run', async () => {
  const { url } = await startGate({ throttle: { clientAddress: () => 'one' } });
  const results = await probeAt(`${url}/v1/things?a=b`, { token: tokenOf({ sub: 'alice' }) });
  expect(detailsOf(results, 'pass')).toEqual(PASSED);
});

it('authentication that is switched off is found', async () => {
  const { url } = await startGate({ config: { required: false, policy: {}, warnings: [] } });
  const results = await probeAt(`${url}/x`);
  expect(detailsOf(results, 'warn', 'fail')).toEqual({
    'no token': 'the API is open: it answers 200',
  });
});
