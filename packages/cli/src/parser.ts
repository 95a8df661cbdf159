// What yargs is told: the commands, their options, and what to do when it is done.
// Never decides: the rules that yargs does not have are in `arguments.ts`.
import yargs, { type Argv } from 'yargs';
import { assertValues, explain } from './arguments.ts';
import { type Command, flag, json } from './command.ts';
import { printVersion, runInit } from './drop-in.ts';
import { type Io, print, UsageError } from './io.ts';

const ARGUMENTS = {
  stdin: '- takes the secret from standard input',
  token: 'the token; without it, standard input',
  url: 'the URL of an API to probe; without it, the environment here',
};

interface Entry {
  readonly describe: string;
  /** The argument that it takes beside its options. */
  readonly argument?: keyof typeof ARGUMENTS;
  /** Commands load what they need when they run. */
  readonly load: () => Promise<Command>;
}

const COMMANDS: { readonly [name: string]: Entry } = {
  secret: {
    describe: 'make a secret',
    load: async () => (await import('./commands/secret.ts')).secret,
  },
  token: {
    describe: 'make a token with the secret',
    argument: 'stdin',
    load: async () => (await import('./commands/token.ts')).token,
  },
  verify: {
    describe: 'check a token with the secret',
    argument: 'token',
    load: async () => (await import('./commands/verify.ts')).verify,
  },
  inspect: {
    describe: 'show what a token says, without checking it',
    argument: 'token',
    load: async () => (await import('./commands/inspect.ts')).inspect,
  },
  rotate: {
    describe: 'put a new secret into an env file, and make a token with it',
    load: async () => (await import('./commands/rotate.ts')).rotate,
  },
  revoke: {
    describe: 'revoke a token',
    argument: 'token',
    load: async () => (await import('./commands/revoke.ts')).revoke,
  },
  serve: {
    describe: 'stand in front of an API and let only good tokens through',
    load: async () => (await import('./commands/serve.ts')).serve,
  },
  doctor: {
    describe: 'say what is wrong: with the environment, a token, or a server',
    argument: 'url',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
};

const ROOT_OPTIONS = {
  'init-jwt': { ...flag('make a secret and a token, as Zep’s zepcli'), alias: 'i' },
  version: { ...flag('print the version'), alias: 'v' },
  json,
};

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
      throw error ?? new UsageError(explain(message, argv));
    })
    .usage('$0 [command]\n\nBearer-token authentication for an API of your own.')
    .command(
      '$0',
      false,
      (y) => y.options(ROOT_OPTIONS),
      async (args) => {
        if (args.version) finish(await printVersion(io));
        else if (args['init-jwt']) finish(await runInit(io, args.json === true));
        else print(io, await parser.getHelp());
      },
    );
  for (const [name, { describe, argument, load }] of Object.entries(COMMANDS)) {
    let command: Command | undefined;
    const addOptions = async (y: Argv): Promise<Argv> => {
      command = await load();
      if (argument !== undefined) {
        y.positional(argument, { type: 'string', describe: ARGUMENTS[argument] });
      }
      for (const [line, purpose] of command.examples) y.example(line, purpose);
      return y.options(command.options);
    };
    const carryOut = async (args: { readonly [name: string]: unknown }): Promise<void> => {
      const loaded = command ?? (await load());
      assertValues(args, loaded, argv);
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
