export {
  type AuthFetch,
  type AuthFetchOptions,
  createAuthFetch,
  type ForeignFetchOptions,
} from './auth-fetch.ts';
export type { AuthResponse } from './response.ts';
export { authHeaders, tokenFromEnv, webSocketProtocols } from './token.ts';
export type { RefreshOptions, TokenProvider, TokenRequest } from './token-source.ts';
