// Sends a unique secret and token down every path, and fails if a piece of either comes out.
import { randomBytes } from 'node:crypto';
import { type AuthConfig, generateSecret, isAuthError, readAuthConfig } from '@zep-auth/core';
import { createLeakFinder, print, watchOutput } from '@zep-auth/test-kit/leaks';
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import * as server from '../src/index.ts';
import { authGuard, createGate, type GateOptions, requireScope } from '../src/index.ts';
import { encode, forge } from './tokens.ts';

const SECRET = generateSecret();
const PREVIOUS = generateSecret();
const random = (): string => randomBytes(24).toString('base64url');
const HEADER = { alg: 'HS256', typ: 'JWT', 'x-own': random() };
const tokenOf = (claims: object, secret: string = SECRET): string =>
  forge({ own: random(), ...claims }, HEADER, secret);
const TOKEN = tokenOf({ sub: 'alice', scope: 'read' });
const EXPIRED = tokenOf({ exp: 1 });
const FORGED = tokenOf({}, generateSecret());
const PRIVATE = [SECRET, PREVIOUS, TOKEN, EXPIRED, FORGED];
const ENV = { ZEP_AUTH_SECRET: SECRET, ZEP_AUTH_SECRET_PREVIOUS: PREVIOUS };

const leaksIn = createLeakFinder(PRIVATE);
const { see, printed } = watchOutput();
const seeThrown = (run: () => unknown): void => {
  try {
    see(run());
  } catch (error) {
    see(error);
  }
};
const seeResponse = async (response: Response): Promise<number> => {
  see([...response.headers]);
  see(await response.text());
  return response.status;
};

/** Fails if something private was seen, or if nothing was seen at all. */
const expectNothingPrivate = (): void => {
  expect(printed().length).toBeGreaterThan(0);
  expect(leaksIn(printed().join('\n'))).toEqual([]);
};

it('finds a piece of 12 characters, and none of 11', () => {
  for (const text of PRIVATE) {
    expect(leaksIn(`before ${text.slice(5, 17)} after`)).toEqual([text.slice(5, 17)]);
    expect(leaksIn(`before ${text.slice(5, 16)} after`)).toEqual([]);
  }
  expect(leaksIn(print(new Error(TOKEN)))).not.toEqual([]);
  seeThrown(() => new URL(SECRET)); // its error has the input as a member
  expect(leaksIn(printed().join())).not.toEqual([]);
});

const AUTHORIZATIONS: readonly (readonly [string, number])[] = [
  [`Bearer ${TOKEN}`, 200],
  [`Bearer ${EXPIRED}`, 401],
  [`Bearer ${FORGED}`, 401],
  [`Bearer ${TOKEN}x`, 401],
  [`Bearer ${TOKEN}\u00f6`, 401],
  [`Bearer "${TOKEN}"`, 401],
  [`Bearer ${TOKEN.replace(/\.[^.]*$/, '')}`, 401],
  [`Bearer ${encode({ alg: 'none' })}.${TOKEN.split('.')[1]}.`, 401],
  [`Bearer ${SECRET}`, 401],
  [`Bearer ${TOKEN.repeat(60)}`, 401],
  [`Bearer ${TOKEN}, Bearer ${TOKEN}`, 400],
  [`Basic ${SECRET}`, 401],
  [`Api-Key ${TOKEN}`, 401],
  [TOKEN, 401],
  [SECRET, 401],
];

/** Hooks that collect all that they are called with. */
const guardHooks = {
  onResult: (event) => see(event),
  onWarning: see,
} satisfies Partial<GateOptions>;
const hooks = {
  ...guardHooks,
  onUpstreamError: (error) => see(error),
} satisfies Partial<GateOptions>;

describe('nothing private comes out', () => {
  it.each(AUTHORIZATIONS.map((row, i) => [i, ...row] as const))(
    'of the guard, the scope or the gate: case %i',
    async (_, authorization, status) => {
      const app = new Hono();
      app.use(authGuard({ env: () => ENV, ...guardHooks }));
      app.get('/', (c) => c.text('reached'));
      app.get('/admin', requireScope('admin'), (c) => c.text('reached'));
      const gate = createGate({
        config: readAuthConfig(ENV),
        upstream: 'http://upstream.example',
        fetch: async () => new Response('reached'),
        ...hooks,
      });
      const headers = { authorization };
      expect(await seeResponse(await app.request('/', { headers }))).toBe(status);
      expect(await seeResponse(await app.request('/admin', { headers }))).toBe(
        status === 200 ? 403 : status,
      );
      expect(await seeResponse(await gate.request('/', { headers }))).toBe(status);
      const asked = await seeResponse(await gate.request('/_gate/auth', { headers }));
      expect(asked).toBe(status === 200 ? 204 : 401);
      expectNothingPrivate();
    },
  );

  it.each<[string, Record<string, unknown>]>([
    ['the token as the secret', { ZEP_AUTH_SECRET: TOKEN }],
    ['quotes', { ZEP_AUTH_SECRET: `"${SECRET}"` }],
    ['a line break', { ZEP_AUTH_SECRET: `${SECRET}\n` }],
    ['half of a secret', { ZEP_AUTH_SECRET: SECRET.slice(0, 20) }],
    ['both ways at once', { ZEP_AUTH_SECRET: SECRET, ZEP_AUTH_SECRET_FILE: SECRET }],
    ['a secret for a path', { ZEP_AUTH_SECRET_FILE: SECRET }],
    ['a bad previous secret', { ...ENV, ZEP_AUTH_SECRET_PREVIOUS: ` ${PREVIOUS},${TOKEN}` }],
    ['a secret in another variable', { ...ENV, ZEP_AUTH_REQUIRED: SECRET }],
    ['a token in another variable', { ...ENV, ZEP_AUTH_REVOKED: TOKEN }],
    ['a secret for a number', { ...ENV, ZEP_AUTH_CLOCK_TOLERANCE_SECONDS: SECRET }],
    ['a binding', { ZEP_AUTH_SECRET: { get: async () => SECRET, value: SECRET } }],
    ['authentication off', { ...ENV, ZEP_AUTH_REQUIRED: 'false' }],
  ])('of a misconfigured environment, with or without a hook: %s', async (_, record) => {
    for (const listening of [guardHooks, {}]) {
      const app = new Hono();
      app.use(authGuard({ env: () => record, ...listening }));
      app.get('/', (c) => c.text('reached'));
      const gate = createGate({
        env: () => record,
        upstream: 'http://upstream.example',
        fetch: async () => new Response('reached'),
        ...listening,
      });
      const headers = { authorization: `Bearer ${TOKEN}` };
      for (const path of ['/', '/', '/_gate/auth']) {
        await seeResponse(await app.request(path, { headers }));
        await seeResponse(await gate.request(path, { headers }));
      }
      seeThrown(() => authGuard({ config: readAuthConfig(record), ...listening }));
    }
    expectNothingPrivate();
  });

  it.each<[string, unknown]>([
    ['a message', new Error(`cannot send Bearer ${TOKEN}`)],
    ['a cause', new TypeError('fetch failed', { cause: new Error(TOKEN) })],
    ['a text', TOKEN],
    ['an object', { token: TOKEN, toString: () => TOKEN }],
  ])('of a failing upstream whose error contains secrets: %s', async (_, thrown) => {
    const gate = createGate({
      config: readAuthConfig(ENV),
      upstream: 'http://upstream.example',
      fetch: () => Promise.reject(thrown),
      forwardAuthorization: true,
      ...hooks,
    });
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect(await seeResponse(await gate.request('/', { headers }))).toBe(502);
    expectNothingPrivate();
  });

  it('of a gate whose hooks throw', async () => {
    const fail = (): never => {
      throw new Error(`a hook failed with ${TOKEN}`);
    };
    const headers = { authorization: `Bearer ${TOKEN}` };
    for (const more of [{ onResult: fail }, { peerAddress: fail }, { trustedProxy: fail }]) {
      const gate = createGate({
        config: readAuthConfig(ENV),
        upstream: 'http://upstream.example',
        fetch: async () => new Response('reached'),
        onWarning: see,
        ...more,
      });
      expect(await seeResponse(await gate.request('/', { headers }))).toBe(500);
    }
    expectNothingPrivate();
  });

  it.each<[string, () => unknown]>([
    ['a realm', () => authGuard({ config: readAuthConfig(ENV), realm: `"${SECRET}` })],
    ['a public path', () => authGuard({ config: readAuthConfig(ENV), publicPaths: [TOKEN] })],
    ['a scope', () => requireScope(`"${TOKEN}`)],
    ['a config', () => authGuard({ config: SECRET as unknown as AuthConfig })],
    [
      'a promise of one',
      () => authGuard({ config: Promise.resolve(ENV) as unknown as AuthConfig }),
    ],
    ['an upstream', () => createGate({ config: readAuthConfig(ENV), upstream: SECRET })],
    [
      'the credentials of an upstream',
      () => createGate({ config: readAuthConfig(ENV), upstream: `http://me:${SECRET}@a.example` }),
    ],
    [
      'the credentials of an upstream that is not a URL',
      () => createGate({ config: readAuthConfig(ENV), upstream: `http://me:${SECRET}@a:port` }),
    ],
    [
      'a size',
      () => authGuard({ config: readAuthConfig(ENV), maxTokenBytes: SECRET as unknown as number }),
    ],
    [
      'a timeout',
      () =>
        createGate({
          config: readAuthConfig(ENV),
          upstream: 'http://a.example',
          responseTimeoutSeconds: TOKEN as unknown as number,
        }),
    ],
  ])('of the error for something private passed as %s', (_, run) => {
    let thrown: unknown;
    try {
      run();
    } catch (error) {
      thrown = error;
    }
    expect(isAuthError(thrown) || thrown instanceof TypeError || thrown instanceof RangeError).toBe(
      true,
    );
    see(thrown);
    expectNothingPrivate();
  });

  it('of anything that is exported or returned', async () => {
    const config = readAuthConfig(ENV);
    const guard = authGuard({ config, ...guardHooks });
    const gate = createGate({ config, upstream: 'http://upstream.example', ...hooks });
    const app = new Hono<{ Variables: server.AuthVariables }>();
    app.use(guard);
    app.get('/', requireScope('read'), (c) => {
      see(c.var.auth.keyId);
      see(c.var);
      return c.json(c.var.auth);
    });
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect(await seeResponse(await app.request('/', { headers }))).toBe(200);
    for (const value of [server, config, guard, gate, app, requireScope('read')]) see(value);
    expectNothingPrivate();
  });
});
