// The token with axios, 1.12 or later: its adapter for fetch takes one.
// Never goes to another origin than that of ZEP_API_URL.
import { createAuthFetch, tokenFromEnv } from '@zep-auth/sdk-auth';
import axios from 'axios';

const url = process.env.ZEP_API_URL;
const authFetch = createAuthFetch({
  token: tokenFromEnv(process.env),
  origins: [new URL(url).origin],
});

export const api = axios.create({ baseURL: url, adapter: 'fetch', env: { fetch: authFetch } });

export const call = async () => (await api.get('/me')).data;
