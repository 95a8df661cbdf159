// The store of revocations: whether its address is one, and whether it answers.
// Never writes to it, and never shows its address, which may hold a password.
import { setTimeout } from 'node:timers/promises';
import { STORE_VARIABLE } from '../config.ts';
import { CliError, type Io } from '../io/io.ts';
import { openStore } from '../store.ts';
import { type Finding, fail, failWith, pass } from './result.ts';

const TIMEOUT_MS = 5000;

/** Asks the store something. `undefined` where the environment names none. */
export const judgeStore = async (record: Io['env']): Promise<Finding | undefined> => {
  try {
    const store = await openStore(record);
    if (store === undefined) return undefined;
    try {
      const silence = setTimeout(TIMEOUT_MS, undefined, { ref: false }).then(() => {
        throw new Error('no answer in time');
      });
      await Promise.race([store.storage.getItem('zepcli-doctor'), silence]);
    } finally {
      await store.close();
    }
    return pass('answers');
  } catch (error) {
    if (error instanceof CliError) return failWith(error.message);
    return fail(`what ${STORE_VARIABLE} names does not answer`, 'start it, or correct the address');
  }
};
