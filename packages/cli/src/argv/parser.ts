// Parses a command line with yargs, and runs its command.
import yargs, { type Options as YargsOptions } from 'yargs';
import type { Command, CommandTable } from '../command.ts';
import { UsageError } from '../io/errors.ts';
import type { Io } from '../io/io.ts';
import { type Option, type Options, readValues } from './options.ts';

/** A command line that does not parse. `suggest.ts` turns it into an error message. */
export class Refusal extends Error {}

/** Hides each option, because yargs renders its help for every command line. Our help comes from `help.ts`. */
const toYargs = ({ kind, alias }: Option): YargsOptions => ({
  hidden: true,
  ...(alias !== undefined && { alias }),
  ...(kind === 'flag'
    ? { type: 'boolean' }
    : { type: 'string', requiresArg: true, ...(kind === 'texts' && { array: true }) }),
});

/**
 * Checks that only lists are repeated, that no value is empty, and that a switch has no value.
 *
 * @throws {UsageError} that names the option
 */
const assertGiven = (
  given: { readonly [name: string]: unknown },
  options: Options,
  argv: readonly string[],
): void => {
  for (const [name, { kind }] of Object.entries(options)) {
    if (kind === 'flag' && argv.some((argument) => argument.startsWith(`--${name}=`)))
      throw new UsageError(`--${name} takes no value`, `give --${name} alone`);
    const value = given[name];
    if (kind !== 'texts' && Array.isArray(value))
      throw new UsageError(`--${name} is given more than once`, 'give it once');
    if ([value].flat().includes(''))
      throw new UsageError(`--${name} needs a value`, `--${name} ${options[name]?.placeholder}`);
  }
};

/** Parses a command line, carries it out and returns the exit code. */
export const carryOut = async (
  argv: readonly string[],
  { positionals = [], options, run }: Command,
  commands: CommandTable,
  io: Io,
): Promise<number> => {
  // yargs would answer this option itself.
  if (argv.some((word) => word.startsWith('--get-yargs-completions')))
    throw new Refusal('an option of yargs');
  const given = yargs([...argv])
    .scriptName('zepcli')
    .version(false)
    .help(false)
    .exitProcess(false)
    .showHelpOnFail(false)
    .strictOptions()
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'greedy-arrays': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    })
    .fail((message, error) => {
      throw error ?? new Refusal(message);
    })
    .options(
      Object.fromEntries(Object.entries(options).map(([name, option]) => [name, toYargs(option)])),
    )
    .parseSync();
  const words = given._.map(String);
  assertGiven(given, options, argv);
  if (words.includes('')) throw new UsageError('an argument is empty');
  if (words.length > positionals.length) throw new Refusal('too many arguments');
  const args = Object.fromEntries(positionals.map(({ name }, i) => [name, words[i]]));
  const values = { ...readValues(options, given), ...args } as Parameters<typeof run>[0]; // by these options
  return run(values, io, commands);
};
