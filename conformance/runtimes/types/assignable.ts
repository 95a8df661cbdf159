// Compiled with the types of each runtime, never run.
import {
  type AuthFetch,
  type AuthFetchOptions,
  createAuthFetch,
  type TokenProvider,
} from '@zep-auth/sdk-auth';
import { selfSignedTokens } from '@zep-auth/sdk-auth/self-signed';

const providers: readonly AuthFetchOptions['token'][] = [
  'a token',
  () => 'a token',
  async () => 'a token',
  async ({ isRefused }) => (isRefused ? 'a new token' : 'a token'),
  selfSignedTokens({ secret: 'a secret' }) satisfies TokenProvider,
];

const origins = ['https://api.example.com'];
export const clients: readonly AuthFetch[] = providers.map((token) =>
  // The runtime's fetch fits the option.
  createAuthFetch({ token, origins, fetch: (input, init) => fetch(input, init) }),
);

export const asFetch: readonly (typeof fetch)[] = clients;
export const asShape: readonly ((
  input: string | URL | Request,
  init?: RequestInit,
) => Promise<Response>)[] = clients;

export const withOwnFetch = createAuthFetch({ token: () => 'a token', origins, fetch });
// @ts-expect-error: a token must be a string
export const withoutToken = () => createAuthFetch({ token: () => undefined, origins });
