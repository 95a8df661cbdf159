// Parses a command line with yargs.
import yargs, { type Options as YargsOptions } from 'yargs';
import type { Command } from '../command.ts';
import { UsageError } from '../io/errors.ts';
import { type Option, type Options, readValues } from './options.ts';

/** Hides each option, because yargs renders its help for every command line. Our help comes from `help.ts`. */
const toYargs = ({ kind, alias }: Option): YargsOptions => ({
  hidden: true,
  ...(alias !== undefined && { alias }),
  ...(kind === 'flag'
    ? { type: 'boolean' }
    : { type: 'string', requiresArg: true, ...(kind === 'texts' && { array: true }) }),
});

/** Checks that only lists are repeated, no value is empty, a switch has none, and what an option needs is given. */
const assertGiven = (
  given: { readonly [name: string]: unknown },
  options: Options,
  argv: readonly string[],
): void => {
  for (const [name, { kind, needs }] of Object.entries(options)) {
    if (kind === 'flag' && argv.some((argument) => argument.startsWith(`--${name}=`)))
      throw new UsageError(`--${name} takes no value`, `give --${name} alone`);
    const value = given[name];
    if (kind !== 'texts' && Array.isArray(value))
      throw new UsageError(`--${name} is given more than once`, 'give it once');
    if ([value].flat().includes(''))
      throw new UsageError(`--${name} needs a value`, `--${name} ${options[name]?.placeholder}`);
    if (needs !== undefined && value !== undefined && given[needs] === undefined) {
      const missing = `--${needs} ${options[needs]?.placeholder ?? ''}`.trimEnd();
      throw new UsageError(
        `--${name} goes with --${needs}`,
        `add ${missing}, or leave --${name} out`,
      );
    }
  }
};

/** What yargs finds in a command line. Rejects where it refuses it. */
const parseByYargs = async (argv: readonly string[], options: Options) => {
  // yargs would answer this option itself.
  if (argv.some((word) => word.startsWith('--get-yargs-completions'))) throw new Error();
  return yargs([...argv])
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
      throw error ?? new Error(message);
    })
    .options(
      Object.fromEntries(Object.entries(options).map(([name, option]) => [name, toYargs(option)])),
    )
    .parseSync();
};

/** Parses the options and arguments of a command. @throws {UsageError} that says what may have been meant */
export const parse = async (
  argv: readonly string[],
  command: Command,
  name?: string,
): Promise<{ readonly [name: string]: unknown }> => {
  const { positionals = [], options } = command;
  const refuse = async ({ message }: Error, extra?: string): Promise<never> => {
    const { suggest } = await import('./suggest.ts');
    throw suggest(message, argv, name, command, extra);
  };
  const given = await parseByYargs(argv, options).catch((error) => refuse(error));
  const words = given._.map(String);
  assertGiven(given, options, argv);
  if (words.includes('')) throw new UsageError('an argument is empty');
  if (words.length > positionals.length) return refuse(new Error(), words[positionals.length]);
  const args = positionals.map(({ name }, i) => [name, words[i]] as const);
  return { ...readValues(options, given), ...Object.fromEntries(args) };
};
