import { createAuthFetch, tokenFromEnv } from '@zep-auth/sdk-auth';
import { GraphQLClient } from 'graphql-request';

const url = process.env.ZEP_API_URL;
const authFetch = createAuthFetch({
  token: tokenFromEnv(process.env),
  origins: [new URL(url).origin],
});

export const api = new GraphQLClient(new URL('/graphql', url).href, { fetch: authFetch });

export const call = () => api.request('{ me { name } }');
