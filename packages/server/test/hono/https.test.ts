// HTTPS: a token over plain HTTP is refused, and only a trusted proxy may report another scheme.
import { describe, expect, it } from 'vitest';
import { gated } from '../gate/gated.ts';
import { readRefusal, refusal } from '../refusal.ts';
import { config, configOf, TOKEN } from '../tokens.ts';
import { guarded } from './guarded.ts';

const request = (url: string, headers: Readonly<Record<string, string>> = {}): Request =>
  new Request(url, { headers: { authorization: `Bearer ${TOKEN}`, ...headers } });

describe('a guard that requires HTTPS', () => {
  it('refuses a token over plain HTTP, good or bad, without reading it', async () => {
    const codes: unknown[] = [];
    const { send, runs } = guarded({
      config,
      requireHttps: true,
      onResult: ({ code }) => void codes.push(code),
    });
    expect(await readRefusal(await send(request('http://localhost/')))).toEqual(refusal(403, null));
    await send(new Request('http://localhost/'));
    await send(request('http://localhost/', { authorization: 'Bearer abc' }));
    expect(runs()).toBe(0);
    expect(codes).toEqual(Array(3).fill('ERR_INSECURE_TRANSPORT'));
  });

  it('lets it in over HTTPS', async () => {
    const { send } = guarded({ config, requireHttps: true });
    expect((await send(request('https://localhost/'))).status).toBe(200);
    expect((await send(new Request('https://localhost/'))).status).toBe(401);
  });

  it.each([
    ['https', 200],
    ['HTTPS', 200],
    ['https, https', 200],
    ['http', 403],
    ['https, http', 403],
    ['http, https', 403],
    ['', 403],
    ['httpss', 403],
    ['https,', 403],
  ])('believes a trusted proxy that reports %j', async (scheme, status) => {
    const { send } = guarded({ config, requireHttps: true, trustedProxy: () => true });
    const headers = { 'x-forwarded-proto': scheme };
    expect((await send(request('http://localhost/', headers))).status).toBe(status);
    // What the proxy reports wins over the connection, which is only the one from the proxy.
    expect((await send(request('https://localhost/', headers))).status).toBe(status);
  });

  it('uses the scheme of the connection if a trusted proxy reports none', async () => {
    const { send } = guarded({ config, requireHttps: true, trustedProxy: () => true });
    expect((await send(request('http://localhost/'))).status).toBe(403);
    expect((await send(request('https://localhost/'))).status).toBe(200);
  });

  it.each([undefined, () => false])('does not believe any other client', async (trustedProxy) => {
    const { send } = guarded({ config, requireHttps: true, ...(trustedProxy && { trustedProxy }) });
    const headers = { 'x-forwarded-proto': 'https' };
    expect((await send(request('http://localhost/', headers))).status).toBe(403);
  });

  it('lets public paths and preflights pass, which carry no token', async () => {
    const { send } = guarded({ config, requireHttps: true, publicPaths: ['/open'] });
    expect((await send(new Request('http://localhost/open'))).status).toBe(200);
    const headers = { origin: 'https://a.example', 'access-control-request-method': 'PUT' };
    const preflight = new Request('http://localhost/x', { method: 'OPTIONS', headers });
    expect((await send(preflight)).status).toBe(200);
  });

  it('lets requests pass if authentication is off', async () => {
    const off = configOf({ ZEP_AUTH_REQUIRED: 'false' });
    const { send } = guarded({ config: off, requireHttps: true });
    expect((await send(request('http://localhost/'))).status).toBe(200);
  });
});

it('a gate that requires HTTPS does not call the upstream for plain HTTP', async () => {
  const { ask, calls, gate } = gated({ requireHttps: true });
  expect((await ask('/things')).status).toBe(403);
  expect(calls).toEqual([]);
  expect((await gate.fetch(request('http://gate.example/_gate/auth'))).status).toBe(403);
  expect((await gate.fetch(request('https://gate.example/_gate/auth'))).status).toBe(204);
});
