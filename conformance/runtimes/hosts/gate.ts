import { readAuthConfig } from '@zep-auth/core';
import { bearer, createGate, subprotocol } from '@zep-auth/server';

/** Defined by the bundler. */
declare const GATE: {
  readonly upstream: string;
  readonly secret: string;
  readonly subprotocol: boolean;
};

/** A gate for clients over its own sockets. */
export const gate = createGate({
  config: readAuthConfig({ ZEP_AUTH_SECRET: GATE.secret }),
  upstream: GATE.upstream,
  publicPaths: ['/open'],
  sources: GATE.subprotocol ? [bearer(), subprotocol()] : [bearer()],
  peerAddress: () => '127.0.0.1',
  recheckSeconds: 1,
});
