// What this package offers, by name.
// Never logic.
export { type AuthFetch, type AuthFetchOptions, createAuthFetch } from './auth-fetch.ts';
export { authHeaders, tokenFromEnv } from './token.ts';
