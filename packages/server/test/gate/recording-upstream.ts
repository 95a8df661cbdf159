// An HTTP server on loopback that records its requests, as the upstream of a gate. `close` also ends its connections.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  /** Names and values in turn, as received. */
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingMessage['headers'];
}

export interface RecordingUpstream {
  readonly origin: string;
  readonly received: readonly Received[];
  readonly close: () => Promise<void>;
}

export const startUpstream = async (
  answer: (request: IncomingMessage, response: ServerResponse) => void = (_, response) =>
    response.end('from the upstream'),
): Promise<RecordingUpstream> => {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const { method, url, rawHeaders, headers } = request;
    received.push({ method, url, rawHeaders, headers });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    origin: `http://127.0.0.1:${port}`,
    received,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
