import { AuthError, assertToken } from '@zep-auth/core/client';

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

/** Tokens from a provider. */
export interface TokenSource {
  /** Returns the token to send now. Rejects with the signal's reason when that is aborted. */
  readonly getToken: (signal?: AbortSignal | null) => Promise<string>;
  /** Tells that an API has refused a token, unless there is a newer one. */
  readonly refuse: (token: string) => void;
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Decodes base64url to one character per byte, because React Native before 0.74 has no `atob`. */
const decodeBase64url = (text: string): string => {
  const bits = text.replace(/./g, (digit) => DIGITS.indexOf(digit).toString(2).padStart(6, '0'));
  const bytes = bits.match(/.{8}/g) as readonly string[]; // without one, the caller's JSON is not valid either
  return String.fromCharCode(...bytes.map((byte) => Number(`0b${byte}`)));
};

/**
 * Returns when to refresh a token that arrives now and when it expires, in milliseconds of the local clock, which may be
 * wrong by hours. If the token has an `iat`, its lifetime counts from now unless the local clock says that less is left. A
 * new token is used for at least the margin, whatever the clock says. Without `exp` both are NaN.
 */
export const readTimes = (
  token: string,
  marginMs: number,
): [refreshAtMs: number, expiresAtMs: number] => {
  const nowMs = Date.now();
  try {
    const { exp, iat } = JSON.parse(decodeBase64url(token.split('.')[1] ?? ''));
    const leftMs = exp * 1000 - nowMs; // NaN without exp
    const lifetimeMs = iat ? (exp - iat) * 1000 : leftMs;
    const remainingMs = leftMs > 0 && leftMs < lifetimeMs ? leftMs : lifetimeMs;
    const ownMarginMs = Math.min(marginMs, Math.abs(lifetimeMs) / 2);
    return [nowMs + Math.max(remainingMs - ownMarginMs, ownMarginMs), nowMs + remainingMs];
  } catch {
    return [Number.NaN, Number.NaN]; // not JSON: the API decides whether it is a token
  }
};

// Of any JWT: its header need not begin with `ey`, since white space may stand in it.
const TOKEN = /[\w-]{20}\.[\w-]*\.[\w-]{10}/;
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/**
 * Whether an error can be printed, in any way, without printing a token. Only errors, lists and plain objects are
 * searched: another object may show more than its members, so an error that holds one is not clean.
 */
const isClean = (value: unknown, seen = new Set()): boolean => {
  if (typeof value !== 'object' || !value) {
    return typeof value !== 'function' && !TOKEN.test(String(value));
  }
  if (seen.has(value)) return true;
  const object = value as Record<PropertyKey, unknown>; // any member may be missing
  const isError = value instanceof Error;
  const isKnown =
    isError || [null, Object.prototype, Array.prototype].includes(Object.getPrototypeOf(value));
  const printed = isError ? [String(value), value.stack] : [];
  const members = Reflect.ownKeys(object).flatMap((name) => [name, object[name]]);
  const isSearchable = isKnown && !(INSPECT in object || 'toJSON' in object);
  return (
    isSearchable &&
    seen.add(value).size < 500 &&
    [...printed, ...members].every((part) => isClean(part, seen))
  );
};

const providerError = (problem: string, cause?: unknown): AuthError => {
  const error = new AuthError('ERR_TOKEN_PROVIDER', `the token provider ${problem}`);
  try {
    if (cause && isClean(cause)) error.cause = cause;
    else if (cause instanceof Error) {
      const { name, message } = cause;
      if (isClean([name, message])) error.cause = Object.assign(new Error(message), { name });
    }
  } catch {} // it cannot be read
  return error;
};

/** The reason of an aborted signal. React Native's signals have none. */
const abortReason = (signal: AbortSignal): unknown =>
  signal.reason ?? Object.assign(new Error('the call was aborted'), { name: 'AbortError' });

/**
 * Caches and refreshes the tokens of a provider.
 *
 * @throws {RangeError} when a number of the options is out of range
 */
export const createTokenSource = (
  provider: TokenProvider,
  { refreshMarginSeconds = 30, providerTimeoutSeconds = 30, shareRefresh = true }: RefreshOptions,
): TokenSource => {
  if (!(refreshMarginSeconds >= 0 && providerTimeoutSeconds > 0 && providerTimeoutSeconds <= 600)) {
    throw new RangeError('refreshMarginSeconds or providerTimeoutSeconds is out of range');
  }
  const timeoutMs = providerTimeoutSeconds * 1000;
  let cached: string | undefined;
  let refreshAtMs: number; // both are set with it
  let expiresAtMs: number;
  let isRefused = false;
  let refresh: Promise<string>;
  let refreshStartedAtMs = 0; // 0 without a refresh to join

  const requestToken = async (): Promise<string> => {
    const startedAtMs = refreshStartedAtMs;
    let isAnswered = false;
    try {
      let token: unknown = await provider({ isRefused });
      // The first answer may come from a cache.
      if (isRefused && token === cached) token = await provider({ isRefused });
      isAnswered = true;
      assertToken(token);
      // A late answer must not replace a newer token.
      if (startedAtMs === refreshStartedAtMs) {
        cached = token;
        [refreshAtMs, expiresAtMs] = readTimes(token, refreshMarginSeconds * 1000);
        isRefused = false;
      }
      return token;
    } catch (error) {
      // assertToken's messages are fixed texts. A provider's message may hold the token; a code or a name that looks
      // like a constant does not.
      const { code, name, message } = Object(error);
      if (isAnswered) throw providerError(`failed: ${message}`);
      const constant = [code, name].find((text) => /^[A-Z]\w{1,40}$/.test(text));
      throw providerError(`failed: ${constant ?? 'no reason'}`, error);
    } finally {
      if (startedAtMs === refreshStartedAtMs) refreshStartedAtMs = 0;
    }
  };

  const getToken = async (signal?: AbortSignal | null): Promise<string> => {
    if (signal?.aborted) throw abortReason(signal);
    if (cached && !isRefused && !(Date.now() >= refreshAtMs)) return cached;
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
      if (cached && !isRefused && Date.now() < expiresAtMs && !signal?.aborted) return cached; // still valid
      throw error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  };

  return {
    getToken,
    refuse: (token) => {
      isRefused ||= token === cached;
    },
  };
};
