// Type-checked only: each client accepts an authFetch, and authFetch accepts each fetch.

import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import Anthropic from '@anthropic-ai/sdk';
import { ZepClient } from '@getzep/zep-js';
import { ChatOpenAI } from '@langchain/openai';
import { SSEClientTransport, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StreamableHTTPClientTransport as OlderTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { request } from '@octokit/request';
import { PostgrestClient } from '@supabase/postgrest-js';
import { createTRPCClient, httpBatchLink } from '@trpc/client';
import { initTRPC } from '@trpc/server';
import { Client, fetchExchange } from '@urql/core';
import { createAuthFetch } from '@zep-auth/sdk-auth';
import { mcpAuthProvider } from '@zep-auth/sdk-auth/mcp';
import axios from 'axios';
import crossFetch from 'cross-fetch';
import { EventSource } from 'eventsource';
import { GraphQLClient } from 'graphql-request';
import { Hono } from 'hono';
import { hc } from 'hono/client';
import ky from 'ky';
import nodeFetch from 'node-fetch';
import { ofetch } from 'ofetch';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import createClient from 'openapi-fetch';
import { fetch as undiciFetch } from 'undici';
import wretch from 'wretch';

interface Paths {
  '/me': {
    get: { responses: { 200: { content: { 'application/json': { readonly name: string } } } } };
  };
}

const token = 'eyJhbGciOiJIUzI1NiJ9.e30.x';
const url = 'https://api.example.com';
const origins = [url];
const authFetch = createAuthFetch({ token, origins });

ky.create({ prefixUrl: url, fetch: authFetch });
ofetch.create({ baseURL: url }, { fetch: authFetch });
new GraphQLClient(url, { fetch: authFetch });
new OpenAI({ apiKey: 'unused', fetch: authFetch });
new Anthropic({ apiKey: 'unused', fetch: authFetch });
createOpenAICompatible({ name: 'api', baseURL: url, fetch: authFetch });
new ChatOpenAI({ model: 'any', configuration: { fetch: authFetch } });
new Ollama({ host: url, fetch: authFetch });
axios.create({ baseURL: url, adapter: 'fetch', env: { fetch: authFetch } });
new EventSource(url, { fetch: authFetch });
ZepClient.init(url, token);
request.defaults({ baseUrl: url, request: { fetch: authFetch } });
new PostgrestClient(url, { fetch: authFetch });
new Client({ url, fetch: authFetch, exchanges: [fetchExchange], preferGetMethod: false });
wretch(url).polyfills({ fetch: authFetch });
new StreamableHTTPClientTransport(new URL(url), { fetch: authFetch });
new SSEClientTransport(new URL(url), { authProvider: mcpAuthProvider(token) });
new OlderTransport(new URL(url), { fetch: authFetch });

const app = new Hono().get('/me', (c) => c.json({ name: 'alice' }));
const api = hc<typeof app>(url, { fetch: authFetch });
export const viaHono: string = (await (await api.me.$get()).json()).name;

const { router, procedure } = initTRPC.create();
const appRouter = router({ me: procedure.query(() => ({ name: 'alice' })) });
const trpc = createTRPCClient<typeof appRouter>({
  // With exactOptionalPropertyTypes not even the global fetch has the type that it asks for.
  links: [httpBatchLink({ url, fetch: (input, init) => authFetch(input, init as RequestInit) })],
});
export const viaTrpc: string = (await trpc.me.query()).name;

const { data } = await createClient<Paths>({ baseUrl: url, fetch: authFetch }).GET('/me');
export const name: string | undefined = data?.name;

createAuthFetch({ token, origins, fetch: undiciFetch });
createAuthFetch({ token, origins, fetch: nodeFetch });
createAuthFetch({ token, origins, fetch: crossFetch });
createAuthFetch({ token, origins, fetch: (input, init) => fetch(input, init) });
createAuthFetch({ token, origins, fetch });

// @ts-expect-error: a token is not a fetch
ky.create({ prefixUrl: url, fetch: token });
