// `zepcli inspect`: what a token says, unverified.
import { isAuthError } from '@zep-auth/core';
import * as option from '../argv/options.ts';
import { type Command, defineCommand, tokenArgument } from '../command.ts';
import { print, printJson, warn } from '../io/io.ts';
import { paintFor } from '../io/style.ts';
import { decodePart, findInexact, toDigest, toTable } from '../tokens/decode.ts';
import { assertWholeToken, isEncrypted, readToken } from '../tokens/token-input.ts';

const WARNING = 'NOT VERIFIED: anyone can have written this; `zepcli verify` checks it.';

/** Why every server refuses a token, going by its form. */
const findFlaw = (token: string): string | undefined => {
  try {
    assertWholeToken(token);
    return undefined;
  } catch (error) {
    if (!isAuthError(error)) throw error;
    return error.message.replace(/^the token cannot be used: /, '').replace(/^the token /, 'it ');
  }
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
    const isReadable = !isEncrypted(token);
    const header = decodePart(token, 'header');
    const claims = isReadable ? decodePart(token, 'claims') : undefined;
    if (header === undefined || (isReadable && claims === undefined)) assertWholeToken(token);
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
      const isShown = isReadable || part === 'header';
      const rows = isShown ? toTable(token, part, io.stdout, io.env, args.local) : [];
      const title = rows.length > 0 ? part : `${part}  (${isShown ? 'none' : 'encrypted'})`;
      lines.push('', title, ...rows.map((row) => `  ${row}`));
    }
    if (digest.digest !== undefined)
      lines.push('', `${digest.digest}`, 'is its name in ZEP_AUTH_REVOKED.');
    await print(io, lines.join('\n'));
    return 0;
  },
});
