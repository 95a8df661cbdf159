// The claims that the options of `zepcli token` ask for.
// Never lets an option set a claim that has an option of its own.
import type { JwtClaims } from '@zep-auth/core';
import { UsageError } from '../io/io.ts';

/** The options that set claims. */
export interface ClaimOptions {
  /** Seconds from now. */
  readonly expiresIn: number | undefined;
  /** Seconds since 1970. */
  readonly notBefore: number | undefined;
  readonly sub: string | undefined;
  readonly aud: readonly string[];
  readonly iss: string | undefined;
  readonly scope: string | undefined;
  readonly claim: readonly string[];
  readonly claimJson: readonly string[];
}

const OWN_OPTION: { readonly [claim: string]: string } = {
  iss: '--iss',
  sub: '--sub',
  aud: '--aud',
  scope: '--scope',
  exp: '--expires-in',
  nbf: '--not-before',
  iat: 'nothing: it is set on its own',
  jti: 'nothing: it is set on its own',
};

const parseJson = (value: string): unknown => {
  try {
    return JSON.parse(value);
  } catch {
    throw new UsageError(
      '--claim-json takes name=value with the value in JSON: seats=5, roles=\'["a"]\'',
    );
  }
};

/** Reads `name=value` pairs into claims; none may be registered, and none may come twice. */
const addClaims = (
  claims: Map<string, unknown>,
  option: string,
  pairs: readonly string[],
  parse: (value: string) => unknown,
): void => {
  for (const pair of pairs) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    if (name === undefined || value === undefined)
      throw new UsageError(`--${option} takes name=value`);
    if (Object.hasOwn(OWN_OPTION, name)) {
      throw new UsageError(
        `--${option} does not set ${name}; for that there is ${OWN_OPTION[name]}`,
      );
    }
    if (claims.has(name)) throw new UsageError(`--${option} sets a claim that is set already`);
    claims.set(name, parse(value));
  }
};

/**
 * Reads the claims of a token, without `iat` and `jti`.
 *
 * @throws {UsageError} that names the option that is wrong
 */
export const readClaims = (options: ClaimOptions, nowSeconds: number): JwtClaims => {
  const { expiresIn, notBefore, sub, aud, iss, scope } = options;
  const claims = new Map<string, unknown>();
  if (iss !== undefined) claims.set('iss', iss);
  if (sub !== undefined) claims.set('sub', sub);
  if (aud.length > 0) claims.set('aud', aud.length === 1 ? aud[0] : aud);
  if (expiresIn !== undefined) claims.set('exp', nowSeconds + expiresIn);
  if (notBefore !== undefined) claims.set('nbf', notBefore);
  if (scope !== undefined) claims.set('scope', scope);
  addClaims(claims, 'claim', options.claim, (value) => value);
  addClaims(claims, 'claim-json', options.claimJson, parseJson);
  return Object.fromEntries(claims);
};
