// ofetch takes a fetch in the second argument of `create`.
import { createAuthFetch, tokenFromEnv } from '@zep-auth/sdk-auth';
import { ofetch } from 'ofetch';

const url = process.env.ZEP_API_URL;
const authFetch = createAuthFetch({
  token: tokenFromEnv(process.env),
  origins: [new URL(url).origin],
});

export const api = ofetch.create({ baseURL: url }, { fetch: authFetch });

export const call = () => api('/me');
