// A client's token: where it comes from and how it is sent.
// Never lets a pasted mistake travel: what is not a token is refused before the first request.
import { AuthError, formatBearer } from '@zep-auth/core';

const VARIABLE = 'ZEP_API_KEY';

/**
 * Reads the token from `ZEP_API_KEY` in a record such as `process.env`.
 *
 * @throws {AuthError} `ERR_CONFIG_INVALID` when it is unset, empty or not a token; the message names the mistake
 * @example
 * ```ts
 * import { tokenFromEnv } from '@zep-auth/sdk-auth';
 * const token = tokenFromEnv(process.env);
 * ```
 */
export const tokenFromEnv = (record: { readonly [variable: string]: unknown }): string => {
  const token = record[VARIABLE] ?? '';
  try {
    formatBearer(token as string); // which says so where it is none
  } catch (error) {
    const { message } = error as Error; // fixed text of formatBearer's
    const problems = [{ variable: VARIABLE, message }];
    throw new AuthError('ERR_CONFIG_INVALID', `${VARIABLE}: ${message}`, { problems });
  }
  return token as string;
};

/**
 * The headers that carry a token, for a client that takes headers and no `fetch`.
 *
 * @throws {AuthError} `ERR_TOKEN_MALFORMED` when it is not a token; the message names the mistake
 * @see RFC 6750 section 2.1
 */
export const authHeaders = (token: string): { readonly Authorization: string } => ({
  Authorization: formatBearer(token),
});

/**
 * The subprotocols that carry a token where a WebSocket takes no headers, as in a browser. The guard reads them where
 * the subprotocol is among its sources.
 *
 * @throws {AuthError} `ERR_TOKEN_MALFORMED` when it is not a token; the message names the mistake
 * @see RFC 6455 section 4.1: a subprotocol is a token of RFC 9110 section 5.6.2, and so is every JWT
 */
export const webSocketProtocols = (token: string): ['bearer', string] => {
  formatBearer(token);
  return ['bearer', token];
};
