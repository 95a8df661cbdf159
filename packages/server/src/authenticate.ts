// The one decision: whether a request may pass. Every guard, gate and middleware is a door in front of it.
import { isAuthError, type JwtClaims, type VerifiedToken } from '@zep-auth/core';
import {
  andThen,
  assertOptions,
  catchError,
  createApplySchema,
  type MaybePromise,
  noteRefusal,
  type SyncVerify,
} from '@zep-auth/core/internal';
import {
  type Accepted,
  type Auth,
  type AuthResult,
  describeResult,
  evidenceOf,
  type GuardResult,
  type Passed,
  toAuth,
} from './auth-result.ts';
import {
  type AuthenticateOptions,
  type Authenticator,
  type AuthenticatorOptions,
  DECISION_OPTIONS,
  type Decision,
} from './authenticator-options.ts';
import { createCredentialReader, toSources, withoutCredentials } from './credential.ts';
import { assertScopes, guardError, toChallenge } from './problem-response.ts';
import {
  isHttps,
  isPreflight,
  isPublic,
  type RequestView,
  toPublicPaths,
  toRequestView,
} from './request.ts';
import { bearer } from './sources.ts';
import { createThrottle } from './throttle.ts';
import { createVerifierSource } from './verifier-source.ts';

const pass = (outcome: Passed['outcome']): Passed => Object.freeze({ outcome });
const OFF = pass('off');
const PUBLIC = pass('public');
const PREFLIGHT = pass('preflight');
const ANONYMOUS = pass('anonymous');
const NOTHING_MORE: AuthenticateOptions = Object.freeze({});

/** Turns what a hook threw into an Error: frameworks answer an Error with a 500, but may not handle other values. */
const toError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error('a hook threw a non-Error');

/**
 * Creates an authenticator, the decision behind every guard and gate, for any framework that has a `Request`.
 *
 * @throws {TypeError} when not exactly one of `config` and `env` is given, or an option has a wrong form
 * @throws {RangeError} when a number is out of its range
 * @throws {AuthError} `ERR_CONFIG_INVALID` when the configuration is not valid
 * @see RFC 6750
 * @example
 * ```ts
 * import { createAuthenticator, toResponse } from '@zep-auth/server';
 *
 * const { authenticate } = createAuthenticator({ env: process.env });
 * export const handle = async (request: Request): Promise<Response> => {
 *   const result = await authenticate(request);
 *   if (result.outcome === 'refused') return toResponse(result);
 *   return Response.json(result.auth?.claims ?? null);
 * };
 * ```
 */
export const createAuthenticator = <Claims extends object = JwtClaims, Context = undefined>(
  options: AuthenticatorOptions<Claims, Context>,
): Authenticator<Claims, Context> => {
  assertOptions('createAuthenticator', options, DECISION_OPTIONS);
  const { authenticate, recheck } = createDecision(options);
  return Object.freeze({ authenticate, recheck });
};

/** Creates the decision for a door that takes more options and has checked them. */
export const createDecision = <Claims extends object, Context>(
  options: AuthenticatorOptions<Claims, Context>,
): Decision<Claims, Context> => {
  const { optional, requireHttps, revocations, trustedProxy, onResult } = options;
  const challenge = toChallenge(options);
  const { scopes = [] } = challenge;
  const sources = toSources(options.sources ?? [bearer()]);
  const findVerifier = createVerifierSource<Context>(options, options);
  const publicPaths = toPublicPaths(options.publicPaths ?? []);
  const readCredential = createCredentialReader(sources);
  const throttle = options.throttle === undefined ? undefined : createThrottle(options.throttle);
  const applySchema =
    options.claimsSchema === undefined ? undefined : createApplySchema(options.claimsSchema);

  // The verifier returns the same object for a cached token, so its result is made once. It lives as long as that object.
  const results = new WeakMap<VerifiedToken, Accepted>();

  const accept = (
    token: string,
    source: string,
    verified: VerifiedToken,
    claims: object,
  ): Accepted => {
    const known = results.get(verified);
    if (known?.auth.source === source && known.auth.claims === claims) return known;
    const { cached } = verified;
    const auth = toAuth(token, verified, claims, source);
    const result: Accepted = Object.freeze({ outcome: 'accepted', auth, cached });
    if (cached) results.set(verified, result);
    return result;
  };

  const checkRevocation = (token: string, { payload }: VerifiedToken): MaybePromise<void> => {
    if (revocations === undefined) return;
    return andThen(revocations.isRevoked(token, payload), (isRevoked) => {
      // Any value but `false` is not a permission.
      if (isRevoked !== false) throw guardError('ERR_TOKEN_REVOKED');
    });
  };

  /** The scopes that one request needs. */
  const addScopes = (own: readonly string[]): readonly string[] => {
    if (own.length === 0) return scopes;
    assertScopes('authenticate', own);
    return [...new Set([...scopes, ...own])];
  };

  /** What is checked of a token whose signature and claims hold, on every request: revocation, schema, scopes. */
  const checkVerified = (
    { checkAgain }: SyncVerify,
    token: string,
    source: string,
    verified: VerifiedToken,
    needed: readonly string[],
  ): MaybePromise<Accepted> => {
    if (revocations === undefined && applySchema === undefined && needed.length === 0) {
      return accept(token, source, verified, verified.payload);
    }
    const { payload } = verified;
    const checkScopes = (claims: object): Accepted => {
      const result = accept(token, source, verified, claims);
      if (needed.every((scope) => result.auth.scopes.includes(scope))) return result;
      throw guardError('ERR_SCOPE_INSUFFICIENT', { scopes: needed });
    };
    return noteRefusal({ ...verified, token }, () =>
      andThen(checkRevocation(token, verified), () =>
        andThen<object, Accepted>(
          applySchema ? applySchema(payload, checkAgain) : payload,
          checkScopes,
        ),
      ),
    );
  };

  const decide = (
    verify: SyncVerify | undefined,
    view: RequestView,
    context: Context,
    { exempt = true, scopes: own = [] }: AuthenticateOptions,
  ): MaybePromise<AuthResult> => {
    if (verify === undefined) return OFF;
    const needed = addScopes(own);
    if (exempt && own.length === 0 && isPublic(view, publicPaths)) return PUBLIC;
    if (exempt && isPreflight(view)) return PREFLIGHT;
    const isProxyTrusted = (): boolean => trustedProxy?.(view, context) === true;
    if (requireHttps && !isHttps(view, isProxyTrusted())) {
      throw guardError('ERR_INSECURE_TRANSPORT');
    }
    const credential = readCredential(view);
    if (credential === undefined) {
      if (optional && needed.length === 0) return ANONYMOUS;
      throw guardError('ERR_CREDENTIALS_MISSING');
    }
    const { token, source } = credential;
    // Any value but `true` is not a permission.
    if (source.allows && source.allows(view, isProxyTrusted()) !== true) {
      throw guardError('ERR_ORIGIN_NOT_ALLOWED');
    }
    const verified =
      throttle === undefined || verify.remembers(token)
        ? verify(token)
        : throttle(view, context, () => verify(token));
    return andThen(verified, (found) => checkVerified(verify, token, source.name, found, needed));
  };

  const toRefused = (thrown: unknown, { scopes: own }: AuthenticateOptions = {}): AuthResult => {
    if (!isAuthError(thrown)) throw toError(thrown);
    const asked = own?.length ? { ...challenge, scopes: addScopes(own) } : challenge;
    return { outcome: 'refused', error: thrown, challenge: asked };
  };

  const notify = (
    result: GuardResult,
    view: RequestView,
    context: Context,
  ): MaybePromise<unknown> =>
    catchError(
      () => {
        const answer = onResult?.(result, withoutCredentials(view, sources), context);
        return answer === undefined ? answer : Promise.resolve(answer); // any thenable
      },
      (thrown) => {
        throw toError(thrown);
      },
    );

  const authenticate = (
    request: Request | RequestView,
    context: Context,
    asked: AuthenticateOptions = NOTHING_MORE,
  ): MaybePromise<AuthResult> => {
    if (asked !== NOTHING_MORE) assertOptions('authenticate', asked, ['scopes', 'exempt']);
    const view = toRequestView(request);
    const startMs = onResult === undefined ? 0 : performance.now();
    const result = catchError(
      () => andThen(findVerifier(context), (verify) => decide(verify, view, context, asked)),
      (thrown) => toRefused(thrown, asked),
    );
    if (onResult === undefined) return result;
    return andThen(result, (made) => {
      const durationMs = performance.now() - startMs;
      return andThen(describeResult(made), (described) =>
        andThen(notify({ ...described, durationMs }, view, context), () => made),
      );
    });
  };

  const recheck = (auth: Auth, context: Context): MaybePromise<AuthResult> => {
    const { token } = evidenceOf(auth) ?? {};
    if (token === undefined) throw new TypeError('recheck takes the auth of an accepted request');
    const decideAgain = (verify: SyncVerify | undefined): MaybePromise<AuthResult> => {
      if (verify === undefined) return OFF;
      return andThen(verify(token), (verified) =>
        checkVerified(verify, token, auth.source, verified, scopes),
      );
    };
    return catchError(
      () => andThen(findVerifier(context), decideAgain),
      (thrown) => toRefused(thrown),
    );
  };

  // `Claims` is the caller's promise about the tokens; a `Context` of undefined is never read.
  return { authenticate, recheck, challenge, notify } as unknown as Decision<Claims, Context>;
};
