// For the tests of an application with a guard: a secret and tokens that no other server accepts.
import { formatBearer, generateSecret, type JwtClaims, signToken } from '@zep-auth/core';

/** How test tokens are made. */
export interface TestAuthOptions {
  /** The claims of each token, below those of a call. Default none. */
  readonly claims?: JwtClaims;
}

/** A secret of one test run, and tokens signed with it. */
export interface TestAuth {
  readonly secret: string;
  /** The variables that make a guard accept the tokens. */
  readonly env: { readonly ZEP_AUTH_SECRET: string };
  /** Signs a token with these claims and nothing else: without `exp` it does not expire. */
  readonly token: (claims?: JwtClaims) => Promise<string>;
  /** Signs a token, and returns the value of the Authorization header for it. */
  readonly authorization: (claims?: JwtClaims) => Promise<string>;
}

/**
 * Makes a secret and signs tokens with it, for the tests of an application. Every call makes another secret, so the tokens
 * of a second `testAuth()` are refused.
 *
 * @throws {TypeError} when `NODE_ENV` is `production`
 * @example
 * ```ts
 * import { authGuard } from '@zep-auth/server';
 * import { testAuth } from '@zep-auth/server/testing';
 * import { Hono } from 'hono';
 *
 * const { env, authorization } = testAuth({ claims: { sub: 'alice' } });
 * const app = new Hono().use(authGuard({ env })).get('/', (c) => c.text('hello'));
 * const headers = { authorization: await authorization({ scope: 'things:write' }) };
 * const response = await app.request('/', { headers }); // 200
 * ```
 */
export const testAuth = ({ claims: common }: TestAuthOptions = {}): TestAuth => {
  const { process } = globalThis as { process?: { env?: { NODE_ENV?: unknown } } };
  if (process?.env?.NODE_ENV === 'production') {
    throw new TypeError('testAuth is for tests, and NODE_ENV is production');
  }
  const secret = generateSecret();
  const token: TestAuth['token'] = (claims) => signToken(secret, { ...common, ...claims });
  return Object.freeze({
    secret,
    env: Object.freeze({ ZEP_AUTH_SECRET: secret }),
    token,
    authorization: async (claims?: JwtClaims) => formatBearer(await token(claims)),
  });
};
