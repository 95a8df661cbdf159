// `zepcli inspect`: what a token says, unverified.
import { AuthError, isAuthError } from '@zep-auth/core';
import * as option from '../argv/options.ts';
import { type Command, defineCommand, tokenArgument } from '../command.ts';
import { print, printJson, warn } from '../io/io.ts';
import { paintFor } from '../io/style.ts';
import {
  decodePart,
  findInexact,
  membersOf,
  toDigest,
  toTable,
  toValue,
} from '../tokens/decode.ts';
import { parseExactly } from '../tokens/exact-json.ts';
import { assertWholeToken, readToken } from '../tokens/token-input.ts';

const WARNING = 'NOT VERIFIED: anyone can have written this; `zepcli verify` checks it.';

/** Why a server here would refuse a token whatever its secret, as far as its form tells. */
const findFlaw = (token: string): string | undefined => {
  const { alg } = membersOf(token, 'header', parseExactly);
  if (token.endsWith('.')) return 'it is not signed';
  if (alg !== undefined && alg !== 'HS256') {
    return `it is signed with ${toValue(alg)}; only HS256 is accepted`;
  }
  try {
    assertWholeToken(token);
  } catch (error) {
    return isAuthError(error) ? error.message.replace(/^[^:]+: /, '') : undefined;
  }
  return undefined;
};

export const command: Command = defineCommand({
  positionals: [tokenArgument],
  options: { local: option.flag('show times in the local time zone'), json: option.json },
  examples: [
    ['zepcli inspect < token.txt', 'show header and claims'],
    ['zepcli inspect --json < token.txt', 'the same as JSON'],
  ],
  run: async (args, io) => {
    const text = await readToken(io, 'inspect', args.token);
    const token = text.replace(/^bearer +/i, '').replace(/^(["'`])(.*)\1$/, '$2');
    const [header, claims] = [decodePart(token, 'header'), decodePart(token, 'claims')];
    if (header === undefined || claims === undefined) {
      assertWholeToken(token);
      const message = 'the token does not hold JSON, so it is not a JWT';
      throw new AuthError('ERR_TOKEN_MALFORMED', message);
    }
    const flaw = findFlaw(token);
    const digest = flaw === undefined ? { digest: toDigest(token) } : {};
    if (flaw !== undefined) warn(io, `a server refuses this token: ${flaw}`);
    if (args.json) {
      const inexact = { ...findInexact(token), ...findInexact(token, 'header') };
      const shown = { header, claims, ...inexact, ...digest };
      await printJson(io, { ok: true, verified: false, ...shown });
      return 0;
    }
    const paint = paintFor(io.stdout, io.env);
    const lines = [paint('yellow', WARNING)];
    for (const part of ['header', 'claims'] as const) {
      const rows = toTable(token, part, io.stdout, io.env, args.local);
      const title = rows.length === 0 ? `${part}  (none)` : part;
      lines.push('', title, ...rows.map((row) => `  ${row}`));
    }
    if (digest.digest !== undefined)
      lines.push('', `${digest.digest}`, 'is its name in ZEP_AUTH_REVOKED.');
    await print(io, lines.join('\n'));
    return 0;
  },
});
