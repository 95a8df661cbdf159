// The token that a command is about: the argument, or standard input.
import { existsSync } from 'node:fs';
import { assertToken } from '@zep-auth/core';
import { readStdin } from '../io/decode-text.ts';
import { UsageError } from '../io/errors.ts';
import { type Io, quote, toWord } from '../io/io.ts';

/** @throws {UsageError} when standard input would be read twice */
export const assertOneInput = (secretFile: string | undefined, token: string | undefined): void => {
  if (secretFile !== '-' || (token !== undefined && token !== '-')) return;
  throw new UsageError(
    'standard input is asked for the secret and for the token',
    'give the secret in a file: --secret-file secret.txt',
  );
};

/**
 * Reads the text of the token from the argument, or from standard input without one or for `-`. White space around
 * it is ignored.
 *
 * @throws {UsageError} when nothing is piped in, or the argument is the name of a file
 */
export const readTokenText = async (
  io: Io,
  command: string,
  argument: string | undefined,
): Promise<string> => {
  if (argument === undefined && io.stdin.isTTY) {
    throw new UsageError('the token is missing', `pipe it in: zepcli ${command} < token.txt`);
  }
  if (argument === undefined || argument === '-') return (await readStdin(io, 'the token')).trim();
  const isFile = !argument.startsWith('ey') && argument.length < 4096 && existsSync(argument);
  if (!isFile) return argument.trim();
  throw new UsageError(
    `${quote(argument)} is a file, not a token`,
    `zepcli ${command} < ${toWord(argument)}`,
  );
};

/**
 * Reads a token.
 *
 * @throws {UsageError} when nothing is piped in, or the argument is the name of a file
 * @throws {AuthError} `ERR_TOKEN_MALFORMED` when it is not a token; the message names the mistake
 */
export const readToken = async (
  io: Io,
  command: string,
  argument: string | undefined,
): Promise<string> => {
  const token = await readTokenText(io, command, argument);
  assertToken(token);
  return token;
};
