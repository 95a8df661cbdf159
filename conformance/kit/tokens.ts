// Secrets and tokens made by hand, byte by byte, without the code under test.
import { createHash, createHmac } from 'node:crypto';

/** A secret as long as those of `zepcli -i`, always the same for one name. */
export const secretNamed = (name: string): string =>
  `${createHash('sha512').update(name).digest('base64url')}==`;

export const SECRET: string = secretNamed('current');

/** The time at which tests freeze their clock, in seconds: 2027-01-15T08:00:00Z. */
export const NOW = 1_800_000_000;

export const HEADER = '{"alg":"HS256","typ":"JWT"}';

export const encode = (content: string | Uint8Array): string =>
  Buffer.from(content).toString('base64url');

const signatureOf = (signingInput: string, secret: string | Uint8Array): string =>
  createHmac('sha256', secret).update(signingInput).digest('base64url');

/** Appends the HS256 signature over exactly these bytes. */
export const seal = (signingInput: string, secret: string | Uint8Array = SECRET): string =>
  `${signingInput}.${signatureOf(signingInput, secret)}`;

/** A correctly signed token with any header and payload, well-formed or not. */
export const rawToken = (
  header: string | Uint8Array,
  payload: string | Uint8Array,
  secret: string | Uint8Array = SECRET,
): string => seal(`${encode(header)}.${encode(payload)}`, secret);

export const tokenOf = (claims: object = {}, secret: string | Uint8Array = SECRET): string =>
  rawToken(HEADER, JSON.stringify(claims), secret);

/** The header or the claims of a token, as text. */
export const textOf = (token: string, part: 'header' | 'claims'): string =>
  Buffer.from(token.split('.')[part === 'header' ? 0 : 1] ?? '', 'base64url').toString();

export const isSignedWith = (token: string, secret: string): boolean => {
  const [header, claims, signature] = token.split('.');
  return signature === signatureOf(`${header}.${claims}`, secret);
};

/** The first 11 characters of the RFC 7638 thumbprint. */
export const keyIdOf = (secret: string): string =>
  createHash('sha256')
    .update(`{"k":"${encode(secret)}","kty":"oct"}`)
    .digest('base64url')
    .slice(0, 11);
