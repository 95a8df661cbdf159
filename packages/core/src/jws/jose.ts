// The engine that runs everywhere: jose on WebCrypto.
import { base64url, compactVerify } from 'jose';
import { type Bytes, type Engine, utf8 } from './engine.ts';

const importKey = (bytes: Bytes, usage: 'sign' | 'verify'): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, [usage]);

/** Verifies with jose. An imported key is kept, never its promise, which another request may not await. */
export const joseEngine: Engine = {
  name: 'jose',
  prepare: (bytes) => {
    let key: CryptoKey | undefined;
    return async (token) => {
      key ??= await importKey(bytes, 'verify');
      try {
        await compactVerify(token, key, { algorithms: ['HS256'] });
        return true;
      } catch (error) {
        // By its code: the class would bring all of jose's errors into a bundle.
        const { code } = error as { readonly code?: unknown };
        if (code === 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED') return false;
        throw error;
      }
    };
  },
  prepareSigning: (bytes) => {
    let key: CryptoKey | undefined;
    return async (input) => {
      key ??= await importKey(bytes, 'sign');
      const signature = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(input));
      return base64url.encode(new Uint8Array(signature));
    };
  },
  encode: base64url.encode,
  decode: (segment) => utf8.decode(base64url.decode(segment)),
  sha256: async (text) =>
    new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))),
};
