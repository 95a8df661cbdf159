// The token that a command is about: the argument, or standard input.
import { statSync } from 'node:fs';
import { AuthError, assertToken, isAuthError } from '@zep-auth/core';
import {
  checkForm,
  createCompactReader,
  describeWrongCharacter,
  MAX_TOKEN_BYTES,
  selectEngine,
} from '@zep-auth/core/internal';
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

/** A text that holds the beginning of a token, `{"` or `{` and white space: of any other a character's place says nothing. */
const HOLDS_TOKEN = /ey[AJ][\w-]{6}|\bew[0ko][\w-]{6}/;
/** What core names by its first characters. */
const NAMED = /^(?:bearer\b|(["'`]).*\1$)/i;

const reader = createCompactReader(selectEngine());

/** Why every server refuses a text, whatever its secret and its policy. */
const findRefusal = (text: string): AuthError | undefined => {
  try {
    reader.parseHeader(text, MAX_TOKEN_BYTES);
    checkForm(reader.readPayload(text));
    return undefined;
  } catch (error) {
    if (isAuthError(error)) return error;
    throw error;
  }
};

/** Whether a token is a JWE (RFC 7516 section 9): only its header can be read. */
export const isEncrypted = (token: string): boolean => {
  const { alg, enc } = membersOf(token, 'header');
  return typeof enc === 'string' && alg !== 'HS256';
};

const isCanonical = (part: string): boolean =>
  Buffer.from(part, 'base64url').toString('base64url') === part;

const COPY = 'copy the token again, whole';

/** What was done to the text of a refused token, and what to do. Damage first: it hides everything else. */
const findDamage = (text: string): string | undefined => {
  const wrong = describeWrongCharacter(text);
  if (wrong !== undefined) return `${wrong}; ${COPY} and alone`;
  if (text.includes('...')) return `it has "...": it was shortened on screen; ${COPY}`;
  if (isEncrypted(text)) return undefined;
  if (/^[\w-]+\.[\w-]*\.$/.test(text)) return 'it is not signed; `zepcli token` makes one';
  if (/^(?:[\w-]+\.){3}\.?$/.test(text)) return 'it ends in a full stop; remove that';
  const parts = text.split('.');
  const count = parts.length === 1 ? 'only one part' : `${parts.length} parts`;
  if (parts.length !== 3) return `it has ${count} instead of 3; ${COPY}`;
  if (decodePart(text, 'header') === undefined) return `it does not begin with a header; ${COPY}`;
  const { alg = 'HS256' } = membersOf(text, 'header');
  if (alg !== 'HS256') return undefined;
  const size = parts[2]?.length;
  if (size !== 43) return `its signature has ${size} characters instead of 43; ${COPY}`;
  const names = ['header', 'payload', 'signature'];
  const changed = names.find((_, i) => !isCanonical(parts[i] ?? ''));
  return changed && `its ${changed} was changed or cut at the end; ${COPY}`;
};

/**
 * Asserts that a server could accept a text as a token, going by its form.
 *
 * @throws {AuthError} with what is wrong
 */
export const assertWholeToken = (text: string): void => {
  const refusal = findRefusal(text);
  if (refusal === undefined) return;
  const damage = HOLDS_TOKEN.test(text) && !NAMED.test(text) ? findDamage(text) : undefined;
  if (damage !== undefined)
    throw new AuthError('ERR_TOKEN_MALFORMED', `the token cannot be used: ${damage}`);
  if (isEncrypted(text))
    throw new AuthError(
      'ERR_TOKEN_ALGORITHM',
      'the token is encrypted (JWE); this server accepts only tokens signed with HS256',
    );
  assertToken(text);
  throw refusal;
};
