// One command line, parsed by yargs for the command that it names.
import yargs, { type Argv, type Options as YargsOptions } from 'yargs';
import {
  type Command,
  type CommandTable,
  type Option,
  type Options,
  readValues,
} from '../command.ts';
import { type Io, print, UsageError } from '../io/io.ts';

/** What yargs refuses; `suggest.ts` has the words for it. */
export class Refusal extends Error {}

/** What is parsed, and who carries it out. */
interface Task {
  readonly argv: readonly string[];
  /** `undefined` for zepcli without a command. */
  readonly name: string | undefined;
  readonly command: Command;
  readonly commands: CommandTable;
}

const toEpilogue = (examples: Command['examples'], more: string): string =>
  `Examples:\n${examples.map(([line, purpose]) => `  # ${purpose}\n  ${line}\n`).join('')}${more}`;

/** Help without the types, which say little: an option takes a text, or it is a switch. */
const tidyHelp = (help: string): string =>
  help.replace(/\s+\[(?:boolean|string|array)\]$/gm, '').trimEnd();

/** yargs renders its help for every command line, so options are hidden from it unless help is asked for. */
const toYargs =
  (isHidden: boolean) =>
  ({ kind, describe, alias }: Option): YargsOptions => ({
    describe,
    ...(alias !== undefined && { alias }),
    ...(isHidden && { hidden: true }),
    ...(kind === 'flag'
      ? { type: 'boolean' }
      : { type: 'string', requiresArg: true, ...(kind === 'texts' && { array: true }) }),
  });

const mapOptions = (options: Options, map: (option: Option) => YargsOptions) =>
  Object.fromEntries(Object.entries(options).map(([name, option]) => [name, map(option)]));

/**
 * Every option but a list is given once, with a value that is not empty; a switch has no value.
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
      throw new UsageError(`--${name} takes no value`);
    const value = given[name];
    if (kind !== 'texts' && Array.isArray(value))
      throw new UsageError(`--${name} is given more than once`);
    if ([value].flat().includes('')) throw new UsageError(`--${name} needs a value`);
  }
};

/** The argument beside the options. yargs makes an empty text of `-`. */
const readArgument = (given: unknown, { argv, name }: Task): unknown => {
  if (given !== '') return given;
  if (argv.includes(''))
    throw new UsageError(`the argument is empty; see \`zepcli ${name} --help\``);
  return '-';
};

const createParser = (argv: readonly string[]): Argv =>
  yargs([...argv])
    .scriptName('zepcli')
    .locale('en')
    .version(false)
    .help('help')
    .alias('help', 'h')
    .describe('help', 'show this')
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
    });

/** Parses a command line, carries it out and returns the exit code. */
export const carryOut = async (task: Task, io: Io): Promise<number> => {
  const { argv, name, command, commands } = task;
  const { argument, options, examples } = command;
  let exitCode = 0;
  const run = async (given: { readonly [option: string]: unknown }): Promise<void> => {
    assertGiven(given, options, argv);
    const values = readValues(options, given);
    const extra = argument && { [argument.name]: readArgument(given[argument.name], task) };
    exitCode = await command.run({ ...values, ...extra }, io, commands);
  };
  const more = name === undefined ? '\n`zepcli COMMAND --help` has the options of a command.' : '';
  const isHelp = argv.some((word) => /^(?:--help|-[a-z]*h[a-z]*)$/.test(word));
  const addOptions = (parser: Argv): Argv => {
    if (argument !== undefined) {
      parser.positional(argument.name, { type: 'string', describe: argument.describe });
    }
    return parser
      .epilogue(toEpilogue(examples, more))
      .options(mapOptions(options, toYargs(!isHelp)));
  };
  const parser = createParser(argv);
  if (name === undefined) {
    parser
      .usage('$0 [command]\n\nBearer-token authentication for an API of your own.')
      .command('$0', false, addOptions, run);
    for (const [word, { describe }] of Object.entries(commands)) parser.command(word, describe);
  } else {
    const usage = argument === undefined ? name : `${name} [${argument.name}]`;
    parser.command(usage, commands[name]?.describe ?? '', addOptions, run);
  }
  // yargs would answer this one itself, with names for a completion other than ours.
  if (argv.some((word) => word.startsWith('--get-yargs-completions')))
    throw new Refusal('an option of yargs');
  await parser.parseAsync(argv, {}, (_error, _args, output) => {
    if (output) print(io, tidyHelp(output));
  });
  return exitCode;
};
