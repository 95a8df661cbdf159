// Writing a secret to a file that only its owner can read.
import { lstat, unlink, writeFile as writeNew } from 'node:fs/promises';
import { resolve } from 'node:path';
import { decodeText } from '../io/decode-text.ts';
import { CliError, UsageError } from '../io/errors.ts';
import { type Io, quote, warn } from '../io/io.ts';
import { findGitState, GIT_PROBLEMS } from './git.ts';
import { toFileError } from './read-text.ts';
import { readSnapshot, replaceFile } from './replace-file.ts';

const MODE = 0o600;

/** A file that may be written. */
export interface Place {
  readonly path: string;
  /** Its content now; `undefined` where it does not exist. */
  readonly old: string | undefined;
}

/**
 * Reads the file that `--write` names.
 *
 * @throws {UsageError} when no file is named
 * @throws {CliError} when it cannot be read
 */
export const readPlace = async (io: Io, write = ''): Promise<Place> => {
  if (write === '-') {
    throw new UsageError('--write takes a file', 'leave it out to write to standard output');
  }
  const path = resolve(write);
  const exists = await lstat(path).then(
    () => true,
    () => false,
  );
  if (!exists) return { path, old: undefined };
  return { path, old: decodeText(io, (await readSnapshot(path)).content, quote(path)) };
};

/** @throws {CliError} when there is a file, which must not be replaced */
export const assertReplaceable = ({ path, old }: Place, force: boolean): void => {
  if (old === undefined || force) return;
  throw new CliError('ERR_FILE', `${quote(path)} exists`, '--force replaces it');
};

/**
 * Writes a file, and warns of what is wrong with its place.
 *
 * @throws {CliError} that says why it did not
 */
export const writeFile = async (io: Io, { path, old }: Place, content: string): Promise<void> => {
  if (old === undefined) {
    await writeNew(path, content, { flag: 'wx', mode: MODE, flush: true }).catch(async (error) => {
      if (error.code !== 'EEXIST') await unlink(path).catch(() => {});
      throw toFileError('write', path, error);
    });
  } else {
    for (const warning of await replaceFile(await readSnapshot(path), content, MODE)) {
      warn(io, warning);
    }
  }
  if (process.platform === 'win32') {
    warn(io, `${quote(path)} has no mode on Windows: see to it that only the server can read it`);
  }
  const state = await findGitState(io.env, path);
  if (state !== 'tracked' && state !== 'not-ignored') return;
  const [detail, advice] = GIT_PROBLEMS[state];
  warn(io, `git ${detail} ${quote(path)}; ${advice}`);
};
