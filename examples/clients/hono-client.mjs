// Hono's typed client. In TypeScript use hc<AppType>.
import { hc } from 'hono/client';

export const connect = (url, authFetch) => hc(url, { fetch: authFetch });

export const call = async (api, signal) => {
  const response = await api.me.$get(undefined, { init: { signal } });
  if (response.ok) return response.json();
  throw new Error(`the API answered ${response.status}`);
};
