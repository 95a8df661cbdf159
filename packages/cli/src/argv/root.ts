// zepcli without a command: `-i` and `-v`, as in Zep's zepcli.
import { type Command, defineCommand } from '../command.ts';
import { UsageError } from '../io/errors.ts';
import * as option from './options.ts';
import { printVersion, runInit } from './zep-compat.ts';

export const root: Command = defineCommand({
  options: {
    'init-jwt': option.flag("make a secret and a token, as Zep's zepcli", 'i'),
    version: option.flag('print the version; wins over -i', 'v'),
    write: option.writing.write,
    yes: option.writing.yes,
    json: option.json,
  },
  examples: [
    ['zepcli -i', 'a secret and a token'],
    ['zepcli serve http://127.0.0.1:8000', 'only clients with a token reach the API'],
  ],
  run: async ({ initJwt, version, ...options }, io) => {
    if (version) return printVersion(io, options.json);
    if (initJwt) return runInit(io, options);
    throw new UsageError(
      '--write, --yes and --json go with -i or with a command',
      'zepcli -i --json',
    );
  },
});
