import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Whether a host is this machine, so that a request to it crosses no network. IPv6 may be in brackets. */
export const isLoopback = (host: string): boolean =>
  /^(?:localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/i.test(host);

/** Lets a server listen on this machine alone, on a free port for 0. Rejects where it cannot. */
export const listenOnLoopback = async (server: Server, asked: number) => {
  server.listen(asked, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // bound, and not to a socket
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { port, close };
};
