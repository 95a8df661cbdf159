import { assertToken } from '@zep-auth/core/client';
import { readTimes, type TokenProvider, type TokenRequest } from './token-source.ts';

/** How tabs find each other. */
export interface TabsOptions {
  /** Name of the Web Lock and of the BroadcastChannel, one for each kind of token. Default `zep-auth`. */
  readonly name?: string;
}

/** An object, so that a lock does not wait for the answer. */
interface Turn {
  readonly answer: string | Promise<string>;
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
  let latest = ''; // of this tab or another one
  let expiresAtMs: number; // of the latest
  let given = ''; // the last one that this tab has used
  let messages = 0;
  let wake = (): void => {};
  const keep = (token: string): void => {
    latest = token;
    [, expiresAtMs] = readTimes(token, 0);
  };
  channel.onmessage = ({ data }) => {
    messages++;
    try {
      assertToken(data); // another script of the origin may use the channel too
      keep(data);
    } catch {}
    wake();
  };
  Object(channel).unref?.(); // Node would wait for messages forever

  /** A token of another tab that this one has not used yet, and that has not expired. */
  const take = (): string | undefined => {
    if (latest === given || Date.now() >= expiresAtMs) return undefined;
    given = latest;
    return given;
  };

  const ask = async (request: TokenRequest): Promise<string> => {
    let token = '';
    try {
      token = await provider(request);
      given = token;
      keep(token);
      return token;
    } finally {
      channel.postMessage(token); // '' wakes the tabs that wait
    }
  };

  /** Asks the provider, and keeps the lock until it answers, but not for long. */
  const askLocked = async (request: TokenRequest): Promise<Turn> => {
    const answer = ask(request);
    await within(
      LOCK_TIMEOUT_MS,
      answer.catch(() => {}),
    );
    return { answer };
  };

  const waitForTurn = async (request: TokenRequest): Promise<Turn> => {
    const before = messages;
    const own = await locks.request(name, { ifAvailable: true }, (lock) =>
      lock ? askLocked(request) : undefined,
    );
    if (own) return own;
    // Another tab is asking.
    return locks.request(name, async () => {
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
  };

  return async (request) => {
    const known = take();
    if (known) return known;
    // A platform can have locks and refuse them, as in a sandboxed frame.
    const turn = await waitForTurn(request).catch(() => ({ answer: ask(request) }));
    return turn.answer;
  };
};
