// The store of revocations that ZEP_AUTH_STORE_URL names. Messages name its host, never a user or a password.
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AuthError, isAuthError, type JwtClaims } from '@zep-auth/core';
import { createRevocationList, type RevocationStorage } from '@zep-auth/server';
import { STORE_VARIABLE } from './config.ts';
import { HINTS } from './files/read-text.ts';
import { CliError, causeOf, isCliError, toPage } from './io/errors.ts';
import { type Io, quote, toWord } from './io/io.ts';

export interface Store {
  readonly storage: RevocationStorage;
  /** The keys of its revocations, `r:` and a digest. */
  readonly getKeys: () => Promise<readonly string[]>;
  /** Where it is, without a user or a password. */
  readonly name: string;
  /** The last error of its connection, which the client hides behind its own. */
  readonly lastError: () => unknown;
  readonly close: () => Promise<void>;
}

const openRedis = async (text: string, { host }: URL): Promise<Store> => {
  const { Redis } = await import('ioredis');
  const client = new Redis(text, {
    connectTimeout: 2000,
    maxRetriesPerRequest: 1,
    socketTimeout: 5000, // gives up a connection that has died silently
    retryStrategy: (attempt) => Math.min(attempt * 100, 1000),
  });
  let lastError: unknown;
  // Without a listener ioredis prints to the console.
  client.on('error', (error: Error) => {
    if ('code' in error) lastError = error; // others repeat that a command was given up
  });
  client.on('close', () => {
    lastError ??= 'it closed the connection';
  });
  return {
    storage: {
      getItem: (key) => client.get(key),
      setItem: (key, value, { ttl }) =>
        ttl === undefined ? client.set(key, value) : client.set(key, value, 'EX', ttl),
      removeItem: (key) => client.del(key),
    },
    getKeys: async () => {
      const keys: string[] = [];
      for await (const found of client.scanStream({ match: 'r:*' })) keys.push(...found);
      return keys;
    },
    name: host,
    lastError: () => lastError,
    close: async () => client.disconnect(),
  };
};

const openFolder = async (folder: string): Promise<Store> => {
  let lastError: unknown;
  const pathOf = (key: string): string => join(folder, ...key.split(':'));
  /** What does not exist is `undefined`; but a folder that has gone would look like an empty one. */
  const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      await stat(folder);
      return await work().catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
        return undefined;
      });
    } catch (error) {
      lastError = error;
      throw error;
    }
  };
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory()) {
    const flaw = found === undefined ? 'a folder that does not exist' : 'what is not a folder';
    const message = `${STORE_VARIABLE} names ${flaw}: ${quote(folder)}`;
    const hint = `make it: mkdir -m 700 ${toWord(folder)}; one that has gone is brought back, or what it revoked works again`;
    throw new CliError('ERR_STORE', message, hint);
  }
  return {
    storage: {
      getItem: (key) => attempt(() => readFile(pathOf(key), 'utf8')),
      setItem: (key, value) =>
        attempt(async () => {
          // Whole or not at all: a gate may read it meanwhile, and the disk may be full.
          const temporary = `${pathOf(key)}.${randomUUID()}`;
          await mkdir(dirname(temporary), { recursive: true });
          try {
            await writeFile(temporary, value, { flush: true });
            await rename(temporary, pathOf(key));
          } finally {
            await rm(temporary, { force: true });
          }
        }),
      removeItem: (key) => attempt(() => rm(pathOf(key))),
    },
    getKeys: async () =>
      ((await attempt(() => readdir(pathOf('r')))) ?? []).map((name) => `r:${name}`),
    name: folder,
    lastError: () => lastError,
    close: async () => {},
  };
};

/** Opens the store of the environment; `undefined` where it names none. @throws {CliError} when the URL is wrong */
export const openStore = async (record: Io['env']): Promise<Store | undefined> => {
  const text = record[STORE_VARIABLE];
  if (text === undefined || text === '') return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.host && /^rediss?:$/.test(url.protocol)) return openRedis(text, url);
  const isPath = url?.protocol === 'file:' && url.host === '' && !/%2f|%5c/i.test(url.pathname);
  if (isPath) return openFolder(fileURLToPath(url));
  throw new CliError(
    'ERR_STORE',
    `${STORE_VARIABLE} is not the URL of a store`,
    'it is redis://HOST, rediss://HOST or file:///FOLDER',
  );
};

/** Names the store and the cause where it did not answer. */
export const toStoreError = ({ name, lastError }: Store, error: unknown): unknown => {
  const isSilence = isAuthError(error) && error.code === 'ERR_REVOCATION_UNAVAILABLE';
  if (isCliError(error) || (isAuthError(error) && !isSilence)) return error;
  const own = isSilence ? error.message : causeOf(error); // a driver's error, when keys are listed
  const cause = lastError() === undefined ? own : causeOf(lastError());
  const { code = '' } = Object(lastError()) as NodeJS.ErrnoException;
  const hint = HINTS[code] ?? `start it, or correct ${STORE_VARIABLE}`;
  return new CliError(
    'ERR_STORE',
    `the revocation store ${quote(name)} does not answer: ${cause}`,
    `${hint}; see ${toPage('operations.md#the-store')}`,
  );
};

/** Does the work with a store, then closes it. @throws {CliError} `ERR_STORE` when it does not answer */
export const useStore = async <T>(store: Store, work: () => T | Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw toStoreError(store, error);
  } finally {
    await store.close();
  }
};

/** Asks the store of the environment, if it names one. @throws `ERR_TOKEN_REVOKED`, or `ERR_STORE` without an answer */
export const assertNotRevoked = async (
  record: Io['env'],
  token: string,
  claims: JwtClaims,
): Promise<void> => {
  const store = await openStore(record);
  if (store === undefined) return;
  const list = createRevocationList({ storage: store.storage, timeoutSeconds: 10 });
  if (!(await useStore(store, () => list.isRevoked(token, claims)))) return;
  throw new AuthError('ERR_TOKEN_REVOKED', 'the token has been revoked');
};
