// One app behind one guard on a free loopback port. http.mjs starts it as a process.
import { createHonoApp, HONO_APPS, secret as ownSecret } from '../contestants.mjs';

const EXPRESS = 'express, no middleware';
const FASTIFY = 'fastify, no middleware';

const startHono = async (name) => {
  const { serve } = await import('@hono/node-server');
  const app = await createHonoApp(name);
  return new Promise((resolve) => {
    serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => resolve(port));
  });
};

const startExpress = (guard) => async () => {
  const { default: express } = await import('express');
  const app = express();
  if (guard) app.use(await guard());
  app.get('/hello', (_request, response) => {
    response.type('text/plain').send('hello');
  });
  return new Promise((resolve) => {
    const server = app.listen(0, '127.0.0.1', () => resolve(server.address().port));
  });
};

const startFastify = (verify) => async () => {
  const { default: fastify } = await import('fastify');
  const app = fastify();
  if (verify) {
    const { default: jwt } = await import('@fastify/jwt');
    await app.register(jwt, { secret: ownSecret, verify });
    app.addHook('onRequest', (request) => request.jwtVerify());
  }
  app.get('/hello', async () => 'hello');
  await app.listen({ port: 0, host: '127.0.0.1' });
  return app.server.address().port;
};

const expressJwt = async () => {
  const { expressjwt } = await import('express-jwt');
  return expressjwt({ secret: ownSecret, algorithms: ['HS256'] });
};

const others = {
  [EXPRESS]: startExpress(),
  'express-jwt': startExpress(expressJwt),
  [FASTIFY]: startFastify(),
  '@fastify/jwt': startFastify({ algorithms: ['HS256'] }),
  '@fastify/jwt, cache': startFastify({ algorithms: ['HS256'], cache: true }),
};

/** Every app, with the unguarded one to compare with. */
export const APPS = {
  ...Object.fromEntries(HONO_APPS.map((name) => [name, HONO_APPS[0]])),
  ...Object.fromEntries(
    Object.keys(others).map((name) => [name, name.includes('express') ? EXPRESS : FASTIFY]),
  ),
};

if (process.send) {
  const name = process.argv[2];
  const port = await (others[name]?.() ?? startHono(name));
  process.stdout.write(`listening on http://127.0.0.1:${port}\n`);
}
