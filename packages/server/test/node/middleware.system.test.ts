// The guard as a middleware, on a plain server: what passes, what is refused, and that a handler does not run.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JwtClaims } from '@zep-auth/core';
import { exchange, type RawResponse } from '@zep-auth/test-kit/http';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { AuthenticatorOptions } from '../../src/authenticator-options.ts';
import { cookie, type GuardResult, header } from '../../src/index.ts';
import {
  type NodeMiddleware,
  nodeGuard,
  type RequestWithAuth,
  requireAnyScope,
  requireClaims,
  requireScope,
} from '../../src/node/index.ts';
import { config, configOf, forge, TOKEN } from '../tokens.ts';

const closers: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

type Options = Partial<
  Omit<AuthenticatorOptions<Record<string, unknown>, IncomingMessage>, 'config' | 'env'>
>;
type Handler = (request: RequestWithAuth, response: ServerResponse) => void;

const echo: Handler = ({ auth }, response) => {
  response.end(JSON.stringify(auth?.claims ?? null));
};

/** Runs middlewares one after the other, as connect does: an error skips the rest. */
const start = async (middlewares: readonly NodeMiddleware[], handler: Handler = echo) => {
  const handle = vi.fn(handler);
  const server = createServer((request, response) => {
    const run = (i: number, error?: unknown): void => {
      if (error !== undefined) response.writeHead(500).end();
      else if (i === middlewares.length) handle(request, response);
      else middlewares[i]?.(request, response, (thrown) => run(i + 1, thrown));
    };
    run(0);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close().closeAllConnections());
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const ask = (
    fields: readonly string[] = [],
    target = '/x',
    method = 'GET',
  ): Promise<RawResponse> =>
    exchange(
      port,
      [
        `${method} ${target} HTTP/1.1`,
        'Host: a.example',
        'Connection: close',
        ...fields,
        '',
        '',
      ].join('\r\n'),
    );
  return { ask, handle };
};
const guarded = (options: Options = {}, handler?: Handler) =>
  start([nodeGuard({ config, ...options })], handler);
const BEARER = `Authorization: Bearer ${TOKEN}`;
const fieldOf = (response: RawResponse, name: string) => response.headers.get(name);

describe('nodeGuard', () => {
  it('lets a good token through, and says whose request it is', async () => {
    const { ask, handle } = await guarded();
    const response = await ask([BEARER]);
    expect(response.status).toBe(200);
    expect(JSON.parse(String(response.body))).toMatchObject({ sub: 'alice' });
    expect(handle).toHaveBeenCalledTimes(1);
    expect(fieldOf(response, 'cache-control')).toBeUndefined();
  });

  it.each([
    ['no token', [], 401],
    ['a bad token', ['Authorization: Bearer x'], 401],
    ['an expired token', [`Authorization: Bearer ${forge({ exp: 1 })}`], 401],
    ['two Authorization headers', [BEARER, BEARER], 400],
    ['a bad one behind a good one', [BEARER, 'authorization: Bearer x'], 400],
  ])('refuses %s, and the handler does not run', async (_, fields, status) => {
    const { ask, handle } = await guarded();
    const response = await ask(fields);
    expect(response.status).toBe(status);
    expect(fieldOf(response, 'content-type')).toEqual(['application/problem+json']);
    expect(fieldOf(response, 'cache-control')).toEqual(['no-store']);
    expect(fieldOf(response, 'www-authenticate')?.[0]).toMatch(/^Bearer realm="api"/);
    expect(response.isWhole).toBe(true);
    expect(handle).not.toHaveBeenCalled();
  });

  it('lets public paths and preflights through without an identity', async () => {
    const { ask } = await guarded({ publicPaths: ['/healthz'] });
    expect(String((await ask([BEARER], '/healthz')).body)).toBe('null');
    for (const target of ['//healthz', '/healthz/', '/HEALTHZ', '/%68ealthz']) {
      expect((await ask([], target)).status).toBe(401);
    }
    const preflight = ['Origin: https://a.example', 'Access-Control-Request-Method: PUT'];
    expect((await ask(preflight, '/x', 'OPTIONS')).status).toBe(200);
  });

  it('opens no path that a middleware has rewritten, as Express lets it', async () => {
    const rewrite =
      (members: object): NodeMiddleware =>
      (request, _response, next) => {
        Object.assign(request, members);
        next();
      };
    const guard = nodeGuard({ config, publicPaths: ['/healthz', '/api/healthz'] });
    for (const [members, target, status] of [
      [{ originalUrl: '/healthz', url: '/healthz' }, '/healthz', 200],
      [{ originalUrl: '/healthz', url: '/admin' }, '/healthz', 401],
      [{ originalUrl: '/admin', url: '/healthz' }, '/admin', 401],
      [{ originalUrl: '/api/healthz', baseUrl: '/api', url: '/healthz' }, '/api/healthz', 200],
    ] as const) {
      const { ask } = await start([rewrite(members), guard]);
      expect((await ask([], target)).status).toBe(status);
    }
  });

  it('keeps no identity that something in front has put there', async () => {
    const spoof: NodeMiddleware = (request, _response, next) => {
      Object.assign(request, { auth: { claims: { sub: 'root' } } });
      next();
    };
    const { ask } = await start([spoof, nodeGuard({ config, optional: true })]);
    expect(String((await ask()).body)).toBe('null');
  });

  it.each<[string, Handler]>([
    [
      'setHeader',
      (_, response) =>
        response
          .setHeader('cache-control', 'public, max-age=60')
          .setHeader('CDN-Cache-Control', 'max-age=60')
          .end(),
    ],
    [
      'an object',
      (_, response) => response.writeHead(200, { 'Cache-Control': 'public, max-age=60' }).end(),
    ],
    [
      'a list',
      (_, response) => response.writeHead(200, ['Cache-Control', 'public, max-age=60']).end(),
    ],
    [
      'a reason and an object',
      (_, response) =>
        response.writeHead(200, 'Fine', { 'cache-control': 'public, max-age=60' }).end(),
    ],
  ])('makes an answer to another token than a bearer’s private: %s', async (_, handler) => {
    const { ask } = await guarded({ sources: [header('x-api-key'), cookie('jwt')] }, handler);
    for (const field of [`X-Api-Key: ${TOKEN}`, `Cookie: jwt=${TOKEN}`]) {
      const response = await ask([field]);
      expect(fieldOf(response, 'cache-control')).toEqual(['max-age=60, private']);
      expect(fieldOf(response, 'cdn-cache-control')).toBeUndefined();
    }
  });

  it.each<[string, Options]>([
    [
      'throws',
      {
        onResult: () => {
          throw new Error('a hook failed');
        },
      },
    ],
    ['rejects', { onResult: () => Promise.reject(new Error('a hook failed')) }],
  ])('hands on what a hook %s, and the handler does not run', async (_, options) => {
    const { ask, handle } = await guarded(options);
    expect((await ask([BEARER])).status).toBe(500);
    expect(handle).not.toHaveBeenCalled();
  });

  it('refuses an option that would check nothing', () => {
    expect(() => nodeGuard({ config, ...{ issuer: 'x' } })).toThrow(TypeError);
  });
});

describe('requireScope behind nodeGuard', () => {
  const SCOPED = `Authorization: Bearer ${forge({ scope: 'read write' })}`;
  const behind = (...middlewares: readonly NodeMiddleware[]) =>
    start([nodeGuard({ config }), ...middlewares]);

  it('asks for each scope, and requireAnyScope for one', async () => {
    expect((await (await behind(requireScope('read', 'write'))).ask([SCOPED])).status).toBe(200);
    const { ask, handle } = await behind(requireScope('read', 'admin'));
    const refused = await ask([SCOPED]);
    expect(refused.status).toBe(403);
    expect(fieldOf(refused, 'www-authenticate')).toEqual([
      'Bearer realm="api", error="insufficient_scope", scope="read admin"',
    ]);
    expect(handle).not.toHaveBeenCalled();
    expect((await (await behind(requireAnyScope('admin', 'read'))).ask([SCOPED])).status).toBe(200);
    expect((await (await behind(requireAnyScope('admin', 'x'))).ask([SCOPED])).status).toBe(403);
  });

  it('is 401 without a guard in front, whatever stands in request.auth', async () => {
    const spoof: NodeMiddleware = (request, _response, next) => {
      Object.assign(request, { auth: { scopes: ['admin'], claims: {} } });
      next();
    };
    const { ask, handle } = await start([spoof, requireScope('admin')]);
    expect((await ask([SCOPED])).status).toBe(401);
    expect(handle).not.toHaveBeenCalled();
  });

  it('lets everything through where authentication is off', async () => {
    const off = nodeGuard({
      config: configOf({ ZEP_AUTH_REQUIRED: 'false' }),
      onWarning: () => {},
    });
    expect((await (await start([off, requireScope('admin')])).ask()).status).toBe(200);
  });

  it('tells onResult', async () => {
    const events: GuardResult[] = [];
    const guard = nodeGuard({ config, onResult: (event) => void events.push(event) });
    await (await start([guard, requireScope('admin')])).ask([SCOPED]);
    expect(events).toMatchObject([
      { outcome: 'accepted', check: 'token' },
      { outcome: 'refused', check: 'scope', code: 'ERR_SCOPE_INSUFFICIENT' },
    ]);
  });

  it('requireClaims asks a function of the claims; only true passes, and what it throws is handed on', async () => {
    const ask = async (isMet: (claims: JwtClaims) => unknown) => {
      const server = await behind(requireClaims(isMet as (claims: JwtClaims) => boolean));
      const { status } = await server.ask([SCOPED]);
      return [status, server.handle.mock.calls.length];
    };
    expect(await ask(({ scope }) => scope === 'read write')).toEqual([200, 1]);
    for (const answer of [false, 1, 'true', undefined, {}]) {
      expect(await ask(() => answer)).toEqual([403, 0]);
    }
    expect(
      await ask(() => {
        throw new Error('a claim is missing');
      }),
    ).toEqual([500, 0]);
    expect((await (await start([requireClaims(() => true)])).ask([SCOPED])).status).toBe(401);
    expect(() => requireClaims('admin' as never)).toThrow(TypeError);
  });

  it('takes scopes', () => {
    expect(() => requireScope('a b')).toThrow(TypeError);
    expect(() => Reflect.apply(requireScope, undefined, [])).toThrow(TypeError);
  });
});
