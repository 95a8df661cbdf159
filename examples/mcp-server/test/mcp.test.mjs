// Asks the server with the client of version 2 of the SDK.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import * as core from '@zep-auth/core';
import * as sdkAuth from '@zep-auth/sdk-auth';
import { mcpAuthProvider } from '@zep-auth/sdk-auth/mcp';
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
  refusesByScope: (call) =>
    assert.rejects(call(), { name: 'InsufficientScopeError', requiredScope: 'notes:write' }),
  providers: { mcpAuthProvider: (token) => ({ authProvider: mcpAuthProvider(token) }) },
  client: 'client.ts',
});

it('has no type errors', () => checkTypes(folder, ['server.ts', 'client.ts']));
