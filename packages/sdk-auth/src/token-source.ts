import { AuthError, assertToken } from '@zep-auth/core';

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

/** A token, with times in milliseconds of the local clock. Both are NaN for a token without `exp`. */
export interface CachedToken {
  readonly token: string;
  refreshAtMs: number;
  /** 0 after an API has refused the token. */
  expiresAtMs: number;
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Decodes base64url to one character per byte, because React Native before 0.74 has no `atob`. */
const decodeBase64url = (text: string): string =>
  text
    .replace(/./g, (digit) => DIGITS.indexOf(digit).toString(2).padStart(6, '0'))
    .replace(/.{1,8}/g, (bits) => (bits[7] ? String.fromCharCode(Number.parseInt(bits, 2)) : ''));

/**
 * The client's clock may be wrong by hours. If the token has an `iat`, its lifetime counts from now unless the local
 * clock says that less is left. A new token is used for at least the margin, whatever the clock says.
 */
export const cacheToken = (token: string, marginMs: number): CachedToken => {
  const nowMs = Date.now();
  let remainingMs = Number.NaN;
  let ownMarginMs = 0;
  try {
    const [, payload = ''] = token.split('.');
    const { exp, iat } = JSON.parse(decodeBase64url(payload));
    const leftMs = exp * 1000 - nowMs; // NaN without exp
    const lifetimeMs = iat ? (exp - iat) * 1000 : leftMs;
    remainingMs = leftMs > 0 && leftMs < lifetimeMs ? leftMs : lifetimeMs;
    ownMarginMs = Math.min(marginMs, Math.abs(lifetimeMs) / 2);
  } catch {} // not JSON: the API decides whether it is a token
  return {
    token,
    refreshAtMs: nowMs + Math.max(remainingMs - ownMarginMs, ownMarginMs),
    expiresAtMs: nowMs + remainingMs,
  };
};

/** Whether neither an error nor one of its causes prints a token. */
const isClean = (error: unknown): boolean => {
  const { stack, cause, errors = [] } = Object(error);
  const text = `${error} ${stack} ${JSON.stringify(error)}`;
  return !error || (!/ey[\w-]+\.[\w-]+\./.test(text) && [cause, ...errors].every(isClean));
};

const providerError = (problem: string, cause?: unknown): AuthError => {
  const error = new AuthError('ERR_TOKEN_PROVIDER', `the token provider ${problem}`);
  try {
    if (cause && isClean(cause)) error.cause = cause;
  } catch {} // it is circular
  return error;
};

/** The reason of an aborted signal. React Native's signals have none. */
const abortReason = (signal: AbortSignal): unknown =>
  signal.reason ?? Object.assign(new Error('the call was aborted'), { name: 'AbortError' });

/**
 * Creates a function that returns the token to send now. It rejects with the signal's reason when that is aborted.
 *
 * @throws {RangeError} when a number of the options is out of range
 */
export const createTokenSource = (
  provider: TokenProvider,
  { refreshMarginSeconds = 30, providerTimeoutSeconds = 30, shareRefresh = true }: RefreshOptions,
): ((signal?: AbortSignal | null) => Promise<CachedToken>) => {
  if (!(refreshMarginSeconds >= 0 && providerTimeoutSeconds > 0 && providerTimeoutSeconds <= 600)) {
    throw new RangeError('refreshMarginSeconds or providerTimeoutSeconds is out of range');
  }
  const timeoutMs = providerTimeoutSeconds * 1000;
  let cached: CachedToken | undefined;
  let refresh: Promise<CachedToken>;
  let refreshStartedAtMs = 0; // 0 without a refresh to join

  const requestToken = async (): Promise<CachedToken> => {
    const startedAtMs = refreshStartedAtMs;
    const refused = cached?.expiresAtMs === 0 && cached.token;
    let token: unknown;
    try {
      const ask = () => provider({ isRefused: refused !== false });
      const answer = await ask();
      token = answer === refused ? await ask() : answer; // the first one may come from a cache
      assertToken(token);
      const fresh = cacheToken(token, refreshMarginSeconds * 1000);
      if (startedAtMs === refreshStartedAtMs) cached = fresh; // a late answer must not replace a newer token
      return fresh;
    } catch (error) {
      // assertToken's messages are fixed texts. A provider's message may hold the token; a code or a name that looks
      // like a constant does not.
      const { code, name, message } = Object(error);
      const constant = [code, name].find((text) => /^[A-Z]\w{1,40}$/.test(text));
      if (token !== undefined) throw providerError(`failed: ${message}`);
      throw providerError(`failed: ${constant ?? 'no reason'}`, error);
    } finally {
      if (startedAtMs === refreshStartedAtMs) refreshStartedAtMs = 0;
    }
  };

  return async (signal) => {
    if (signal?.aborted) throw abortReason(signal);
    if (cached && !(Date.now() >= cached.refreshAtMs)) return cached;
    if (!refreshStartedAtMs || !shareRefresh || Date.now() - refreshStartedAtMs >= timeoutMs) {
      refreshStartedAtMs = Date.now();
      refresh = requestToken();
    }
    let timer: ReturnType<typeof setTimeout> | undefined;
    let abort!: () => void; // the executor below sets it at once
    const stopped = new Promise<never>((_, reject) => {
      abort = () => signal && reject(abortReason(signal));
      timer = setTimeout(() => {
        refreshStartedAtMs = 0;
        reject(providerError(`did not answer within ${providerTimeoutSeconds} s`));
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
