// An API behind the gate that keeps what reached it.
// Never answers on its own where a test has something else in mind.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Recorded {
  readonly method: string;
  readonly target: string;
  /** Fields by lower-case name, each with all its values. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface Upstream {
  readonly port: number;
  readonly url: string;
  readonly requests: Recorded[];
  /** What answers from now on; `undefined` is the plain answer again. */
  handle: (handler: Handler | undefined) => void;
  close: () => Promise<void>;
}

const plain: Handler = (request, response) => {
  request.resume().once('end', () => response.end('from upstream'));
};

const record = ({ method = '', url = '', rawHeaders }: IncomingMessage): Recorded => {
  const headers = new Map<string, string[]>();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), rawHeaders[i + 1] ?? '']);
  }
  return { method, target: url, headers };
};

export const startUpstream = async (): Promise<Upstream> => {
  const requests: Recorded[] = [];
  let handler = plain;
  const server = createServer({ requestTimeout: 0 }, (request, response) => {
    requests.push(record(request));
    handler(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // bound, and not to a pipe
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    requests,
    handle: (next = plain) => {
      handler = next;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
