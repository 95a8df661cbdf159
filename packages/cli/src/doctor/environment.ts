// The environment of the doctor: the configuration, its secrets, the store, and the files they are in. Nothing is changed.
import { stat } from 'node:fs/promises';
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

export type Environment = Awaited<ReturnType<typeof readEnvironment>>;

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
    const mode = ((await stat(path).catch(() => undefined))?.mode ?? 0) & 0o777;
    // On Windows a mode says nothing.
    if ((mode & 0o077) > 0 && process.platform !== 'win32') {
      const words = `other users can read it (mode ${mode.toString(8).padStart(4, '0')})`;
      const advice = `chmod 600 ${toWord(path)}; into a container, mount it with mode 0400`;
      results.push({ name, ...warn(words, advice) });
    }
    if (mode === 0) continue;
    const { findGitProblem } = await import('../files/git.ts');
    const problem = await findGitProblem(env, resolve(path));
    if (problem === undefined) continue;
    const { isTracked, does, advice } = problem;
    results.push({ name, ...(isTracked ? fail : warn)(`git ${does} it`, advice) });
  }
  return results;
};

/** Looks at the configuration and at what it is read from. @throws {CliError} when a file of variables cannot be read */
export const readEnvironment = async (io: Io, sources: Sources) => {
  const read = await createReader(io, sources);
  const { record, secrets, check } = await read();
  const { config, findings } = await judgeConfiguration(check);
  const configuration = findings.map((finding) => ({ name: 'configuration', ...finding }));
  return {
    /** The variables, those of a file among them. */
    record,
    /** The checked configuration; `undefined` where it is wrong. */
    config,
    /** The current one first. */
    secrets: [secrets.current, ...secrets.previous]
      .filter((text) => text !== '')
      .map((text): Secret => ({ text, key: decodeKey(record, text) })),
    /** Whether anything of it was set. */
    isConfigured: Object.entries(record).some(
      ([name, value]) => name.startsWith('ZEP_AUTH_') && Boolean(value),
    ),
    /** On the configuration and its store. */
    results: [...configuration, ...(await judgeStore(record))] as readonly Result[],
  };
};
