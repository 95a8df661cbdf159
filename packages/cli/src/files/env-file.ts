// An env file: more variables for one command.
// Never overrides what the environment says itself.
import { parse } from 'dotenv';
import { type Io, log } from '../io/io.ts';
import { readText } from './read-text.ts';

const setIn = ({ env }: Io): readonly (readonly [string, string])[] =>
  Object.entries(env).flatMap(([name, value]) => (value ? [[name, value] as const] : []));

/** Warns of the variables of a file that have another value in the environment. */
export const warnOfOthers = (io: Io, variables: Io['env']): void => {
  for (const [name, value] of setIn(io)) {
    if (name.startsWith('ZEP_AUTH_') && (variables[name] ?? value) !== value) {
      log(io, `warning: ${name} has another value in the environment, which wins over --env-file`);
    }
  }
};

/**
 * The environment with what an env file adds to it.
 *
 * @throws {CliError} when the file cannot be read, or is not UTF-8 text
 */
export const readEnvFile = async (io: Io, path: string): Promise<Io['env']> => {
  const variables = parse(await readText('env-file', path));
  warnOfOthers(io, variables);
  return { ...variables, ...Object.fromEntries(setIn(io)) };
};
