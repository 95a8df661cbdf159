// The environment of the doctor: the configuration, its secrets, the store, and the files they are in. Nothing is changed.
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type AuthConfig, isAuthError } from '@zep-auth/core';
import { createReader, decodeKey, type SecretSource, STORE_VARIABLE } from '../config.ts';
import { isCliError, type Report, toReports } from '../io/errors.ts';
import { type Io, toWord } from '../io/io.ts';
import { type Finding, fail, findBy, pass, type Result, warn } from './report.ts';

/** Where the configuration and the token come from, beside the environment. */
export interface Sources extends Omit<SecretSource, 'stdin'> {
  /** `--token-file`: a path, or `-` for standard input. */
  readonly tokenFile?: string | undefined;
}

/** A secret, right or wrong. */
export interface Secret {
  readonly text: string;
  /** The bytes that `ZEP_AUTH_SECRET_ENCODING` makes of it. */
  readonly key: Buffer;
}

export interface Environment {
  /** The variables, those of a file among them. */
  readonly record: Io['env'];
  /** The checked configuration; `undefined` where it is wrong. */
  readonly config: AuthConfig | undefined;
  /** The current one first. */
  readonly secrets: readonly Secret[];
  /** Whether anything of it was set. */
  readonly isConfigured: boolean;
  /** On the configuration and its store. */
  readonly results: readonly Result[];
}

const judgeConfiguration = async (
  check: () => Promise<{ config: AuthConfig; warnings: readonly string[] }>,
): Promise<{ readonly config?: AuthConfig; readonly findings: readonly Finding[] }> => {
  try {
    const { config, warnings } = await check();
    const keys = config.keyring?.size ?? 0;
    const words = `no problem; ${keys} ${keys === 1 ? 'secret' : 'secrets'}`;
    const findings = warnings.map((warning) => findBy('warn', warning));
    return { config, findings: findings.length > 0 ? findings : [pass(words)] };
  } catch (error) {
    if (!isAuthError(error) && !isCliError(error)) throw error;
    const toFinding = ({ message, hint, isWarning }: Report): Finding => ({
      status: isWarning ? 'warn' : 'fail',
      detail: message,
      advice: hint,
    });
    return { findings: toReports(error).map(toFinding) };
  }
};

/** Asks the store something, if the environment names one. */
const judgeStore = async (record: Io['env']): Promise<readonly Result[]> => {
  if (!record[STORE_VARIABLE]) return [];
  try {
    await (await import('../store.ts')).assertNotRevoked(record, 'zepcli-doctor', {});
    return [{ name: 'store', ...pass('it answers') }];
  } catch (error) {
    if (!isCliError(error)) throw error;
    return [{ name: 'store', ...fail(error.message, error.hint ?? 'correct it') }];
  }
};

/** The permissions of a file; 0 where it cannot be found. */
const readMode = (path: string): number => {
  try {
    return statSync(path).mode & 0o777;
  } catch {
    return 0;
  }
};

/** What is wrong with files of secrets and tokens; one that cannot be read is reported where it is needed. */
export const judgeFiles = async (
  { env }: Io,
  record: Io['env'],
  { dotenv, secretFile, tokenFile }: Sources,
): Promise<readonly Result[]> => {
  const files = {
    '--dotenv': dotenv,
    [secretFile === undefined ? 'SECRET_FILE' : '--secret-file']: record['ZEP_AUTH_SECRET_FILE'],
    PREVIOUS_FILE: record['ZEP_AUTH_SECRET_PREVIOUS_FILE'],
    '--token-file': tokenFile === '-' ? undefined : tokenFile,
  };
  const results: Result[] = [];
  for (const [name, path] of Object.entries(files)) {
    if (!path) continue;
    const mode = readMode(path);
    // On Windows a mode says nothing.
    if ((mode & 0o077) > 0 && process.platform !== 'win32') {
      const words = `other users can read it (mode ${mode.toString(8).padStart(4, '0')})`;
      const advice = `chmod 600 ${toWord(path)}; into a container, mount it with mode 0400`;
      results.push({ name, ...warn(words, advice) });
    }
    if (mode === 0) continue;
    const { findGitState, GIT_PROBLEMS } = await import('../files/git.ts');
    const state = await findGitState(env, resolve(path));
    if (state !== 'tracked' && state !== 'not-ignored') continue;
    const [does, advice] = GIT_PROBLEMS[state];
    results.push({ name, ...(state === 'tracked' ? fail : warn)(`git ${does} it`, advice) });
  }
  return results;
};

/**
 * Looks at the configuration and at what it is read from.
 *
 * @throws {CliError} when a file of variables cannot be read
 */
export const readEnvironment = async (io: Io, sources: Sources): Promise<Environment> => {
  const read = await createReader(io, sources);
  const { record, secrets, check } = await read();
  const { config, findings } = await judgeConfiguration(check);
  return {
    record,
    config,
    secrets: [secrets.current, ...secrets.previous]
      .filter((text) => text !== '')
      .map((text) => ({ text, key: decodeKey(record, text) })),
    isConfigured: Object.entries(record).some(
      ([name, value]) => name.startsWith('ZEP_AUTH_') && Boolean(value),
    ),
    results: [
      ...findings.map((finding) => ({ name: 'configuration', ...finding })),
      ...(await judgeStore(record)),
    ],
  };
};
