// An Express middleware in front of the authenticator of @zep-auth/server.
import { readFile } from 'node:fs/promises';
import { loadAuthConfig } from '@zep-auth/core';
import { createAuthenticator, toProblem } from '@zep-auth/server';

const { authenticate } = createAuthenticator({
  config: await loadAuthConfig(process.env, { readFile }),
  onResult: ({ outcome, code }) => {
    if (outcome === 'refused') console.warn(`refused: ${code}`); // why, for the operator alone
  },
});

/** The request as the authenticator reads it. `request.headers` would hide the second of two Authorization headers. */
const toView = ({ method, originalUrl, socket, rawHeaders }) => {
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

export const bearer = async (request, response, next) => {
  const result = await authenticate(toView(request));
  if (result.outcome === 'refused') {
    const { status, headers, body } = toProblem(result);
    response.status(status).set(headers).end(body);
  } else {
    request.auth = result.auth;
    next();
  }
};
