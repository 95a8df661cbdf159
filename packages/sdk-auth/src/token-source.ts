// A token that comes from a function: asked for once for all who need it, kept, and renewed before it ends.
// Never keeps more than one token, and never passes on what a provider's error says.
import { AuthError, formatBearer } from '@zep-auth/core';

/** What a {@link TokenProvider} is told. */
export interface TokenRequest {
  /** Whether an API has refused the last token: one that the provider has kept itself is of no use then. */
  readonly isRefused: boolean;
}

/** Gives a client its token, each time that one is needed. */
export type TokenProvider = (request: TokenRequest) => string | Promise<string>;

/** How a token that comes from a function is kept and renewed. */
export interface RefreshOptions {
  /**
   * Seconds before a token's `exp` at which the next one is asked for, 0 or more, but at most half of the token's
   * life. Default 30.
   */
  readonly refreshMarginSeconds?: number;
  /** Seconds that a call waits for the provider, above 0 and at most 600. Default 30. */
  readonly providerTimeoutSeconds?: number;
  /**
   * Whether calls that need a token at the same time wait for one answer. `false` where a call must not wait for
   * what another one has begun, as in a Worker whose `fetch` outlives the request. Default `true`.
   */
  readonly shareRefresh?: boolean;
}

/** A token as it is sent, and its times on the local clock in milliseconds; they are NaN where it does not end. */
export interface Held {
  readonly authorization: string;
  renewAt: number;
  /** 0 where an API has refused it. */
  endsAt: number;
}

/**
 * The client's clock may be wrong by hours. So where `iat` tells how long a token lives, that counts from now unless
 * the clock says less; and what has just come is used for as long as the margin, whatever the clock says.
 */
const hold = (authorization: string, marginMs: number): Held => {
  const now = Date.now();
  let remaining = Number.NaN;
  let margin = 0;
  try {
    const [, payload = ''] = authorization.split('.');
    const { exp, iat } = JSON.parse(atob(payload.replace(/-/g, '+').replace(/_/g, '/')));
    const left = exp * 1000 - now; // NaN where there is no exp
    const life = iat ? (exp - iat) * 1000 : left;
    remaining = left > 0 && left < life ? left : life;
    margin = Math.min(marginMs, Math.abs(life) / 2);
  } catch {} // not JSON: whether that is a token, the API decides
  return {
    authorization,
    renewAt: now + Math.max(remaining - margin, margin),
    endsAt: now + remaining,
  };
};

const providerError = (what: string): AuthError =>
  new AuthError('ERR_TOKEN_PROVIDER', `the token provider ${what}`);

/**
 * Makes a function that gives the token to send now, and rejects with the reason of a signal when that is aborted.
 *
 * @throws {RangeError} when a number of the options is out of its range
 */
export const createTokenSource = (
  provider: TokenProvider,
  { refreshMarginSeconds = 30, providerTimeoutSeconds = 30, shareRefresh = true }: RefreshOptions,
): ((signal: AbortSignal | null | undefined) => Promise<Held>) => {
  if (!(refreshMarginSeconds >= 0 && providerTimeoutSeconds > 0 && providerTimeoutSeconds <= 600)) {
    throw new RangeError('refreshMarginSeconds or providerTimeoutSeconds is out of range');
  }
  const timeoutMs = providerTimeoutSeconds * 1000;
  let held: Held | undefined;
  let flight: Promise<Held>;
  let startedAt = 0; // of the flight that calls may still join

  const ask = async (): Promise<Held> => {
    const mine = startedAt;
    let token: string | undefined;
    try {
      token = await provider({ isRefused: held?.endsAt === 0 });
      const fresh = hold(formatBearer(token), refreshMarginSeconds * 1000);
      if (mine === startedAt) held = fresh; // what comes too late must not replace what is newer
      return fresh;
    } catch (error) {
      // What formatBearer says is fixed text. The message of a provider may hold the token; a code or a name that is
      // a constant does not.
      const { code, name, message } = Object(error);
      const constant = [code, name].find((text) => /^[A-Z]\w{1,40}$/.test(text));
      throw providerError(`failed: ${(token === undefined ? constant : message) ?? 'no reason'}`);
    } finally {
      if (mine === startedAt) startedAt = 0;
    }
  };

  return async (signal) => {
    signal?.throwIfAborted();
    if (held && !(Date.now() >= held.renewAt)) return held;
    if (!startedAt || !shareRefresh || Date.now() - startedAt >= timeoutMs) {
      startedAt = Date.now();
      flight = ask();
    }
    let timer: ReturnType<typeof setTimeout> | undefined;
    let abort!: () => void; // is set before the next line but one
    const stopped = new Promise<never>((_, reject) => {
      abort = () => reject(signal?.reason);
      timer = setTimeout(() => {
        startedAt = 0;
        reject(providerError('does not answer'));
      }, timeoutMs);
      signal?.addEventListener('abort', abort);
    });
    try {
      return await Promise.race([flight, stopped]);
    } catch (error) {
      if (held && Date.now() < held.endsAt && !signal?.aborted) return held; // it is still good
      throw error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  };
};
