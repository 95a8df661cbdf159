import { createAuthFetch, tokenFromEnv } from '@zep-auth/sdk-auth';
import ky from 'ky';

const url = process.env.ZEP_API_URL;
const authFetch = createAuthFetch({
  token: tokenFromEnv(process.env),
  origins: [new URL(url).origin],
});

export const api = ky.create({ prefixUrl: url, fetch: authFetch });

export const call = () => api.get('me').json();
