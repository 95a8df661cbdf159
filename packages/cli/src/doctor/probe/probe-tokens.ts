// Tokens for probes: good ones that live for a minute, because the server may be the wrong one, and bad ones.
import { createHmac, randomBytes } from 'node:crypto';

/** Claims in the order in which they are written. */
export interface ProbeClaims {
  readonly [claim: string]: unknown;
}

/** Before and after now, since the server's clock may be a little off. */
const HALF_LIFE_SECONDS = 30;
const HOUR = 3600;

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const sign = (header: object, claims: object, key: string | Buffer): string => {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
};

const claimsNow = (base: ProbeClaims): { readonly iat: number; readonly exp: number } => {
  const now = Math.floor(Date.now() / 1000);
  return { ...base, iat: now - HALF_LIFE_SECONDS, exp: now + HALF_LIFE_SECONDS };
};

const headerOf = (alg: string): object => ({ alg, typ: 'JWT' });

/** Makes tokens with one set of claims, each for the moment it is made. */
export interface ProbeTokens {
  readonly good: () => string;
  /** Another `alg` above a right HS256 signature. */
  readonly withAlgorithm: (alg: string) => string;
  readonly expired: () => string;
  readonly notYetValid: () => string;
  /** The claims of one token under the signature of another. */
  readonly tampered: () => string;
}

export const createProbeTokens = (secret: string, base: ProbeClaims): ProbeTokens => {
  const make = (claims: object): string => sign(headerOf('HS256'), claims, secret);
  return {
    good: () => make(claimsNow(base)),
    withAlgorithm: (alg) => sign(headerOf(alg), claimsNow(base), secret),
    expired: () => {
      const { iat, exp } = claimsNow(base);
      return make({ ...base, iat: iat - HOUR, exp: exp - HOUR });
    },
    notYetValid: () => make({ ...claimsNow(base), nbf: claimsNow(base).exp + HOUR }),
    tampered: () => {
      const claims = claimsNow(base);
      const [header, , signature] = make(claims).split('.');
      return `${header}.${encode({ ...claims, exp: claims.exp + 1 })}.${signature}`;
    },
  };
};

/** A token without a signature. */
export const unsigned = (alg: string, base: ProbeClaims): string =>
  `${encode(headerOf(alg))}.${encode(claimsNow(base))}.`;

/** A token signed with a secret that was made for it alone. */
export const foreign = (base: ProbeClaims): string =>
  sign(headerOf('HS256'), claimsNow(base), randomBytes(64));
