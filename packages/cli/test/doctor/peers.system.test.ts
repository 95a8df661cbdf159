// The doctor at applications guarded by the peers: what they refuse is found to be refused.
import { createRequire } from 'node:module';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { jwt } from 'hono/jwt';
import { expect, it } from 'vitest';
import { SECRET, tokenOf } from '../made-tokens.ts';
import { detailsOf, type Handler, listen, probeAt, troublesOf } from './probing.ts';

/** What is used of Express and its guard; their types want packages that are not there. */
interface Application extends Handler {
  readonly use: (path: string, handler: unknown) => void;
  readonly get: (path: string, handler: Handler) => void;
}
const require = createRequire(import.meta.url);
const express: () => Application = require('express');
const { expressjwt }: { expressjwt: (options: object) => unknown } = require('express-jwt');

const REFUSED = {
  'no token': 'refused with 401',
  'alg none': 'refused with 401',
  'alg HS512': 'refused with 401',
  expired: 'refused with 401',
};

const honoApp = (): Handler => {
  const app = new Hono();
  app.get('/healthz', (c) => c.text('.'));
  app.use('/api/*', jwt({ secret: SECRET, alg: 'HS256' }));
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

it('hono/jwt refuses all that is forged', async () => {
  const url = await listen(honoApp());
  const results = await probeAt(`${url}/api/things`, { token: tokenOf({ sub: 'alice' }) });
  expect(troublesOf(results)).toEqual({});
  expect(detailsOf(results, 'pass')).toMatchObject(REFUSED);
});

it('express-jwt refuses all that is forged', async () => {
  const url = await listen(expressApp());
  const results = await probeAt(`${url}/api/things`, { token: tokenOf({ sub: 'alice' }) });
  expect(troublesOf(results)).toEqual({});
  expect(detailsOf(results, 'pass')).toMatchObject(REFUSED);
});
