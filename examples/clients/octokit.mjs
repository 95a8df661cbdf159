import { request } from '@octokit/request';

export const connect = (url, authFetch) =>
  request.defaults({ baseUrl: url, request: { fetch: authFetch } });

export const call = async (api, signal) => (await api('GET /me', { request: { signal } })).data;
