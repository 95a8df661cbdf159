// `zepcli inspect`: what a token says, without asking whether it is true.
// Never lets its output pass for a verification.
import { createHash } from 'node:crypto';
import { AuthError } from '@zep-auth/core';
import { type Command, defineCommand, json } from '../command.ts';
import { print, toText } from '../io.ts';
import { formatTime } from '../time.ts';
import { readToken } from '../token-input.ts';

const decode = (segment: string | undefined): unknown => {
  try {
    return JSON.parse(Buffer.from(segment ?? '', 'base64url').toString('utf8'));
  } catch {
    throw new AuthError('ERR_TOKEN_MALFORMED', 'the token does not hold JSON, so it is not a JWT');
  }
};

export const inspect: Command = defineCommand({
  options: { json },
  examples: [
    ['zepcli inspect < token.txt', 'show header and claims'],
    ['zepcli inspect --json < token.txt', 'the same as JSON'],
  ],
  run: async (args, io) => {
    const token = await readToken(io, args.token);
    const [header, claims] = token.split('.').slice(0, 2).map(decode);
    const sha256 = createHash('sha256').update(token).digest('hex');
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
