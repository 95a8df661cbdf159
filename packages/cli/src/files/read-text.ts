// Files that options name, read whole.
import { readFileSync } from 'node:fs';
import { decodeText } from '../io/decode-text.ts';
import { CliError, causeOf } from '../io/errors.ts';
import { type Io, quote } from '../io/io.ts';

export const toReadError = (path: string, error: unknown): CliError =>
  new CliError('ERR_FILE', `cannot read ${quote(path)}: ${causeOf(error)}`);

/** @throws {CliError} when the file cannot be read, or is not UTF-8 text */
export const readText = (io: Io, path: string): string => {
  let content: Uint8Array;
  try {
    content = readFileSync(path);
  } catch (error) {
    throw toReadError(path, error);
  }
  return decodeText(io, content, quote(path));
};
