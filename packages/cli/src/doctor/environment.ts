// Checks the environment: the configuration, its secrets, and the files that they are in. Every problem is reported, each as
// one result.
import { readFile } from 'node:fs/promises';
import { type AuthConfig, isAuthError, judgeSecret, loadAuthConfig } from '@zep-auth/core';
import {
  createVariableReader,
  findPublishedSecret,
  readSecretTexts,
  STORE_VARIABLE,
} from '../config.ts';
import type { Io } from '../io/io.ts';
import { judgeFiles, type Sources } from './files.ts';
import { type Finding, failWith, pass, type Result, skipped, warn } from './result.ts';
import { judgeStore } from './store.ts';

/** What was found. */
export interface Environment {
  /** The variables, including those of an env file. */
  readonly record: Io['env'];
  /** The checked configuration; `undefined` if it is wrong. */
  readonly config: AuthConfig | undefined;
  /** The texts of the secrets, right or wrong, the current one first. */
  readonly secrets: readonly string[];
  /** Whether anything of it was set. */
  readonly isConfigured: boolean;
  /** On the configuration and its secret. */
  readonly results: readonly Result[];
  /** On the files that it is read from. */
  readonly files: readonly Result[];
}

const isSet = (value: string | undefined): value is string => value !== undefined && value !== '';

const judgeConfiguration = async (
  record: Io['env'],
  nameSource: (text: string) => string,
): Promise<{ readonly config?: AuthConfig; readonly findings: readonly Finding[] }> => {
  const toWarning = (text: string): Finding => ({
    ...failWith(nameSource(text)),
    status: 'warn',
  });
  try {
    const { [STORE_VARIABLE]: _, ...variables } = record; // of the commands, not of the configuration
    const config = await loadAuthConfig(variables, { readFile });
    const published = await findPublishedSecret(variables);
    if (published !== undefined) return { findings: [failWith(nameSource(published))] };
    const keys = config.keyring?.size ?? 0;
    const words = `no problem; ${keys} ${keys === 1 ? 'secret' : 'secrets'}`;
    const warnings = config.warnings.map(toWarning);
    return { config, findings: warnings.length > 0 ? warnings : [pass(words)] };
  } catch (error) {
    if (!isAuthError(error)) throw error;
    const { problems = [], message } = error;
    // The lines after the problems are about unknown names.
    const others = message.split('\n').slice(problems.length);
    const lines = problems.map((problem) => `${problem.variable} ${problem.message}`);
    return {
      findings: [...lines.map((line) => failWith(nameSource(line))), ...others.map(toWarning)],
    };
  }
};

const MIN_DISTINCT = 8;

/** How random a secret looks. */
const judgeStrength = (secret: string | undefined, config: AuthConfig | undefined): Finding => {
  if (secret === undefined) return skipped('there is none here');
  const bytes = Buffer.byteLength(secret);
  const MAKE = 'make one with `zepcli secret`';
  if (judgeSecret(secret).length > 0) {
    // Why is a problem or a warning of the configuration.
    return config === undefined
      ? skipped('not fit to be one: see configuration')
      : warn(`${bytes} bytes`, MAKE);
  }
  if (new Set(secret).size < MIN_DISTINCT) return warn('it is made of a few characters', MAKE);
  const isOurs = /^[\w-]{86}==$/.test(secret);
  return pass(isOurs ? '64 random bytes, as `zepcli secret` makes them' : `${bytes} bytes`);
};

/**
 * Checks the configuration and the files that it is read from.
 *
 * @throws {CliError} when an env file cannot be read, or is not UTF-8 text
 */
export const readEnvironment = async (io: Io, sources: Sources): Promise<Environment> => {
  const { read, nameSource } = await createVariableReader(io, sources);
  const record = await read();
  const { config, findings } = await judgeConfiguration(record, nameSource);
  const { current, previous } = await readSecretTexts(record);
  const store = await judgeStore(record);
  return {
    record,
    config,
    secrets: [current, ...previous].filter((secret) => secret !== ''),
    isConfigured: Object.entries(record).some(
      ([name, value]) => name.startsWith('ZEP_AUTH_') && isSet(value),
    ),
    results: [
      ...findings.map((finding) => ({ name: 'configuration', ...finding })),
      { name: 'secret', ...judgeStrength(current === '' ? undefined : current, config) },
      ...(store === undefined ? [] : [{ name: 'store', ...store }]),
    ],
    files: await judgeFiles(io, record, sources),
  };
};
