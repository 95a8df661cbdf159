import * as base64url from 'jose/base64url';

/** How {@link generateSecret} makes a secret. */
export interface GenerateSecretOptions {
  /** Random bytes, 32 to 1024. Default 64. */
  readonly bytes?: number;
}

/**
 * Makes a secret of random bytes in base64url with padding: 88 characters by default, as Zep's `zepcli -i`.
 *
 * @throws {RangeError} when `bytes` is not a whole number from 32 to 1024
 * @see RFC 4648 section 5, RFC 7518 section 3.2
 * @example
 * ```ts
 * import { generateSecret } from '@zep-auth/core';
 * const secret = generateSecret(); // keep it on the server only
 * ```
 */
export const generateSecret = ({ bytes = 64 }: GenerateSecretOptions = {}): string => {
  if (!Number.isInteger(bytes) || bytes < 32 || bytes > 1024) {
    throw new RangeError('bytes must be a whole number from 32 to 1024');
  }
  const text = base64url.encode(crypto.getRandomValues(new Uint8Array(bytes)));
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
};
