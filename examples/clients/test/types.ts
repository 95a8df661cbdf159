// Type-checked only: each client accepts an authFetch.
import { ZepClient } from '@getzep/zep-js';
import { createAuthFetch } from '@zep-auth/sdk-auth';
import axios from 'axios';
import { EventSource } from 'eventsource';
import { GraphQLClient } from 'graphql-request';
import ky from 'ky';
import { ofetch } from 'ofetch';
import OpenAI from 'openai';
import createClient from 'openapi-fetch';

interface Paths {
  '/me': {
    get: { responses: { 200: { content: { 'application/json': { readonly name: string } } } } };
  };
}

const token = 'eyJhbGciOiJIUzI1NiJ9.e30.x';
const url = 'https://api.example.com';
const authFetch = createAuthFetch({ token, origins: [url] });

ky.create({ prefixUrl: url, fetch: authFetch });
ofetch.create({ baseURL: url }, { fetch: authFetch });
new GraphQLClient(url, { fetch: authFetch });
new OpenAI({ apiKey: 'unused', defaultHeaders: { Authorization: null }, fetch: authFetch });
axios.create({ baseURL: url, adapter: 'fetch', env: { fetch: authFetch } });
new EventSource(url, { fetch: authFetch });
ZepClient.init(url, token);

const { data } = await createClient<Paths>({ baseUrl: url, fetch: authFetch }).GET('/me');
export const name: string | undefined = data?.name;
// @ts-expect-error: a token is not a fetch
ky.create({ prefixUrl: url, fetch: token });
