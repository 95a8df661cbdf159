// zepcli without a command: `-i` and `-v`, as Zep's zepcli has them.
import { type Command, defineCommand, flag, json, writing } from '../command.ts';
import { UsageError } from '../io/io.ts';
import { printVersion, runInit } from './zep-compat.ts';

export const root: Command = defineCommand({
  options: {
    'init-jwt': flag('make a secret and a token, as Zep’s zepcli', 'i'),
    version: flag('print the version', 'v'),
    ...writing,
    write: {
      ...writing.write,
      describe: 'with -i: write the server’s two variables to this file, such as .env',
    },
    json,
  },
  examples: [
    ['zepcli -i', 'a secret and a token: the first thing to do'],
    ['zepcli -i --write .env', 'the same, with the secret in the server’s .env'],
    ['zepcli serve --upstream http://127.0.0.1:8000', 'close an API'],
  ],
  run: async ({ initJwt, version, ...options }, io) => {
    if (!initJwt && (options.write !== undefined || options.force || options.yes))
      throw new UsageError('--write, --force and --yes go with -i or with a command');
    if (version) return printVersion(io, options.json);
    if (initJwt) return runInit(io, options);
    throw new UsageError('--json goes with -i, -v or a command');
  },
});
