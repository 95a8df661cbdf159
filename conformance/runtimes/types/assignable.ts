// What a client is assignable to, by the types of each runtime.
// Never run: that it compiles is the proof.
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
  // The runtime's own is taken for what sends.
  createAuthFetch({ token, origins, fetch: (input, init) => fetch(input, init) }),
);

export const asFetch: readonly (typeof fetch)[] = clients;
export const asShape: readonly ((
  input: string | URL | Request,
  init?: RequestInit,
) => Promise<Response>)[] = clients;

export const withOwnFetch = createAuthFetch({ token: () => 'a token', origins, fetch });
// @ts-expect-error: nothing but a text is a token
export const withoutToken = () => createAuthFetch({ token: () => undefined, origins });
