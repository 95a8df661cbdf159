// An MCP server with two tools, on version 2 of the SDK. It listens on loopback: put TLS in front of it.
import { serve } from '@hono/node-server';
import { createMcpHandler, McpServer, requireScopes } from '@modelcontextprotocol/server';
import { createAuthenticator, toResponse } from '@zep-auth/server';
import { protectedResourceMetadata, toAuthInfo } from '@zep-auth/server/mcp';
import { z } from 'zod';

const notes: { readonly by: string; readonly text: string }[] = [];

const handler = createMcpHandler(({ authInfo }) => {
  const server = new McpServer({ name: 'notes', version: '1.0.0' });
  server.registerTool('whoami', { description: 'Says who is calling' }, () => ({
    content: [{ type: 'text', text: `${authInfo?.clientId}: ${authInfo?.scopes.join(' ')}` }],
  }));
  const inputSchema = z.object({ text: z.string().max(200) });
  const scopeChallenge = requireScopes('notes:write'); // a token without it gets 403
  server.registerTool(
    'add_note',
    { description: 'Adds a note', inputSchema, scopeChallenge },
    ({ text }) => {
      notes.push({ by: authInfo?.clientId ?? '', text });
      return { content: [{ type: 'text', text: `note ${notes.length} by ${authInfo?.clientId}` }] };
    },
  );
  return server;
});

const metadata = protectedResourceMetadata({
  resource: process.env['PUBLIC_URL'] ?? 'http://127.0.0.1:3000/mcp', // as clients are given it
  scopes: ['notes:write'],
});
const { authenticate } = createAuthenticator({ env: process.env, resourceMetadata: metadata.url });

const fetch = async (request: Request): Promise<Response> => {
  if (new URL(request.url).pathname === metadata.path) return metadata.handle(request);
  const result = await authenticate(request);
  if (result.outcome === 'refused') return toResponse(result);
  return handler.fetch(request, result.auth && { authInfo: toAuthInfo(result.auth, metadata) });
};

serve({ fetch, hostname: '127.0.0.1', port: Number(process.env['PORT'] ?? 3000) }, ({ port }) =>
  console.log(`listening on http://127.0.0.1:${port}/mcp`),
);
