// `zepcli verify`: whether a token would get in here, and if not, why.
// Never softens an answer: what the guard refuses is refused, with the same code.
import { createVerifier, isAuthError } from '@zep-auth/core';
import {
  type Command,
  defineCommand,
  envFile,
  json,
  secretFile,
  tokenArgument,
} from '../command.ts';
import { loadKeyring } from '../config.ts';
import { log, print } from '../io/io.ts';
import { paintFor } from '../io/style.ts';
import { assertNotRevoked } from '../store.ts';
import { toTable } from '../tokens/claims-table.ts';
import { formatExpiry } from '../tokens/format-time.ts';
import { readToken } from '../tokens/token-input.ts';

export const verify: Command = defineCommand({
  argument: tokenArgument,
  options: { 'env-file': envFile, 'secret-file': secretFile, json },
  examples: [
    ['zepcli verify < token.txt', 'check a token with the secret in ZEP_AUTH_SECRET'],
    ['zepcli verify --secret-file secret.txt --json < token.txt', 'the answer as JSON'],
  ],
  run: async (args, io) => {
    const { config, record, keyring } = await loadKeyring(io, args);
    const nowSeconds = Date.now() / 1000;
    try {
      const token = await readToken(io, args.token);
      const { claims, keyId } = await createVerifier({ keyring, ...config.policy }).verify(token);
      await assertNotRevoked(record, token, claims);
      if (args.json) print(io, JSON.stringify({ valid: true, keyId, claims }));
      else {
        const lines = toTable(claims, paintFor(io.stdout, io.env), nowSeconds);
        print(io, lines.length === 0 ? '(no claims)' : lines.join('\n'));
      }
      const { exp } = claims;
      const expiry = exp === undefined ? 'never expires' : formatExpiry(exp, nowSeconds);
      log(io, `valid: signed with key ${keyId}, ${expiry}`);
      return 0;
    } catch (error) {
      if (!isAuthError(error)) throw error;
      const { code, message } = error;
      if (args.json) print(io, JSON.stringify({ valid: false, code, message }));
      log(io, `refused: ${message} (${code})`);
      return 1;
    }
  },
});
