// `zepcli verify`: whether a token would get in here, and if not, why.
// Never softens an answer: what the guard refuses is refused, with the same code.
import { createVerifier, isAuthError } from '@zep-auth/core';
import { type Command, defineCommand, json, secretFile, text } from '../command.ts';
import { loadKeyring } from '../config.ts';
import { print, say, toText } from '../io.ts';
import { formatTime } from '../time.ts';
import { readToken } from '../token-input.ts';

export const verify: Command = defineCommand({
  options: {
    'env-file': text('read variables from this file; those of the environment win'),
    'secret-file': secretFile,
    json,
  },
  examples: [
    ['zepcli verify < token.txt', 'check a token with the secret in ZEP_AUTH_SECRET'],
    ['zepcli verify --secret-file secret.txt --json < token.txt', 'the answer as JSON'],
  ],
  run: async (args, io) => {
    const { keyring, policy } = await loadKeyring(io, {
      secretFile: args['secret-file'],
      envFile: args['env-file'],
    });
    try {
      const token = await readToken(io, args.token);
      const { claims, keyId } = await createVerifier({ keyring, ...policy }).verify(token);
      print(io, args.json ? JSON.stringify({ valid: true, keyId, claims }) : toText(claims));
      const expiry =
        claims.exp === undefined
          ? 'never expires'
          : `expires ${formatTime(claims.exp, Date.now() / 1000)}`;
      say(io, `valid: signed with key ${keyId}, ${expiry}`);
      return 0;
    } catch (error) {
      if (!isAuthError(error)) throw error;
      const { code, message } = error;
      if (args.json) print(io, JSON.stringify({ valid: false, code, message }));
      say(io, `refused: ${message} (${code})`);
      return 1;
    }
  },
});
