// What a command is: its options and arguments, and the function that does the work with their values.
import type { Options, ValuesOf } from './argv/options.ts';
import type { Io } from './io/io.ts';

/** An argument that a command takes beside its options. */
export interface Positional<Name extends string = string> {
  readonly name: Name;
  readonly describe: string;
  /** What a shell completes it with. */
  readonly words?: readonly string[];
}

/** Every command by its name. */
export interface CommandTable {
  readonly [name: string]: {
    readonly describe: string;
    readonly load: () => Promise<{ readonly command: Command }>;
  };
}

/** One command, as the parser sees it. */
export interface Command<Values = { readonly [name: string]: unknown }> {
  readonly positionals?: readonly Positional[];
  readonly options: Options;
  /** Those of the options that the help shows together, by title; the others follow. */
  readonly groups?: { readonly [title: string]: Options };
  /** Command lines, each with what it does. */
  readonly examples: readonly (readonly [line: string, purpose: string])[];
  /** Does the work and returns the exit code. */
  run(values: Values, io: Io, commands: CommandTable): Promise<number>;
}

/** Gives `run` the types of the command's options and arguments: the parser reads the values by these. */
export const defineCommand = <const O extends Options, const Name extends string = never>(
  command: Command<ValuesOf<O> & { readonly [name in Name]?: string }> & {
    readonly options: O;
    readonly positionals?: readonly Positional<Name>[];
  },
): Command => command;

/** The argument of commands that take the secret from standard input. */
export const stdinArgument = {
  name: 'stdin',
  describe: '- takes the secret from standard input',
  words: ['-'],
} as const satisfies Positional;

/** The argument of commands that are about a token. */
export const tokenArgument = {
  name: 'token',
  describe: 'the token; without it, standard input',
} as const satisfies Positional;
