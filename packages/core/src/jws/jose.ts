// The engine that runs everywhere: HMAC by WebCrypto, base64url by jose. An imported key is kept across requests; a
// promise of one is not, since another request may not await it on Workers.
import * as base64url from 'jose/base64url';
import { SIGNATURE_CHARACTERS } from './compact.ts';
import { type Bytes, type Engine, utf8 } from './engine.ts';

const importKey = (bytes: Bytes, usage: 'sign' | 'verify'): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, [usage]);

const toBytes = (text: string): Bytes => new TextEncoder().encode(text);

export const joseEngine: Engine = {
  name: 'jose',
  prepare: (bytes) => {
    let key: CryptoKey | undefined;
    return async (token) => {
      key ??= await importKey(bytes, 'verify');
      const signature = new Uint8Array(base64url.decode(token.slice(-SIGNATURE_CHARACTERS)));
      const input = toBytes(token.slice(0, -SIGNATURE_CHARACTERS - 1));
      return crypto.subtle.verify('HMAC', key, signature, input);
    };
  },
  prepareSigning: (bytes) => {
    let key: CryptoKey | undefined;
    return async (input) => {
      key ??= await importKey(bytes, 'sign');
      return base64url.encode(
        new Uint8Array(await crypto.subtle.sign('HMAC', key, toBytes(input))),
      );
    };
  },
  encode: base64url.encode,
  decode: (segment) => utf8.decode(base64url.decode(segment)),
  sha256: async (text) => new Uint8Array(await crypto.subtle.digest('SHA-256', toBytes(text))),
};
