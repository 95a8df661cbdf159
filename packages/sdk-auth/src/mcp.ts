import { assertToken } from '@zep-auth/core/client';
import { expired, isTokenRefused } from './response.ts';
import { createTokenSource, type RefreshOptions, type TokenProvider } from './token-source.ts';

/** The `AuthProvider` of `@modelcontextprotocol/client`. */
export interface McpAuthProvider {
  token(): Promise<string>;
  onUnauthorized(context: { readonly response: Response; readonly serverUrl: URL }): Promise<void>;
}

/**
 * Creates an `authProvider` for the transports of `@modelcontextprotocol/client`. The transport sends the token to its
 * URL, whatever that is; with `fetch: createAuthFetch(…)` instead, only listed origins get it.
 *
 * @throws {AuthError} `ERR_TOKEN_MALFORMED` when `token` is a string, but not a token. `token()` rejects with
 * `ERR_TOKEN_PROVIDER` when the function fails, and a refused call with `ERR_TOKEN_EXPIRED` without another token
 * @throws {RangeError} when a number of the options is out of range
 * @see RFC 6750 section 3.1
 * @example
 * ```ts
 * import { tokenFromEnv } from '@zep-auth/sdk-auth';
 * import { mcpAuthProvider } from '@zep-auth/sdk-auth/mcp';
 *
 * const authProvider = mcpAuthProvider(tokenFromEnv(process.env));
 * // new StreamableHTTPClientTransport(new URL('https://mcp.example.com/mcp'), { authProvider })
 * ```
 */
export const mcpAuthProvider = (
  token: string | TokenProvider,
  options: RefreshOptions = {},
): McpAuthProvider => {
  if (typeof token !== 'function') assertToken(token);
  const ask = typeof token === 'function' ? token : () => token;
  const { getToken, refuse } = createTokenSource(ask, options);
  let sent = '';
  return {
    token: async () => {
      sent = await getToken();
      return sent;
    },
    onUnauthorized: async ({ response, serverUrl }) => {
      if (!sent || !isTokenRefused(response, serverUrl.origin)) return;
      const refused = sent;
      refuse(refused);
      if ((await getToken()) === refused) throw expired('the provider has no other');
    },
  };
};
