// The rules for a command line that yargs does not have, and its complaints in words that repeat no value.
// Never takes an argument into a message, but the name of an option.
import type { Command } from './command.ts';
import { UsageError } from './io.ts';

/** The names of options on a command line, as far as they are well formed: anything else may be a secret. */
const namesIn = (argv: readonly string[]): readonly string[] =>
  argv.flatMap((argument) => /^--?([a-z][a-z-]{0,20})(?:=|$)/.exec(argument)?.[1] ?? []);

/**
 * Refuses what yargs would take: the name of an argument as an option, and anything behind `--`.
 *
 * @throws {UsageError} that says where the value belongs
 */
export const assertForms = (argv: readonly string[]): void => {
  if (namesIn(argv).some((name) => ['secret', 'key', 'password', 'token', 'jwt'].includes(name))) {
    throw new UsageError(
      'no option takes a secret or a token: give the secret in ZEP_AUTH_SECRET or with --secret-file, and a token on standard input',
    );
  }
  if (argv.includes('--')) throw new UsageError('-- is not used here; leave it out');
};

/** A message for what yargs refused. Its own may repeat a value, so only well-formed names are taken over. */
export const explain = (message: string, argv: readonly string[]): string => {
  const command =
    /^[a-z]+$/.test(argv[0] ?? '') && !message.includes(argv[0] ?? '') ? ` ${argv[0]}` : '';
  const help = `see \`zepcli${command} --help\``;
  const [, option] = /^Not enough arguments following: ([a-z-]+)$/.exec(message) ?? [];
  if (option !== undefined) return `--${option} needs a value; ${help}`;
  const names = namesIn(argv);
  const unknown = names.filter((name) => message.startsWith('Unknown') && message.includes(name));
  if (unknown.length > 0)
    return `unknown option ${unknown.map((name) => `--${name}`).join(', ')}; ${help}`;
  return `the command line has an argument too many, or an unknown command; ${help}`;
};

/**
 * Every option but a list is given once, with something in it; a switch has no value.
 *
 * @throws {UsageError} that names the option
 */
export const assertValues = (
  args: { readonly [name: string]: unknown },
  { options }: Command,
  argv: readonly string[],
): void => {
  for (const [name, option] of Object.entries(options)) {
    if (option.type === 'boolean' && argv.some((argument) => argument.startsWith(`--${name}=`)))
      throw new UsageError(`--${name} takes no value`);
    const value = args[name];
    if (!('array' in option) && Array.isArray(value))
      throw new UsageError(`--${name} is given more than once`);
    if ([value].flat().includes('')) throw new UsageError(`--${name} needs a value`);
  }
};
