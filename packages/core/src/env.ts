// Environment variables: a record of them in, a checked configuration out, files and stores read on the way.
// Never changes the record, and never looks for an environment of its own.
import {
  type AuthConfig,
  type Reading,
  refuse,
  toConfig,
  VARIABLES,
  type Variable,
} from './config.ts';

/** Environment variables: `process.env`, a Worker's `env`, `Deno.env.toObject()`. Empty counts as unset. */
export type EnvRecord = { readonly [variable: string]: unknown };

/** How {@link readAuthConfig} reads. */
export interface ReadOptions {
  /** What the variables' names begin with. Default `ZEP_AUTH_`. */
  readonly prefix?: string;
}

/** How {@link loadAuthConfig} reads. */
export interface LoadOptions extends ReadOptions {
  /** Reads a file that a `…_FILE` variable names; `readFile` of `node:fs/promises` will do. */
  readonly readFile?: (path: string) => Promise<string | Uint8Array>;
}

const isFile = (variable: Variable): boolean => variable.endsWith('_FILE');

/** Starts a reading, with the values that are set and still have to become texts. */
const beginReading = (record: EnvRecord, { prefix = 'ZEP_AUTH_' }: ReadOptions) => {
  const reading: Reading = { prefix, texts: new Map(), problems: [], warnings: [] };
  const values = new Map<Variable, unknown>();
  for (const variable of VARIABLES) {
    const value = record[prefix + variable];
    if (value !== undefined && value !== '') values.set(variable, value);
  }
  for (const variable of ['SECRET', 'SECRET_PREVIOUS'] as const) {
    if (values.has(variable) && values.has(`${variable}_FILE`)) {
      refuse(reading, variable, `and ${prefix}${variable}_FILE are both set; keep one of them`);
    }
  }
  const known = new Set<string>(VARIABLES.map((variable) => prefix + variable));
  for (const [name, value] of prefix === '' ? [] : Object.entries(record)) {
    const isSet = value !== undefined && value !== '';
    if (isSet && name.startsWith(prefix) && !known.has(name)) {
      reading.warnings.push(`${name} is not a variable that is read here; check its spelling`);
    }
  }
  return { reading, values };
};

/**
 * Reads the configuration from a record of strings.
 *
 * @throws {AuthError} `ERR_CONFIG_INVALID` with every problem, each with its variable and what to do
 * @example
 * ```ts
 * import { createVerifier, readAuthConfig } from '@zep-auth/core';
 * const { keyring, policy } = readAuthConfig(process.env);
 * ```
 */
export const readAuthConfig = (record: EnvRecord, options: ReadOptions = {}): AuthConfig => {
  const { reading, values } = beginReading(record, options);
  for (const [variable, value] of values) {
    if (isFile(variable)) {
      refuse(reading, variable, 'needs `await loadAuthConfig(record, { readFile })` to be read');
    } else if (typeof value !== 'string') {
      refuse(reading, variable, 'is not a string; a binding needs `await loadAuthConfig(record)`');
    } else {
      reading.texts.set(variable, value);
    }
  }
  return toConfig(reading);
};

/**
 * Reads the configuration, and first fetches what stands elsewhere: files that `…_FILE` variables name, and
 * secrets behind a binding of a secrets store (`{ get(): Promise<string> }`). A file loses one line ending.
 *
 * @throws {AuthError} `ERR_CONFIG_INVALID` with every problem, each with its variable and what to do
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { loadAuthConfig } from '@zep-auth/core';
 * const { keyring, policy } = await loadAuthConfig(process.env, { readFile });
 * ```
 */
export const loadAuthConfig = async (
  record: EnvRecord,
  { readFile, ...options }: LoadOptions = {},
): Promise<AuthConfig> => {
  const { reading, values } = beginReading(record, options);
  for (const [variable, value] of values) {
    const read: typeof readContent = isFile(variable) ? readContent : readBinding;
    reading.texts.set(variable, await read(reading, variable, value, readFile));
  }
  return toConfig(reading);
};

const readBinding = async (reading: Reading, variable: Variable, value: unknown) => {
  if (typeof value === 'string') return value;
  const binding = value as { readonly get?: unknown } | null;
  if (typeof binding?.get !== 'function') {
    return refuse(reading, variable, 'is neither a string nor a binding of a secrets store');
  }
  try {
    const text: unknown = await binding.get();
    if (typeof text === 'string' && text !== '') return text;
  } catch {
    // Whatever the store says may hold what it stores.
  }
  return refuse(reading, variable, 'is a binding with no text to read; store the secret behind it');
};

const readContent = async (
  reading: Reading,
  variable: Variable,
  path: unknown,
  readFile: LoadOptions['readFile'],
): Promise<string | undefined> => {
  if (readFile === undefined || typeof path !== 'string') {
    return refuse(reading, variable, 'needs a path, and the option `readFile` to read it');
  }
  let content: string | Uint8Array;
  try {
    content = await readFile(path);
  } catch (error) {
    // The path stays out of the message: people put the secret itself there.
    const code = /^E[A-Z]+$/.exec(String((error as { code?: unknown } | null)?.code)) ?? 'error';
    return refuse(reading, variable, `names a file that cannot be read (${code}); check its path`);
  }
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    const text = typeof content === 'string' ? content : decoder.decode(content);
    const secret = text.replace(/\r?\n$/, '');
    if (secret !== '' || variable === 'SECRET_PREVIOUS_FILE') return secret;
    return refuse(reading, variable, 'names a file that is empty');
  } catch {
    return refuse(reading, variable, 'names a file that is not UTF-8 text');
  }
};
