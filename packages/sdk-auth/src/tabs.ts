import {
  type CachedToken,
  cacheToken,
  type TokenProvider,
  type TokenRequest,
} from './token-source.ts';

/** How tabs find each other. */
export interface TabsOptions {
  /** Name of the Web Lock and of the BroadcastChannel, one for each kind of token. Default `zep-auth`. */
  readonly name?: string;
}

const LOCK_TIMEOUT_MS = 10_000;
const MESSAGE_TIMEOUT_MS = 1000;

/** Waits for a promise, but not longer than a time. */
const within = async (timeoutMs: number, promise: Promise<unknown>): Promise<void> => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([promise, timeout]);
  clearTimeout(timer);
};

/**
 * Wraps a provider so that of all tabs and workers of an origin one asks it and the others get its token. It needs Web
 * Locks and BroadcastChannel; where the platform lacks them, it returns the provider as it is.
 *
 * Every script of the origin can listen to that channel.
 *
 * @see https://w3c.github.io/web-locks/
 * @example
 * ```ts
 * import { createAuthFetch } from '@zep-auth/sdk-auth';
 * import { shareAcrossTabs } from '@zep-auth/sdk-auth/tabs';
 *
 * const token = shareAcrossTabs(async () => (await fetch('/token', { method: 'POST' })).text());
 * const authFetch = createAuthFetch({ token, origins: ['https://api.example.com'] });
 * ```
 */
export const shareAcrossTabs = (
  provider: TokenProvider,
  { name = 'zep-auth' }: TabsOptions = {},
): TokenProvider => {
  const locks = globalThis.navigator?.locks;
  if (!locks || !globalThis.BroadcastChannel) return provider;
  const channel = new BroadcastChannel(name);
  let latest: CachedToken | undefined; // of this tab or another one
  let given: string | undefined; // the last one that this tab has used
  let messages = 0;
  let wake = (): void => {};
  channel.onmessage = ({ data }) => {
    messages++;
    if (data) latest = cacheToken(String(data), 0);
    wake();
  };
  Object(channel).unref?.(); // Node would wait for messages forever

  /** A token of another tab that this one has not used yet, and that has not expired. */
  const take = (): string | undefined => {
    if (!latest || latest.token === given || Date.now() >= latest.expiresAtMs) return undefined;
    given = latest.token;
    return given;
  };

  const ask = async (request: TokenRequest): Promise<string> => {
    let token: string | undefined;
    try {
      token = await provider(request);
      given = token;
      latest = cacheToken(token, 0);
      return token;
    } finally {
      channel.postMessage(token ?? ''); // '' wakes the tabs that wait
    }
  };

  /** Asks the provider, and keeps the lock until it answers, but not for long. */
  const askLocked = async (
    request: TokenRequest,
  ): Promise<{ answer: string | Promise<string> }> => {
    const answer = ask(request);
    await within(
      LOCK_TIMEOUT_MS,
      answer.catch(() => {}),
    );
    return { answer };
  };

  return async (request) => {
    const known = take();
    if (known) return known;
    const before = messages;
    const own = await locks.request(name, { ifAvailable: true }, (lock) =>
      lock ? askLocked(request) : undefined,
    );
    if (own) return own.answer;
    // Another tab is asking.
    const turn = await locks.request(name, async () => {
      // Its lock can be free before its message is here.
      if (messages === before) {
        await within(
          MESSAGE_TIMEOUT_MS,
          new Promise<void>((resolve) => {
            wake = resolve;
          }),
        );
      }
      const answer = take();
      return answer === undefined ? askLocked(request) : { answer };
    });
    return turn.answer;
  };
};
