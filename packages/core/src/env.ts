import { type AuthConfig, toConfig } from './config.ts';
import {
  createVariableReader,
  VARIABLES,
  type Variable,
  type VariableReader,
} from './variables.ts';

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

const isSet = (value: unknown): boolean => value !== undefined && value !== '';
const isFile = (variable: Variable): boolean => variable.endsWith('_FILE');

const listUnknownNames = (record: EnvRecord, prefix: string): readonly string[] => {
  if (prefix === '') return [];
  const known = new Set<string>(VARIABLES.map((variable) => prefix + variable));
  return Object.entries(record)
    .filter(([name, value]) => isSet(value) && name.startsWith(prefix) && !known.has(name))
    .map(([name]) => `${name} is not a variable that is read here; check its spelling`);
};

/** Starts to read a record: the values that are set, and what reads their texts once they are there. */
const readRecord = (record: EnvRecord, { prefix = 'ZEP_AUTH_' }: ReadOptions) => {
  const texts = new Map<Variable, string>();
  const read = createVariableReader(prefix, texts);
  const values = new Map<Variable, unknown>();
  for (const variable of VARIABLES) {
    const value = record[prefix + variable];
    if (isSet(value)) values.set(variable, value);
  }
  for (const variable of ['SECRET', 'SECRET_PREVIOUS'] as const) {
    if (values.has(variable) && values.has(`${variable}_FILE`)) {
      read.problem(variable, `and ${prefix}${variable}_FILE are both set; keep one of them`);
    }
  }
  return { values, texts, read, unknownNames: listUnknownNames(record, prefix) };
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
  const { values, texts, read, unknownNames } = readRecord(record, options);
  for (const [variable, value] of values) {
    if (isFile(variable)) {
      read.problem(variable, 'needs `await loadAuthConfig(record, { readFile })` to be read');
    } else if (typeof value !== 'string') {
      read.problem(variable, 'is not a string; a binding needs `await loadAuthConfig(record)`');
    } else {
      texts.set(variable, value);
    }
  }
  return toConfig(read, unknownNames);
};

/**
 * Reads the configuration, and first fetches what is stored elsewhere: files that `…_FILE` variables name, and
 * secrets behind a binding of a secrets store (`{ get(): Promise<string> }`). One trailing newline of a file is ignored.
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
  const { values, texts, read, unknownNames } = readRecord(record, options);
  for (const [variable, value] of values) {
    const text = await (isFile(variable)
      ? readContent(read, variable, value, readFile)
      : readValue(read, variable, value));
    if (text !== undefined) texts.set(variable, text);
  }
  return toConfig(read, unknownNames);
};

const readValue = async (read: VariableReader, variable: Variable, value: unknown) => {
  if (typeof value === 'string') return value;
  const binding = value as { readonly get?: unknown } | null;
  if (typeof binding?.get !== 'function') {
    return read.problem(variable, 'is neither a string nor a binding of a secrets store');
  }
  try {
    const text: unknown = await binding.get();
    if (typeof text === 'string' && text !== '') return text;
  } catch {
    // The store's own message may hold what it stores.
  }
  return read.problem(variable, 'is a binding with no text to read; store the secret behind it');
};

const readContent = async (
  read: VariableReader,
  variable: Variable,
  path: unknown,
  readFile: LoadOptions['readFile'],
): Promise<string | undefined> => {
  if (readFile === undefined || typeof path !== 'string') {
    return read.problem(variable, 'needs a path, and the option `readFile` to read it');
  }
  let content: string | Uint8Array;
  try {
    content = await readFile(path);
  } catch (error) {
    // The path stays out of the message: people put the secret itself there.
    const code = /^E[A-Z]+$/.exec(String((error as { code?: unknown } | null)?.code)) ?? 'error';
    return read.problem(variable, `names a file that cannot be read (${code}); check its path`);
  }
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    const text = typeof content === 'string' ? content : decoder.decode(content);
    const secret = text.replace(/\r?\n$/, '');
    if (secret !== '' || variable === 'SECRET_PREVIOUS_FILE') return secret;
    return read.problem(variable, 'names a file that is empty');
  } catch {
    return read.problem(variable, 'names a file that is not UTF-8 text');
  }
};
