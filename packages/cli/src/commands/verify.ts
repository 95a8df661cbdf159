// `zepcli verify`: whether a token would be accepted here, and if not, why.
import { createVerifier, isAuthError, keyIds } from '@zep-auth/core';
import * as option from '../argv/options.ts';
import { type Command, defineCommand, tokenArgument } from '../command.ts';
import { loadKeyring, STORE_VARIABLE, toOption } from '../config.ts';
import { assertOneInput } from '../io/decode-text.ts';
import { toErrorPage } from '../io/errors.ts';
import { log, print, printJson } from '../io/io.ts';
import type { OutputStream } from '../io/style.ts';
import { decodePart, findInexact, toTable } from '../tokens/decode.ts';
import { formatExpiry } from '../tokens/format-time.ts';
import { explainRefusal, nameKeys } from '../tokens/refusal.ts';
import { assertWholeToken, readToken } from '../tokens/token-input.ts';

export const command: Command = defineCommand({
  positionals: [tokenArgument],
  options: {
    ...option.source,
    local: option.flag('show times in the local time zone'),
    json: option.json,
  },
  examples: [
    ['zepcli verify < token.txt', 'check a token with the secret in ZEP_AUTH_SECRET'],
    ['zepcli verify --dotenv .env --json < token.txt', 'with the settings of a file, as JSON'],
  ],
  run: async (args, io) => {
    assertOneInput('the token', args.secretFile, args.token ?? '-');
    const { config, record, keyring } = await loadKeyring(io, args);
    const token = await readToken(io, `verify${toOption(args)}`, args.token);
    const tableFor = (stream: OutputStream): readonly string[] =>
      toTable(token, 'claims', stream, io.env, args.local);
    try {
      assertWholeToken(token);
      const { claims, keyId } = await createVerifier({ keyring, ...config.policy }).verify(token);
      if (record[STORE_VARIABLE])
        await (await import('../store.ts')).assertNotRevoked(record, token, claims);
      if (args.json) await printJson(io, { ok: true, keyId, claims, ...findInexact(token) });
      else await print(io, tableFor(io.stdout).join('\n') || '(no claims)');
      log(io, `valid: signed with key ${keyId}, ${formatExpiry(claims.exp, args.local)}`);
      return 0;
    } catch (error) {
      if (!isAuthError(error) || !error.code.startsWith('ERR_TOKEN_')) throw error;
      const { code } = error;
      const source = toOption(args);
      const explained = explainRefusal(error, token, config.policy, source, args.local);
      const { message } = explained;
      let { hint } = explained;
      if (code !== 'ERR_TOKEN_MALFORMED') {
        hint ??= `${nameKeys(token, await keyIds(keyring))}; with the token on standard input, \`zepcli doctor${source} --token-file -\` finds out which secret signed it`;
        hint += `; see ${toErrorPage(code)}`;
      }
      const claims = decodePart(token, 'claims');
      if (args.json) {
        const unverified = { unverifiedClaims: claims, ...findInexact(token) };
        await printJson(io, { ok: false, error: { code, message, hint }, ...unverified });
      }
      log(io, `refused: ${message} (${code})`);
      if (hint !== undefined) log(io, `hint: ${hint}`);
      if (claims !== undefined) {
        const rows = tableFor(io.stderr);
        log(io, `it claims, unverified:${rows.length === 0 ? ' nothing' : ''}`);
        for (const row of rows) io.stderr.write(`  ${row}\n`);
      }
      return 1;
    }
  },
});
