import { GraphQLClient } from 'graphql-request';

export const connect = (url, authFetch) =>
  new GraphQLClient(new URL('/graphql', url).href, { fetch: authFetch });

export const call = (api, signal) => api.request({ document: '{ me { name } }', signal });
