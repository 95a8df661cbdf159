// The token that `verify` and `inspect` are about: the argument, or standard input.
// Never accepts what is not a token in one piece; the error names the mistake.
import { formatBearer } from '@zep-auth/core';
import { type Io, readStdin, UsageError } from './io.ts';

/**
 * Takes the token from the argument, or from standard input where there is none or it is `-`.
 *
 * @throws {UsageError} when there is no argument and nobody pipes anything
 * @throws {AuthError} `ERR_TOKEN_MALFORMED` when it is not a token; the message names the mistake
 */
export const readToken = async (io: Io, argument: string | undefined): Promise<string> => {
  if (argument === undefined && io.stdin.isTTY) {
    throw new UsageError('give the token as the argument, or pipe it in');
  }
  const isPiped = argument === undefined || argument === '-';
  const token = isPiped ? await readStdin(io, 'the token') : argument;
  formatBearer(token);
  return token;
};
