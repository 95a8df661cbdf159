// The guard of @zep-auth/server as a Fastify hook.
import { readFile } from 'node:fs/promises';
import { loadAuthConfig } from '@zep-auth/core';
import { nodeGuard } from '@zep-auth/server/node';

const guard = nodeGuard({ config: await loadAuthConfig(process.env, { readFile }) });

/** Guards every route except those with `config: { public: true }`. Call it: a registered plugin guards only its own routes. */
export const protect = (app) => {
  app.decorateRequest('auth', null);
  app.addHook('onRequest', (request, reply, done) => {
    if (request.routeOptions.config?.public === true) {
      done();
      return;
    }
    // The guard answers a refusal on the raw response. It then does not call this callback.
    guard(request.raw, reply.raw, (error) => {
      request.auth = request.raw.auth;
      done(error);
    });
  });
};
