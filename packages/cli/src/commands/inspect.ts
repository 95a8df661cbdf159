// `zepcli inspect`: what a token says, without asking whether it is true.
// Never lets its output pass for a verification.

import { type Command, defineCommand, json, tokenArgument } from '../command.ts';
import { print } from '../io/io.ts';
import { paintFor } from '../io/style.ts';
import { toTable } from '../tokens/claims-table.ts';
import { decodeToken, readToken, toDigest } from '../tokens/token-input.ts';

const WARNING = 'NOT VERIFIED: anyone can have written this; `zepcli verify` checks it.';

export const inspect: Command = defineCommand({
  argument: tokenArgument,
  options: { json },
  examples: [
    ['zepcli inspect < token.txt', 'show header and claims'],
    ['zepcli inspect --json < token.txt', 'the same as JSON'],
  ],
  run: async (args, io) => {
    const token = await readToken(io, args.token);
    const [header, claims] = decodeToken(token);
    const sha256 = toDigest(token);
    if (args.json) {
      print(io, JSON.stringify({ verified: false, header, claims, sha256 }));
      return 0;
    }
    const paint = paintFor(io.stdout, io.env);
    print(io, paint('yellow', WARNING));
    for (const [name, part] of [
      ['header', header],
      ['claims', claims],
    ] as const) {
      const lines = toTable(part, paint, Date.now() / 1000);
      print(io, `\n${name}${lines.length === 0 ? '  (none)' : ''}`);
      for (const line of lines) print(io, `  ${line}`);
    }
    print(io, `\nsha256:${sha256}\nis its name in ZEP_AUTH_REVOKED.`);
    return 0;
  },
});
