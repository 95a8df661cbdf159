// ofetch takes a fetch in the second argument of `create`.
import { ofetch } from 'ofetch';

export const connect = (url, authFetch) => ofetch.create({ baseURL: url }, { fetch: authFetch });

export const call = (api, signal) => api('/me', { signal });
