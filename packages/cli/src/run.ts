// A run of zepcli: the command line is screened, parsed, carried out, and answered with an exit code.
// Never prints a stack, and never repeats an argument whose name it does not know.
import { readFileSync } from 'node:fs';
import { isAuthError } from '@zep-auth/core';
import yargs, { type Argv } from 'yargs';
import { assertForms, assertValues, explain } from './arguments.ts';
import { type Command, flag, json } from './command.ts';
import { Failure, type Io, print, say, UsageError } from './io.ts';
import { screen } from './screen.ts';

const ARGUMENTS = {
  stdin: '- takes the secret from standard input',
  token: 'the token; without it, standard input',
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
  serve: {
    describe: 'stand in front of an API and let only good tokens through',
    load: async () => (await import('./commands/serve.ts')).serve,
  },
};

const ROOT_OPTIONS = {
  'init-jwt': { ...flag('make a secret and a token, as Zep’s zepcli'), alias: 'i' },
  version: { ...flag('print the version'), alias: 'v' },
  json,
};

const readVersion = (): string => {
  const file = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(file) as { version: string }).version;
};

const createParser = (
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
        if (args.version) print(io, `zep-cli version ${readVersion()}`);
        else if (args['init-jwt']) {
          const { init } = await import('./commands/init.ts');
          finish(await init(io, args.json === true));
        } else print(io, await parser.getHelp());
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

/** Carries out a command line and returns the exit code: 0 done, 1 refused or failed, 2 the command line is wrong. */
export const run = async (argv: readonly string[], io: Io): Promise<number> => {
  let exitCode = 0;
  try {
    screen(argv, io.env);
    assertForms(argv);
    const parser = createParser(argv, io, (code) => {
      exitCode = code;
    });
    await parser.parseAsync(argv, {}, (_error, _args, output) => {
      if (output) print(io, output);
    });
    return exitCode;
  } catch (error) {
    const { name, message } = error as Error;
    if (error instanceof UsageError || name === 'YError') {
      say(io, name === 'YError' ? explain(message, argv) : message);
      return 2;
    }
    const isExpected = isAuthError(error) || error instanceof Failure;
    say(io, isExpected ? message : `unexpected error (${name})`);
    return 1;
  }
};
