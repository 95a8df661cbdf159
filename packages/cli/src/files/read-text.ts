// Files that options name, read whole.
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { decodeText, MAX_BYTES, readAll } from '../io/decode-text.ts';
import { CliError, causeOf, isCliError } from '../io/errors.ts';
import { type Io, quote } from '../io/io.ts';

export const toReadError = (path: string, error: unknown): CliError =>
  new CliError('ERR_FILE', `cannot read ${quote(path)}: ${causeOf(error)}`);

/** Reads a file at once, which loads less; a pipe or a device as it comes, so that a signal ends the wait. */
export const readBytes = async (path: string): Promise<Uint8Array> => {
  const stats = statSync(path);
  return stats.isFile() && stats.size <= MAX_BYTES
    ? readFileSync(path)
    : readAll(createReadStream(path), quote(path));
};

/** @throws {CliError} when the file cannot be read, is not UTF-8 text, or is larger than 1 MiB */
export const readText = async (io: Io, path: string): Promise<string> => {
  const content = await readBytes(path).catch((error: unknown) => {
    throw isCliError(error) ? error : toReadError(path, error);
  });
  return decodeText(io, content, quote(path));
};
