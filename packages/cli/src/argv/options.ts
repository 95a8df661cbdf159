// The options of commands, each declared once: how it is given, what the help says of it, and how its value is read.
import { parseInteger, parseTime, parseWord } from './values.ts';

/** What the command line holds for an option. */
type Given = string | readonly string[] | boolean | undefined;

export interface Option<T = unknown> {
  /** A text given at most once, a text given any number of times, or a switch. */
  readonly kind: 'text' | 'texts' | 'flag';
  readonly describe: string;
  /** What the help shows for its value: `<file>`. */
  readonly placeholder?: string;
  readonly alias?: string;
  /** What a shell completes its value with: files, or these words. */
  readonly offers?: 'files' | readonly string[];
  /** Another option, without which this one has no effect. */
  readonly needs?: string;
  /** @throws {UsageError} that names the option */
  readonly read: (given: Given, name: string) => T;
}

/** Options by their long names. */
export interface Options {
  readonly [name: string]: Option;
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

const toCamelCase = (name: string): string =>
  name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Reads the values of options from what the parser has found. @throws {UsageError} that names the option */
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
  fallback?: F,
): Option<T | NoInfer<F>> => ({
  kind: 'text',
  placeholder,
  describe,
  // Without a fallback F is undefined.
  read: (given, name) => (typeof given === 'string' ? parse(given, name) : (fallback as F)),
});

export const text = <F extends string | undefined = undefined>(
  placeholder: string,
  describe: string,
  fallback?: F,
): Option<string | F> => parsed(placeholder, describe, (given) => given, fallback);

export const texts = (placeholder: string, describe: string): Option<readonly string[]> => ({
  kind: 'texts',
  placeholder,
  describe: `${describe}; repeatable`,
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
export const integer = <F extends number | undefined = undefined>(
  placeholder: string,
  describe: string,
  [min, max]: readonly [number, number],
  fallback?: F,
): Option<number | F> =>
  parsed(placeholder, describe, (given, name) => parseInteger(given, name, min, max), fallback);

/** One of a few words. */
export const word = <const W extends string, F extends W | undefined = undefined>(
  words: readonly W[],
  describe: string,
  fallback?: F,
): Option<W | F> => {
  const parse = (given: string, name: string): W => parseWord(given, name, words);
  return { ...parsed(`<${words.join('|')}>`, describe, parse, fallback), offers: words };
};

/** A point in time, in seconds since 1970. */
export const time = (describe: string): Option<number | undefined> =>
  parsed('<time>', describe, parseTime);

export const json: Option<boolean> = flag('print JSON, errors too');

/** Where a command finds its secret, beside the environment. */
export const source = {
  'secret-file': file('read the secret from this file, or - for standard input'),
  dotenv: file('read variables from this file; the environment wins'),
} as const;

/** An option that has no effect without another one. */
export const needing = <T>(needs: string, option: Option<T>): Option<T> => ({ ...option, needs });

/** The options of commands that write a file. */
export const writing = {
  write: file('write to this file instead, readable by its owner only'),
  force: needing('write', flag('write even if the file exists')),
} as const;
