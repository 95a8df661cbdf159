// The store of revocations that ZEP_AUTH_STORE_URL names.
// Never shows the address, which may hold a password, and never takes a folder that is gone for one that is empty.
import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { RevocationStorage } from '@zep-auth/server';
import { STORE_VARIABLE } from './config.ts';
import { Failure, type Io } from './io.ts';

export interface Store {
  readonly storage: RevocationStorage;
  readonly close: () => Promise<void>;
}

const openRedis = async (url: string): Promise<Store> => {
  const { redis } = await import('./drivers.js');
  const driver = redis({
    url,
    connectTimeout: 2000,
    maxRetriesPerRequest: 1,
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
    throw new Failure(`${STORE_VARIABLE} names a folder that is not there; make it first`);
  }
  const { files } = await import('./drivers.js');
  const driver = files({ base: folder });
  const getItem = async (key: string): Promise<unknown> => {
    if (!(await isThere())) throw new Failure('the folder is gone');
    return driver.getItem(key);
  };
  return { storage: { ...driver, getItem }, close: async () => {} };
};

/**
 * Opens the store that the environment names; `undefined` where it names none.
 *
 * @throws {Failure} when the URL has another form, or names a folder that is not there
 */
export const openStore = async (record: Io['env']): Promise<Store | undefined> => {
  const text = record[STORE_VARIABLE];
  if (text === undefined || text === '') return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'redis:' || url?.protocol === 'rediss:') return openRedis(text);
  if (url?.protocol === 'file:' && url.host === '') return openFolder(fileURLToPath(url));
  throw new Failure(`${STORE_VARIABLE} must begin with redis://, rediss:// or file:///`);
};
