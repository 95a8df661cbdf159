// The engine that runs everywhere: a compact JWS verified by jose on WebCrypto.
// Never decides what a token may look like; `compact.ts` has done that before.
import { base64url, compactVerify } from 'jose';
import { type Engine, utf8 } from './engine.ts';

/** Verifies with jose. An imported key is kept, never its promise, which another request may not await. */
export const joseEngine: Engine = {
  name: 'jose',
  prepare: (bytes) => {
    const algorithm = { name: 'HMAC', hash: 'SHA-256' };
    let key: CryptoKey | undefined;
    return async (token) => {
      key ??= await crypto.subtle.importKey('raw', bytes, algorithm, false, ['verify']);
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
  decode: (segment) => utf8.decode(base64url.decode(segment)),
  sha256: async (text) =>
    new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))),
};
