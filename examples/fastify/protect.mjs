// A Fastify hook in front of the authenticator of @zep-auth/server.
import { readFile } from 'node:fs/promises';
import { loadAuthConfig } from '@zep-auth/core';
import { createAuthenticator, toProblem } from '@zep-auth/server';

const config = await loadAuthConfig(process.env, { readFile });
const { authenticate } = createAuthenticator({ config });

/** The request as the authenticator reads it. `request.headers` would hide the second of two Authorization headers. */
const toView = ({ method, originalUrl, raw: { rawHeaders, socket } }) => {
  const names = rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
  return {
    method,
    url: originalUrl,
    scheme: socket.encrypted ? 'https' : 'http',
    peerAddress: socket.remoteAddress,
    names: () => names,
    values: (name) => rawHeaders.filter((_, i) => i % 2 === 1 && names[(i - 1) / 2] === name),
  };
};

/** Closes every route but those with `config: { public: true }`. Call it, do not register it: a plugin ends at its own routes. */
export const protect = (app) => {
  app.decorateRequest('auth', null);
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config?.public === true) return;
    const result = await authenticate(toView(request));
    if (result.outcome === 'refused') {
      const { status, headers, body } = toProblem(result);
      return reply.code(status).headers(headers).send(body);
    }
    request.auth = result.auth;
  });
};
