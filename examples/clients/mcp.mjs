// An MCP client over Streamable HTTP.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

export const connect = async (url, authFetch) => {
  const client = new Client({ name: 'example', version: '1.0.0' });
  const transport = new StreamableHTTPClientTransport(new URL('/mcp', url), { fetch: authFetch });
  await client.connect(transport);
  return client;
};

export const call = async (client, signal) => {
  const { content } = await client.callTool({ name: 'whoami', arguments: {} }, { signal });
  return content[0].text;
};
