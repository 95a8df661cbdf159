// An MCP server with two tools, on @hono/mcp and version 1 of the SDK. It listens on loopback: put TLS in front of it.
import { StreamableHTTPTransport } from '@hono/mcp';
import { serve } from '@hono/node-server';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { authGuard } from '@zep-auth/server';
import { protectedResourceMetadata, toAuthInfo } from '@zep-auth/server/mcp';
import { Hono } from 'hono';
import { z } from 'zod';

const notes: { readonly by: string; readonly text: string }[] = [];

const createMcpServer = (): McpServer => {
  const server = new McpServer({ name: 'notes', version: '1.0.0' });
  server.registerTool('whoami', { description: 'Says who is calling' }, ({ authInfo }) => ({
    content: [{ type: 'text', text: `${authInfo?.clientId}: ${authInfo?.scopes.join(' ')}` }],
  }));
  const inputSchema = { text: z.string().max(200) };
  server.registerTool(
    'add_note',
    { description: 'Adds a note', inputSchema },
    ({ text }, { authInfo }) => {
      if (!authInfo?.scopes.includes('notes:write')) throw new Error('needs the scope notes:write');
      notes.push({ by: authInfo.clientId, text });
      return { content: [{ type: 'text', text: `note ${notes.length} by ${authInfo.clientId}` }] };
    },
  );
  return server;
};

const metadata = protectedResourceMetadata({
  resource: process.env['PUBLIC_URL'] ?? 'http://127.0.0.1:3000/mcp', // as clients are given it
  scopes: ['notes:write'],
});

const app = new Hono();
app.all(metadata.path, (c) => metadata.handle(c.req.raw));
app.use('/mcp', authGuard({ env: process.env, resourceMetadata: metadata.url }));
app.all('/mcp', async (c) => {
  if (c.var.auth) c.set('auth', toAuthInfo(c.var.auth, metadata)); // where @hono/mcp looks for it
  const transport = new StreamableHTTPTransport(); // one for each request: no sessions
  await createMcpServer().connect(transport);
  return transport.handleRequest(c);
});

serve(
  { fetch: app.fetch, hostname: '127.0.0.1', port: Number(process.env['PORT'] ?? 3000) },
  ({ port }) => console.log(`listening on http://127.0.0.1:${port}/mcp`),
);
