// The token with ofetch, which takes a fetch apart from its other defaults.
// Never goes to another origin than that of ZEP_API_URL.
import { createAuthFetch, tokenFromEnv } from '@zep-auth/sdk-auth';
import { ofetch } from 'ofetch';

const url = process.env.ZEP_API_URL;
const authFetch = createAuthFetch({
  token: tokenFromEnv(process.env),
  origins: [new URL(url).origin],
});

export const api = ofetch.create({ baseURL: url }, { fetch: authFetch });

export const call = () => api('/me');
