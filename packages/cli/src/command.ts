// What a command is: its options, each declared once, and the function that does the work with their values.
import { parseInteger, parseTime, parseWord } from './argv/values.ts';
import type { Io } from './io/io.ts';

/** What the command line holds for an option. */
type Given = string | readonly string[] | boolean | undefined;

/** One option: how it is given, what the help says of it, and how its value is read. */
export interface Option<T = unknown> {
  /** A text given at most once, a text given any number of times, or a switch. */
  readonly kind: 'text' | 'texts' | 'flag';
  readonly describe: string;
  /** What the help shows for its value: `<file>`. */
  readonly placeholder?: string;
  readonly alias?: string;
  /** What a shell completes its value with: files, or these words. */
  readonly offers?: 'files' | readonly string[];
  /** @throws {UsageError} that names the option */
  readonly read: (given: Given, name: string) => T;
}

/** Options by their long names. */
export interface Options {
  readonly [name: string]: Option;
}

/** An argument that a command takes beside its options. */
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

/** Every command by its name. */
export interface CommandTable {
  readonly [name: string]: {
    readonly describe: string;
    readonly load: () => Promise<Command>;
  };
}

/** One command, as the parser sees it. */
export interface Command {
  readonly positionals?: readonly Positional[];
  readonly options: Options;
  /** Options that the help shows together, by title; the others follow. */
  readonly groups?: { readonly [title: string]: readonly string[] };
  /** Command lines, each with what it does. */
  readonly examples: readonly (readonly [line: string, purpose: string])[];
  /** Does the work and returns the exit code. */
  readonly run: (
    values: { readonly [name: string]: unknown },
    io: Io,
    commands: CommandTable,
  ) => Promise<number>;
}

type Values<O extends Options, Name extends string> = ValuesOf<O> & {
  readonly [name in Name]?: string;
};

interface Definition<O extends Options, Name extends string> extends Pick<Command, 'examples'> {
  readonly positionals?: readonly Positional<Name>[];
  readonly options: O;
  readonly groups?: { readonly [title: string]: readonly (keyof O & string)[] };
  readonly run: (values: Values<O, Name>, io: Io, commands: CommandTable) => Promise<number>;
}

/** Gives `run` the types of the command's options and arguments. */
export const defineCommand = <const O extends Options, const Name extends string = never>(
  command: Definition<O, Name>,
): Command => ({
  ...command,
  // The parser has read the values by these very options.
  run: (values, io, commands) => command.run(values as Values<O, Name>, io, commands),
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

/** An option whose text is read by `parse`; `fallback` is its value where it is not given. */
export const parsed = <T, F = undefined>(
  placeholder: string,
  describe: string,
  parse: (text: string, name: string) => T,
  fallback: F,
): Option<T | F> => ({
  kind: 'text',
  placeholder,
  describe,
  read: (given, name) => (typeof given === 'string' ? parse(given, name) : fallback),
});

export const text = (placeholder: string, describe: string): Option<string | undefined> =>
  parsed(placeholder, describe, (given) => given, undefined);

export const texts = (placeholder: string, describe: string): Option<readonly string[]> => ({
  kind: 'texts',
  placeholder,
  describe,
  read: (given) => (Array.isArray(given) ? given : []),
});

export const flag = (describe: string, alias?: string): Option<boolean> => ({
  kind: 'flag',
  describe,
  ...(alias !== undefined && { alias }),
  read: (given) => given === true,
});

/** The name of a file. */
export const file = (describe: string): Option<string | undefined> => ({
  ...text('<file>', describe),
  offers: 'files',
});

/** A whole number. */
export const integer = <F extends number | undefined>(
  placeholder: string,
  describe: string,
  [min, max]: readonly [number, number],
  fallback: F,
): Option<number | F> =>
  parsed(placeholder, describe, (given, name) => parseInteger(name, given, min, max), fallback);

/** One of a few words. */
export const word = <const W extends string, F extends W | undefined>(
  words: readonly W[],
  describe: string,
  fallback: F,
): Option<W | F> => ({
  ...parsed(
    `<${words.join('|')}>`,
    describe,
    (given, name) => parseWord(name, given, words),
    fallback,
  ),
  offers: words,
});

const nowSeconds = (): number => Math.floor(Date.now() / 1000);

/** A point in time, in seconds since 1970. */
export const time = (describe: string): Option<number | undefined> =>
  parsed('<time>', describe, (given, name) => parseTime(name, given, nowSeconds()), undefined);

export const json: Option<boolean> = flag('print JSON, errors too');

export const secretFile = file('read the secret from this file, or - for standard input');

export const dotenv = file('read variables from this file; the environment wins');

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
export const writing = {
  write: file('write to this file instead, readable by its owner only'),
  force: flag('write even if the file exists'),
  yes: flag('never prompt'),
} as const;
