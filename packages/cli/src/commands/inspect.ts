// `zepcli inspect`: what a token says, without asking whether it is true.
// Never lets its output pass for a verification.
import { type Command, defineCommand, json } from '../command.ts';
import { print, toText } from '../io.ts';
import { formatTime } from '../time.ts';
import { decodeToken, readToken, toDigest } from '../token-input.ts';

export const inspect: Command = defineCommand({
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
    print(io, 'NOT VERIFIED: anyone can have written this; `zepcli verify` checks it.');
    print(io, `header ${toText(header)}`);
    print(io, `claims ${toText(claims)}`);
    print(io, `sha256:${sha256} is its name in ZEP_AUTH_REVOKED`);
    for (const claim of ['iat', 'nbf', 'exp']) {
      const time = (claims as { readonly [claim: string]: unknown } | null)?.[claim];
      const isDate = typeof time === 'number' && Math.abs(time) <= 8.64e12;
      if (isDate) print(io, `${claim} ${formatTime(time, Date.now() / 1000)}`);
    }
    return 0;
  },
});
