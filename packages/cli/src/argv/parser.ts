// What yargs is told: the commands, their options, and what to do when it is done.
// Never decides: the rules that yargs does not have are in `arguments.ts`.
import yargs, { type Argv } from 'yargs';
import type { Command } from '../command.ts';
import { ARGUMENTS, COMMANDS } from '../commands.ts';
import { type Io, print, UsageError } from '../io/io.ts';
import { assertValues } from './arguments.ts';
import { ROOT_OPTIONS } from './root-options.ts';
import { printVersion, runInit } from './zep-compat.ts';

/** What yargs refuses; `suggest.ts` has the words for it. */
export class Refusal extends Error {}

const EXAMPLES: Command['examples'] = [
  ['zepcli -i', 'a secret and a token: the first thing to do'],
  ['zepcli -i --write .env', 'the same, with the secret in the server’s .env'],
  ['zepcli serve --upstream http://127.0.0.1:8000', 'close an API'],
];

const toEpilogue = (examples: Command['examples'], more = ''): string =>
  `Examples:\n${examples.map(([line, purpose]) => `  # ${purpose}\n  ${line}\n`).join('')}${more}`;

/** Help without the types, which say little: an option takes a text, or it is a switch. */
export const tidyHelp = (help: string): string =>
  help.replace(/\s+\[(?:boolean|string|array)\]$/gm, '').trimEnd();

/** Makes the parser of one command line; `finish` is told the exit code of what was carried out. */
export const createParser = (
  argv: readonly string[],
  io: Io,
  finish: (exitCode: number) => void,
): Argv => {
  const parser = yargs([...argv])
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
    })
    .usage('$0 [command]\n\nBearer-token authentication for an API of your own.')
    .epilogue(toEpilogue(EXAMPLES, '\n`zepcli COMMAND --help` has the options of a command.'))
    .command(
      '$0',
      false,
      (y) => y.options(ROOT_OPTIONS),
      async (args) => {
        assertValues(args, ROOT_OPTIONS, argv);
        const { 'init-jwt': isInit, version, write, force, yes, json } = args;
        if (!isInit && (write !== undefined || force || yes))
          throw new UsageError('--write, --force and --yes go with -i or with a command');
        if (version) finish(await printVersion(io, json));
        else if (isInit) finish(await runInit(io, { json, write, force, yes }));
        else print(io, tidyHelp(await parser.getHelp()));
      },
    );
  for (const [name, { describe, argument, load }] of Object.entries(COMMANDS)) {
    let command: Command | undefined;
    const addOptions = async (y: Argv): Promise<Argv> => {
      command = await load();
      if (argument !== undefined) {
        y.positional(argument, { type: 'string', describe: ARGUMENTS[argument] });
      }
      return y.epilogue(toEpilogue(command.examples)).options(command.options);
    };
    const carryOut = async (args: { readonly [name: string]: unknown }): Promise<void> => {
      const loaded = command ?? (await load());
      assertValues(args, loaded.options, argv);
      if (argument === undefined || args[argument] !== '')
        return finish(await loaded.run(args, io));
      // yargs makes an empty text of the argument `-`.
      if (argv.includes(''))
        throw new UsageError(`the argument is empty; see \`zepcli ${name} --help\``);
      finish(await loaded.run({ ...args, [argument]: '-' }, io));
    };
    // yargs awaits a builder, but its types know none that loads.
    const builder = addOptions as unknown as (y: Argv) => Argv;
    const usage = argument === undefined ? name : `${name} [${argument}]`;
    parser.command(usage, describe, builder, carryOut);
  }
  return parser;
};
