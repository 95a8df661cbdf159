// The store that zepcli writes, named by ZEP_AUTH_STORE_URL: a folder (file://) or Redis (redis:// or rediss://).
import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createStorage } from 'unstorage';

/** Opens the store. A folder that does not exist is an error at every question: it must not look like an empty store. */
export const openStorage = async (address) => {
  const { href, protocol } = new URL(address);
  if (protocol !== 'file:') {
    const { default: redis } = await import('unstorage/drivers/redis');
    return createStorage({ driver: redis({ url: href, maxRetriesPerRequest: 1 }) });
  }
  const { default: files } = await import('unstorage/drivers/fs-lite');
  const folder = fileURLToPath(href);
  const storage = createStorage({ driver: files({ base: folder }) });
  const getItem = async (key) => {
    await access(folder);
    return storage.getItem(key);
  };
  await access(folder);
  return { ...storage, getItem };
};
