// The token that a command is about: the argument, or standard input.
import { existsSync } from 'node:fs';
import { AuthError, assertToken } from '@zep-auth/core';
import { describeWrongCharacter } from '@zep-auth/core/internal';
import { readStdin } from '../io/decode-text.ts';
import { UsageError } from '../io/errors.ts';
import { type Io, quote, toWord } from '../io/io.ts';
import { decodePart } from './decode.ts';

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

/** A text that holds the beginning of a token: of any other the place of a character says nothing. */
const HOLDS_TOKEN = /ey[AJ][\w-]{6}/;
/** What core names by its first characters. */
const NAMED = /^(?:bearer\b|(["'`]).*\1$)/i;

/**
 * Asserts that a text is a token in one piece, and names its first wrong character, or what is missing.
 *
 * @throws {AuthError} `ERR_TOKEN_MALFORMED` with what is wrong and what to do
 */
export const assertWholeToken = (text: string): void => {
  const refuse = (flaw: string): AuthError =>
    new AuthError('ERR_TOKEN_MALFORMED', `the token cannot be used: ${flaw}`);
  if (HOLDS_TOKEN.test(text) && !NAMED.test(text)) {
    const wrong = describeWrongCharacter(text);
    if (wrong !== undefined) throw refuse(`${wrong}; copy the token again, whole and alone`);
    if (/^[\w-]+\.[\w-]*\.$/.test(text)) throw refuse('it is not signed; `zepcli token` makes one');
    const parts = text.split('.');
    const { length } = parts;
    if (length !== 3) {
      const count = length === 1 ? 'only one part' : `${length} parts`;
      throw refuse(`it has ${count} instead of 3; copy the token again, whole`);
    }
    const { alg } = Object(decodePart(text, 'header')) as { readonly alg?: unknown };
    const size = parts[2]?.length;
    if (alg === 'HS256' && size !== 43)
      throw refuse(
        `its signature has ${size} characters instead of 43; copy the token again, whole`,
      );
  }
  assertToken(text);
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
  assertWholeToken(token);
  return token;
};
