import { type AuthConfig, toConfig } from './config.ts';
import { utf8 } from './jws/engine.ts';
import {
  DEFAULT_PREFIX,
  type EnvRecord,
  findUnknownNames,
  VARIABLES,
  type Variable,
  VariableReader,
} from './variables.ts';

/** How {@link readAuthConfig} reads. */
export interface ReadOptions {
  /**
   * What the variables' names begin with. Default `ZEP_AUTH_`, with which an unknown name is an error. With another prefix
   * it is a warning, and with an empty one names are not checked.
   */
  readonly prefix?: string;
  /** Names that begin with the prefix and belong to something else, as in `ZEP_AUTH_IGNORE_VARIABLES`. */
  readonly ignoreVariables?: readonly string[];
}

/** How {@link loadAuthConfig} reads. */
export interface LoadOptions extends ReadOptions {
  /** Reads a file that a `…_FILE` variable names; `readFile` of `node:fs/promises` will do. */
  readonly readFile?: (path: string) => Promise<string | Uint8Array>;
}

const isSet = (value: unknown): boolean => value !== undefined && value !== '';
const isFile = (variable: Variable): boolean => variable.endsWith('_FILE');

/** Starts to read a record: the values that are set, and what reads their texts once they are there. */
const readRecord = (
  record: EnvRecord,
  { prefix = DEFAULT_PREFIX, ignoreVariables = [] }: ReadOptions,
) => {
  const texts = new Map<Variable, string>();
  const read = new VariableReader(prefix, texts);
  const values = new Map<Variable, unknown>();
  for (const variable of VARIABLES) {
    const value = record[prefix + variable];
    if (isSet(value)) values.set(variable, value);
  }
  const listed = String(values.get('IGNORE_VARIABLES') ?? '').split(',');
  const ignored = [...ignoreVariables, ...listed.map((name) => name.trim())];
  const unknown = prefix === '' ? [] : findUnknownNames(record, prefix, ignored);
  const warnings: string[] = [];
  if (prefix === DEFAULT_PREFIX) read.problems.push(...unknown);
  else warnings.push(...unknown.map(({ variable, message }) => `${variable} ${message}`));
  for (const variable of ['SECRET', 'SECRET_PREVIOUS'] as const) {
    if (values.has(variable) && values.has(`${variable}_FILE`)) {
      read.problem(variable, `and ${prefix}${variable}_FILE are both set; keep one of them`);
    }
  }
  return { values, texts, read, warnings };
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
  const { values, texts, read, warnings } = readRecord(record, options);
  for (const [variable, value] of values) {
    if (isFile(variable)) {
      read.problem(variable, 'needs `await loadAuthConfig(record, { readFile })` to be read');
    } else if (typeof value !== 'string') {
      read.problem(variable, 'is not a string; a binding needs `await loadAuthConfig(record)`');
    } else {
      texts.set(variable, value);
    }
  }
  return toConfig(read, warnings);
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
  const { values, texts, read, warnings } = readRecord(record, options);
  for (const [variable, value] of values) {
    const text = await (isFile(variable)
      ? readContent(read, variable, value, readFile, warnings)
      : readValue(read, variable, value));
    if (text !== undefined) texts.set(variable, text);
  }
  return toConfig(read, warnings);
};

const readValue = async (
  read: VariableReader,
  variable: Variable,
  value: unknown,
): Promise<string | undefined> => {
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

/** The text of a file, and what is wrong or odd about it, to follow "the file". */
type TextFile =
  | { readonly text: string; readonly problem?: undefined; readonly warning?: string }
  | { readonly text?: undefined; readonly problem: string; readonly warning?: undefined };

const UTF16 =
  'is UTF-16, as PowerShell 5 writes it; write it again as UTF-8, with `Set-Content -Encoding ascii`, say';

/** By its mark, or by two characters of ASCII side by side: a NUL in every second place. */
export const isUtf16 = (bytes: Uint8Array): boolean =>
  /^(?:\xFF\xFE|\xFE\xFF)|(?:[^\0]\0){2}|(?:\0[^\0]){2}/.test(
    Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''),
  );

/** Reads the content of a file as UTF-8. A byte order mark is dropped, with a warning; UTF-16 and NUL are named. */
const readTextFile = (content: string | Uint8Array): TextFile => {
  let text: string;
  if (typeof content === 'string') text = content;
  else if (isUtf16(content)) return { problem: UTF16 };
  else {
    try {
      text = utf8.decode(content);
    } catch {
      return { problem: 'is not UTF-8 text; write it again as UTF-8' };
    }
  }
  if (text.includes('\0'))
    return {
      problem: `holds a NUL character, at place ${text.indexOf('\0') + 1}; write it again`,
    };
  if (!text.startsWith('\uFEFF')) return { text };
  return { text: text.slice(1), warning: 'begins with a byte order mark, which is ignored' };
};

const readContent = async (
  read: VariableReader,
  variable: Variable,
  path: unknown,
  readFile: LoadOptions['readFile'],
  warnings: string[],
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
  const { text, problem, warning } = readTextFile(content);
  if (problem !== undefined) return read.problem(variable, `names a file that ${problem}`);
  if (warning !== undefined) warnings.push(`${read.nameOf(variable)} names a file that ${warning}`);
  const secret = text.replace(/\r?\n$/, '');
  if (secret !== '' || variable === 'SECRET_PREVIOUS_FILE') return secret;
  return read.problem(variable, 'names a file that is empty');
};
