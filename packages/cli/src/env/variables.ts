// The server's variables in the text of a file of variables. Everything else in it stays as it is.
import { readAuthConfig } from '@zep-auth/core';
import { parse } from 'dotenv';
import { SAFE, setVariable } from '../files/env-file-edit.ts';
import { CliError } from '../io/errors.ts';

/** Variables, in the order in which they are written. */
export type Variables = readonly (readonly [name: string, value: string])[];

/** What a server needs for a secret. One that is shorter than it should be has to be allowed. */
export const variablesFor = (secret: string, isWeak: boolean, encoding?: string): Variables => [
  ['ZEP_AUTH_REQUIRED', 'true'],
  ['ZEP_AUTH_SECRET', secret],
  ...(encoding === undefined ? [] : [['ZEP_AUTH_SECRET_ENCODING', encoding] as const]),
  ...(isWeak ? [['ZEP_AUTH_ALLOW_WEAK_SECRET', 'true'] as const] : []),
];

/** The lines of a file of variables, without quotes. @throws {CliError} when a value is not safe without them */
export const toDotenv = (variables: Variables): string => {
  for (const [name, value] of variables) {
    if (SAFE.test(value)) continue;
    throw new CliError(
      'ERR_FILE',
      `${name} has a character that not every reader of .env files takes as it is`,
      `put it into a separate file, and the name of that file into ${name}_FILE`,
    );
  }
  return variables.map(([name, value]) => `${name}=${value}\n`).join('');
};

/** Sets variables in the text of a file. @throws when it cannot be changed so, or a server would refuse the outcome */
export const setVariables = (text: string, variables: Variables): string => {
  toDotenv(variables);
  const edited = variables.reduce(
    (so, [name, value]) => setVariable(so, name, { value, isBare: true }),
    text,
  );
  readAuthConfig(parse(edited));
  return edited;
};
