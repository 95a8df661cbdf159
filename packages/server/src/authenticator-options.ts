import type { ClaimsSchema, JwtClaims } from '@zep-auth/core';
import type { MaybePromise } from '@zep-auth/core/internal';
import type { Auth, AuthResult, GuardResult } from './auth-result.ts';
import type { Challenge } from './problem-response.ts';
import type { RequestView } from './request.ts';
import type { RevocationList } from './revocation/list.ts';
import type { Source } from './sources.ts';
import type { ThrottleOptions } from './throttle.ts';
import type { ConfigSource, VerifierLimits } from './verifier-source.ts';

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
  /**
   * Called with each decision, and awaited, before the handler runs. Neither the result nor the view holds a token: the
   * view lacks Authorization, cookies and what the sources read. The context has all that its framework has.
   */
  readonly onResult?: (result: GuardResult, view: RequestView, context: Context) => unknown;
}

/** How an authenticator decides. Takes exactly one of `config` and `env`. */
export type AuthenticatorOptions<
  Claims extends object = JwtClaims,
  Context = unknown,
> = DecisionOptions<Context> &
  ConfigSource<Context> & {
    /**
     * A Standard Schema (zod, valibot, arktype …) for the claims, whose output becomes `auth.claims`. Scopes, expiry and
     * revocation go by the claims as signed. Default none.
     */
    readonly claimsSchema?: ClaimsSchema<Claims>;
  };

/** What one call of `authenticate` asks beyond the options of the authenticator. */
export interface AuthenticateOptions {
  /** Scopes that this request needs beside a good token, also on a public path. Default none. */
  readonly scopes?: readonly string[];
  /** `false` treats public paths and preflights like any other request. Default `true`. */
  readonly exempt?: boolean;
}

/** Decides on requests. */
export interface Authenticator<Claims extends object = JwtClaims, Context = undefined> {
  /**
   * Decides whether a request may pass. Synchronous when possible; throws or rejects only with what a hook threw,
   * which must lead to a 500.
   *
   * @param context handed to the hooks
   */
  readonly authenticate: (
    request: Request | RequestView,
    context?: Context,
    options?: AuthenticateOptions,
  ) => MaybePromise<AuthResult<Claims>>;
  /**
   * Decides again on a token that was accepted, with the current configuration and revocations: for a response or a
   * WebSocket that has been open for a while. Not throttled, and not reported to `onResult`.
   */
  readonly recheck: (auth: Auth<Claims>, context?: Context) => MaybePromise<AuthResult<Claims>>;
}

/** An authenticator for a door, which may refuse requests itself. */
export interface Decision<Claims extends object, Context> extends Authenticator<Claims, Context> {
  readonly challenge: Challenge;
  /** Tells `onResult`, and waits where it returns something to wait for. Throws or rejects with an Error if it fails. */
  readonly notify: (
    result: GuardResult,
    view: RequestView,
    context: Context,
  ) => MaybePromise<unknown>;
}

/** The options of every door. One that is misspelt, or belongs to `createVerifier`, would check nothing. */
export const DECISION_OPTIONS: readonly string[] = [
  ...(['config', 'env', 'policy', 'claimsSchema', 'scopes', 'revocations'] as const),
  ...(['throttle', 'sources', 'publicPaths', 'optional', 'requireHttps', 'trustedProxy'] as const),
  ...(['onResult', 'onWarning', 'maxTokenBytes', 'cacheSize', 'maxEnvironments'] as const),
  ...(['realm', 'resourceMetadata'] as const),
] satisfies (keyof AuthenticatorOptions)[];
