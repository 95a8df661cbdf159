// What is said of a command line that yargs refuses, with the name that may have been meant.
// Never repeats what was typed, which may be a secret: only names that there are get into a message.
import { closest, distance } from 'fastest-levenshtein';
import type { Command } from '../command.ts';

/** What is longer than this is no name that was mistyped. */
const MAX_LENGTH = 24;

const toLetters = (word: string): string => [...word].sort().join('');

/** The name that was meant: with the same letters, with the same beginning, or at most two slips away. */
const findNear = (typed: string, names: readonly string[]): string | undefined => {
  const word = typed.toLowerCase();
  if (word.length < 2 || word.length > MAX_LENGTH) return undefined;
  const letters = toLetters(word);
  const swapped = names.find((name) => toLetters(name) === letters);
  if (swapped !== undefined) return swapped;
  const beginning = names.filter((name) => name.startsWith(word));
  if (beginning.length === 1) return beginning[0];
  const begun = names.filter((name) => word.startsWith(name)).at(-1); // subject for sub
  if (begun !== undefined) return begun;
  const near = closest(word, names);
  return distance(word, near) <= Math.min(2, Math.floor(near.length / 2)) ? near : undefined;
};

/** The name that was meant, or where all names are. */
const ask = (name: string | undefined, help: string): string =>
  name === undefined ? help : `did you mean ${name}?`;

const namesOf = (options: object): readonly string[] => ['help', ...Object.keys(options)];

/** The first option of a command line that is none of these, and its place. */
const findUnknown = (argv: readonly string[], names: readonly string[], letters: string) => {
  const isKnown = (argument: string): boolean =>
    argument === '-' ||
    new RegExp(`^-[${letters}]+$`).test(argument) ||
    names.includes(/^--([^=]*)/.exec(argument)?.[1] ?? '');
  const index = argv.findIndex((argument) => argument.startsWith('-') && !isKnown(argument));
  const [, typed = ''] = /^--?([^=]*)/.exec(argv[index] ?? '') ?? [];
  return index === -1 ? undefined : { place: index + 1, typed };
};

/** The command line that yargs refused. */
interface Refused {
  readonly argv: readonly string[];
  /** `undefined` for zepcli without a command. */
  readonly name: string | undefined;
  readonly command: Command;
  /** The names of all commands. */
  readonly names: readonly string[];
}

/** Returns what to say of a command line that yargs refused with this message. */
export const suggest = (message: string, { argv, name, command, names }: Refused): string => {
  const help = `see \`zepcli${name === undefined ? '' : ` ${name}`} --help\``;
  const options = namesOf(command.options);
  const [, option = ''] = /^Not enough arguments following: ([a-z-]+)$/.exec(message) ?? [];
  if (options.includes(option)) return `--${option} needs a value; ${help}`;
  const word = argv.find((argument) => !argument.startsWith('-'));
  if (name === undefined && word !== undefined) {
    const near = findNear(word, names);
    return `there is no such command; ${ask(near && `\`zepcli ${near}\``, help)}`;
  }
  const unknown = findUnknown(argv, options, name === undefined ? 'hiv' : 'h');
  if (unknown === undefined) return `the command line has an argument too many; ${help}`;
  const near = findNear(unknown.typed, options);
  const where = `argument ${unknown.place} is an option that ${name ?? 'zepcli'} does not have`;
  return `${where}; ${ask(near && `--${near}`, help)}`;
};
