// In TypeScript use createClient<paths>.
import createClient from 'openapi-fetch';

export const connect = (url, authFetch) => createClient({ baseUrl: url, fetch: authFetch });

export const call = async (api, signal) => {
  const { data, error, response } = await api.GET('/me', { signal });
  if (response.ok) return data;
  throw new Error(`the API answered ${response.status}`, { cause: error });
};
