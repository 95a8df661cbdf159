// The options of zepcli without a command.
// Never a default: without any, it prints its help.
import { type FlagOption, flag, json, type TextOption, writing } from '../command.ts';

export const ROOT_OPTIONS: {
  readonly 'init-jwt': FlagOption & { readonly alias: 'i' };
  readonly version: FlagOption & { readonly alias: 'v' };
  readonly write: TextOption;
  readonly force: FlagOption;
  readonly yes: FlagOption;
  readonly json: FlagOption;
} = {
  'init-jwt': { ...flag('make a secret and a token, as Zep’s zepcli'), alias: 'i' },
  version: { ...flag('print the version'), alias: 'v' },
  ...writing,
  write: {
    ...writing.write,
    describe: 'with -i: write the server’s two variables to this file, such as .env',
  },
  json,
};
