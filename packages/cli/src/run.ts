// A run of zepcli: the command line is screened, parsed, carried out, and answered with an exit code.
// Never prints a stack, and never repeats an argument whose name it does not know.
import { isAuthError } from '@zep-auth/core';
import { assertForms, explain } from './arguments.ts';
import { DROP_IN } from './drop-in.ts';
import { Failure, type Io, print, say, UsageError } from './io.ts';
import { screen } from './screen.ts';

/** Carries out a command line and returns the exit code: 0 done, 1 refused or failed, 2 the command line is wrong. */
export const run = async (argv: readonly string[], io: Io): Promise<number> => {
  let exitCode = 0;
  try {
    const drop = DROP_IN.get(argv.join(' '));
    if (drop !== undefined) return await drop(io);
    screen(argv, io.env);
    assertForms(argv);
    const { createParser } = await import('./parser.ts');
    const parser = createParser(argv, io, (code) => {
      exitCode = code;
    });
    await parser.parseAsync(argv, {}, (_error, _args, output) => {
      if (output) print(io, output);
    });
    return exitCode;
  } catch (error) {
    const { name, message } = error as Error;
    if (error instanceof UsageError || name === 'YError') {
      say(io, name === 'YError' ? explain(message, argv) : message);
      return 2;
    }
    const isExpected = isAuthError(error) || error instanceof Failure;
    say(io, isExpected ? message : `unexpected error (${name})`);
    return 1;
  }
};
