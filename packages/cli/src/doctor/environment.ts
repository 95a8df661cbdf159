// The environment of the doctor: the configuration, its secrets, the store, and the files they are in.
import { readFile } from 'node:fs/promises';
import { type AuthConfig, isAuthError, judgeSecret, loadAuthConfig } from '@zep-auth/core';
import { createVariableReader, findPublishedSecret, readSecretTexts } from '../config.ts';
import { causeOf, isCliError } from '../io/errors.ts';
import { type Io, quote } from '../io/io.ts';
import { openStore } from '../store.ts';
import { judgeFiles, type Sources } from './files.ts';
import { type Finding, fail, findBy, pass, type Result, skipped, warn } from './result.ts';

export interface Environment {
  /** The variables, those of a file among them. */
  readonly record: Io['env'];
  /** The checked configuration; `undefined` where it is wrong. */
  readonly config: AuthConfig | undefined;
  /** The texts of the secrets, right or wrong, the current one first. */
  readonly secrets: readonly string[];
  /** Whether anything of it was set. */
  readonly isConfigured: boolean;
  /** On the configuration, its secret and its store. */
  readonly results: readonly Result[];
  /** On the files that it is read from. */
  readonly files: readonly Result[];
}

const judgeConfiguration = async (
  record: Io['env'],
  nameSource: (text: string) => string,
): Promise<{ readonly config?: AuthConfig; readonly findings: readonly Finding[] }> => {
  const find = (status: 'warn' | 'fail') => (text: string) => findBy(status, nameSource(text));
  try {
    const config = await loadAuthConfig(record, { readFile });
    const published = await findPublishedSecret(record);
    if (published !== undefined) return { findings: [find('fail')(published)] };
    const keys = config.keyring?.size ?? 0;
    const words = `no problem; ${keys} ${keys === 1 ? 'secret' : 'secrets'}`;
    const warnings = config.warnings.map(find('warn'));
    return { config, findings: warnings.length > 0 ? warnings : [pass(words)] };
  } catch (error) {
    if (!isAuthError(error)) throw error;
    const { problems = [], message } = error;
    // The lines that follow the problems are about names that are not read.
    const [failures, others] = [problems.length, message.split('\n').slice(problems.length)];
    const lines = message.split('\n').slice(0, failures);
    return { findings: [...lines.map(find('fail')), ...others.map(find('warn'))] };
  }
};

const judgeStrength = (secret: string, config: AuthConfig | undefined): Finding => {
  if (secret === '') return skipped('there is none here');
  const bytes = Buffer.byteLength(secret);
  if (judgeSecret(secret).length > 0) {
    // The reason is a problem or a warning of the configuration.
    if (config === undefined) return skipped('unfit: see configuration');
    return warn(`${bytes} bytes`, 'make one with `zepcli secret`');
  }
  const isOurs = /^[\w-]{86}==$/.test(secret);
  return pass(isOurs ? '64 random bytes, as `zepcli secret` makes them' : `${bytes} bytes`);
};

/** Asks the store something; `undefined` where the environment names none. */
export const judgeStore = async (
  record: Io['env'],
  timeoutMs = 5000,
): Promise<Finding | undefined> => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    const store = await openStore(record);
    if (store === undefined) return undefined;
    const silence = new Promise((_, reject) => {
      timer = setTimeout(() => reject('no answer in time'), timeoutMs);
    });
    try {
      await Promise.race([store.storage.getItem('zepcli-doctor'), silence]);
      return pass(`${quote(store.name)} answers`);
    } catch (error) {
      const cause = causeOf(store.lastError() ?? error);
      return fail(`${quote(store.name)} does not answer: ${cause}`, 'start it, or correct the URL');
    } finally {
      await store.close();
    }
  } catch (error) {
    if (isCliError(error)) return fail(error.message, error.hint ?? 'correct it');
    throw error;
  } finally {
    clearTimeout(timer);
  }
};

/**
 * Looks at the configuration and at what it is read from.
 *
 * @throws {CliError} when a file of variables cannot be read
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
      ([name, value]) => name.startsWith('ZEP_AUTH_') && Boolean(value),
    ),
    results: [
      ...findings.map((finding) => ({ name: 'configuration', ...finding })),
      { name: 'secret', ...judgeStrength(current, config) },
      ...(store === undefined ? [] : [{ name: 'store', ...store }]),
    ],
    files: await judgeFiles(io, record, sources),
  };
};
