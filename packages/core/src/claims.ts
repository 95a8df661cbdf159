import { type AuthError, refusal } from './errors.ts';
import type { JsonObject, TokenType } from './jws/compact.ts';
import { findRevokedMistakes } from './revoked.ts';

/**
 * The claims of a token. A verifier checks the types of `exp`, `nbf` and `iat`; the others are the signer's promise.
 *
 * @see RFC 7519 section 4.1, RFC 8693 section 4.2 for `scope`
 */
export interface JwtClaims {
  readonly [claim: string]: unknown;
  /** Who issued the token. */
  readonly iss?: string;
  /** Whom the token is about. */
  readonly sub?: string;
  /** Which APIs the token is for. */
  readonly aud?: string | readonly string[];
  /** Expires at, in seconds since 1970-01-01 UTC. */
  readonly exp?: number;
  /** Not valid before, in seconds since 1970-01-01 UTC. */
  readonly nbf?: number;
  /** Issued at, in seconds since 1970-01-01 UTC. */
  readonly iat?: number;
  /** The token's id, by which it can be revoked. */
  readonly jti?: string;
  /** What the token permits, separated by spaces. */
  readonly scope?: string;
}

/** What a verifier asks of claims beyond their form. By default nothing: `{}` is a good token. */
export interface VerifyPolicy {
  /** The `iss` that is required, or a list of which it must be one. Makes `iss` mandatory. */
  readonly issuer?: string | readonly string[];
  /** The `aud` of which the token's must hold one. Makes `aud` mandatory; without it `aud` is ignored. */
  readonly audience?: string | readonly string[];
  /** The `sub` that is required, or a list of which it must be one. Makes `sub` mandatory. */
  readonly subject?: string | readonly string[];
  /** Claims that must be present, whatever their value. */
  readonly requiredClaims?: readonly string[];
  /** Seconds by which clocks may differ, 0 to 300. Default 0. */
  readonly clockToleranceSeconds?: number;
  /** Greatest age in seconds since `iat`. Makes `iat` mandatory. */
  readonly maxTokenAgeSeconds?: number;
  /** Greatest time in seconds until `exp`. Makes `exp` mandatory. */
  readonly maxRemainingSeconds?: number;
  /** The `typ` that the header must have, in any case and with or without `application/`. Default: any of the two, or none. */
  readonly typ?: TokenType;
  /** Revoked tokens: a `jti`, or the token's SHA-256 as `sha256:` and 64 hex digits. */
  readonly revoked?: readonly string[];
}

/** The greatest clock tolerance, in seconds. */
export const MAX_CLOCK_TOLERANCE_SECONDS = 300;
// 9999-12-31T23:59:59Z. A time in milliseconds is far beyond it for every date since 1978.
const MAX_TIME = 253402300799;
const IAT_GRACE_SECONDS = 60;

/** @throws {RangeError} when a number is not whole or out of its range */
export const assertWhole = (name: string, value: number, min: number, max: number): void => {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`${name} must be a whole number from ${min} to ${max}`);
  }
};

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && Array.from(value).every(isText); // `every` alone passes over holes

/**
 * Checks the form of a policy, once.
 *
 * @throws {TypeError} when a text is empty or not a text
 * @throws {RangeError} when a number is not whole or out of its range
 */
export const assertPolicy = (policy: VerifyPolicy): void => {
  const { issuer, audience, subject, requiredClaims, revoked, typ = 'JWT' } = policy;
  const { clockToleranceSeconds = 0, maxTokenAgeSeconds = 1, maxRemainingSeconds = 1 } = policy;
  assertWhole('clockToleranceSeconds', clockToleranceSeconds, 0, MAX_CLOCK_TOLERANCE_SECONDS);
  assertWhole('maxTokenAgeSeconds', maxTokenAgeSeconds, 1, Number.MAX_SAFE_INTEGER);
  assertWhole('maxRemainingSeconds', maxRemainingSeconds, 1, Number.MAX_SAFE_INTEGER);
  if (typ !== 'JWT' && typ !== 'at+jwt') throw new TypeError('typ must be JWT or at+jwt');
  for (const [name, value] of Object.entries({ issuer, audience, subject })) {
    if (value !== undefined && !isText(value) && !(isTexts(value) && value.length > 0)) {
      throw new TypeError(`${name} must be a text, or a list of texts, and not empty`);
    }
  }
  for (const [name, value] of Object.entries({ requiredClaims, revoked })) {
    if (value !== undefined && !isTexts(value))
      throw new TypeError(`${name} must be a list of texts`);
  }
  const [mistake] = findRevokedMistakes(revoked ?? []);
  if (mistake !== undefined) throw new TypeError(`revoked ${mistake}`);
};

const claimError = (claim: string, message: string): AuthError =>
  refusal('ERR_TOKEN_CLAIM', `the ${claim} claim ${message}`, { claim });

/** Checks the form of the time claims (RFC 7519 section 2, NumericDate). */
export const checkForm = (claims: JsonObject): JwtClaims => {
  for (const claim of ['exp', 'nbf', 'iat']) {
    // A claim that is present but falsy is checked as well.
    if (!Object.hasOwn(claims, claim) || claims[claim] === undefined) continue;
    const time = claims[claim] as number; // anything else is refused on the next line
    if (!Number.isFinite(time)) throw claimError(claim, 'is not a number');
    if (time < 0) throw claimError(claim, 'is negative');
    if (time > MAX_TIME) {
      throw claimError(claim, 'is too large; is it in milliseconds?');
    }
  }
  return claims as JwtClaims; // the three typed members have just been checked
};

const toList = (value: string | readonly string[]): readonly unknown[] =>
  typeof value === 'string' ? [value] : value;

/**
 * Checks claims of good form against the policy at the time `now`, in seconds.
 *
 * @throws {AuthError} `ERR_TOKEN_EXPIRED`, `ERR_TOKEN_NOT_YET_VALID` or `ERR_TOKEN_CLAIM`
 * @see RFC 7519 section 4.1
 */
export const checkClaims = (claims: JwtClaims, policy: VerifyPolicy, now: number): void => {
  const { clockToleranceSeconds: tolerance = 0, maxTokenAgeSeconds, maxRemainingSeconds } = policy;
  const { exp, nbf, iat } = claims;
  if (exp !== undefined && exp <= now - tolerance) {
    throw refusal('ERR_TOKEN_EXPIRED', 'the token has expired');
  }
  if (nbf !== undefined && nbf > now + tolerance) {
    throw refusal('ERR_TOKEN_NOT_YET_VALID', 'the token is not valid yet (nbf)');
  }
  if (iat !== undefined && iat > now + Math.max(IAT_GRACE_SECONDS, tolerance)) {
    throw refusal('ERR_TOKEN_NOT_YET_VALID', 'the token was issued in the future (iat)');
  }
  if (policy.issuer !== undefined && !toList(policy.issuer).includes(claims['iss'])) {
    throw claimError('iss', 'is not the required issuer');
  }
  if (policy.audience !== undefined) {
    const { aud } = claims as { aud?: unknown };
    const held: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
    if (!toList(policy.audience).some((audience) => held.includes(audience))) {
      throw claimError('aud', 'does not hold the required audience');
    }
  }
  if (policy.subject !== undefined && !toList(policy.subject).includes(claims.sub)) {
    throw claimError('sub', 'is not the required subject');
  }
  for (const claim of policy.requiredClaims ?? []) {
    if (!Object.hasOwn(claims, claim)) throw claimError(claim, 'is missing');
  }
  if (maxTokenAgeSeconds !== undefined) {
    if (iat === undefined) throw claimError('iat', 'is missing');
    if (iat < now - maxTokenAgeSeconds - tolerance) {
      throw refusal('ERR_TOKEN_EXPIRED', 'the token is older than it may be (iat)');
    }
  }
  if (maxRemainingSeconds !== undefined) {
    if (exp === undefined) throw claimError('exp', 'is missing');
    if (exp > now + maxRemainingSeconds + tolerance) {
      throw claimError('exp', 'is further ahead than it may be');
    }
  }
};
