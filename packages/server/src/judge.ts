// The decision on one request: whose it is, or why it is refused.
// Never answers, and never lets a request through because something could not be found out.
import {
  type AuthConfig,
  AuthError,
  type AuthErrorCode,
  type EnvRecord,
  isAuthError,
  type JwtClaims,
  parseBearer,
  type VerifiedToken,
} from '@zep-auth/core';
import { type Check, type Eventual, follow } from '@zep-auth/core/internal';
import type { Context } from 'hono';
import { findInEnvironment, toCheck } from './find-check.ts';
import { isPreflight, isPublic, toPublicPaths } from './target.ts';

/** Whose request it is. */
export interface Auth<Claims extends JwtClaims = JwtClaims> {
  /** The claims of the token, deeply frozen. */
  readonly claims: Claims;
  /** The id of the key that signed it. */
  readonly keyId: string;
  /** Where the token stood. */
  readonly source: 'header';
}

/** What became of one request. */
export interface GuardResult {
  /**
   * `accepted`: a good token. `refused`: answered by the guard. The others passed without a token:
   * `anonymous` (an optional guard), `public` (a public path), `preflight` (CORS), `off` (no authentication).
   */
  readonly outcome: 'accepted' | 'refused' | 'anonymous' | 'public' | 'preflight' | 'off';
  /** Why it was refused. For the operator only; the client learns less. */
  readonly code?: AuthErrorCode;
  /** The key that signed the token, where that is known. */
  readonly keyId?: string;
  /** Whether an accepted token had been verified before, and was remembered. */
  readonly cached?: boolean;
  /** How long the decision took, in milliseconds. */
  readonly durationMs: number;
}

/** Where the configuration comes from, and what is decided with it. Takes exactly one of `config` and `env`. */
export interface JudgeOptions {
  /** A checked configuration, from `readAuthConfig` or `loadAuthConfig`. */
  readonly config?: AuthConfig;
  /** Environment variables that come with the request, as on Workers. Checked once per set of values. */
  readonly env?: (c: Context) => EnvRecord | Promise<EnvRecord>;
  /** Paths that need no token for GET and HEAD, compared byte for byte. Default none. */
  readonly publicPaths?: readonly string[];
  /** Lets a request without credentials pass; a bad token is refused all the same. Default `false`. */
  readonly optional?: boolean;
  /** Greatest length of a token in bytes, 1 to 65536. Default 8192. */
  readonly maxTokenBytes?: number;
  /** How many good tokens are remembered, 0 to 1000000. Default 1000. */
  readonly cacheSize?: number;
  /** Told what became of each request, and awaited, before the handler runs. Never told a token. */
  readonly onResult?: (result: GuardResult, c: Context) => unknown;
  /** Told once of what the operator should know: authentication is off, the environment is misconfigured. */
  readonly onWarning?: (warning: string) => void;
}

/** The decision; the error is there exactly when it is `refused`, `auth` exactly when it is `accepted`. */
export type Verdict =
  | { readonly outcome: 'accepted'; readonly auth: Auth }
  | { readonly outcome: 'refused'; readonly error: AuthError }
  | { readonly outcome: 'anonymous' | 'public' | 'preflight' | 'off' };

/** What a hook threw, as an Error: frameworks answer those with a 500 and let anything else through. */
export const toError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error('a hook has thrown what is not an Error');

/** What became of a header that was good, the last time. */
interface Known {
  readonly token: string;
  readonly verified: VerifiedToken;
  readonly verdict: Verdict;
}

const MAX_KNOWN_HEADERS = 1000;

/** Decides on a request. Without `exempt`, neither a public path nor a preflight passes. It may throw. */
export type Judge = (c: Context, options?: { readonly exempt?: boolean }) => Eventual<Verdict>;

/**
 * Makes the judge of a guard or a gate.
 *
 * @throws {TypeError} when not exactly one of `config` and `env` is given, or a public path can never match
 * @throws {AuthError} `ERR_CONFIG_INVALID` when `config` requires authentication without a keyring
 */
export const createJudge = (options: JudgeOptions): Judge => {
  const { config, env, optional = false, onResult } = options;
  if ((config == null) === (env == null)) {
    throw new TypeError('a guard takes exactly one of config and env');
  }
  const publicPaths = toPublicPaths(options.publicPaths ?? []);
  const fixed = config ? toCheck(config, options) : undefined;
  const findCheck = env ? findInEnvironment(options, env) : () => fixed;

  // What a header that was good led to, so that it need not be taken apart again. The token is judged all the same.
  const known = new Map<string, Known>();
  let knownBy: Check | undefined;
  const maxKnown = Math.min(options.cacheSize ?? MAX_KNOWN_HEADERS, MAX_KNOWN_HEADERS);
  const accept = (header: string, token: string, verified: VerifiedToken): Verdict => {
    const { claims, keyId } = verified;
    const auth: Auth = Object.freeze({ claims, keyId, source: 'header' });
    const verdict: Verdict = { outcome: 'accepted', auth };
    if (known.size >= maxKnown) known.clear();
    if (maxKnown > 0) known.set(header, { token, verified, verdict });
    return verdict;
  };

  const decide = (c: Context, check: Check | undefined, exempt: boolean): Eventual<Verdict> => {
    if (check === undefined) return { outcome: 'off' };
    const { raw } = c.req;
    if (exempt && isPublic(raw, publicPaths)) return { outcome: 'public' };
    if (exempt && isPreflight(raw)) return { outcome: 'preflight' };
    if (check !== knownBy) known.clear(); // nothing outlives a secret, not even unread
    knownBy = check;
    const header = raw.headers.get('authorization') ?? '';
    const before = known.get(header);
    const token = before?.token ?? parseBearer(header);
    if (token !== undefined) {
      return follow(check(token), (verified) =>
        verified === before?.verified ? before.verdict : accept(header, token, verified),
      );
    }
    if (optional) return { outcome: 'anonymous' };
    throw new AuthError('ERR_CREDENTIALS_MISSING', 'the request has no bearer token');
  };

  const refuse = (thrown: unknown): Verdict => {
    if (!isAuthError(thrown)) throw toError(thrown);
    return { outcome: 'refused', error: thrown };
  };

  const judge = (c: Context, exempt: boolean): Eventual<Verdict> => {
    try {
      const verdict = follow(findCheck(c), (check) => decide(c, check, exempt));
      return verdict instanceof Promise ? verdict.catch(refuse) : verdict;
    } catch (error) {
      return refuse(error);
    }
  };
  if (onResult === undefined) return (c, { exempt = false } = {}) => judge(c, exempt);

  const seen = new WeakSet<object>();
  const tell = async (c: Context, verdict: Verdict, durationMs: number): Promise<Verdict> => {
    const detail =
      verdict.outcome === 'accepted'
        ? { keyId: verdict.auth.keyId, cached: seen.has(verdict.auth.claims) }
        : verdict.outcome === 'refused' && { code: verdict.error.code };
    if (verdict.outcome === 'accepted') seen.add(verdict.auth.claims); // remembered tokens have the same claims
    try {
      await onResult({ outcome: verdict.outcome, ...detail, durationMs }, c);
    } catch (thrown) {
      throw toError(thrown);
    }
    return verdict;
  };
  return (c, { exempt = false } = {}) => {
    const startMs = performance.now();
    return follow(judge(c, exempt), (verdict) => tell(c, verdict, performance.now() - startMs));
  };
};
