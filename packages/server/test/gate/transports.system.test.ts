// One table of cases over real sockets for both gates: on Node's streams, and on fetch.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { openConnection } from '@zep-auth/test-kit/http';
import {
  type RawUpstream,
  readResponse,
  startRawUpstream,
  type WireMessage,
} from '@zep-auth/test-kit/wire';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createGate } from '../../src/index.ts';
import { createNodeGate } from '../../src/node/index.ts';
import { config, TOKEN } from '../tokens.ts';
import { CASES, type Case, describeMessage, sorted, UPGRADES } from './transport-cases.ts';

let upstream: RawUpstream;
const servers: Server[] = [];
const ports: Record<string, number> = {};

const listen = async (server: Server): Promise<number> => {
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return (server.address() as AddressInfo).port; // it listens on TCP
};

beforeAll(async () => {
  upstream = await startRawUpstream();
  const options = { config, upstream: `${upstream.url}/base`, publicPaths: ['/open'] };
  const node = createNodeGate(options);
  const fetched = createGate(options);
  ports['node'] = await listen(
    createServer(node.handleRequest)
      .on('checkContinue', node.handleRequest)
      .on('upgrade', node.handleUpgrade),
  );
  ports['fetch'] = await listen(createServer(getRequestListener(fetched.fetch)));
});
afterEach(() => {
  upstream.requests.length = 0;
});
afterAll(async () => {
  for (const server of servers) server.close().closeAllConnections();
  await upstream.close();
});

interface Seen {
  readonly upstream: WireMessage | undefined;
  readonly client: WireMessage | undefined;
}

const run = async (port: number, { send, answer }: Case): Promise<Seen> => {
  const isTunnel = answer.startsWith('HTTP/1.1 101'); // which ends with its connection
  upstream.handle((_request, socket) =>
    isTunnel ? socket.end(answer, 'latin1') : socket.write(answer, 'latin1'),
  );
  const { socket, closed } = await openConnection(port);
  socket.write(send.replaceAll('{token}', TOKEN), 'latin1');
  const bytes = await closed;
  return {
    upstream: upstream.requests[0],
    client: readResponse(bytes, /^\S+/.exec(send)?.[0] ?? '', true),
  };
};

describe('the gate on Node’s streams', () => {
  it.each([...CASES, ...UPGRADES].map((one) => [one.name, one] as const))('%s', async (_, one) => {
    const seen = await run(ports['node'] ?? 0, one);
    expect(describeMessage(seen.upstream, false)).toEqual(one.upstream);
    expect(describeMessage(seen.client, false)).toEqual(one.client);
  });
});

describe('the gate on fetch', () => {
  it.each([...CASES, ...UPGRADES].map((one) => [one.name, one] as const))('%s', async (_, one) => {
    const seen = await run(ports['fetch'] ?? 0, one);
    const { upstream: up = one.upstream, client: down = one.client } = one.onFetch ?? {};
    expect(describeMessage(seen.upstream, true)).toEqual(sorted(up ?? undefined));
    expect(describeMessage(seen.client, true)).toEqual(sorted(down ?? undefined));
  });
});
