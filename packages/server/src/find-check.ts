// What verifies a request's token: made of a configuration, once, or of the environment that comes with a request.
// Never open because something could not be read: a set of values that is wrong stays wrong.
import {
  type AuthConfig,
  AuthError,
  type EnvRecord,
  isAuthError,
  readAuthConfig,
} from '@zep-auth/core';
import { andThen, createCheck, type MaybePromise, type SyncVerify } from '@zep-auth/core/internal';
import type { Context } from 'hono';
import type { JudgeOptions } from './judge.ts';

/** How many sets of environment values are kept. */
const MAX_ENVIRONMENTS = 16;

/** Finds what verifies a request's token; `undefined` means that authentication is off. */
export type FindCheck = (c: Context) => MaybePromise<SyncVerify | undefined>;

export const toCheck = (
  { required, keyring, policy, warnings }: AuthConfig,
  { maxTokenBytes, cacheSize, onWarning }: JudgeOptions,
): SyncVerify | undefined => {
  for (const warning of warnings ?? []) onWarning?.(warning);
  // Not trusting the type: only a plain `false` opens the door.
  if (required === false) return undefined;
  if (keyring === undefined) {
    throw new AuthError('ERR_CONFIG_INVALID', 'the config has no keyring; was it awaited?');
  }
  const limits = {
    ...(maxTokenBytes !== undefined && { maxTokenBytes }),
    ...(cacheSize !== undefined && { cacheSize }),
  };
  return createCheck({ keyring, ...policy, ...limits });
};

/** Makes the search where the environment comes with the request: one verifier for each set of values. */
export const findInEnvironment = (
  options: JudgeOptions,
  env: NonNullable<JudgeOptions['env']>,
): FindCheck => {
  const known = new Map<string, SyncVerify | undefined | AuthError>();

  const find = (record: EnvRecord): SyncVerify | undefined => {
    const set = Object.entries(record).filter(
      ([name, value]) => name.startsWith('ZEP_AUTH_') && value !== undefined,
    );
    const key = JSON.stringify(
      set.map(([name, value]) => [name, typeof value === 'string' ? value : null]),
    );
    if (!known.has(key)) {
      // What is read is what the key was made of: nothing inherited, nothing that changes in between.
      if (known.size === MAX_ENVIRONMENTS) known.clear();
      try {
        known.set(key, toCheck(readAuthConfig(Object.fromEntries(set)), options));
      } catch (error) {
        if (!isAuthError(error)) throw error;
        known.set(key, error);
        // Without a listener it is for the framework's own error handling to tell the operator, once.
        if (options.onWarning === undefined) throw new Error(error.message);
        options.onWarning(error.message);
      }
    }
    const found = known.get(key);
    if (isAuthError(found)) throw found;
    return found;
  };
  return (c) => andThen(env(c), find);
};
