// TanStack Query, without React: a hook such as useQuery takes the same queryFn.
import { QueryClient } from '@tanstack/query-core';

export const connect = (url, authFetch) => ({
  queries: new QueryClient({ defaultOptions: { queries: { retry: false } } }),
  me: {
    queryKey: ['me'],
    queryFn: async ({ signal }) => {
      const response = await authFetch(`${url}/me`, { signal });
      if (response.ok) return response.json();
      throw new Error(`the API answered ${response.status}`);
    },
  },
});

export const call = ({ queries, me }, signal) => {
  signal?.addEventListener('abort', () => queries.cancelQueries(me));
  return queries.fetchQuery(me);
};
