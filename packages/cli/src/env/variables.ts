// The server's variables in the text of a file of variables. Everything else in it stays as it is.
import { readAuthConfig } from '@zep-auth/core';
import { parse } from 'dotenv';
import { findVariable, SAFE, setVariable } from '../files/env-file-edit.ts';
import { CliError } from '../io/errors.ts';

/** Variables, in the order in which they are written. */
export type Variables = readonly (readonly [name: string, value: string])[];

/** What a server needs for a secret. One that is shorter than it should be has to be allowed. */
export const variablesFor = (secret: string, isWeak: boolean): Variables => [
  ['ZEP_AUTH_REQUIRED', 'true'],
  ['ZEP_AUTH_SECRET', secret],
  ...(isWeak ? [['ZEP_AUTH_ALLOW_WEAK_SECRET', 'true'] as const] : []),
];

/**
 * The lines of a file of variables, without quotes.
 *
 * @throws {CliError} when a value is not safe without them
 */
export const toDotenv = (variables: Variables): string => {
  for (const [name, value] of variables) {
    if (SAFE.test(value)) continue;
    throw new CliError(
      'ERR_FILE',
      `${name} has a character that not every reader of .env files takes as it is`,
      `put it into a file of its own, and the name of that file into ${name}_FILE`,
    );
  }
  return variables.map(([name, value]) => `${name}=${value}\n`).join('');
};

/**
 * Sets variables in the text of a file, and leaves all else as it is.
 *
 * @throws {CliError} when the text cannot be changed so
 * @throws {AuthError} `ERR_CONFIG_INVALID` when a server would refuse the outcome
 */
export const setVariables = (text: string, variables: Variables): string => {
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
      'ERR_FILE',
      'the variables cannot be written so that they are read as they are',
    );
  }
  readAuthConfig(record);
  return edited;
};
