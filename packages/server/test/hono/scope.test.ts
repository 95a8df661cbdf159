// A handler that requires a scope runs only for tokens that have it.
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import {
  authGuard,
  type GuardOptions,
  type GuardResult,
  requireAnyScope,
  requireScope,
} from '../../src/index.ts';
import { BARE, readRefusal, refusal } from '../refusal.ts';
import { config, configOf, forge, TOKEN } from '../tokens.ts';

/** An application whose handler requires a scope, behind a guard if options are given. */
const scoped = (scopes: readonly [string, ...string[]], options?: GuardOptions) => {
  let runs = 0;
  const app = new Hono();
  if (options !== undefined) app.use(authGuard(options));
  app.all('*', requireScope(...scopes), (c) => {
    runs++;
    return c.text('reached');
  });
  return {
    runs: () => runs,
    get: async (claims?: object) =>
      app.request('/things', claims && { headers: { authorization: `Bearer ${forge(claims)}` } }),
    send: async (request: Request) => app.request(request),
  };
};

const insufficient = (scope: string) =>
  refusal(403, `${BARE}, error="insufficient_scope", scope="${scope}"`, 'insufficient_scope');

it('requireAnyScope lets a token through with one of its scopes, and refuses one with none', async () => {
  const app = new Hono().use(authGuard({ config }));
  app.get('/', requireAnyScope('admin', 'write'), (c) => c.text('reached'));
  app.get('/none', requireAnyScope('admin', 'delete'), (c) => c.text('reached'));
  const init = { headers: { authorization: `Bearer ${TOKEN}` } };
  expect((await app.request('/', init)).status).toBe(200);
  const refused = await app.request('/none', init);
  expect(await readRefusal(refused)).toStrictEqual(insufficient('admin delete'));
  // @ts-expect-error: without a scope it would require nothing
  expect(() => requireAnyScope()).toThrow(TypeError);
});

describe('the guard’s own scopes', () => {
  it('are needed by every route behind it, beside those of the route', async () => {
    const app = new Hono().use(authGuard({ config, scopes: ['read'], publicPaths: ['/healthz'] }));
    app.get('/', (c) => c.text('reached'));
    app.get('/healthz', (c) => c.text('.'));
    app.get('/admin', requireScope('admin'), (c) => c.text('reached'));
    const get = (path: string, scope: string) =>
      app.request(path, { headers: { authorization: `Bearer ${forge({ scope })}` } });
    expect((await get('/', 'read')).status).toBe(200);
    expect(await readRefusal(await get('/', 'admin'))).toStrictEqual(insufficient('read'));
    expect((await get('/admin', 'read admin')).status).toBe(200);
    expect(await readRefusal(await get('/admin', 'read'))).toStrictEqual(insufficient('admin'));
    expect(await readRefusal(await app.request('/'))).toStrictEqual(
      refusal(401, `${BARE}, scope="read"`),
    );
    expect((await app.request('/healthz')).status).toBe(200);
  });
});

describe('a token with the scope', () => {
  it.each([
    ['alone', 'write'],
    ['first', 'write read'],
    ['last', 'read write'],
    ['in the middle', 'read write admin'],
    ['between two spaces', 'read  write  admin'],
  ])('passes with the scope %s', async (_, scope) => {
    const { get, runs } = scoped(['write'], { config });
    expect((await get({ scope })).status).toBe(200);
    expect(runs()).toBe(1);
  });

  it('passes with all of several scopes, in any order', async () => {
    const { get, runs } = scoped(['read', 'write'], { config });
    expect((await get({ scope: 'write x read' })).status).toBe(200);
    expect(await readRefusal(await get({ scope: 'read' }))).toStrictEqual(
      insufficient('read write'),
    );
    expect(await readRefusal(await get({ scope: 'write' }))).toStrictEqual(
      insufficient('read write'),
    );
    expect(runs()).toBe(1);
  });
});

describe('a token without the scope gets 403 with the scope that it lacks', () => {
  it.each([
    ['no scope claim', {}],
    ['an empty one', { scope: '' }],
    ['another', { scope: 'read' }],
    ['a longer word', { scope: 'writer' }],
    ['a shorter word', { scope: 'writ' }],
    ['another case', { scope: 'Write' }],
    ['a comma between', { scope: 'read,write' }],
    ['a tab between', { scope: 'read\twrite' }],
    ['a line break between', { scope: 'read\nwrite' }],
    ['a wider space between', { scope: 'read\u00a0write' }],
    ['a list', { scope: ['write'] }],
    ['an object', { scope: { write: true } }],
    ['a claim of another name', { scp: 'write', scopes: 'write', Scope: 'write' }],
    ['null', { scope: null }],
  ])('%s', async (_, claims) => {
    const { get, runs } = scoped(['write'], { config });
    expect(await readRefusal(await get(claims))).toStrictEqual(insufficient('write'));
    expect(runs()).toBe(0);
  });

  it('with the realm of its guard', async () => {
    const { get } = scoped(['write'], { config, realm: 'memory' });
    expect((await get({})).headers.get('www-authenticate')).toBe(
      'Bearer realm="memory", error="insufficient_scope", scope="write"',
    );
  });
});

describe('what the operator learns about a missing scope', () => {
  it.each([
    ['of a token', { scope: 'read' }, 'ERR_SCOPE_INSUFFICIENT'],
    ['without a token', undefined, 'ERR_CREDENTIALS_MISSING'],
  ])('is its code, and the key if there is one: %s', async (_, claims, code) => {
    const events: GuardResult[] = [];
    const onResult = (event: GuardResult) => void events.push(event);
    const { get } = scoped(['write'], { config, optional: true, onResult });
    await get(claims);
    const [passed, refused] = events;
    const keyId = passed?.keyId;
    expect(keyId === undefined).toBe(claims === undefined);
    expect(refused).toStrictEqual({
      outcome: 'refused',
      check: 'scope',
      code,
      ...(keyId !== undefined && { keyId }),
      durationMs: 0,
    });
  });
});

describe('without a token', () => {
  it.each<[string, GuardOptions | undefined]>([
    ['behind an optional guard', { config, optional: true }],
    ['on a public path', { config, publicPaths: ['/things'] }],
    ['without a guard', undefined],
  ])('the answer is 401: %s', async (_, options) => {
    const { get, runs } = scoped(['write'], options);
    expect(await readRefusal(await get())).toStrictEqual(refusal(401, `${BARE}, scope="write"`));
    expect(runs()).toBe(0);
  });

  it('the answer is 401 for a preflight that the guard let pass', async () => {
    const { send, runs } = scoped(['write'], { config });
    const preflight = new Request('http://localhost/things', {
      method: 'OPTIONS',
      headers: { origin: 'https://a.example', 'access-control-request-method': 'PUT' },
    });
    expect((await send(preflight)).status).toBe(401);
    expect(runs()).toBe(0);
  });

  it('the answer is 401 if an inner guard let the request pass without one', async () => {
    let runs = 0;
    const app = new Hono();
    app.use(authGuard({ config }));
    app.use(authGuard({ config, publicPaths: ['/things'] }));
    app.get('/things', requireScope('write'), (c) => c.text(`run ${++runs}`));
    const headers = { authorization: `Bearer ${forge({ scope: 'write' })}` };
    expect((await app.request('/things', { headers })).status).toBe(401);
    expect(runs).toBe(0);
  });

  it('the request passes if authentication is off', async () => {
    const off = configOf({ ZEP_AUTH_REQUIRED: 'false' });
    const { get, runs } = scoped(['write'], { config: off });
    expect((await get()).status).toBe(200);
    expect((await get({ scope: 'read' })).status).toBe(200);
    expect(runs()).toBe(2);
  });

  it('variables that an application sets itself do not help', async () => {
    let runs = 0;
    const app = new Hono<{ Variables: { auth: unknown } }>();
    app.use(async (c, next) => {
      c.set('auth', { claims: { scope: 'write' }, keyId: 'x', scopes: ['write'] });
      await next();
    });
    app.get('/', requireScope('write'), (c) => c.text(`run ${++runs}`));
    expect((await app.request('/')).status).toBe(401);
    expect(runs).toBe(0);
  });
});

describe('a scope that RFC 6749 does not allow is an error at the start', () => {
  it.each([
    ['empty', ''],
    ['two in one text', 'read write'],
    ['a quote', 'a"b'],
    ['a backslash', 'a\\b'],
    ['a line break', 'a\nb'],
    ['a letter beyond ASCII', '\u00e9'],
  ])('%s', (_, scope) => {
    const reason = 'requireScope takes scopes: no space, printable ASCII without " and \\';
    expect(() => requireScope(scope)).toThrow(new TypeError(reason));
    expect(() => requireScope('read', scope)).toThrow(new TypeError(reason));
  });

  it('so is the lack of a scope', () => {
    expect(() => (requireScope as () => unknown)()).toThrow(TypeError); // a caller without types
  });

  it('other scopes are accepted', () => {
    expect(() => requireScope('a', 'b:c', 'https://d.example/e', "!#'[]^`{|}~")).not.toThrow();
  });
});
