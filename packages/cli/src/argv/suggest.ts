// What is said of a command line that yargs refuses, with the name that may have been meant.
import { closest, distance } from 'fastest-levenshtein';
import type { Command } from '../command.ts';
import { UsageError } from '../io/errors.ts';
import { quote, toWord } from '../io/io.ts';

/** A longer word is not a name that was mistyped. */
const MAX_LENGTH = 24;

const toLetters = (word: string): string => [...word].sort().join('');

/** The name that was meant: with the same letters, with the same beginning, or at most two slips away. */
export const findNear = (typed: string, names: readonly string[]): string | undefined => {
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

/** The first option of a command line that the command does not have. */
const findUnknown = (argv: readonly string[], names: readonly string[], letters: string) =>
  argv.find(
    (argument) =>
      argument.startsWith('-') &&
      argument !== '-' &&
      !new RegExp(`^-[${letters}]+$`).test(argument) &&
      !names.includes(/^--([^=]*)/.exec(argument)?.[1] ?? ''),
  );

/** Options of other programs, each with ours. */
const MEANT: { readonly [name: string]: string } = {
  'env-file': 'dotenv',
  ttl: 'expires-in',
  output: 'write',
  out: 'write',
};

/** Says what is wrong with a command line that yargs refused with this message, or for the argument `extra`. */
export const suggest = (
  message: string,
  argv: readonly string[],
  name: string | undefined,
  { options, positionals = [] }: Command,
  extra = '',
): UsageError => {
  const where = name === undefined ? 'zepcli' : `zepcli ${name}`;
  const help = `see: ${where} --help`;
  const names = ['help', 'no-color', ...Object.keys(options)];
  const [, bare = ''] = /^Not enough arguments following: ([a-z-]+)$/.exec(message) ?? [];
  if (names.includes(bare)) {
    return new UsageError(`--${bare} needs a value`, `--${bare} ${options[bare]?.placeholder}`);
  }
  const unknown = findUnknown(argv, names, name === undefined ? 'hiv' : 'h');
  if (unknown === undefined) {
    const what = extra === '' ? '' : `: ${quote(extra)}`;
    const isFile = extra.endsWith('.env') && 'dotenv' in options;
    const hint = isFile ? `${where} --dotenv ${toWord(extra)}` : help;
    return new UsageError(`there is an argument too many${what}`, hint);
  }
  const [option = ''] = unknown.split('=');
  const typed = option.replace(/^-+/, '');
  if (positionals.some((one) => one.name === typed))
    return new UsageError(`${where} has no option "--${typed}"`, `${where} <${typed}>`);
  const meant = Object.hasOwn(MEANT, typed) ? MEANT[typed] : undefined;
  const near = meant !== undefined && names.includes(meant) ? meant : findNear(typed, names);
  // What does not look like an option is not repeated.
  const what = /^--?[a-z][a-z-]{0,40}$/i.test(option) ? ` ${quote(option)}` : ' like that';
  return new UsageError(
    `${where} has no option${what}`,
    near === undefined ? help : `did you mean --${near}?`,
  );
};
