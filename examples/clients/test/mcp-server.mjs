// A small MCP server made with the official SDK, over Streamable HTTP and over the older SSE.
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';

const createServer = () => {
  const server = new McpServer({ name: 'test', version: '1.0.0' });
  const answer = async () => ({ content: [{ type: 'text', text: 'alice' }] });
  server.registerTool('whoami', { description: 'says who calls' }, answer);
  return server;
};

const sessions = new Map();

export const isMcp = ({ url }) => /^\/(?:mcp|sse|messages)\b/.test(url);

/** Answers a request to `/mcp`, `/sse` or `/messages`. */
export const answerMcp = async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://server');
  let body = '';
  for await (const chunk of request) body += chunk;
  const message = body === '' ? undefined : JSON.parse(body);
  if (pathname === '/mcp') {
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
    await createServer().connect(transport);
    await transport.handleRequest(request, response, message);
  } else if (pathname === '/sse') {
    const transport = new SSEServerTransport('/messages', response);
    sessions.set(transport.sessionId, transport);
    await createServer().connect(transport);
  } else {
    const transport = sessions.get(searchParams.get('sessionId'));
    await transport.handlePostMessage(request, response, message);
  }
};
