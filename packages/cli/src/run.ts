// A run of zepcli: the command line is checked, parsed and carried out, and answered with an exit code.
// An error is one message: no stack, and nothing of the command line that might be a secret.
import { isAuthError } from '@zep-auth/core';
import { assertForms, assertNoSecrets } from './argv/secrets-in-argv.ts';
import { ZEP_COMPAT } from './argv/zep-compat.ts';
import type { Command } from './command.ts';
import { COMMANDS } from './commands.ts';
import { CliError, type Io, log, UsageError } from './io/io.ts';

/** `help token` means `token --help`, and nothing at all means `--help`. */
const toOption = (argv: readonly string[]): readonly string[] => {
  if (argv[0] === 'help') return [...argv.slice(1), '--help'];
  return argv.length === 0 ? ['--help'] : argv;
};

const parse = async (
  argv: readonly string[],
  name: string | undefined,
  command: Command,
  io: Io,
): Promise<number> => {
  const { carryOut, Refusal } = await import('./argv/parser.ts');
  try {
    return await carryOut({ argv, name, command, commands: COMMANDS }, io);
  } catch (error) {
    if (!(error instanceof Refusal) && (error as Error).name !== 'YError') throw error;
    const { suggest } = await import('./argv/suggest.ts');
    const names = Object.keys(COMMANDS);
    throw new UsageError(suggest((error as Error).message, { argv, name, command, names }));
  }
};

const carryOut = async (argv: readonly string[], io: Io): Promise<number> => {
  const zepCompat = ZEP_COMPAT.get(argv.join(' '));
  if (zepCompat !== undefined) return zepCompat(io);
  const line = toOption(argv);
  const name = line.find((argument) => !argument.startsWith('-'));
  const entry = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  const command = (await entry?.load()) ?? (await import('./argv/root.ts')).root;
  assertNoSecrets(argv, io.env, command.options);
  assertForms(argv);
  return parse(line, entry && name, command, io);
};

/** Carries out a command line and returns the exit code: 0 done, 1 refused or failed, 2 the command line is wrong. */
export const run = async (argv: readonly string[], io: Io): Promise<number> => {
  try {
    return await carryOut(argv, io);
  } catch (error) {
    const { name, message } = error as Error;
    if (error instanceof UsageError) {
      log(io, message);
      return 2;
    }
    const isExpected = isAuthError(error) || error instanceof CliError;
    log(io, isExpected ? message : `unexpected error (${name})`);
    return 1;
  }
};
