// The API behind `zepcli serve --demo`, which shows what reached it.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Demo {
  readonly url: string;
  readonly close: () => void;
}

/** Starts an echo of method, path, headers and body on loopback; `/healthz` answers as Zep does. */
export const startDemo = async (): Promise<Demo> => {
  const server = createServer(async (request, response) => {
    const { method, url = '', headers } = request;
    const [, path = '', query = ''] = /^([^?]*)(.*)$/s.exec(url) ?? [];
    // A client whose base URL ends with a slash asks for `//healthz`.
    if (method === 'GET' && /^\/?\/healthz$/.test(path)) {
      response.setHeader('content-type', 'text/plain').end('.');
      return;
    }
    const body = await text(request);
    const echo = JSON.stringify({ method, path, query, headers, body });
    response.setHeader('content-type', 'application/json').end(echo);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // bound, and not to a socket
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};
