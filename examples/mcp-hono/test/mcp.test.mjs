// Asks the server with the client of version 1 of the SDK.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import * as core from '@zep-auth/core';
import * as sdkAuth from '@zep-auth/sdk-auth';
import { testMcpServer } from '../../../conformance/kit/mcp.mjs';
import { checkTypes } from '../../../conformance/kit/typescript.mjs';

const folder = fileURLToPath(new URL('..', import.meta.url));

testMcpServer({
  folder,
  core,
  sdkAuth,
  connect: async (url, options) => {
    const client = new Client({ name: 'test', version: '1.0.0' });
    await client.connect(new StreamableHTTPClientTransport(url, options));
    return client;
  },
  refusesByScope: async (call) => {
    const { isError, content } = await call();
    assert.deepEqual([isError, content[0].text], [true, 'needs the scope notes:write']);
  },
});

it('has no type errors', () => checkTypes(folder, ['server.ts']));
