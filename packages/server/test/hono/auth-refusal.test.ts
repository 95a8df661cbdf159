import { inspect } from 'node:util';
import { Hono, type MiddlewareHandler } from 'hono';
import { bearerAuth } from 'hono/bearer-auth';
import { type ApplyGlobalResponse, hc } from 'hono/client';
import { every, except, some } from 'hono/combine';
import { HTTPException } from 'hono/http-exception';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  AuthRefusal,
  authGuard,
  bearer,
  type GuardOptions,
  type GuardResponses,
  type ProblemDocument,
  requireClaims,
  requireScope,
} from '../../src/index.ts';
import { BARE, INVALID_TOKEN, readRefusal, refusal } from '../refusal.ts';
import { config, configOf, forge, OTHER_SECRET, TOKEN } from '../tokens.ts';

const withToken = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const API_KEY = 'an-api-key-of-another-kind';
const FORGED = forge({}, { alg: 'HS256' }, OTHER_SECRET);

/** An application whose only handler says whose request reached it, and counts. */
const reaching = (...middleware: readonly MiddlewareHandler[]) => {
  let runs = 0;
  const app = new Hono();
  for (const handler of middleware) app.use(handler);
  app.all('*', (c) => {
    runs++;
    return c.json({ sub: c.var.auth?.claims.sub ?? null });
  });
  return { app, runs: () => runs };
};

const refusedBy = async (options: GuardOptions, init = {}): Promise<AuthRefusal> => {
  const app = new Hono().use(authGuard(options));
  const caught: unknown[] = [];
  app.onError((error, c) => {
    caught.push(error);
    return c.text('caught', 500);
  });
  await app.request('/', init);
  const [error] = caught;
  return error instanceof AuthRefusal ? error : expect.fail(String(error));
};

describe('a refusal', () => {
  it('is an HTTPException that names its check for the operator, and not for the client', async () => {
    const error = await refusedBy({ config }, withToken(FORGED));
    expect(error).toBeInstanceOf(HTTPException);
    expect([error.name, error.status, error.code]).toEqual([
      'AuthRefusal',
      401,
      'ERR_TOKEN_SIGNATURE',
    ]);
    expect(error.cause).toMatchObject({ code: 'ERR_TOKEN_SIGNATURE' });
    expect(error.message).toBe('The bearer token was refused.');
  });

  it('has no stack, and shows no token', async () => {
    const error = await refusedBy({ config }, withToken(FORGED));
    expect(error.stack).not.toContain('\n    at ');
    for (const part of FORGED.split('.')) {
      expect(inspect(error, { showHidden: true, depth: null })).not.toContain(part);
    }
    expect(new Error('later').stack).toContain('\n    at ');
  });

  it('makes a new answer at each call, whole whenever it is read', async () => {
    const error = await refusedBy({ config }, withToken(FORGED));
    const [first, second] = [error.getResponse(), error.getResponse()];
    expect(first).not.toBe(second);
    expect(await readRefusal(first)).toStrictEqual(refusal(401, INVALID_TOKEN, 'invalid_token'));
    await Promise.resolve();
    expect(second.body).toBeInstanceOf(ReadableStream);
    expect(await readRefusal(second.clone())).toStrictEqual(
      refusal(401, INVALID_TOKEN, 'invalid_token'),
    );
    expect(await new Response(second.body).json()).toHaveProperty('code', 'invalid_token');
  });

  it('gives Hono’s error handler a text, which it sends faster than a stream', async () => {
    const error = await refusedBy({ config });
    expect(error.getResponse().body).toBe(await error.getResponse().text());
  });
});

describe('combined with Hono’s own', () => {
  it('some() goes on to another middleware, which alone decides then', async () => {
    const { app, runs } = reaching(some(authGuard({ config }), bearerAuth({ token: API_KEY })));
    expect(await (await app.request('/', withToken(TOKEN))).json()).toEqual({ sub: 'alice' });
    expect(await (await app.request('/', withToken(API_KEY))).json()).toEqual({ sub: null });
    expect((await app.request('/', withToken('wrong'))).status).toBe(401);
    expect((await app.request('/')).status).toBe(401);
    expect(runs()).toBe(2);
  });

  it('some() leaves nothing of a failed branch: no identity, and no scope', async () => {
    const app = new Hono();
    app.use(authGuard({ config }));
    app.use(
      some(authGuard({ config: configOf({ ZEP_AUTH_ISSUER: 'me' }) }), async (_, next) => next()),
    );
    app.get('/', requireScope('read'), (c) => c.text('reached'));
    app.get('/who', (c) => c.json({ auth: c.var.auth ?? null }));
    expect(await (await app.request('/who', withToken(TOKEN))).json()).toEqual({ auth: null });
    expect((await app.request('/', withToken(TOKEN))).status).toBe(401);
  });

  it.each<[string, MiddlewareHandler]>([
    [
      'a throwing onResult of requireScope',
      every(
        authGuard({
          config,
          onResult: ({ outcome }) => {
            if (outcome === 'refused') throw new Error('broken');
          },
        }),
        requireScope('admin'),
      ),
    ],
    [
      'a throwing requireClaims',
      every(
        authGuard({ config }),
        requireClaims(() => {
          throw new Error('broken');
        }),
      ),
    ],
    [
      'an inner guard whose hook throws',
      every(
        authGuard({ config }),
        authGuard({
          config,
          onResult: () => {
            throw new Error('broken');
          },
        }),
      ),
    ],
  ])('some() leaves nothing behind of %s', async (_, broken) => {
    const app = new Hono();
    app.use(some(broken, async (_c, next) => next()));
    app.get('/who', (c) => c.json({ auth: c.var.auth ?? null }));
    expect(await (await app.request('/who', withToken(TOKEN))).json()).toEqual({ auth: null });
  });

  it('some() does not count an API key, or the token of another issuer, as a guess', async () => {
    const throttle = { clientAddress: () => 'here', limit: 1 };
    const { app, runs } = reaching(
      some(authGuard({ config, throttle }), bearerAuth({ token: API_KEY })),
    );
    const foreign = forge({}, { alg: 'RS256' });
    for (const token of [API_KEY, API_KEY, foreign, foreign, TOKEN]) {
      await app.request('/', withToken(token));
    }
    expect(runs()).toBe(3);
  });

  it('every() and except() refuse as the guard alone does', async () => {
    const passes = async (_: unknown, next: () => Promise<void>) => next();
    for (const middleware of [
      every(authGuard({ config }), passes),
      every(passes, authGuard({ config })),
      except('/health', authGuard({ config })),
    ]) {
      const { app, runs } = reaching(middleware);
      expect(await readRefusal(await app.request('/'))).toStrictEqual(refusal(401, BARE));
      expect(runs()).toBe(0);
      expect((await app.request('/', withToken(TOKEN))).status).toBe(200);
    }
    const { app } = reaching(except('/health', authGuard({ config })));
    expect((await app.request('/health')).status).toBe(200);
  });

  it.each<[string, (app: Hono) => Hono]>([
    ['route()', (app) => new Hono().route('/api', app)],
    ['basePath()', (app) => new Hono().basePath('/api').route('/', app)],
    ['mount()', (app) => new Hono().mount('/api', app.fetch)],
    [
      'a sub-app with an onError',
      (app) =>
        new Hono().route(
          '/api',
          app.onError((e) => {
            throw e;
          }),
        ),
    ],
    [
      'a guard around it',
      (app) => {
        const outer = new Hono();
        outer.use(authGuard({ config }));
        return outer.route('/api', app);
      },
    ],
  ])('%s: the handler runs for a good token alone', async (_, mount) => {
    const { app, runs } = reaching(authGuard({ config }));
    const whole = mount(app);
    for (const token of [undefined, FORGED, 'abc']) {
      const response = await whole.request('/api/x', token === undefined ? {} : withToken(token));
      expect(response.status).toBe(401);
    }
    expect(runs()).toBe(0);
    expect((await whole.request('/api/x', withToken(TOKEN))).status).toBe(200);
  });

  it('app.onError may answer in its own words', async () => {
    const { app, runs } = reaching(authGuard({ config }));
    app.onError((error, c) =>
      error instanceof AuthRefusal ? c.json({ why: error.code }, error.status) : c.text('', 500),
    );
    const response = await app.request('/');
    expect([response.status, await response.json()]).toEqual([
      401,
      { why: 'ERR_CREDENTIALS_MISSING' },
    ]);
    expect(runs()).toBe(0);
  });
});

describe('refuse: return', () => {
  it('keeps a refusal away from an onError that answers every error alike', async () => {
    const { app, runs } = reaching(authGuard({ config, refuse: 'return' }));
    app.onError((_, c) => c.text('broken', 500));
    expect(await readRefusal(await app.request('/'))).toStrictEqual(refusal(401, BARE));
    expect(runs()).toBe(0);
  });

  it('holds for requireScope behind that guard', async () => {
    const app = new Hono().use(authGuard({ config, refuse: 'return' }));
    app.onError((_, c) => c.text('broken', 500));
    app.get('/', requireScope('admin'), (c) => c.text('reached'));
    expect((await app.request('/', withToken(TOKEN))).status).toBe(403);
  });

  it('is the only other word', () => {
    expect(() => authGuard({ config, refuse: 'Throw' as 'throw' })).toThrow(TypeError);
  });
});

describe.each(['throw', 'return'] as const)('onRefused with refuse: %s', (refuse) => {
  const answered = async (own: Response | undefined, token?: string) => {
    const app = new Hono().use(authGuard({ config, refuse, onRefused: async () => own }));
    app.get('/', (c) => c.text('reached'));
    return app.request('/', token === undefined ? {} : withToken(token));
  };

  it('may answer with another body', async () => {
    const response = await answered(Response.json({ error: { type: 'auth' } }, { status: 401 }));
    expect([response.status, await response.json()]).toEqual([401, { error: { type: 'auth' } }]);
    expect(response.headers.get('www-authenticate')).toBe(BARE);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('content-type')).toBe('application/json');
  });

  it('that is not a Response at all cannot open the door', async () => {
    const response = await answered({ error: 'no' } as unknown as Response);
    expect(response.status).toBe(401);
  });

  it('keeps the headers that it sets, and cannot turn a refusal into a success', async () => {
    const headers = { 'www-authenticate': 'Own', 'cache-control': 'no-cache' };
    const response = await answered(new Response('welcome', { status: 200, headers }), FORGED);
    expect([response.status, await response.text()]).toEqual([401, 'welcome']);
    expect(response.headers.get('www-authenticate')).toBe('Own');
    expect(response.headers.get('cache-control')).toBe('no-cache');
  });

  it('that returns nothing leaves the problem document', async () => {
    expect(await readRefusal(await answered(undefined))).toStrictEqual(refusal(401, BARE));
  });

  it('sees the check that failed, and a throw in it is a 500', async () => {
    const codes: unknown[] = [];
    const { app: whole, runs } = reaching(
      authGuard({
        config,
        refuse,
        onRefused: ({ code }) => {
          codes.push(code);
          throw new Error('broken');
        },
      }),
    );
    whole.onError((_, c) => c.text('broken', 500));
    expect((await whole.request('/', withToken(FORGED))).status).toBe(500);
    expect(codes).toEqual(['ERR_TOKEN_SIGNATURE']);
    expect(runs()).toBe(0);
  });
});

describe('requireClaims', () => {
  const app = new Hono().use(authGuard({ config }));
  let runs = 0;
  app.get(
    '/',
    requireClaims(({ team }: { team?: string }) => team === 'ops'),
    (c) => {
      runs++;
      return c.text('reached');
    },
  );

  it('lets a token through for which the function returns true', async () => {
    expect((await app.request('/', withToken(forge({ team: 'ops' })))).status).toBe(200);
    expect(runs).toBe(1);
    const challenge = `${BARE}, error="insufficient_scope"`;
    const response = await app.request('/', withToken(forge({ team: 'dev' })));
    expect(await readRefusal(response)).toStrictEqual(
      refusal(403, challenge, 'insufficient_scope'),
    );
    expect((await app.request('/')).status).toBe(401);
    expect(runs).toBe(1);
  });

  it.each([1, 'true', {}, undefined])('takes %j for a no', async (answer) => {
    const other = new Hono().use(authGuard({ config, sources: [bearer()] }));
    other.get(
      '/',
      requireClaims(() => answer as unknown as boolean),
      (c) => c.text('reached'),
    );
    expect((await other.request('/', withToken(TOKEN))).status).toBe(403);
  });

  it('is not a claim’s name', () => {
    expect(() => requireClaims('team' as unknown as () => boolean)).toThrow(TypeError);
  });
});

describe('hc', () => {
  it('knows the refusals of a guard in a route', () => {
    const app = new Hono().get('/me', authGuard({ config }), (c) => c.json({ me: 1 }, 200));
    const client = hc<typeof app>('http://localhost');
    type Answer = Awaited<ReturnType<typeof client.me.$get>>;
    expectTypeOf<
      Extract<Answer, { status: 401 }>['json']
    >().returns.resolves.toEqualTypeOf<ProblemDocument>();
    expectTypeOf<Extract<Answer, { status: 200 }>['json']>().returns.resolves.toEqualTypeOf<{
      me: number;
    }>();
  });

  it('knows them of every route by ApplyGlobalResponse', () => {
    const app = new Hono().get('/me', (c) => c.json({ me: 1 }, 200));
    const client = hc<ApplyGlobalResponse<typeof app, GuardResponses>>('http://localhost');
    type Answer = Awaited<ReturnType<typeof client.me.$get>>;
    expectTypeOf<
      Extract<Answer, { status: 403 }>['json']
    >().returns.resolves.toEqualTypeOf<ProblemDocument>();
  });
});
