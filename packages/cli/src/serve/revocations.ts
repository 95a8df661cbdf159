// The list of revoked tokens of a running gate, and what is said of its store.
// It does not repeat itself: an outage is one line, and the end of the outage another.
import { createRevocationList } from '@zep-auth/server';
import { UsageError } from '../io/errors.ts';
import { type Io, log, quote, warn } from '../io/io.ts';
import { openStore, toStoreError } from '../store.ts';

export type Revocations = Awaited<ReturnType<typeof openRevocations>>;

/** Opens the list, and asks its store once, so that an outage shows at the start. @throws {CliError} without a store */
export const openRevocations = async (
  io: Io,
  record: Io['env'],
  whenUnavailable: 'closed' | 'open',
  onFailure: () => void,
) => {
  const store = await openStore(record);
  if (store === undefined)
    throw new UsageError(
      '--revocations needs ZEP_AUTH_STORE_URL',
      'set it to redis://... or file:///...',
    );
  const { storage, close } = store;
  const consequence =
    whenUnavailable === 'open' ? 'revoked tokens get in' : 'tokens are refused with 503';
  let isDown = false;
  const list = createRevocationList({
    storage: {
      ...storage,
      getItem: async (key) => {
        const value = await storage.getItem(key);
        if (isDown) log(io, `the revocation store ${quote(store.name)} answers again`);
        isDown = false;
        return value;
      },
    },
    whenUnavailable,
    onUnavailable: (error) => {
      onFailure();
      const { message } = toStoreError(store, error) as Error;
      if (!isDown) warn(io, `${message}; until it does, ${consequence}`);
      isDown = true;
    },
  });
  await Promise.resolve(list.isRevoked('', {})).catch(() => {}); // it is logged
  /** `isDown`: whether the store has not answered the last time. */
  return { list, isDown: () => isDown, close };
};
