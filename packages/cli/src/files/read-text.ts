// Files that options name, read whole. Their names are not repeated: one may be a secret in the wrong place.
import { readFile } from 'node:fs/promises';
import { CliError, codeOf, decodeUtf8 } from '../io/io.ts';

/** @throws {CliError} that names the option */
export const toReadError = (what: string, error: unknown): CliError =>
  new CliError(`${what} cannot be read (${codeOf(error)})`);

/** @throws {CliError} when the file cannot be read, or is not UTF-8 text */
export const readText = async (option: string, path: string): Promise<string> => {
  const what = `the file that --${option} names`;
  const content = await readFile(path).catch((error: unknown) => {
    throw toReadError(what, error);
  });
  return decodeUtf8(content, what);
};
