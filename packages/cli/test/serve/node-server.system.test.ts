// The limits of the server that carries the gate.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createNodeServer, SERVER_OPTIONS } from '../../src/serve/node-server.ts';

describe('the server', () => {
  it('outlives a CONNECT whose client resets the connection', async () => {
    const { listen, close } = createNodeServer(
      {
        onRequest: () => {},
        onUpgrade: () => {},
        onDropped: () => {},
        onUnreadable: (_status, socket) => {
          // The reset arrives while the answer is being written.
          socket.destroy(Object.assign(new Error('write ECONNRESET'), { code: 'ECONNRESET' }));
        },
      },
      { host: '127.0.0.1', port: 0 },
      undefined,
      { maxHeaderBytes: 16_384, keepAlive: 5, maxConnections: undefined },
    );
    const { port } = new URL(`http://${(await listen()).replace(/^https?:\/\//, '')}`);
    const client = connect(Number(port), '127.0.0.1');
    client.on('error', () => {}).resume();
    client.write('CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n');
    await once(client, 'close'); // vitest fails for an error that is not handled
    await close(0);
  });

  it('waits a minute for headers, and for bodies as long as they take', () => {
    const { headersTimeout, requestTimeout } = createServer(SERVER_OPTIONS);
    expect({ headersTimeout, requestTimeout }).toEqual({
      headersTimeout: 60_000,
      requestTimeout: 0,
    });
  });
});
