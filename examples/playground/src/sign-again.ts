// Signs a token's header and claims with a throwaway secret, so that core checks the claims whatever the token's own
// signature is. The result is never shown.

const encoder = new TextEncoder();

/** Signs the same header and claims with another key. @see RFC 7515 section 5.1 */
export const signAgain = async (token: string, throwaway: string): Promise<string> => {
  const input = token.slice(0, token.lastIndexOf('.'));
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const bytes = encoder.encode(throwaway);
  const key = await crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign']);
  const mac = await crypto.subtle.sign('HMAC', key, encoder.encode(input));
  const base64 = btoa(String.fromCharCode(...new Uint8Array(mac)));
  return `${input}.${base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`;
};
