// Files that options name, read whole.
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { decodeText, MAX_BYTES, readAll } from '../io/decode-text.ts';
import { CliError, causeOf, isCliError } from '../io/errors.ts';
import { type Io, quote } from '../io/io.ts';

/** What to do about a file, by the code of the error. */
export const HINTS: { readonly [code: string]: string } = {
  ENOENT: 'check its path',
  ENOTDIR: 'check its path',
  EISDIR: 'name a file in it',
  EACCES: 'run this as a user who may, or change its mode',
  ENOSPC: 'make room on the disk',
  EROFS: 'run this where the file system can be written',
};

/** What is said of a file that cannot be read, written or replaced, with what to do by the code of the error. */
export const toFileError = (
  verb: 'read' | 'write' | 'replace',
  path: string,
  error: unknown,
  hints = HINTS,
): CliError => {
  if (isCliError(error)) return error;
  const hint = hints[String((error as NodeJS.ErrnoException).code)];
  return new CliError('ERR_FILE', `cannot ${verb} ${quote(path)}: ${causeOf(error)}`, hint);
};

/** Reads a file at once, which loads less; a pipe or a device as it comes, so that a signal ends the wait. */
export const readBytes = async (path: string): Promise<Buffer> => {
  const stats = statSync(path);
  return stats.isFile() && stats.size <= MAX_BYTES
    ? readFileSync(path)
    : readAll(createReadStream(path), quote(path));
};

/** @throws {CliError} when the file cannot be read, is not UTF-8 text, or is larger than 1 MiB */
export const readText = async (io: Io, path: string): Promise<string> => {
  const content = await readBytes(path).catch((error: unknown) => {
    throw toFileError('read', path, error);
  });
  return decodeText(io, content, quote(path));
};
