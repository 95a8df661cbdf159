// The doctor at applications guarded by the peers: it finds what they are known to do otherwise.
import { createRequire } from 'node:module';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { jwt } from 'hono/jwt';
import { expect, it } from 'vitest';
import { SECRET, tokenOf } from '../../made-tokens.ts';
import { detailsOf, type Handler, listen, probeAt, troublesOf } from './probing.ts';

/** What is used of Express and its guard; their types want packages that are not there. */
interface Application extends Handler {
  readonly use: (path: string, handler: unknown) => void;
  readonly get: (path: string, handler: Handler) => void;
}
const require = createRequire(import.meta.url);
const express: () => Application = require('express');
const { expressjwt }: { expressjwt: (options: object) => unknown } = require('express-jwt');

const honoApp = (options: object = {}): Handler => {
  const app = new Hono();
  app.get('/healthz', (c) => c.text('.'));
  app.use('/api/*', jwt({ secret: SECRET, alg: 'HS256', ...options }));
  app.get('/api/things', (c) => c.json([]));
  return getRequestListener(app.fetch);
};

const expressApp = (): Handler => {
  const app = express();
  app.get('/healthz', (_, response) => response.end('.'));
  app.use('/api', expressjwt({ secret: SECRET, algorithms: ['HS256'] }));
  app.get('/api/things', (_, response) => response.end('[]'));
  return app;
};

it('hono/jwt takes odd tokens and a list for claims, and puts the URL into its challenge', async () => {
  const url = await listen(honoApp());
  const results = await probeAt(`${url}/api/things`, { token: tokenOf({ sub: 'alice' }) });
  expect(troublesOf(results)).toEqual({
    challenge: 'warn: it has an error, though there was no token',
    preflight: 'warn: refused with 401',
    'claims no object': 'fail: let in: a list for claims',
    'odd spelling': 'warn: let in: idle bits in the signature, = at its end',
    'a member twice': 'warn: let in: typ and exp twice',
    echo: 'warn: an error repeats the URL, with the token in it',
  });
  expect(detailsOf(results, 'pass')).toMatchObject({
    'no token': 'refused with 401',
    'no signature': 'refused with 401',
    algorithm: 'refused with 401',
    crit: 'refused with 401',
    expired: 'refused with 401',
  });
});

it('hono/jwt with a realm of its own repeats nothing', async () => {
  const url = await listen(honoApp({ realm: 'api' }));
  const results = await probeAt(`${url}/api/things`);
  expect(detailsOf(results, 'pass')).toMatchObject({ echo: 'no answer repeats a token' });
});

it('express-jwt takes crit and a list for claims, sends no challenge, and its errors show a stack', async () => {
  const url = await listen(expressApp());
  const results = await probeAt(`${url}/api/things`, { token: tokenOf({ sub: 'alice' }) });
  expect(troublesOf(results)).toEqual({
    challenge: 'warn: there is none',
    crit: 'fail: let in: crit with an unknown name',
    'claims no object': 'fail: let in: a list for claims',
    'a member twice': 'warn: let in: typ and exp twice',
    stack: 'warn: an error shows a stack',
  });
  expect(detailsOf(results, 'pass')).toMatchObject({
    'no token': 'refused with 401',
    preflight: 'not asked for a token (200)',
    'no signature': 'refused with 401',
    algorithm: 'refused with 401',
    expired: 'refused with 401',
    'odd spelling': 'refused with 401',
  });
});
