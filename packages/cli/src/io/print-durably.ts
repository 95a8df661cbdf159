// Printing what cannot be printed a second time.
// Never takes for printed what is not out yet.
import { CliError, type Io } from './io.ts';

/**
 * Writes data, a line, to standard output, and waits until it is out.
 *
 * @throws {CliError} with `advice` where it does not get out
 */
export const printDurably = async ({ stdout }: Io, line: string, advice: string): Promise<void> => {
  try {
    await new Promise<void>((resolve, reject) => {
      stdout.write(`${line}\n`, (error) => (error ? reject(error) : resolve()));
    });
  } catch {
    throw new CliError(`standard output failed; ${advice}`);
  }
};
