// The configuration of a command: the environment, an env file, and a secret from a file or standard input.
// Never takes a secret from the command line.
import { readFile } from 'node:fs/promises';
import {
  type AuthConfig,
  AuthError,
  isAuthError,
  type Keyring,
  loadAuthConfig,
  readAuthConfig,
} from '@zep-auth/core';
import { CliError, type Io, log, readStdin, UsageError } from './io/io.ts';

/** Where revocations are kept. */
export const STORE_VARIABLE = 'ZEP_AUTH_STORE_URL';

/** Where a command may find its secret, beside `ZEP_AUTH_SECRET`. */
export interface SecretSource {
  /** `--secret-file`: a path, or `-` for standard input. */
  readonly secretFile?: string | undefined;
  /** `-` for standard input. */
  readonly stdin?: string | undefined;
  /** `--env-file`: more variables; the environment's own win. */
  readonly envFile?: string | undefined;
  /** The secret where there is none. */
  readonly fresh?: string | undefined;
}

/** Says problems by the option that the user gave, where they stand under the variable it stands for. */
const nameSource = (error: unknown, variable: string, source: string): unknown => {
  if (!isAuthError(error) || variable === '') return error;
  return new AuthError(error.code, error.message.replaceAll(`${variable} `, `${source} `));
};

/** The variables of a command: the environment, and an env file if one is named. */
export const readRecord = async (io: Io, { envFile }: SecretSource): Promise<Io['env']> =>
  envFile === undefined ? io.env : (await import('./files/env-file.ts')).readEnvFile(io, envFile);

/**
 * Checks variables whose secrets are in no files.
 *
 * @throws {AuthError} `ERR_CONFIG_INVALID` with every problem
 */
export const checkConfig = ({ [STORE_VARIABLE]: _, ...variables }: Io['env']): AuthConfig =>
  readAuthConfig(variables);

/** A configuration, and the variables that it was read from. */
export interface Loaded {
  readonly config: AuthConfig;
  readonly record: Io['env'];
}

/** Loads a configuration, each time anew, and passes its warnings on. */
export type Loader = (read?: (path: string) => Promise<Uint8Array>) => Promise<Loaded>;

/**
 * Makes the loader of a command. Standard input is read now, since it can be read only once.
 *
 * @throws {UsageError} when the secret is given in two places
 */
export const createLoader = async (io: Io, source: SecretSource): Promise<Loader> => {
  if (source.stdin !== undefined && source.stdin !== '-') {
    throw new UsageError(
      'the only argument is - (the secret on standard input); give the secret in ZEP_AUTH_SECRET or with --secret-file',
    );
  }
  if (source.stdin !== undefined && source.secretFile !== undefined) {
    throw new UsageError('give the secret in one place: - or --secret-file');
  }
  const isPiped = source.stdin === '-' || source.secretFile === '-';
  const piped = isPiped ? await readStdin(io, 'the secret') : undefined;
  if (piped === '') throw new CliError('the secret on standard input is empty');
  const [variable, name] = isPiped
    ? ['ZEP_AUTH_SECRET', 'the secret on standard input']
    : source.secretFile === undefined
      ? ['', '']
      : ['ZEP_AUTH_SECRET_FILE', '--secret-file'];
  return async (read = readFile) => {
    const record = { ...(await readRecord(io, source)) };
    if (variable !== '') {
      delete record['ZEP_AUTH_SECRET'];
      delete record['ZEP_AUTH_SECRET_FILE'];
      record[variable] = piped ?? source.secretFile;
    } else if (!record['ZEP_AUTH_SECRET'] && !record['ZEP_AUTH_SECRET_FILE']) {
      record['ZEP_AUTH_SECRET'] = source.fresh;
    }
    const { [STORE_VARIABLE]: _, ...variables } = record; // read by the command that needs it
    try {
      const config = await loadAuthConfig(variables, { readFile: read });
      for (const warning of config.warnings) log(io, `warning: ${warning}`);
      return { config, record };
    } catch (error) {
      throw nameSource(error, variable, name);
    }
  };
};

/**
 * Loads the configuration, and passes its warnings on.
 *
 * @throws {AuthError} `ERR_CONFIG_INVALID` with every problem
 */
const loadConfig = async (io: Io, source: SecretSource): Promise<AuthConfig> =>
  (await (await createLoader(io, source))()).config;

/** @throws {CliError} when authentication is off and there is no secret either */
export const requireKeyring = ({ keyring }: AuthConfig): Keyring => {
  if (keyring !== undefined) return keyring;
  throw new CliError(
    'ZEP_AUTH_SECRET is not set; make a secret with `zepcli secret` and put it there',
  );
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
  const config = await loadConfig(io, source);
  return { ...config, keyring: requireKeyring(config) };
};
