// A run of zepcli: the command line is screened, parsed, carried out, and answered with an exit code.
// Never prints a stack, and never repeats an argument whose name it does not know.
import { isAuthError } from '@zep-auth/core';
import { assertForms } from './argv/arguments.ts';
import { assertNoSecrets } from './argv/secrets-in-argv.ts';
import { DROP_IN } from './argv/zep-compat.ts';
import { CliError, type Io, log, print, UsageError } from './io/io.ts';

/** `help token` is what many type for `token --help`. */
const toOption = (argv: readonly string[]): readonly string[] =>
  argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv;

const parse = async (argv: readonly string[], io: Io): Promise<number> => {
  const { createParser, Refusal, tidyHelp } = await import('./argv/parser.ts');
  let exitCode = 0;
  const parser = createParser(argv, io, (code) => {
    exitCode = code;
  });
  try {
    // yargs would answer this one itself, with names for the completion that is not the one here.
    if (argv.some((argument) => argument.startsWith('--get-yargs-completions')))
      throw new Refusal('an option of yargs');
    await parser.parseAsync(argv, {}, (_error, _args, output) => {
      if (output) print(io, tidyHelp(output));
    });
    return exitCode;
  } catch (error) {
    if (!(error instanceof Refusal) && (error as Error).name !== 'YError') throw error;
    const { suggest } = await import('./argv/suggest.ts');
    throw new UsageError(await suggest((error as Error).message, argv));
  }
};

/** Carries out a command line and returns the exit code: 0 done, 1 refused or failed, 2 the command line is wrong. */
export const run = async (argv: readonly string[], io: Io): Promise<number> => {
  try {
    const drop = DROP_IN.get(argv.join(' '));
    if (drop !== undefined) return await drop(io);
    assertNoSecrets(argv, io.env);
    assertForms(argv);
    return await parse(toOption(argv), io);
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
