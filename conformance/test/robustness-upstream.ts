// The API behind the gate: what a path does is up to the test, and what arrived is kept.
// Never answers a path that no test has spoken for with anything but 200 and the path.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface RobustUpstream {
  readonly url: string;
  /** The targets that arrived, in order. */
  readonly seen: string[];
  /** What answers the requests for one path, whatever their query. */
  readonly on: (path: string, handler: Handler) => void;
  /** How many connections are open. */
  readonly connections: () => Promise<number>;
  readonly close: () => Promise<void>;
}

/** The answer that says what arrived: the target, the number of bytes and their hash. */
export const describeUpload: Handler = (request, response) => {
  const hash = createHash('sha256');
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    hash.update(chunk);
    size += chunk.length;
  });
  request.once('end', () => response.end(`${request.url} ${size} ${hash.digest('hex')}`));
};

const plain: Handler = (request, response) => {
  request.resume().once('end', () => response.end(request.url));
};

export const startRobustUpstream = async (): Promise<RobustUpstream> => {
  const seen: string[] = [];
  const handlers = new Map<string, Handler>();
  const server = createServer({ requestTimeout: 0 }, (request, response) => {
    const target = request.url ?? '';
    seen.push(target);
    const handler = handlers.get(target.replace(/\?.*$/, '')) ?? plain;
    handler(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // bound, and not to a pipe
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    on: (path, handler) => void handlers.set(path, handler),
    connections: promisify(server.getConnections.bind(server)),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
