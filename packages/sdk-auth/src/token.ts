import { AuthError, assertToken } from '@zep-auth/core/client';

const VARIABLE = 'ZEP_API_KEY';

/**
 * Reads the token from `ZEP_API_KEY` in a record such as `process.env`.
 *
 * @throws {AuthError} `ERR_CONFIG_INVALID` when the variable is unset, empty or not a token; the message names the mistake
 * @example
 * ```ts
 * import { tokenFromEnv } from '@zep-auth/sdk-auth';
 * const token = tokenFromEnv(process.env);
 * ```
 */
export const tokenFromEnv = (record: { readonly [variable: string]: unknown }): string => {
  const token = record[VARIABLE] ?? '';
  try {
    assertToken(token);
    return token;
  } catch (error) {
    const { message } = error as Error; // one of assertToken's fixed messages
    const problems = [{ variable: VARIABLE, message }];
    throw new AuthError('ERR_CONFIG_INVALID', `${VARIABLE}: ${message}`, { problems });
  }
};

/**
 * Returns the headers that carry a token, for a client that takes headers but no `fetch`.
 *
 * @throws {AuthError} `ERR_TOKEN_MALFORMED` when it is not a token; the message names the mistake
 * @see RFC 6750 section 2.1
 */
export const authHeaders = (token: string): { readonly Authorization: string } => {
  assertToken(token);
  return { Authorization: `Bearer ${token}` };
};

/**
 * Returns the subprotocols that carry a token on a WebSocket, for clients that cannot set its headers, such as a
 * browser. The guard reads them when `subprotocol` is one of its sources.
 *
 * @throws {AuthError} `ERR_TOKEN_MALFORMED` when it is not a token; the message names the mistake
 * @see RFC 6455 section 4.1: a subprotocol is a token of RFC 9110 section 5.6.2, and so is every JWT
 */
export const webSocketProtocols = (token: string): ['bearer', string] => {
  assertToken(token);
  return ['bearer', token];
};
