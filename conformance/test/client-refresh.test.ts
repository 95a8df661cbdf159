// Concurrent calls with an expired token against a real server: one refresh, and every call succeeds.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createVerifier, generateSecret, signToken } from '@zep-auth/core';
import { createAuthFetch } from '@zep-auth/sdk-auth';
import { selfSignedTokens } from '@zep-auth/sdk-auth/self-signed';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

const SECRET = generateSecret();
const COUNT = 1000;

/** Starts an API that verifies tokens and answers 401 with a challenge and a long body. */
const startApi = async (notBefore: () => number = () => 0) => {
  const { verify } = createVerifier({ secret: SECRET });
  const received: { path: string; authorization: string; body: string }[] = [];
  const server = createServer(async (request, response) => {
    const { url: path = '', headers } = request;
    const { authorization = '' } = headers;
    received.push({ path, authorization, body: await text(request) });
    try {
      const { claims } = await verify(authorization.slice(7));
      if (Number(claims['n']) < notBefore()) throw new Error('revoked');
      response.end('arrived');
    } catch {
      const challenge = { 'www-authenticate': 'Bearer realm="api", error="invalid_token"' };
      response.writeHead(401, challenge).end('x'.repeat(10_000));
    }
  });
  server.listen(0, '127.0.0.1', 2048);
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return { origin: `http://127.0.0.1:${port}`, received };
};

/** A provider of numbered tokens, the first of which may have expired. */
const numbered = (first: object = {}) => {
  let n = 0;
  return vi.fn(() => signToken(SECRET, { n: ++n, ...(n === 1 && first) }));
};

const nowSeconds = () => Math.floor(Date.now() / 1000);

describe(`${COUNT} concurrent calls`, () => {
  const callAll = async (call: (n: number) => Promise<Response>): Promise<readonly string[]> => {
    const all = Array.from({ length: COUNT }, async (_, n) => {
      const response = await call(n);
      return `${response.status} ${await response.text()}`;
    });
    return [...new Set(await Promise.all(all))];
  };

  it('that see their token expire refresh once', async () => {
    const { origin, received } = await startApi();
    const [iat, exp] = [nowSeconds() - 1000, nowSeconds() + 60];
    const provider = numbered({ iat, exp });
    const authFetch = createAuthFetch({ token: provider, origins: [origin] });
    await (await authFetch(origin)).text();
    expect(provider).toHaveBeenCalledTimes(1);
    vi.useFakeTimers({ toFake: ['Date'], now: (exp + 1) * 1000 });
    try {
      expect(await callAll(() => authFetch(origin))).toEqual(['200 arrived']);
    } finally {
      vi.useRealTimers();
    }
    expect(provider).toHaveBeenCalledTimes(2);
    expect(received).toHaveLength(1 + COUNT);
  });

  it('whose token was already expired refresh once', async () => {
    const { origin, received } = await startApi();
    const provider = numbered({ exp: nowSeconds() - 1 });
    const authFetch = createAuthFetch({ token: provider, origins: [origin] });
    const init = { method: 'POST', body: 'a body' };
    expect(await callAll(() => authFetch(origin, init))).toEqual(['200 arrived']);
    expect(provider).toHaveBeenCalledTimes(2);
    expect(received).toHaveLength(2 * COUNT);
    expect(received.every(({ body }) => body === 'a body')).toBe(true);
  });

  it('that learn only from 401s that their token is refused refresh once', async () => {
    let notBefore = 0;
    const { origin, received } = await startApi(() => notBefore);
    const provider = numbered();
    const authFetch = createAuthFetch({ token: provider, origins: [origin] });
    await (await authFetch(origin)).text();
    notBefore = 2;
    const call = (n: number) =>
      authFetch(new Request(`${origin}/${n}`, { method: 'PUT', body: `${n}` }));
    expect(await callAll(call)).toEqual(['200 arrived']);
    expect(provider).toHaveBeenCalledTimes(2);
    expect(received).toHaveLength(1 + 2 * COUNT);
    for (const { path, body } of received.slice(1)) expect(path).toBe(`/${body}`);
  });

  it('are each answered or rejected when the provider fails half the time', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    try {
      let notBefore = 0;
      const { origin } = await startApi(() => notBefore);
      let n = 0;
      const provider = vi.fn(async () => {
        if (++n % 2 === 0) throw new Error('down');
        return signToken(SECRET, { n });
      });
      const authFetch = createAuthFetch({ token: provider, origins: [origin] });
      const codes = new Set<unknown>();
      let answered = 0;
      const all = Array.from({ length: COUNT }, async (_, number) => {
        if (number % 10 === 0) notBefore = n + 1; // refuse every token so far
        const abort = new AbortController();
        const call = authFetch(origin, { signal: abort.signal });
        if (number % 7 === 0) abort.abort();
        try {
          await (await call).text();
          answered++;
        } catch (error) {
          codes.add((error as { code?: unknown }).code);
        }
      });
      await Promise.all(all);
      expect(answered).toBeGreaterThan(0);
      expect([...codes].sort()).toEqual([20, 'ERR_TOKEN_PROVIDER']); // 20 is the code of an AbortError
      expect(provider.mock.calls.length).toBeLessThan(COUNT);
      // No state is left over: the next calls succeed.
      notBefore = 0;
      await authFetch(origin).catch(() => {});
      expect((await authFetch(origin)).status).toBe(200);
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off('unhandledRejection', unhandled);
    }
    expect(unhandled).not.toHaveBeenCalled();
  });

  it('with self-signed tokens share one token', async () => {
    const { origin, received } = await startApi();
    const token = selfSignedTokens({ secret: SECRET, claims: { n: 1 } });
    const authFetch = createAuthFetch({ token, origins: [origin] });
    expect(await callAll(() => authFetch(origin))).toEqual(['200 arrived']);
    expect(new Set(received.map(({ authorization }) => authorization)).size).toBe(1);
  });
});
