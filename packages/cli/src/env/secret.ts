// The secret that `zepcli env` brings to its place.
// Never takes one that a server would refuse.
import { resolve } from 'node:path';
import { judgeSecret } from '@zep-auth/core';
import { loadKeyring, readSecretTexts, type SecretSource } from '../config.ts';
import { type Io, log } from '../io/io.ts';

/** A secret, and where a shell finds it again. */
export interface FoundSecret {
  readonly secret: string;
  readonly isWeak: boolean;
  /** The file that holds it, and nothing else. */
  readonly path: string | undefined;
  /** Whether `ZEP_AUTH_SECRET` of the environment holds it. */
  readonly isInEnvironment: boolean;
}

/**
 * Finds the secret.
 *
 * @throws {AuthError} `ERR_CONFIG_INVALID` with every problem of the configuration
 */
export const findSecret = async (io: Io, source: SecretSource): Promise<FoundSecret> => {
  const { record } = await loadKeyring(io, source);
  const { ZEP_AUTH_SECRET: value = '', ZEP_AUTH_SECRET_FILE: file = '' } = record;
  const { current: secret } = await readSecretTexts(record);
  const isPiped = source.stdin !== undefined || source.secretFile === '-';
  if (record['ZEP_AUTH_SECRET_PREVIOUS'] || record['ZEP_AUTH_SECRET_PREVIOUS_FILE']) {
    log(io, 'warning: the previous secrets are no part of this, nor are settings but the secret');
  }
  return {
    secret,
    isWeak: judgeSecret(secret).length > 0,
    path: value === '' ? resolve(file) : undefined,
    isInEnvironment: !isPiped && value !== '' && io.env['ZEP_AUTH_SECRET'] === value,
  };
};
