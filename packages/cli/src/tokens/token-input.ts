// The token that a command is about: the argument, or standard input.
import { statSync } from 'node:fs';
import { AuthError, assertToken } from '@zep-auth/core';
import { describeWrongCharacter } from '@zep-auth/core/internal';
import { readStdin } from '../io/decode-text.ts';
import { UsageError } from '../io/errors.ts';
import { type Io, quote, toWord } from '../io/io.ts';
import { decodePart, membersOf } from './decode.ts';

/** Reads a token from the argument, or from standard input without one or for `-`. White space around it is ignored. */
export const readToken = async (
  io: Io,
  command: string,
  argument: string | undefined,
): Promise<string> => {
  if (argument === undefined && io.stdin.isTTY) {
    throw new UsageError('the token is missing', `pipe it in: zepcli ${command} < token.txt`);
  }
  if (argument === undefined || argument === '-') return (await readStdin(io, 'the token')).trim();
  const isName = !argument.startsWith('ey') && argument.length < 4096;
  const stats = isName ? statSync(argument, { throwIfNoEntry: false }) : undefined;
  if (stats === undefined) return argument.trim();
  const [kind, file] = stats.isDirectory() ? ['folder', 'token.txt'] : ['file', toWord(argument)];
  throw new UsageError(
    `${quote(argument)} is a ${kind}, not a token`,
    `zepcli ${command} < ${file}`,
  );
};

/** A text that holds the beginning of a token: of any other the place of a character says nothing. */
const HOLDS_TOKEN = /ey[AJ][\w-]{6}/;
/** What core names by its first characters. */
const NAMED = /^(?:bearer\b|(["'`]).*\1$)/i;

/** The first wrong character of a token, or what is missing, and what to do. */
const findFlaw = (text: string): string | undefined => {
  const wrong = describeWrongCharacter(text);
  if (wrong !== undefined) return `${wrong}; copy the token again, whole and alone`;
  if (text.includes('...'))
    return 'it has "...": it was shortened on screen; copy the token again, whole';
  if (/^[\w-]+\.[\w-]*\.$/.test(text)) return 'it is not signed; `zepcli token` makes one';
  const parts = text.split('.');
  const count = parts.length === 1 ? 'only one part' : `${parts.length} parts`;
  if (parts.length !== 3) return `it has ${count} instead of 3; copy the token again, whole`;
  if (decodePart(text, 'header') === undefined)
    return 'it does not begin with a header; copy the token again, whole';
  const size = parts[2]?.length;
  if (size === 43 || membersOf(text, 'header')['alg'] !== 'HS256') return undefined;
  return `its signature has ${size} characters instead of 43; copy the token again, whole`;
};

/** Asserts that a text is a token in one piece. @throws {AuthError} `ERR_TOKEN_MALFORMED` with what is wrong */
export const assertWholeToken = (text: string): void => {
  const flaw = HOLDS_TOKEN.test(text) && !NAMED.test(text) ? findFlaw(text) : undefined;
  if (flaw === undefined) assertToken(text);
  else throw new AuthError('ERR_TOKEN_MALFORMED', `the token cannot be used: ${flaw}`);
};
