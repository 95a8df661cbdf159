// In TypeScript use createTRPCClient<AppRouter>.
import { createTRPCClient, httpBatchLink } from '@trpc/client';

export const connect = (url, authFetch) =>
  createTRPCClient({ links: [httpBatchLink({ url: `${url}/trpc`, fetch: authFetch })] });

export const call = (api, signal) => api.me.query(undefined, { signal });
