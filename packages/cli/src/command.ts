// What a command is: its options, each declared once, and the function that does the work with their values.
import { parseDuration, parseInteger, parseTime, parseWord } from './argv/values.ts';
import type { Io } from './io/io.ts';

/** What the command line holds for an option. */
type Given = string | readonly string[] | boolean | undefined;

/** One option: how it is given, what the help says of it, and how its value is read. */
export interface Option<T = unknown> {
  /** A text given at most once, a text given any number of times, or a switch. */
  readonly kind: 'text' | 'texts' | 'flag';
  readonly describe: string;
  readonly alias?: string;
  /** What a shell completes its value with: files, as for every name that ends in `-file`, or these words. */
  readonly offers?: 'files' | readonly string[];
  /** @throws {UsageError} that names the option */
  readonly read: (given: Given, name: string) => T;
}

/** Options by their long names. */
export interface Options {
  readonly [name: string]: Option;
}

/** The one argument that a command may take beside its options. */
export interface Positional<Name extends string = string> {
  readonly name: Name;
  readonly describe: string;
  /** What a shell completes it with. */
  readonly words?: readonly string[];
}

type CamelCase<Name extends string> = Name extends `${infer First}-${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : Name;

/** The values of options by their names in camel case. */
export type ValuesOf<O extends Options> = {
  readonly [Name in keyof O & string as CamelCase<Name>]: O[Name] extends Option<infer T>
    ? T
    : never;
};

/** One command, as the parser sees it. */
export interface Command {
  readonly argument?: Positional;
  readonly options: Options;
  /** Command lines, each with what it does. */
  readonly examples: readonly (readonly [string, string])[];
  /** Does the work and returns the exit code. */
  readonly run: (
    values: { readonly [name: string]: unknown },
    io: Io,
    commands: CommandTable,
  ) => Promise<number>;
}

/** Every command by its name. */
export interface CommandTable {
  readonly [name: string]: {
    readonly describe: string;
    readonly load: () => Promise<Command>;
  };
}

interface Definition<O extends Options, Name extends string>
  extends Omit<Command, 'argument' | 'options' | 'run'> {
  readonly argument?: Positional<Name>;
  readonly options: O;
  readonly run: (
    values: ValuesOf<O> & { readonly [name in Name]?: string },
    io: Io,
    commands: CommandTable,
  ) => Promise<number>;
}

/** Gives `run` the types of the command's own options and argument. */
export const defineCommand = <const O extends Options, const Name extends string = never>(
  command: Definition<O, Name>,
): Command => ({
  ...command,
  // The parser has read the values by these very options.
  run: (values, io, commands) =>
    command.run(values as ValuesOf<O> & { readonly [name in Name]?: string }, io, commands),
});

const toCamelCase = (name: string): string =>
  name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

/**
 * Reads the values of options from what the parser has found.
 *
 * @throws {UsageError} that names the option
 */
export const readValues = (
  options: Options,
  given: { readonly [name: string]: unknown },
): { readonly [name: string]: unknown } =>
  Object.fromEntries(
    Object.entries(options).map(([name, { read }]) => [
      toCamelCase(name),
      read(given[name] as Given, name), // yargs knows each option as a text, texts, or a switch
    ]),
  );

type Offers = NonNullable<Option['offers']>;

/** An option whose text is read by `parse`; `fallback` is its value where it is not given. */
export const parsed = <T, F = undefined>(
  describe: string,
  parse: (text: string, name: string) => T,
  fallback: F,
  offers?: Offers,
): Option<T | F> => ({
  kind: 'text',
  describe,
  ...(offers !== undefined && { offers }),
  read: (given, name) => (typeof given === 'string' ? parse(given, name) : fallback),
});

export const text = (describe: string, offers?: Offers): Option<string | undefined> =>
  parsed(describe, (given) => given, undefined, offers);

export const texts = (describe: string): Option<readonly string[]> => ({
  kind: 'texts',
  describe,
  read: (given) => (Array.isArray(given) ? given : []),
});

export const flag = (describe: string, alias?: string): Option<boolean> => ({
  kind: 'flag',
  describe,
  ...(alias !== undefined && { alias }),
  read: (given) => given === true,
});

/** A whole number. */
export const integer = <F extends number | undefined>(
  describe: string,
  [min, max]: readonly [number, number],
  fallback: F,
): Option<number | F> =>
  parsed(describe, (given, name) => parseInteger(name, given, min, max), fallback);

/** One of a few words. */
export const word = <const W extends string, F extends W | undefined>(
  describe: string,
  words: readonly W[],
  fallback: F,
): Option<W | F> =>
  parsed(describe, (given, name) => parseWord(name, given, words), fallback, words);

/** A duration, in seconds. */
export const duration = (describe: string): Option<number | undefined> =>
  parsed(describe, (given, name) => parseDuration(name, given), undefined);

/** A point in time, in seconds since 1970. */
export const time = (describe: string): Option<number | undefined> =>
  parsed(
    describe,
    (given, name) => parseTime(name, given, Math.floor(Date.now() / 1000)),
    undefined,
  );

export const json: Option<boolean> = flag('print JSON');

export const secretFile: Option<string | undefined> = text(
  'read the secret from this file, or - for stdin',
);

export const envFile: Option<string | undefined> = text(
  'read variables from this file; those of the environment win',
);

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

/** The options of commands that write a file. */
export const writing: {
  readonly write: Option<string | undefined>;
  readonly force: Option<boolean>;
  readonly yes: Option<boolean>;
} = {
  write: text('write it to this file, for its owner alone to read', 'files'),
  force: flag('replace the file where there is one already'),
  yes: flag('ask nothing and wait for nothing, at a terminal too'),
};
