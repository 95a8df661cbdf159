import { AuthError, formatBearer } from '@zep-auth/core';

/** What a {@link TokenProvider} is told. */
export interface TokenRequest {
  /** Whether an API has refused the last token. A provider with a cache must then skip it. */
  readonly isRefused: boolean;
}

/** Returns the client's token. Called when a token is needed. */
export type TokenProvider = (request: TokenRequest) => string | Promise<string>;

/** How a token from a {@link TokenProvider} is cached and refreshed. */
export interface RefreshOptions {
  /**
   * Seconds before a token's `exp` at which it is refreshed, 0 or more, but at most half of the token's lifetime.
   * Default 30.
   */
  readonly refreshMarginSeconds?: number;
  /** Seconds that a call waits for the provider, above 0 and at most 600. Default 30. */
  readonly providerTimeoutSeconds?: number;
  /**
   * Whether concurrent calls share one request to the provider. Set `false` where a call must not wait for work that
   * another one started, as in a Worker whose `fetch` outlives the request. Default `true`.
   */
  readonly shareRefresh?: boolean;
}

/** The header to send, with times in milliseconds of the local clock. Both are NaN for a token without `exp`. */
export interface CachedToken {
  readonly authorization: string;
  refreshAtMs: number;
  /** 0 after an API has refused the token. */
  expiresAtMs: number;
}

/**
 * The client's clock may be wrong by hours. If the token has an `iat`, its lifetime counts from now unless the local
 * clock says that less is left. A new token is used for at least the margin, whatever the clock says.
 */
const cacheToken = (authorization: string, marginMs: number): CachedToken => {
  const nowMs = Date.now();
  let remainingMs = Number.NaN;
  let ownMarginMs = 0;
  try {
    const [, payload = ''] = authorization.split('.');
    const { exp, iat } = JSON.parse(atob(payload.replace(/-/g, '+').replace(/_/g, '/')));
    const leftMs = exp * 1000 - nowMs; // NaN without exp
    const lifetimeMs = iat ? (exp - iat) * 1000 : leftMs;
    remainingMs = leftMs > 0 && leftMs < lifetimeMs ? leftMs : lifetimeMs;
    ownMarginMs = Math.min(marginMs, Math.abs(lifetimeMs) / 2);
  } catch {} // not JSON: the API decides whether it is a token
  return {
    authorization,
    refreshAtMs: nowMs + Math.max(remainingMs - ownMarginMs, ownMarginMs),
    expiresAtMs: nowMs + remainingMs,
  };
};

const providerError = (problem: string): AuthError =>
  new AuthError('ERR_TOKEN_PROVIDER', `the token provider ${problem}`);

/**
 * Creates a function that returns the token to send now. It rejects with the signal's reason when that is aborted.
 *
 * @throws {RangeError} when a number of the options is out of range
 */
export const createTokenSource = (
  provider: TokenProvider,
  { refreshMarginSeconds = 30, providerTimeoutSeconds = 30, shareRefresh = true }: RefreshOptions,
): ((signal: AbortSignal | null | undefined) => Promise<CachedToken>) => {
  if (!(refreshMarginSeconds >= 0 && providerTimeoutSeconds > 0 && providerTimeoutSeconds <= 600)) {
    throw new RangeError('refreshMarginSeconds or providerTimeoutSeconds is out of range');
  }
  const timeoutMs = providerTimeoutSeconds * 1000;
  let cached: CachedToken | undefined;
  let refresh: Promise<CachedToken>;
  let refreshStartedAtMs = 0; // 0 when there is no refresh to join

  const requestToken = async (): Promise<CachedToken> => {
    const startedAtMs = refreshStartedAtMs;
    let token: string | undefined;
    try {
      token = await provider({ isRefused: cached?.expiresAtMs === 0 });
      const fresh = cacheToken(formatBearer(token), refreshMarginSeconds * 1000);
      if (startedAtMs === refreshStartedAtMs) cached = fresh; // a late answer must not replace a newer token
      return fresh;
    } catch (error) {
      // formatBearer's messages are fixed texts. A provider's message may hold the token; a code or a name that looks
      // like a constant does not.
      const { code, name, message } = Object(error);
      const constant = [code, name].find((text) => /^[A-Z]\w{1,40}$/.test(text));
      throw providerError(`failed: ${(token === undefined ? constant : message) ?? 'no reason'}`);
    } finally {
      if (startedAtMs === refreshStartedAtMs) refreshStartedAtMs = 0;
    }
  };

  return async (signal) => {
    signal?.throwIfAborted();
    if (cached && !(Date.now() >= cached.refreshAtMs)) return cached;
    if (!refreshStartedAtMs || !shareRefresh || Date.now() - refreshStartedAtMs >= timeoutMs) {
      refreshStartedAtMs = Date.now();
      refresh = requestToken();
    }
    let timer: ReturnType<typeof setTimeout> | undefined;
    let abort!: () => void; // the executor below sets it at once
    const stopped = new Promise<never>((_, reject) => {
      abort = () => reject(signal?.reason);
      timer = setTimeout(() => {
        refreshStartedAtMs = 0;
        reject(providerError('does not answer'));
      }, timeoutMs);
      signal?.addEventListener('abort', abort);
    });
    try {
      return await Promise.race([refresh, stopped]);
    } catch (error) {
      if (cached && Date.now() < cached.expiresAtMs && !signal?.aborted) return cached; // still valid
      throw error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  };
};
