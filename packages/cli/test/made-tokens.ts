// Secrets and tokens made by hand, byte by byte.
// Never uses the code under test to build what is given to it.
import { createHash, createHmac } from 'node:crypto';

/** A secret of the form that `zepcli -i` makes, always the same for one name. */
export const secretNamed = (name: string): string =>
  `${createHash('sha512').update(name).digest('base64url')}==`;

export const SECRET = secretNamed('current');

/** The moment at which frozen clocks stand, in seconds: 2027-01-15T08:00:00Z. */
export const NOW = 1_800_000_000;

const encode = (text: string): string => Buffer.from(text).toString('base64url');

/** A rightly signed token over any header and payload. */
export const rawToken = (header: string, payload: string, secret: string = SECRET): string => {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
};

export const tokenOf = (claims: object = {}, secret: string = SECRET): string =>
  rawToken('{"alg":"HS256","typ":"JWT"}', JSON.stringify(claims), secret);

/** Header or claims of a token, as text. */
export const textOf = (token: string, part: 'header' | 'claims'): string =>
  Buffer.from(token.split('.')[part === 'header' ? 0 : 1] ?? '', 'base64url').toString();

export const isSignedWith = (token: string, secret: string): boolean => {
  const [header, claims, signature] = token.split('.');
  return (
    signature === createHmac('sha256', secret).update(`${header}.${claims}`).digest('base64url')
  );
};

/** The first 11 characters of the RFC 7638 thumbprint. */
export const keyIdOf = (secret: string): string =>
  createHash('sha256')
    .update(`{"k":"${encode(secret)}","kty":"oct"}`)
    .digest('base64url')
    .slice(0, 11);
