import * as base64url from 'jose/base64url';
import type { Bytes } from './jws/engine.ts';

/** How the text of a secret stands for its bytes. */
export const SECRET_ENCODINGS = ['utf8', 'base64', 'base64url', 'hex'] as const;
export type SecretEncoding = (typeof SECRET_ENCODINGS)[number];

/**
 * The bytes of a secret that another system has defined as bytes, or the text itself for `utf8`. `undefined` if it is not
 * canonical in its encoding, padding aside.
 *
 * @see RFC 4648 section 3.5
 */
export const decodeSecret = (
  text: string,
  encoding: SecretEncoding,
): string | Bytes | undefined => {
  if (encoding === 'utf8') return text;
  if (encoding === 'hex') {
    if (!/^(?:[0-9a-f]{2})+$/i.test(text)) return undefined;
    return Uint8Array.from(text.matchAll(/../g), ([pair]) => Number.parseInt(pair, 16));
  }
  const form = encoding === 'base64' ? /^[A-Za-z0-9+/]+={0,2}$/ : /^[\w-]+={0,2}$/;
  const plain = text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
  // Padding is whole or left out, and no bytes have one character more than groups of four.
  const isCut = (text.endsWith('=') && text.length % 4 > 0) || plain.length % 4 === 1;
  if (isCut || !form.test(text)) return undefined;
  const bytes = new Uint8Array(base64url.decode(plain));
  return base64url.encode(bytes) === plain ? bytes : undefined; // else bits are left over
};
