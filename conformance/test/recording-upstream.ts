// An API behind the gate that answers everything and keeps what reached it.
// Never forgets a request on its own: whoever has looked takes them out.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Recorded {
  readonly method: string;
  readonly target: string;
  /** The names of its fields, in lower case. */
  readonly fields: readonly string[];
}

export interface Upstream {
  readonly url: string;
  /** What has come since this was last asked. */
  readonly take: () => readonly Recorded[];
  readonly close: () => Promise<void>;
}

export const startUpstream = async (): Promise<Upstream> => {
  const requests: Recorded[] = [];
  const server = createServer((request, response) => {
    const { method = '', url = '', rawHeaders } = request;
    const fields = rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
    requests.push({ method, target: url, fields });
    request.resume().once('end', () => response.end('reached'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // bound, and not to a pipe
  return {
    url: `http://127.0.0.1:${port}`,
    take: () => requests.splice(0),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
