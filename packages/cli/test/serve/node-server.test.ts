// The limits of the server that carries the gate.
import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { SERVER_OPTIONS } from '../../src/serve/node-server.ts';

describe('the server', () => {
  it('waits a minute for headers, and for bodies as long as they take', () => {
    const { headersTimeout, requestTimeout } = createServer(SERVER_OPTIONS);
    expect({ headersTimeout, requestTimeout }).toEqual({
      headersTimeout: 60_000,
      requestTimeout: 0,
    });
  });
});
