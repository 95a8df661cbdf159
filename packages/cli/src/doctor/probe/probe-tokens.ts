// Tokens for probes: bad ones of every kind, and good ones that expire after a minute, because the probed server may be the
// wrong one.
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { decodePart } from '../../tokens/decode.ts';
import type { Environment } from '../environment.ts';
import { isSignedWith } from '../misread-secrets.ts';

/** Claims, in the order of the token. */
export interface ProbeClaims {
  readonly [claim: string]: unknown;
}

const HEADER = '{"alg":"HS256","typ":"JWT"}';
/** Seconds before and after now, because the server's clock may differ a little. */
const HALF_LIFE_SECONDS = 30;
const HOUR = 3600;

const encode = (text: string): string => Buffer.from(text).toString('base64url');

/** Signs any header and payload with HS256. */
const sign = (header: string, payload: string, key: string | Buffer): string => {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
};

/** Makes tokens with one set of claims, valid from the moment they are made. */
export interface ProbeTokens {
  readonly good: () => string;
  readonly withHeader: (header: object) => string;
  readonly withPayload: (payload: string) => string;
  readonly expired: () => string;
  readonly notYetValid: () => string;
  readonly expiringAsText: () => string;
  /** The claims of one token under the signature of another. */
  readonly tampered: () => string;
  /** The last character of the signature with its unused bits set. */
  readonly respelled: () => string;
  readonly padded: () => string;
  /** `typ` and `exp` twice, the same each time. */
  readonly repeating: () => string;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const claimsNow = (base: ProbeClaims): { readonly iat: number; readonly exp: number } => {
  const now = Math.floor(Date.now() / 1000);
  return { ...base, iat: now - HALF_LIFE_SECONDS, exp: now + HALF_LIFE_SECONDS };
};

/** Makes the tokens of a secret. */
export const createProbeTokens = (secret: string, base: ProbeClaims): ProbeTokens => {
  const now = (): ReturnType<typeof claimsNow> => claimsNow(base);
  const make = (claims: object): string => sign(HEADER, JSON.stringify(claims), secret);
  const good = (): string => make(now());
  return {
    good,
    withHeader: (header) => sign(JSON.stringify(header), JSON.stringify(now()), secret),
    withPayload: (payload) => sign(HEADER, payload, secret),
    expired: () => {
      const { iat, exp } = now();
      return make({ ...base, iat: iat - HOUR, exp: exp - HOUR });
    },
    notYetValid: () => make({ ...now(), nbf: now().exp + HOUR }),
    expiringAsText: () => make({ ...now(), exp: String(now().exp) }),
    tampered: () => {
      const [header, , signature] = good().split('.');
      const { iat, exp } = now();
      return `${header}.${encode(JSON.stringify({ ...base, iat, exp: exp + 1 }))}.${signature}`;
    },
    respelled: () => {
      const token = good();
      const last = ALPHABET.indexOf(token.slice(-1));
      return token.slice(0, -1) + ALPHABET.charAt(last + 1); // its two lowest bits are zero
    },
    padded: () => `${good()}=`,
    repeating: () => {
      const claims = now();
      return sign(
        '{"alg":"HS256","typ":"JWT","typ":"JWT"}',
        JSON.stringify(claims).replace(/\}$/, `,"exp":${claims.exp}}`),
        secret,
      );
    },
  };
};

/** A token without a signature. */
export const unsigned = (alg: string, base: ProbeClaims): string =>
  `${encode(JSON.stringify({ alg, typ: 'JWT' }))}.${encode(JSON.stringify(claimsNow(base)))}.`;

/** A token signed with a random secret. */
export const foreign = (base: ProbeClaims): string =>
  sign(HEADER, JSON.stringify(claimsNow(base)), randomBytes(64));

/** The claims of a probe's token: those of the given token if it was signed here, else those that the configuration requires. */
export const claimsFor = (
  given: string | undefined,
  { config, secrets }: Pick<Environment, 'config' | 'secrets'>,
): ProbeClaims => {
  const { issuer, audience } = config?.policy ?? {};
  const asked = {
    ...(issuer !== undefined && { iss: issuer }), // of an environment, one
    ...(audience !== undefined && { aud: audience }),
  };
  const [secret] = secrets;
  if (given === undefined || secret === undefined || !isSignedWith(given, secret)) return asked;
  const { nbf, jti, ...claims } = (decodePart(given, 'claims') ?? {}) as ProbeClaims; // only written back
  return { ...asked, ...claims, ...(jti !== undefined && { jti: randomUUID() }) };
};
