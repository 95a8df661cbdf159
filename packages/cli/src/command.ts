// What a command is: data that `run.ts` gives to yargs, and a function that does the work.
// Never parses on its own: every option is a text or a switch, and its command reads the text.
import type { InferredOptionTypes } from 'yargs';
import type { Io } from './io/io.ts';

/** An option with a text, given at most once. */
export interface TextOption {
  readonly type: 'string';
  readonly requiresArg: true;
  readonly describe: string;
  /** What a shell offers for it: files, as for every name that ends in `-file`, or these words. */
  readonly offers?: 'files' | readonly string[];
}

/** An option with a text, given any number of times. */
export interface TextsOption extends TextOption {
  readonly array: true;
}

/** A switch. */
export interface FlagOption {
  readonly type: 'boolean';
  readonly describe: string;
}

/** Options by their long names. */
export interface CommandOptions {
  readonly [name: string]: TextOption | TextsOption | FlagOption;
}

/** One command, as `run.ts` sees it. */
export interface Command {
  readonly options: CommandOptions;
  /** Command lines, each with what it does. */
  readonly examples: readonly (readonly [string, string])[];
  /** Does the work and returns the exit code. */
  readonly run: (args: { readonly [name: string]: unknown }, io: Io) => Promise<number>;
}

interface Definition<O extends CommandOptions> extends Omit<Command, 'options' | 'run'> {
  readonly options: O;
  readonly run: (args: Arguments<O>, io: Io) => Promise<number>;
}

/** What yargs makes of the options, and the one positional argument that some commands take. */
type Arguments<O extends CommandOptions> = InferredOptionTypes<O> & {
  readonly stdin?: string;
  readonly token?: string;
  readonly url?: string;
  readonly shell?: string;
};

/** Gives `run` the types of the command's own options. */
export const defineCommand = <const O extends CommandOptions>(command: Definition<O>): Command => ({
  ...command,
  run: (args, io) => command.run(args as Arguments<O>, io), // yargs has parsed them by these options
});

export const text = (describe: string, offers?: TextOption['offers']): TextOption => ({
  type: 'string',
  requiresArg: true,
  describe,
  ...(offers !== undefined && { offers }),
});
export const texts = (describe: string): TextsOption => ({ ...text(describe), array: true });
export const flag = (describe: string): FlagOption => ({ type: 'boolean', describe });

/** `--json`, the same everywhere. */
export const json: FlagOption = flag('print JSON');

/** `--secret-file`, the same everywhere. */
export const secretFile: TextOption = text('read the secret from this file, or - for stdin');

/** `--env-file`, the same wherever it adds variables. */
export const envFile: TextOption = text(
  'read variables from this file; those of the environment win',
);

/** What goes with a file that is written, the same everywhere. */
export const writing: {
  readonly write: TextOption;
  readonly force: FlagOption;
  readonly yes: FlagOption;
} = {
  write: text('write it to this file, for its owner alone to read', 'files'),
  force: flag('replace the file where there is one already'),
  yes: flag('ask nothing and wait for nothing, at a terminal too'),
};
