// The store of revocations that ZEP_AUTH_STORE_URL names.
// Never shows the address, which may hold a password, and never takes a folder that is gone for one that is empty.
import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { AuthError, type JwtClaims } from '@zep-auth/core';
import { createRevocationList, type RevocationStorage } from '@zep-auth/server';
import { STORE_VARIABLE } from './config.ts';
import { CliError, type Io } from './io/io.ts';

export interface Store {
  readonly storage: RevocationStorage;
  readonly close: () => Promise<void>;
}

const openRedis = async (url: string): Promise<Store> => {
  const { redis } = await import('./store-drivers.js');
  const driver = redis({
    url,
    connectTimeout: 2000,
    maxRetriesPerRequest: 1,
    socketTimeout: 5000, // a connection that has died without a word is given up
    retryStrategy: (attempt) => Math.min(attempt * 100, 1000),
  });
  // Without a listener ioredis prints to the console; whoever asks is told anyway.
  driver.getInstance().on('error', () => {});
  return { storage: driver, close: async () => void driver.dispose?.() };
};

const openFolder = async (folder: string): Promise<Store> => {
  const isThere = async (): Promise<boolean> =>
    (await stat(folder).catch(() => undefined))?.isDirectory() === true;
  if (!(await isThere())) {
    throw new CliError(`${STORE_VARIABLE} names a folder that is not there; make it first`);
  }
  const { files } = await import('./store-drivers.js');
  const driver = files({ base: folder });
  /** The driver hands out the error of a file that it cannot read or remove, as if it were its content. */
  const orThrow = async (answer: unknown): Promise<unknown> => {
    const found = await answer;
    if (found instanceof Error) throw found;
    return found;
  };
  const getItem = async (key: string): Promise<unknown> => {
    if (!(await isThere())) throw new CliError('the folder is gone');
    return orThrow(driver.getItem(key));
  };
  const removeItem = (key: string): Promise<unknown> => orThrow(driver.removeItem(key));
  return { storage: { ...driver, getItem, removeItem }, close: async () => {} };
};

/**
 * Opens the store that the environment names; `undefined` where it names none.
 *
 * @throws {CliError} when the URL has another form, or names a folder that is not there
 */
export const openStore = async (record: Io['env']): Promise<Store | undefined> => {
  const text = record[STORE_VARIABLE];
  if (text === undefined || text === '') return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'redis:' || url?.protocol === 'rediss:') return openRedis(text);
  const isPath = url?.protocol === 'file:' && url.host === '' && !/%2f|%5c/i.test(url.pathname);
  if (isPath) return openFolder(fileURLToPath(url));
  throw new CliError(`${STORE_VARIABLE} must begin with redis://, rediss:// or file:///`);
};

/**
 * Asks the store that the environment names, if it names one.
 *
 * @throws {AuthError} `ERR_TOKEN_REVOKED`, or `ERR_REVOCATION_UNAVAILABLE` when it does not answer
 */
export const assertNotRevoked = async (
  record: Io['env'],
  token: string,
  claims: JwtClaims,
): Promise<void> => {
  const store = await openStore(record);
  if (store === undefined) return;
  try {
    const list = createRevocationList({ storage: store.storage, timeoutSeconds: 10 });
    if (!(await list.isRevoked(token, claims))) return;
    throw new AuthError('ERR_TOKEN_REVOKED', 'the token has been revoked');
  } finally {
    await store.close();
  }
};
