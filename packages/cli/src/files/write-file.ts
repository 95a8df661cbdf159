// Writing a secret to a file that only its owner can read.
// Never over a file that is there, unless that was asked for, and never half of it.
import { lstat, open, stat, unlink } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CliError, codeOf, decodeUtf8, type Io, log, UsageError } from '../io/io.ts';
import { assertWanted, isInteractive } from '../io/prompts.ts';
import { findGitState, GIT_PROBLEMS } from './git.ts';
import { replaceFile } from './replace-file.ts';
import { readSnapshot } from './snapshot.ts';

const MODE = 0o600;
const WHAT = 'the file that --write names';
const IS_THERE = `${WHAT} is there already; --force replaces it`;

/** The options that go with `--write`. */
export interface WriteOptions {
  readonly write?: string | undefined;
  readonly force?: boolean | undefined;
  readonly yes?: boolean | undefined;
}

/** A file that may be written. */
export interface Place {
  readonly path: string;
  /** Whether there is one that is replaced. */
  readonly isReplaced: boolean;
}

/**
 * Finds out whether a file may be written, and asks where one would be replaced.
 *
 * @throws {UsageError} when no file is named
 * @throws {CliError} when it must not be replaced
 */
export const findPlace = async (
  io: Io,
  { write = '', force, yes }: WriteOptions,
  question: string,
): Promise<Place> => {
  if (write === '-') {
    throw new UsageError('--write takes a file; without it, all goes to standard output');
  }
  const path = resolve(write);
  const isReplaced = await lstat(path).then(
    () => true,
    () => false,
  );
  if (isReplaced && !force) {
    if (yes || !isInteractive(io)) throw new CliError(IS_THERE);
    await assertWanted(io, question);
  }
  return { path, isReplaced };
};

const create = async (path: string, content: string): Promise<void> => {
  const handle = await open(path, 'wx', MODE); // nor through a link
  try {
    await handle.writeFile(content);
    await handle.sync();
  } catch (error) {
    await unlink(path).catch(() => {});
    throw error;
  } finally {
    await handle.close();
  }
};

/** Where a file has no mode of its own, as on Windows, its folder says who reads it. */
const warnOfMode = async (io: Io, path: string): Promise<void> => {
  const { mode } = await stat(path);
  if ((mode & 0o077) === 0) return;
  log(io, 'warning: files have no modes here, so see to it that only the server can read this one');
};

const warnOfGit = async (io: Io, path: string): Promise<void> => {
  const state = await findGitState(io.env, path);
  if (state !== 'tracked' && state !== 'not-ignored') return;
  const [detail, advice] = GIT_PROBLEMS[state];
  log(io, `warning: git ${detail} the file; ${advice}`);
};

/**
 * Writes a file, or makes a new one of what is there, and says what is wrong with its place.
 *
 * @throws {CliError} that says why it did not
 */
export const writeFile = async (
  io: Io,
  { path, isReplaced }: Place,
  make: (old: string) => string,
): Promise<void> => {
  if (isReplaced) {
    const snapshot = await readSnapshot(path, undefined, WHAT);
    const content = make(decodeUtf8(snapshot.content, WHAT));
    for (const warning of await replaceFile(snapshot, content, undefined, MODE)) {
      log(io, `warning: ${warning}`);
    }
  } else {
    const content = make('');
    await create(path, content).catch((error: unknown) => {
      const code = codeOf(error);
      throw new CliError(code === 'EEXIST' ? IS_THERE : `${WHAT} cannot be written (${code})`);
    });
  }
  await warnOfMode(io, path);
  await warnOfGit(io, path);
};
