// zepcli without a command: `-i` and `-v`, as in Zep's zepcli.
import manifest from '../../package.json' with { type: 'json' };
import { type Command, defineCommand } from '../command.ts';
import { UsageError } from '../io/errors.ts';
import { print, printJson } from '../io/io.ts';
import * as option from './options.ts';

export const root: Command = defineCommand({
  options: {
    'init-jwt': option.flag("make a secret and a token, as Zep's zepcli", 'i'),
    version: option.flag('print the version; wins over -i', 'v'),
    write: option.writing.write,
    json: option.json,
  },
  examples: [
    ['zepcli -i', 'a secret and a token'],
    ['zepcli serve http://127.0.0.1:8000', 'only clients with a token reach the API'],
  ],
  run: async ({ initJwt, version: isVersion, json, write }, io) => {
    const { version } = manifest;
    if (isVersion && json) await printJson(io, { ok: true, version });
    else if (isVersion) await print(io, `zep-cli version ${version}`);
    else if (initJwt) await (await import('../commands/init.ts')).init(io, json, write);
    else {
      throw new UsageError('--write and --json go with -i or with a command', 'zepcli -i --json');
    }
    return 0;
  },
});
