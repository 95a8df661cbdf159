// axios, 1.12 or later, with its fetch adapter.
import { createAuthFetch, tokenFromEnv } from '@zep-auth/sdk-auth';
import axios from 'axios';

const url = process.env.ZEP_API_URL;
const authFetch = createAuthFetch({
  token: tokenFromEnv(process.env),
  origins: [new URL(url).origin],
});

export const api = axios.create({ baseURL: url, adapter: 'fetch', env: { fetch: authFetch } });

export const call = async () => (await api.get('/me')).data;
