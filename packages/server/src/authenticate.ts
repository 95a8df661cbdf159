// The one decision: whether a request may pass. Every guard, gate and middleware is a door in front of it.
import { type ClaimsSchema, isAuthError, type JwtClaims, type VerifiedToken } from '@zep-auth/core';
import {
  andThen,
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
  evidenceOf,
  type Passed,
  toAuth,
  toError,
} from './auth-result.ts';
import { assertSources, createCredentialReader } from './credential.ts';
import { describeResult, type GuardResult } from './guard-result.ts';
import { assertChallenge, type Challenge, guardError } from './problem-response.ts';
import {
  isHttps,
  isPreflight,
  isPublic,
  type RequestView,
  readOwnOrigin,
  toPublicPaths,
  toRequestView,
} from './request.ts';
import type { RevocationList } from './revocation/list.ts';
import { bearer, type Source } from './sources.ts';
import { createThrottle, type ThrottleOptions } from './throttle.ts';
import { type ConfigSource, createVerifierSource, type VerifierLimits } from './verifier-source.ts';

/** The options of a decision, except the configuration. `Context` is what the door passes to the hooks: Hono's `c`, for example. */
export interface DecisionOptions<Context = unknown> extends VerifierLimits, Challenge {
  /** Where tokens are read. Default `[bearer()]`. */
  readonly sources?: readonly Source[];
  /** Paths that need no token for GET and HEAD, compared byte for byte. Default none. */
  readonly publicPaths?: readonly string[];
  /** Lets a request without credentials pass; a bad token is still refused. Default `false`. */
  readonly optional?: boolean;
  /** Refuses a token that came over plain HTTP. Default `false`. */
  readonly requireHttps?: boolean;
  /** Whether the other end is your own proxy, whose forwarding headers are believed. Default never. */
  readonly trustedProxy?: (view: RequestView, context: Context) => boolean;
  /** Refuses revoked tokens; from `createRevocationList`. Asked for each request. */
  readonly revocations?: Pick<RevocationList, 'isRevoked'>;
  /** How many wrong tokens one client may send. Default any number. */
  readonly throttle?: ThrottleOptions<Context>;
  /** Called with each decision, and awaited, before the handler runs. It never sees a token. */
  readonly onResult?: (result: GuardResult, view: RequestView, context: Context) => unknown;
}

/** What the claims must be beyond the configuration. */
export interface ClaimsOptions<Claims extends object> {
  /**
   * A Standard Schema (zod, valibot, arktype …) for the claims, whose output becomes `auth.claims`. Scopes, expiry and
   * revocation go by the claims as signed. Default none.
   */
  readonly claimsSchema?: ClaimsSchema<Claims>;
}

/** How an authenticator decides. Takes exactly one of `config` and `env`. */
export type AuthenticatorOptions<
  Claims extends object = JwtClaims,
  Context = unknown,
> = DecisionOptions<Context> & ConfigSource<Context> & ClaimsOptions<Claims>;

/** Decides on requests. */
export interface Authenticator<Claims extends object = JwtClaims, Context = undefined> {
  /**
   * Decides whether a request may pass. Synchronous when possible; throws or rejects only with what a hook threw,
   * which must lead to a 500.
   *
   * @param context handed to the hooks
   * @param exempt `false` treats public paths and preflights like any other request. Default `true`
   */
  readonly authenticate: (
    request: Request | RequestView,
    context?: Context,
    exempt?: boolean,
  ) => MaybePromise<AuthResult<Claims>>;
  /**
   * Decides again on a token that was accepted, with the current configuration and revocations: for a response or a
   * WebSocket that has been open for a while. Not throttled, and not reported to `onResult`.
   */
  readonly recheck: (auth: Auth<Claims>, context?: Context) => MaybePromise<AuthResult<Claims>>;
}

const OFF: Passed = Object.freeze({ outcome: 'off' });
const PUBLIC: Passed = Object.freeze({ outcome: 'public' });
const PREFLIGHT: Passed = Object.freeze({ outcome: 'preflight' });
const ANONYMOUS: Passed = Object.freeze({ outcome: 'anonymous' });

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
  const { sources = [bearer()], optional = false, requireHttps = false } = options;
  const { realm, resourceMetadata, revocations, trustedProxy, onResult } = options;
  const challenge: Challenge = {
    ...(realm !== undefined && { realm }),
    ...(resourceMetadata !== undefined && { resourceMetadata }),
  };
  assertChallenge(challenge);
  assertSources(sources);
  const findVerifier = createVerifierSource<Context>(options, options);
  const publicPaths = toPublicPaths(options.publicPaths ?? []);
  const readCredential = createCredentialReader(sources);
  const throttle = options.throttle && createThrottle(options.throttle);
  const applySchema = options.claimsSchema && createApplySchema(options.claimsSchema);

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

  /** What is checked of a token whose signature and claims hold, on every request: revocation, then the schema. */
  const checkVerified = (
    token: string,
    source: string,
    verified: VerifiedToken,
  ): MaybePromise<Accepted> => {
    if (revocations === undefined && applySchema === undefined) {
      return accept(token, source, verified, verified.payload);
    }
    return noteRefusal({ ...verified, token }, () =>
      andThen(checkRevocation(token, verified), () =>
        andThen(
          applySchema === undefined ? verified.payload : applySchema(verified.payload),
          (claims) => accept(token, source, verified, claims),
        ),
      ),
    );
  };

  /** Throttles, then verifies. */
  const verifyToken = (
    verify: SyncVerify,
    token: string,
    view: RequestView,
    context: Context,
  ): MaybePromise<VerifiedToken> => {
    const isLimited = throttle !== undefined && !verify.remembers(token);
    return isLimited ? throttle(view, context, () => verify(token)) : verify(token);
  };

  const decide = (
    verify: SyncVerify | undefined,
    view: RequestView,
    context: Context,
    exempt: boolean,
  ): MaybePromise<AuthResult> => {
    if (verify === undefined) return OFF;
    if (exempt && isPublic(view, publicPaths)) return PUBLIC;
    if (exempt && isPreflight(view)) return PREFLIGHT;
    const isProxyTrusted = (): boolean => trustedProxy?.(view, context) ?? false;
    if (requireHttps && !isHttps(view, isProxyTrusted())) {
      throw guardError('ERR_INSECURE_TRANSPORT');
    }
    const credential = readCredential(view);
    if (credential === undefined) {
      if (optional) return ANONYMOUS;
      throw guardError('ERR_CREDENTIALS_MISSING');
    }
    const { token, source } = credential;
    if (source.allows !== undefined) {
      const isAllowed = source.allows(view, readOwnOrigin(view, isProxyTrusted()));
      // Any value but `true` is not a permission.
      if (isAllowed !== true) throw guardError('ERR_ORIGIN_NOT_ALLOWED');
    }
    return andThen(verifyToken(verify, token, view, context), (verified) =>
      checkVerified(token, source.name, verified),
    );
  };

  const toRefused = (thrown: unknown): AuthResult => {
    if (!isAuthError(thrown)) throw toError(thrown);
    return { outcome: 'refused', error: thrown, challenge };
  };

  const notify = async (
    result: AuthResult,
    view: RequestView,
    context: Context,
    durationMs: number,
  ): Promise<AuthResult> => {
    try {
      await onResult?.({ ...(await describeResult(result)), durationMs }, view, context);
    } catch (thrown) {
      throw toError(thrown);
    }
    return result;
  };

  const authenticate = (
    request: Request | RequestView,
    context: Context,
    exempt = true,
  ): MaybePromise<AuthResult> => {
    const view = toRequestView(request);
    const startMs = onResult === undefined ? 0 : performance.now();
    const result = catchError(
      () => andThen(findVerifier(context), (verify) => decide(verify, view, context, exempt)),
      toRefused,
    );
    if (onResult === undefined) return result;
    return andThen(result, (made) => notify(made, view, context, performance.now() - startMs));
  };

  const recheck = (auth: Auth, context: Context): MaybePromise<AuthResult> => {
    const { token } = evidenceOf(auth) ?? {};
    if (token === undefined) throw new TypeError('recheck takes the auth of an accepted request');
    const decideAgain = (verify: SyncVerify | undefined): MaybePromise<AuthResult> => {
      if (verify === undefined) return OFF;
      return andThen(verify(token), (verified) => checkVerified(token, auth.source, verified));
    };
    return catchError(() => andThen(findVerifier(context), decideAgain), toRefused);
  };

  // `Claims` is the caller's promise about the tokens; a `Context` of undefined is never read.
  return Object.freeze({ authenticate, recheck }) as unknown as Authenticator<Claims, Context>;
};
