// axios, 1.12 or later, with its fetch adapter.
import axios from 'axios';

export const connect = (url, authFetch) =>
  axios.create({ baseURL: url, adapter: 'fetch', env: { fetch: authFetch } });

export const call = async (api, signal) => (await api.get('/me', { signal })).data;
