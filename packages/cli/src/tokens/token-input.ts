// The token that a command is about: the argument, or standard input.
// Never accepts what is not a token in one piece; the error names the mistake.
import { createHash } from 'node:crypto';
import { AuthError, assertToken } from '@zep-auth/core';
import { type Io, readStdin, UsageError } from '../io/io.ts';
import { decodePart } from './decode.ts';

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
  // Notepad and PowerShell put a mark before a text, which no token has.
  const token = isPiped ? (await readStdin(io, 'the token')).replace(/^\ufeff/, '') : argument;
  assertToken(token);
  return token;
};

/**
 * What a token says, which may not be true.
 *
 * @throws {AuthError} `ERR_TOKEN_MALFORMED` when it does not hold JSON
 */
export const decodeToken = (token: string): readonly [header: unknown, claims: unknown] => {
  const [header, claims] = [decodePart(token, 'header'), decodePart(token, 'claims')];
  if (header !== undefined && claims !== undefined) return [header, claims];
  throw new AuthError('ERR_TOKEN_MALFORMED', 'the token does not hold JSON, so it is not a JWT');
};

/** The SHA-256 of a token in hex: its name in `ZEP_AUTH_REVOKED`, behind `sha256:`. */
export const toDigest = (token: string): string => createHash('sha256').update(token).digest('hex');
