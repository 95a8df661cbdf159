// The environment that the doctor finds itself in: the configuration, its secrets, and the files they are in.
// Never stops at the first problem: each is a result of its own.
import { readFile } from 'node:fs/promises';
import { type AuthConfig, isAuthError, judgeSecret, loadAuthConfig } from '@zep-auth/core';
import { readRecord, STORE_VARIABLE } from '../config.ts';
import { type Io, readStdin } from '../io/io.ts';
import { judgeFiles, type Sources } from './files.ts';
import { type Finding, failWith, pass, type Result, skipped, warn } from './result.ts';
import { judgeStore } from './store.ts';

/** What was found. */
export interface Environment {
  /** The variables, those of an env file among them. */
  readonly record: Io['env'];
  /** The checked configuration; `undefined` where it is wrong. */
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

const readVariables = async (io: Io, sources: Sources): Promise<Io['env']> => {
  const { secretFile } = sources;
  const record = { ...(await readRecord(io, sources)) };
  if (secretFile === undefined) return record;
  delete record['ZEP_AUTH_SECRET'];
  delete record['ZEP_AUTH_SECRET_FILE'];
  if (secretFile === '-') record['ZEP_AUTH_SECRET'] = await readStdin(io, 'the secret');
  else record['ZEP_AUTH_SECRET_FILE'] = secretFile;
  return record;
};

/** The text of a secret, or of several, as it is there. What cannot be read is a problem of the configuration. */
const readText = async (record: Io['env'], variable: string): Promise<string> => {
  const value = record[variable];
  const path = record[`${variable}_FILE`];
  if (isSet(value)) return value;
  if (!isSet(path)) return '';
  const content = await readFile(path, 'utf8').catch(() => '');
  return content.replace(/\r?\n$/, '');
};

const readSecrets = async (record: Io['env']): Promise<readonly string[]> => {
  const current = await readText(record, 'ZEP_AUTH_SECRET');
  const previous = await readText(record, 'ZEP_AUTH_SECRET_PREVIOUS');
  const separator = isSet(record['ZEP_AUTH_SECRET_PREVIOUS']) ? ',' : /\r?\n/;
  return [current, ...previous.split(separator)].filter((secret) => secret !== '');
};

const judgeConfiguration = async (
  record: Io['env'],
  nameVariable: (text: string) => string,
): Promise<{ readonly config?: AuthConfig; readonly findings: readonly Finding[] }> => {
  const toWarning = (text: string): Finding => ({
    ...failWith(nameVariable(text)),
    status: 'warn',
  });
  try {
    const { [STORE_VARIABLE]: _, ...variables } = record; // of the commands, not of the configuration
    const config = await loadAuthConfig(variables, { readFile });
    const keys = config.keyring?.size ?? 0;
    const words = `no problem; ${keys} ${keys === 1 ? 'secret' : 'secrets'}`;
    const warnings = config.warnings.map(toWarning);
    return { config, findings: warnings.length > 0 ? warnings : [pass(words)] };
  } catch (error) {
    if (!isAuthError(error)) throw error;
    const { problems = [], message } = error;
    // Behind the problems there are lines on names that nobody reads.
    const others = message.split('\n').slice(problems.length);
    const lines = problems.map((problem) => `${problem.variable} ${problem.message}`);
    return {
      findings: [...lines.map((line) => failWith(nameVariable(line))), ...others.map(toWarning)],
    };
  }
};

const MIN_DISTINCT = 8;

/** What chance there is in a secret, as far as its characters tell. */
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
  if (/^(.+)\1+$/s.test(secret)) return warn('it is one text repeated', MAKE);
  if (new Set(secret).size < MIN_DISTINCT) return warn('it is made of a few characters', MAKE);
  const isOurs = /^[\w-]{86}==$/.test(secret);
  return pass(isOurs ? '64 random bytes, as `zepcli secret` makes them' : `${bytes} bytes`);
};

/**
 * Looks at the configuration and all that it is read from.
 *
 * @throws {CliError} when an env file cannot be read, or is not UTF-8 text
 */
export const readEnvironment = async (io: Io, sources: Sources): Promise<Environment> => {
  const record = await readVariables(io, sources);
  const { secretFile } = sources;
  // The problems name variables; the user has given an option.
  const nameVariable = (text: string): string => {
    if (secretFile === undefined) return text;
    if (secretFile === '-')
      return text.replace('ZEP_AUTH_SECRET ', 'the secret on standard input ');
    return text.replace('ZEP_AUTH_SECRET_FILE ', '--secret-file ');
  };
  const { config, findings } = await judgeConfiguration(record, nameVariable);
  const secrets = await readSecrets(record);
  const store = await judgeStore(record);
  const current = await readText(record, 'ZEP_AUTH_SECRET');
  return {
    record,
    config,
    secrets,
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
