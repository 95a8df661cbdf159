// Calls a tool of the server, with the token in ZEP_API_KEY.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { createAuthFetch, tokenFromEnv } from '@zep-auth/sdk-auth';

const url = new URL(process.env['ZEP_API_URL'] ?? 'http://127.0.0.1:3000/mcp');
const fetch = createAuthFetch({ token: tokenFromEnv(process.env), origins: [url.origin] });

const client = new Client({ name: 'my-client', version: '1.0.0' });
await client.connect(new StreamableHTTPClientTransport(url, { fetch }));
console.log(await client.callTool({ name: 'add_note', arguments: { text: 'hello' } }));
await client.close();
