// Path bypass at the guard: thousands of spellings of public and protected paths, for every way to mount an application.
// Bytes and the handler that ran are compared, not decoded paths.
import { readAuthConfig } from '@zep-auth/core';
import { authGuard } from '@zep-auth/server';
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { encode, seal } from '../kit/attacks/craft.ts';
import { HEADER } from '../kit/attacks/row.ts';
import {
  createPaths,
  isPublicPath,
  PROTECTED_PATHS,
  PUBLIC_PATHS,
  pathOf,
} from './path-mutations.ts';

const SECRET =
  'UGF0aHMgYXJlIGNvbXBhcmVkIGJ5dGUgZm9yIGJ5dGUsIGFuZCBub3RoaW5nIGlzIGRlY29kZWQgb24gdGhlIHdheQ==';
const TOKEN = await seal(`${encode(HEADER)}.${encode('{"sub":"alice"}')}`, SECRET);
const BEARER = { authorization: `Bearer ${TOKEN}` };
const PREFLIGHT = { origin: 'https://a.example', 'access-control-request-method': 'GET' };
const config = readAuthConfig({ ZEP_AUTH_SECRET: SECRET });

const paths = createPaths();
/** Without OPTIONS, which has no handler: a preflight passes the guard. */
const HANDLED = ['GET', 'POST', 'DELETE', 'GeT', 'get', 'PROPFIND'];
const METHODS = [...HANDLED, 'HEAD', 'OPTIONS'];

/** A request as a server may create it. The Request constructor would resolve dots and merge slashes. */
const rawRequest = (url: string, method: string, headers: Record<string, string>): Request =>
  Object.defineProperties(new Request('http://localhost/', { headers }), {
    url: { value: url },
    method: { value: method },
  });

interface Run {
  readonly kind: 'public' | 'protected';
  readonly path: string;
}

const createApp = (runs: Run[], base: string, publicPaths: readonly string[]): Hono => {
  const app = base === '' ? new Hono() : new Hono().basePath(base);
  app.use(authGuard({ config, publicPaths }));
  const as = (kind: Run['kind']) => (c: { readonly req: { readonly raw: Request } }) => {
    runs.push({ kind, path: c.req.raw.url.replace(/^http:\/\/localhost/, '') });
    return new Response(kind);
  };
  app.on(HANDLED, [...PUBLIC_PATHS], as('public'));
  app.on(
    HANDLED,
    PROTECTED_PATHS.flatMap((path) => [path, `${path}/*`]),
    as('protected'),
  );
  app.on(HANDLED, '*', as('protected'));
  return app;
};

const MOUNTED = PUBLIC_PATHS.map((path) => `/base${path}`);
const WAYS: Readonly<
  Record<string, { readonly base: string; readonly create: (runs: Run[]) => Hono }>
> = {
  'at the root': { base: '', create: (runs) => createApp(runs, '', PUBLIC_PATHS) },
  'under basePath': { base: '/base', create: (runs) => createApp(runs, '/base', MOUNTED) },
  'under route': {
    base: '/base',
    create: (runs) => new Hono().route('/base', createApp(runs, '', MOUNTED)),
  },
};

it(`there are ${paths.length} paths, of which ${PUBLIC_PATHS.length} are public`, () => {
  expect(paths.length).toBeGreaterThanOrEqual(3000);
  expect(paths.filter(isPublicPath)).toEqual(PUBLIC_PATHS);
  expect(paths.filter((path) => !path.startsWith('/'))).toEqual([]);
});

describe.each(Object.entries(WAYS))('a guard %s', (_, { base, create }) => {
  const runs: Run[] = [];
  const app = create(runs);
  const ask = async (path: string, method: string, headers: Record<string, string> = {}) => {
    runs.length = 0;
    const { status } = await app.fetch(
      rawRequest(`http://localhost${base}${path}`, method, headers),
    );
    return { status, runs: [...runs] };
  };

  it(`runs no protected handler for ${paths.length * METHODS.length} requests without a token`, async () => {
    const wrong: unknown[] = [];
    let opened = 0;
    for (const path of paths) {
      for (const method of METHODS) {
        const isOpen = isPublicPath(pathOf(path)) && (method === 'GET' || method === 'HEAD');
        const answer = await ask(path, method);
        const expected = isOpen
          ? { status: 200, runs: [{ kind: 'public', path: `${base}${path}` }] }
          : { status: 401, runs: [] };
        if (isOpen) opened++;
        if (JSON.stringify(answer) !== JSON.stringify(expected)) wrong.push([method, path, answer]);
      }
    }
    expect(wrong).toEqual([]);
    expect(opened).toBeGreaterThanOrEqual(60);
  });

  it(`runs no handler for ${paths.length} preflights`, async () => {
    const wrong: unknown[] = [];
    for (const path of paths) {
      const answer = await ask(path, 'OPTIONS', PREFLIGHT);
      if (answer.status !== 404 || answer.runs.length > 0) wrong.push([path, answer]);
    }
    expect(wrong).toEqual([]);
  });

  it(`passes ${paths.length} paths with a token on unchanged`, async () => {
    const wrong: unknown[] = [];
    for (const path of paths) {
      const answer = await ask(path, 'GET', BEARER);
      // A path may lead out of the base; then another application answers.
      const isElsewhere = answer.status === 404 && base !== '' && answer.runs.length === 0;
      const isReached = answer.runs.length === 1 && answer.runs[0]?.path === `${base}${path}`;
      if (!isReached && !isElsewhere) wrong.push([path, answer]);
    }
    expect(wrong).toEqual([]);
  });
});

describe('guards elsewhere', () => {
  it(`mounted without their prefix, run no protected handler for ${paths.length * 4} requests`, async () => {
    const runs: Run[] = [];
    const outer = new Hono().mount('/base', createApp(runs, '', PUBLIC_PATHS).fetch);
    const wrong: unknown[] = [];
    let opened = 0;
    for (const path of paths) {
      for (const prefix of ['/base', '/%62ase', '/base/base', '']) {
        runs.length = 0;
        await outer.fetch(rawRequest(`http://localhost${prefix}${path}`, 'GET', {}));
        opened += runs.length;
        if (runs.some((run) => run.kind !== 'public' || !isPublicPath(pathOf(run.path)))) {
          wrong.push([prefix, path, ...runs]);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(opened).toBeGreaterThanOrEqual(30);
  });

  it(`on a prefix only, run no handler behind it for ${paths.length} requests`, async () => {
    const app = new Hono();
    const wrong: string[] = [];
    let others = 0;
    for (const path of PROTECTED_PATHS) {
      app.use(`${path}/*`, authGuard({ config }));
      app.get(`${path}/*`, (c) => {
        wrong.push(c.req.raw.url);
        return c.text('reached');
      });
    }
    app.get('*', (c) => {
      others++;
      return c.text('other');
    });
    for (const path of paths) await app.fetch(rawRequest(`http://localhost${path}`, 'GET', {}));
    expect(wrong).toEqual([]);
    expect(others).toBeGreaterThanOrEqual(1000);
  });
});
