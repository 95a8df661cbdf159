// Files that options name, read whole.
import { readFile } from 'node:fs/promises';
import { decodeText } from '../io/decode-text.ts';
import { CliError, causeOf } from '../io/errors.ts';
import { type Io, quote } from '../io/io.ts';

export const toReadError = (path: string, error: unknown): CliError =>
  new CliError('ERR_FILE', `cannot read ${quote(path)}: ${causeOf(error)}`);

/** @throws {CliError} when the file cannot be read, or is not UTF-8 text */
export const readText = async (io: Io, path: string): Promise<string> => {
  const content = await readFile(path).catch((error: unknown) => {
    throw toReadError(path, error);
  });
  return decodeText(io, content, quote(path));
};
