// The guard of @zep-auth/server as a Fastify hook.
import { readFile } from 'node:fs/promises';
import { loadAuthConfig } from '@zep-auth/core';
import { nodeGuard } from '@zep-auth/server/node';

const guard = nodeGuard({ config: await loadAuthConfig(process.env, { readFile }) });

/** Closes every route but those with `config: { public: true }`. Call it, do not register it: a plugin ends at its own routes. */
export const protect = (app) => {
  app.decorateRequest('auth', null);
  app.addHook('onRequest', (request, reply, done) => {
    if (request.routeOptions.config?.public === true) {
      done();
      return;
    }
    // A refusal is answered on the raw response, and `done` is not called.
    guard(request.raw, reply.raw, (error) => {
      request.auth = request.raw.auth;
      done(error);
    });
  });
};
