// The server's variables in the text of an env file.
// Never writes a value that one of its readers would take for another, and changes nothing else in the file.
import { parse } from 'dotenv';
import { checkConfig } from '../config.ts';
import { findVariable, SAFE, setVariable } from '../files/env-file-edit.ts';
import { CliError, type Io, log } from '../io/io.ts';

/** Variables, in the order in which they are written. */
export type Variables = readonly (readonly [name: string, value: string])[];

/** What a server needs for a secret. One that is shorter than it should be has to be allowed. */
export const variablesFor = (secret: string, isWeak: boolean): Variables => [
  ['ZEP_AUTH_REQUIRED', 'true'],
  ['ZEP_AUTH_SECRET', secret],
  ...(isWeak ? [['ZEP_AUTH_ALLOW_WEAK_SECRET', 'true'] as const] : []),
];

/**
 * The lines of an env file, without quotes.
 *
 * @throws {CliError} when a value is not safe without them
 */
export const toDotenv = (variables: Variables): string => {
  for (const [name, value] of variables) {
    if (SAFE.test(value)) continue;
    throw new CliError(
      `${name} has a character that not every reader of env files takes as it is; put it into a file of its own with \`zepcli env --for docker-secret --write FILE\`, and that file's name into ${name}_FILE`,
    );
  }
  return variables.map(([name, value]) => `${name}=${value}\n`).join('');
};

const setVariables = (text: string, variables: Variables): string => {
  toDotenv(variables);
  const ending = /\r\n?|\n/.exec(text)?.[0] ?? '\n';
  const edited = variables.reduce((so, [name, value]) => {
    if (findVariable(so, name) !== undefined) {
      return setVariable(so, { name, to: { value, isBare: true }, below: name });
    }
    const isOpen = so !== '' && !/[\r\n]$/.test(so);
    return `${so}${isOpen ? ending : ''}${name}=${value}${ending}`;
  }, text);
  const record = parse(edited);
  if (variables.some(([name, value]) => record[name] !== value)) {
    throw new CliError(
      'the variables cannot be written into the file so that they are read as they are',
    );
  }
  checkConfig(record);
  return edited;
};

/**
 * Sets the variables in the text of an env file, and leaves all else as it is.
 *
 * @throws {CliError} when the text cannot be changed so
 * @throws {AuthError} `ERR_CONFIG_INVALID` when a server would refuse the outcome
 */
export const createEdit =
  (io: Io, variables: Variables) =>
  (old: string): string => {
    const edited = setVariables(old, variables);
    const { ZEP_AUTH_SECRET: before = '' } = parse(old);
    if (before !== '' && before !== parse(edited)['ZEP_AUTH_SECRET']) {
      const hint = 'after this, `zepcli rotate` changes it and lets them in for a while';
      log(io, `warning: the file had another secret, whose tokens are refused now; ${hint}`);
    }
    return edited;
  };
