// The decision on one request: whose it is, or why it is refused.
// Never answers, and never lets a request through because something could not be found out.
import {
  type AuthConfig,
  type EnvRecord,
  isAuthError,
  parseBearer,
  type VerifiedToken,
} from '@zep-auth/core';
import { andThen, catchError, type MaybePromise, type SyncVerify } from '@zep-auth/core/internal';
import type { Context } from 'hono';
import { refuse } from './answers.ts';
import {
  type CredentialOptions,
  type CredentialSource,
  createReadElsewhere,
} from './credentials.ts';
import { findInEnvironment, toCheck } from './find-check.ts';
import type { RevocationList } from './revocation.ts';
import { isHttps, isPreflight, isPublic, toPublicPaths } from './target.ts';
import { createThrottle, type ThrottleOptions } from './throttle.ts';
import { type Auth, type GuardResult, toError, type Verdict } from './verdict.ts';

/** Where the configuration comes from, and what is decided with it. Takes exactly one of `config` and `env`. */
export interface JudgeOptions extends CredentialOptions {
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
  /** Refuses a token that came over plain HTTP. Default `false`. */
  readonly requireHttps?: boolean;
  /** Whether the other end is a proxy of yours, whose forwarding headers are believed. Default never. */
  readonly trustedProxy?: (c: Context) => boolean;
  /** Which good tokens are refused all the same, from `createRevocationList`. Asked for each request. */
  readonly revocations?: Pick<RevocationList, 'isRevoked'>;
  /** How many wrong tokens one client may send. Default any number. */
  readonly throttle?: ThrottleOptions;
  /** Told what became of each request, and awaited, before the handler runs. Never told a token. */
  readonly onResult?: (result: GuardResult, c: Context) => unknown;
  /** Told once of what the operator should know: authentication is off, the environment is misconfigured. */
  readonly onWarning?: (warning: string) => void;
}

/** What became of a header that was good, the last time. */
interface Known {
  readonly token: string;
  readonly verified: VerifiedToken;
  readonly verdict: Verdict;
}

const MAX_KNOWN_HEADERS = 1000;

/** The id of a token, by which an operator finds out what it was used for. */
const readId = ({ jti }: { readonly [claim: string]: unknown }): { readonly jti?: string } =>
  typeof jti === 'string' && jti.length <= 64 ? { jti } : {};

/** Decides on a request. Without `exempt`, neither a public path nor a preflight passes. It may throw. */
export type Judge = (c: Context, options?: { readonly exempt?: boolean }) => MaybePromise<Verdict>;

/**
 * Makes the judge of a guard or a gate.
 *
 * @throws {TypeError} when not exactly one of `config` and `env` is given, or a public path can never match
 * @throws {AuthError} `ERR_CONFIG_INVALID` when `config` requires authentication without a keyring
 */
export const createJudge = (options: JudgeOptions): Judge => {
  const { config, env, optional = false, requireHttps = false, revocations, onResult } = options;
  if ((config == null) === (env == null)) {
    throw new TypeError('a guard takes exactly one of config and env');
  }
  const publicPaths = toPublicPaths(options.publicPaths ?? []);
  const readElsewhere = createReadElsewhere(options);
  const needsScheme = requireHttps || readElsewhere !== undefined;
  const readsHeader = options.sources?.includes('header') ?? true;
  const throttle = options.throttle && createThrottle(options.throttle);
  const fixed = config ? toCheck(config, options) : undefined;
  const findCheck = env ? findInEnvironment(options, env) : () => fixed;

  // What a header that was good led to, so that it need not be taken apart again. The token is judged all the same.
  const known = new Map<string | null, Known>();
  let knownBy: SyncVerify | undefined;
  const maxKnown = Math.min(options.cacheSize ?? MAX_KNOWN_HEADERS, MAX_KNOWN_HEADERS);
  const accept = (verified: VerifiedToken, source: CredentialSource): Verdict => {
    const { claims, keyId } = verified;
    const auth: Auth = Object.freeze({ claims, keyId, source });
    return { outcome: 'accepted', auth };
  };
  const acceptHeader = (header: string | null, token: string, verified: VerifiedToken): Verdict => {
    const verdict = accept(verified, 'header');
    if (known.size >= maxKnown) known.clear();
    if (maxKnown > 0) known.set(header, { token, verified, verdict });
    return verdict;
  };

  /** What a token is worth: looked at unless its client has guessed too often, and refused where it is revoked. */
  const verify = (c: Context, check: SyncVerify, token: string): MaybePromise<VerifiedToken> => {
    const isLimited = throttle !== undefined && !check.remembers(token);
    const verified = isLimited ? throttle(c, () => check(token)) : check(token);
    if (revocations === undefined) return verified;
    return andThen(verified, (found) =>
      andThen(revocations.isRevoked(token, found.claims), (isRevoked) => {
        if (isRevoked === false) return found; // whatever else it may be, it is no permission
        throw refuse('ERR_TOKEN_REVOKED');
      }),
    );
  };

  const decide = (
    c: Context,
    check: SyncVerify | undefined,
    exempt: boolean,
  ): MaybePromise<Verdict> => {
    if (check === undefined) return { outcome: 'off' };
    const { raw } = c.req;
    if (exempt && isPublic(raw, publicPaths)) return { outcome: 'public' };
    if (exempt && isPreflight(raw)) return { outcome: 'preflight' };
    const isProxyTrusted = needsScheme && (options.trustedProxy?.(c) ?? false);
    if (requireHttps && !isHttps(raw, isProxyTrusted)) {
      throw refuse('ERR_INSECURE_TRANSPORT');
    }
    const elsewhere = readElsewhere?.(raw, { isProxyTrusted, isSubrequest: !exempt });
    if (elsewhere !== undefined) {
      const { token, source } = elsewhere;
      return andThen(verify(c, check, token), (verified) => accept(verified, source));
    }
    if (check !== knownBy) known.clear(); // nothing outlives a secret, not even unread
    knownBy = check;
    const header = readsHeader ? raw.headers.get('authorization') : null;
    const before = known.get(header);
    const token = before?.token ?? parseBearer(header);
    if (token !== undefined) {
      return andThen(verify(c, check, token), (verified) =>
        verified === before?.verified ? before.verdict : acceptHeader(header, token, verified),
      );
    }
    if (optional) return { outcome: 'anonymous' };
    throw refuse('ERR_CREDENTIALS_MISSING');
  };

  const toRefused = (thrown: unknown): Verdict => {
    if (!isAuthError(thrown)) throw toError(thrown);
    return { outcome: 'refused', error: thrown };
  };

  const judge: Judge = (c, { exempt = false } = {}) =>
    catchError(() => andThen(findCheck(c), (check) => decide(c, check, exempt)), toRefused);
  if (onResult === undefined) return judge;

  const seen = new WeakSet<object>();
  const tell = async (c: Context, verdict: Verdict, durationMs: number): Promise<Verdict> => {
    const { outcome, auth, error } = verdict;
    const detail = auth
      ? { keyId: auth.keyId, cached: seen.has(auth.claims), ...readId(auth.claims) }
      : error && { code: error.code };
    if (auth) seen.add(auth.claims); // remembered tokens have the same claims
    try {
      await onResult({ outcome, ...detail, durationMs }, c);
    } catch (thrown) {
      throw toError(thrown);
    }
    return verdict;
  };
  return (c, options) => {
    const startMs = performance.now();
    return andThen(judge(c, options), (verdict) => tell(c, verdict, performance.now() - startMs));
  };
};
