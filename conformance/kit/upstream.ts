// An API for a gate to stand in front of. It keeps every request that reaches it.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { promisify } from 'node:util';

export interface Recorded {
  readonly method: string;
  readonly target: string;
  /** Names and values in turn, as they were sent. */
  readonly rawHeaders: readonly string[];
  /** Fields by lower-case name, each with all its values. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;
export type UpgradeHandler = (request: IncomingMessage, socket: Socket, head: Buffer) => void;

export interface Upstream {
  readonly port: number;
  readonly url: string;
  readonly requests: Recorded[];
  /** Sets what answers from now on; `undefined` restores the plain answer. */
  readonly handle: (handler: Handler | undefined) => void;
  /** Sets what happens with upgrades from now on. Before the first call they are requests like any other. */
  readonly handleUpgrade: (handler: UpgradeHandler) => void;
  /** How many connections are open. */
  readonly connections: () => Promise<number>;
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
  return { method, target: url, rawHeaders, headers };
};

/** Listens on a free loopback port. */
export const startUpstream = async (first: Handler = plain): Promise<Upstream> => {
  const requests: Recorded[] = [];
  let handler = first;
  let upgradeHandler: UpgradeHandler | undefined;
  const upgraded = new Set<Socket>();
  const server = createServer({ requestTimeout: 0 }, (request, response) => {
    requests.push(record(request));
    handler(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    requests,
    handle: (next = plain) => {
      handler = next;
    },
    handleUpgrade: (next) => {
      if (upgradeHandler === undefined) {
        server.on('upgrade', (request, socket: Socket, head) => {
          requests.push(record(request));
          upgraded.add(socket.once('close', () => upgraded.delete(socket)));
          upgradeHandler?.(request, socket, head);
        });
      }
      upgradeHandler = next;
    },
    connections: promisify(server.getConnections.bind(server)),
    close: async () => {
      server.closeAllConnections();
      for (const socket of upgraded) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
};
