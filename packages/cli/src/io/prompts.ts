// Questions to a person, on the terminal.
// They appear on standard error, and only where a person is at the terminal.
import type { Option } from '@clack/prompts';
import { CliError } from './errors.ts';
import type { Io } from './io.ts';

/** Whether a person can be asked. */
export const isInteractive = ({ stdin, stdout, stderr }: Io): boolean =>
  stdin.isTTY === true && stdout.isTTY === true && stderr.isTTY === true;

const CANCELLED = 'cancelled: nothing was done';

const load = async ({ stdin, stderr, signal }: Io) => {
  const clack = await import('@clack/prompts');
  return { clack, streams: { input: stdin, output: stderr, signal } };
};

/** @throws {CliError} when the person cancels */
export const choose = async <T extends string>(
  io: Io,
  message: string,
  options: Option<T>[],
): Promise<T> => {
  const { clack, streams } = await load(io);
  const answer = await clack.select<T>({ ...streams, message, options, maxItems: 12 });
  if (clack.isCancel(answer)) throw new CliError('ERR_CANCELLED', CANCELLED);
  return answer;
};

/** @throws {CliError} when the person says no */
export const assertWanted = async (io: Io, message: string): Promise<void> => {
  const { clack, streams } = await load(io);
  const answer = await clack.confirm({ ...streams, message, initialValue: false });
  if (answer !== true) throw new CliError('ERR_CANCELLED', CANCELLED);
};

/** Asks for a secret, which is not shown. @throws {CliError} when the person cancels */
export const askHidden = async (io: Io, message: string): Promise<string> => {
  const { clack, streams } = await load(io);
  const answer = await clack.password({ ...streams, message });
  if (clack.isCancel(answer)) throw new CliError('ERR_CANCELLED', CANCELLED);
  return answer ?? '';
};
