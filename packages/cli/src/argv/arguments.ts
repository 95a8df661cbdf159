// The rules for a command line that yargs does not have.
// Never takes an argument into a message, but the name of an option that there is.
import type { CommandOptions } from '../command.ts';
import { UsageError } from '../io/io.ts';

/**
 * Refuses what yargs would take: the name of an argument as an option, and anything behind `--`.
 *
 * @throws {UsageError} that says where the value belongs
 */
export const assertForms = (argv: readonly string[]): void => {
  if (argv.some((argument) => /^--?(?:secret|key|password|token|jwt)(?:=|$)/.test(argument))) {
    throw new UsageError(
      'no option takes a secret or a token: give the secret in ZEP_AUTH_SECRET or with --secret-file, and a token on standard input',
    );
  }
  if (argv.includes('--')) throw new UsageError('-- is not used here; leave it out');
};

/**
 * Every option but a list is given once, with something in it; a switch has no value.
 *
 * @throws {UsageError} that names the option
 */
export const assertValues = (
  args: { readonly [name: string]: unknown },
  options: CommandOptions,
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

/** @throws {UsageError} for anything but a whole number between the two */
export const parseWhole = (option: string, value: string, min: number, max: number): number => {
  const number = /^\d{1,8}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw new UsageError(`--${option} takes a whole number from ${min} to ${max}`);
};

/** @throws {UsageError} for anything but one of the words */
export const parseWord = <const W extends string>(
  option: string,
  value: string | undefined,
  words: readonly W[],
): W => {
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  throw new UsageError(`--${option} takes ${words.slice(0, -1).join(', ')} or ${words.at(-1)}`);
};
