// The configuration of a command: the environment, an env file, and a secret from a file or standard input.
// Never takes a secret from the command line.
import { readFile } from 'node:fs/promises';
import {
  type AuthConfig,
  AuthError,
  isAuthError,
  type Keyring,
  loadAuthConfig,
} from '@zep-auth/core';
import { Failure, type Io, readStdin, say, UsageError } from './io.ts';

/** Where a command may find its secret, beside `ZEP_AUTH_SECRET`. */
export interface SecretSource {
  /** `--secret-file`: a path, or `-` for standard input. */
  readonly secretFile?: string | undefined;
  /** `-` for standard input. */
  readonly stdin?: string | undefined;
  /** `--env-file`: more variables; the environment's own win. */
  readonly envFile?: string | undefined;
}

/** Says problems by the option that the user gave, where they stand under the variable it stands for. */
const nameSource = (error: unknown, variable: string, source: string): unknown => {
  if (!isAuthError(error) || variable === '') return error;
  return new AuthError(error.code, error.message.replaceAll(`${variable} `, `${source} `));
};

/**
 * Loads the configuration, and passes its warnings on.
 *
 * @throws {AuthError} `ERR_CONFIG_INVALID` with every problem
 */
export const loadConfig = async (io: Io, source: SecretSource): Promise<AuthConfig> => {
  if (source.stdin !== undefined && source.stdin !== '-') {
    throw new UsageError(
      'the only argument is - (the secret on standard input); give the secret in ZEP_AUTH_SECRET or with --secret-file',
    );
  }
  if (source.stdin !== undefined && source.secretFile !== undefined) {
    throw new UsageError('give the secret in one place: - or --secret-file');
  }
  const record = {
    ...(source.envFile === undefined
      ? io.env
      : await (await import('./env-file.ts')).readEnvFile(io, source.envFile)),
  };
  let variable = '';
  let name = '';
  if (source.stdin === '-' || source.secretFile === '-') {
    [variable, name] = ['ZEP_AUTH_SECRET', 'the secret on standard input'];
    delete record['ZEP_AUTH_SECRET_FILE'];
    record[variable] = await readStdin(io, 'the secret');
    if (record[variable] === '') throw new Failure('the secret on standard input is empty');
  } else if (source.secretFile !== undefined) {
    [variable, name] = ['ZEP_AUTH_SECRET_FILE', '--secret-file'];
    delete record['ZEP_AUTH_SECRET'];
    record[variable] = source.secretFile;
  }
  try {
    const config = await loadAuthConfig(record, { readFile });
    for (const warning of config.warnings) say(io, `warning: ${warning}`);
    return config;
  } catch (error) {
    throw nameSource(error, variable, name);
  }
};

/**
 * Loads the configuration of a command that cannot do without a secret.
 *
 * @throws {AuthError} `ERR_CONFIG_INVALID` with every problem
 */
export const loadKeyring = async (
  io: Io,
  source: SecretSource,
): Promise<AuthConfig & { readonly keyring: Keyring }> => {
  const { keyring, ...config } = await loadConfig(io, source);
  if (keyring === undefined)
    throw new Failure(
      'ZEP_AUTH_SECRET is not set; make a secret with `zepcli secret` and put it there',
    );
  return { ...config, keyring };
};
