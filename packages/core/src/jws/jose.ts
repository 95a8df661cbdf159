// The engine that runs everywhere: a compact JWS verified by jose on WebCrypto.
// Never decides what a token may look like; `shape.ts` has done that before.
import { compactVerify, errors } from 'jose';
import type { Engine } from './shape.ts';

/** Verifies with jose. The imported key is kept, never its promise, which another request may not await. */
export const joseEngine: Engine = (bytes) => {
  let key: CryptoKey | undefined;
  return async (token) => {
    key ??= await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, [
      'verify',
    ]);
    try {
      await compactVerify(token, key, { algorithms: ['HS256'] });
      return true;
    } catch (error) {
      if (error instanceof errors.JWSSignatureVerificationFailed) return false;
      throw error;
    }
  };
};
