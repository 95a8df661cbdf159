// One command line, parsed by yargs for the command that it names.
import yargs, { type Options as YargsOptions } from 'yargs';
import { type Command, type CommandTable, type Option, readValues } from '../command.ts';
import { UsageError } from '../io/errors.ts';
import type { Io } from '../io/io.ts';

/** What yargs refuses; `suggest.ts` has the words for it. */
export class Refusal extends Error {}

/** yargs renders its help for every command line, so all options are hidden from it: the help is `help.ts`. */
const toYargs = ({ kind, alias }: Option): YargsOptions => ({
  hidden: true,
  ...(alias !== undefined && { alias }),
  ...(kind === 'flag'
    ? { type: 'boolean' }
    : { type: 'string', requiresArg: true, ...(kind === 'texts' && { array: true }) }),
});

/**
 * Every option but a list is given once, with a value that is not empty; a switch has no value.
 *
 * @throws {UsageError} that names the option
 */
const assertGiven = (
  given: { readonly [name: string]: unknown },
  options: Command['options'],
  argv: readonly string[],
): void => {
  for (const [name, { kind }] of Object.entries(options)) {
    if (kind === 'flag' && argv.some((argument) => argument.startsWith(`--${name}=`)))
      throw new UsageError(`--${name} takes no value`);
    const value = given[name];
    if (kind !== 'texts' && Array.isArray(value))
      throw new UsageError(`--${name} is given more than once`, 'give it once');
    if ([value].flat().includes(''))
      throw new UsageError(`--${name} needs a value`, `--${name} ${options[name]?.placeholder}`);
  }
};

/** Parses a command line, carries it out and returns the exit code. `name` is `$0` for zepcli alone. */
export const carryOut = async (
  argv: readonly string[],
  name: string,
  { positionals = [], options, run }: Command,
  commands: CommandTable,
  io: Io,
): Promise<number> => {
  let exitCode = 0;
  const usage = [name, ...positionals.map((positional) => `[${positional.name}]`)].join(' ');
  const parser = yargs([...argv])
    .scriptName('zepcli')
    .locale('en')
    .version(false)
    .help(false)
    .exitProcess(false)
    .showHelpOnFail(false)
    .strict()
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
    .command(
      usage,
      false,
      (builder) => {
        for (const positional of positionals)
          builder.positional(positional.name, { type: 'string' });
        return builder.options(
          Object.fromEntries(
            Object.entries(options).map(([key, option]) => [key, toYargs(option)]),
          ),
        );
      },
      async (given: { readonly [option: string]: unknown }) => {
        assertGiven(given, options, argv);
        // yargs makes an empty text of the argument `-`.
        const others = positionals.map((positional) => {
          const value = given[positional.name];
          if (value === '' && argv.includes('')) throw new UsageError('an argument is empty');
          return [positional.name, value === '' ? '-' : value] as const;
        });
        const values = { ...readValues(options, given), ...Object.fromEntries(others) };
        exitCode = await run(values, io, commands);
      },
    );
  // yargs would answer this one itself, with names for a completion other than ours.
  if (argv.some((word) => word.startsWith('--get-yargs-completions')))
    throw new Refusal('an option of yargs');
  await parser.parseAsync();
  return exitCode;
};
