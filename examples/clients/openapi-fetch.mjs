// In TypeScript use createClient<paths>.
import { createAuthFetch, tokenFromEnv } from '@zep-auth/sdk-auth';
import createClient from 'openapi-fetch';

const url = process.env.ZEP_API_URL;
const authFetch = createAuthFetch({
  token: tokenFromEnv(process.env),
  origins: [new URL(url).origin],
});

export const api = createClient({ baseUrl: url, fetch: authFetch });

export const call = async () => {
  const { data, error, response } = await api.GET('/me');
  if (response.ok) return data;
  throw new Error(`the API answered ${response.status}`, { cause: error });
};
