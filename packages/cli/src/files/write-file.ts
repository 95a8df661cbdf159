// Writing a secret to a file that only its owner can read.
import { existsSync } from 'node:fs';
import { unlink, writeFile as writeNew } from 'node:fs/promises';
import { resolve } from 'node:path';
import { decodeText } from '../io/decode-text.ts';
import { CliError, UsageError } from '../io/errors.ts';
import { type Io, quote, warn } from '../io/io.ts';
import { findGitProblem } from './git.ts';
import { toFileError } from './read-text.ts';
import { readSnapshot, replaceFile, type Snapshot } from './replace-file.ts';

const MODE = 0o600;

/** A file that may be written. */
export interface Place {
  readonly path: string;
  /** The file as it is now, and its text; `undefined` where it does not exist. */
  readonly snapshot?: Snapshot;
  readonly old?: string;
}

/** Reads the file that `--write` names. @throws {CliError} when it cannot be read, or is `-` */
export const readPlace = async (io: Io, write: string): Promise<Place> => {
  if (write === '-') {
    throw new UsageError('--write takes a file', 'leave it out to write to standard output');
  }
  const path = resolve(write);
  if (!existsSync(path)) return { path };
  const snapshot = await readSnapshot(path);
  return { path, snapshot, old: decodeText(io, snapshot.content, quote(path)) };
};

/** @throws {CliError} when there is a file, which must not be replaced */
export const assertReplaceable = ({ path, old }: Place, force: boolean): void => {
  if (old === undefined || force) return;
  throw new CliError('ERR_FILE', `${quote(path)} exists`, '--force replaces it');
};

/** Writes a file, and warns of what is wrong with its place. @throws {CliError} that says why it did not */
export const writeFile = async (
  io: Io,
  { path, snapshot }: Place,
  content: string,
): Promise<void> => {
  if (snapshot === undefined) {
    await writeNew(path, content, { flag: 'wx', mode: MODE, flush: true }).catch(async (error) => {
      if (error.code !== 'EEXIST') await unlink(path).catch(() => {});
      throw toFileError('write', path, error);
    });
  } else {
    for (const warning of await replaceFile(snapshot, content, MODE)) warn(io, warning);
  }
  if (process.platform === 'win32') {
    warn(io, `${quote(path)} has no mode on Windows: see to it that only the server can read it`);
  }
  const problem = await findGitProblem(io.env, path);
  if (problem) warn(io, `git ${problem.does} ${quote(path)}; ${problem.advice}`);
};
