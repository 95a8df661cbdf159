// `zepcli token`: tokens signed with the secret, on standard output.
// Never sets a registered claim that its own option did not ask for, but `iat` and `jti`.
import { createVerifier, isAuthError, type JwtClaims, keyIds, signToken } from '@zep-auth/core';
import {
  type Command,
  defineCommand,
  duration,
  envFile,
  flag,
  integer,
  json,
  secretFile,
  stdinArgument,
  text,
  texts,
  time,
} from '../command.ts';
import { loadKeyring } from '../config.ts';
import { log, print, UsageError } from '../io/io.ts';
import { readClaims } from '../tokens/claims.ts';
import { formatExpiry } from '../tokens/format-time.ts';
import { printLines } from '../tokens/print-lines.ts';

const MAX_COUNT = 10_000_000;

export const token: Command = defineCommand({
  argument: stdinArgument,
  options: {
    'expires-in': duration(
      'life of the token: 45s, 30m, 12h, 90d, 6w or 1y (default: it never expires)',
    ),
    'not-before': time('not valid before a time (2030-01-31T12:00:00Z) or a duration from now'),
    sub: text('subject: whose token it is'),
    aud: texts('audience: for which API; may be given again'),
    iss: text('issuer: who made it'),
    scope: text('scopes, separated by spaces'),
    claim: texts('another claim, name=value, a string; may be given again'),
    'claim-json': texts('another claim, name=value, the value in JSON; may be given again'),
    'no-claims': flag('no claims and no key id: the same token as `zepcli -i`'),
    count: integer(
      'make so many tokens, a line each, each with a jti of its own (default 1)',
      [1, MAX_COUNT],
      1,
    ),
    'env-file': envFile,
    'secret-file': secretFile,
    json,
  },
  examples: [
    [
      'zepcli token --sub alice --expires-in 90d',
      'a token for alice, with the secret in ZEP_AUTH_SECRET',
    ],
    [
      'zepcli token --no-claims --secret-file secret.txt',
      'the plain token, with the secret in a file',
    ],
    ['zepcli token - < secret.txt', 'the secret on standard input'],
    ['zepcli token --count 1000 --expires-in 1y > tokens.txt', 'a thousand tokens'],
  ],
  run: async (args, io) => {
    const nowSeconds = Math.floor(Date.now() / 1000);
    const { count, noClaims: isPlain } = args;
    const claims = readClaims(args, nowSeconds);
    if (isPlain && Object.keys(claims).length > 0)
      throw new UsageError('--no-claims goes with no option that sets a claim');
    if (isPlain && count > 1)
      throw new UsageError('--no-claims makes the same token each time, so it takes no --count');
    const complete = (): JwtClaims =>
      isPlain ? {} : { ...claims, iat: nowSeconds, jti: crypto.randomUUID() };

    const { keyring, config } = await loadKeyring(io, args);
    const [keyId] = await keyIds(keyring);
    const sign = (payload: JwtClaims): Promise<string> =>
      signToken(keyring, payload, { keyId: !isPlain });
    const toLine = (signed: string, payload: JwtClaims): string =>
      args.json ? JSON.stringify({ token: signed, keyId, claims: payload }) : signed;

    const payload = complete();
    const first = await sign(payload).catch((error: unknown) => {
      throw error instanceof TypeError ? new UsageError(error.message) : error;
    });
    if (count === 1) print(io, toLine(first, payload));
    else {
      await printLines(io, count, async () => {
        const own = complete();
        return toLine(await sign(own), own);
      });
    }

    if (payload.exp !== undefined) log(io, formatExpiry(payload.exp, nowSeconds));
    else {
      const what = count === 1 ? 'this token never expires' : 'these tokens never expire';
      const mend = `--expires-in 90d makes ${count === 1 ? 'one that does' : 'some that do'}`;
      log(io, `warning: ${what}; ${mend}`);
    }
    await createVerifier({ keyring, ...config.policy })
      .verify(first)
      .catch((error: unknown) => {
        if (isAuthError(error) && error.code === 'ERR_TOKEN_NOT_YET_VALID') return;
        const { message } = error as Error; // of verify, which rejects with nothing else
        log(io, `warning: the settings in this environment refuse this token: ${message}`);
      });
    return 0;
  },
});
