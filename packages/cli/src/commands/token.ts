// `zepcli token`: tokens signed with the secret, on standard output.
import { randomUUID } from 'node:crypto';
import { createVerifier, isAuthError, keyIds, signToken } from '@zep-auth/core';
import * as option from '../argv/options.ts';
import { type Command, defineCommand, stdinArgument } from '../command.ts';
import { loadKeyring } from '../config.ts';
import { assertOneInput } from '../io/decode-text.ts';
import { UsageError } from '../io/errors.ts';
import { log, quote, toJson, warn, write } from '../io/io.ts';
import { CLAIM_OPTIONS, readClaims, readHeader, readPayload } from '../tokens/claims.ts';
import { formatExpiry } from '../tokens/format-time.ts';

/** How many tokens are made and written at once. */
const BATCH = 64;

/** @throws {UsageError} unless the token is valid for a while, or for ever where that was asked for */
const assertExpiry = (
  exp: number | undefined,
  nbf: number,
  nowSeconds: number,
  noExpiry: boolean,
): void => {
  if (exp === undefined && noExpiry) return;
  if (exp === undefined)
    throw new UsageError('the token would never expire', 'add --expires-in 90d, or --no-expiry');
  if (noExpiry) throw new UsageError('--no-expiry and an expiry are given', 'give one of them');
  if (exp <= nowSeconds)
    throw new UsageError(
      'the token would have expired already',
      'give a time in the future; to try an expired token, give 1s and wait',
    );
  if (exp <= nbf)
    throw new UsageError('the token would expire before it is valid', 'give a later --expires-in');
};

export const command: Command = defineCommand({
  positionals: [stdinArgument],
  options: {
    ...CLAIM_OPTIONS,
    count: option.integer('<n>', 'make n tokens, one a line, each with an id', [1, 10_000_000], 1),
    ...option.source,
    ...option.writing,
    json: option.json,
  },
  groups: { 'What it says': CLAIM_OPTIONS, 'The secret': option.source },
  examples: [
    ['zepcli token --sub alice --expires-in 90d', 'a token for alice'],
    ['zepcli token --sub bob --expires-in 1y --write bob.txt', 'in a file that only you can read'],
    ['zepcli token --no-claims --secret-file secret.txt', 'the plain token of `zepcli -i`'],
    ['zepcli token --count 1000 --expires-in 1y > tokens.txt', 'a thousand tokens'],
  ],
  run: async (args, io) => {
    const nowSeconds = Math.floor(Date.now() / 1000);
    const { noClaims: isPlain, claims: file, write: path } = args;
    assertOneInput('the claims', file, args.stdin ?? args.secretFile);
    const given = readClaims(args);
    const header = readHeader(args.header);
    const isSet = [given, header].some((members) => Object.keys(members).length > 0);
    if (isPlain && (isSet || file !== undefined || args.typ !== 'jwt'))
      throw new UsageError('--no-claims goes with no claim and no header', 'leave --no-claims out');
    if (args.count > 1 && (isPlain || args.jti !== undefined || file !== undefined))
      throw new UsageError(
        '--count needs tokens that differ',
        'leave --no-claims, --jti and --claims out',
      );
    if (args.count > 1 && path !== undefined)
      throw new UsageError(
        '--write takes one token',
        'leave it out, and send the output to a file',
      );
    const whole = file === undefined ? undefined : await readPayload(io, file, given);
    const { exp, nbf = nowSeconds } = whole ?? given;
    if (!isPlain) assertExpiry(exp, nbf, nowSeconds, args.noExpiry);

    const { keyring, config } = await loadKeyring(io, args);
    const [keyId] = await keyIds(keyring);
    const typ = args.typ === 'jwt' ? 'JWT' : args.typ;
    let made = '';
    const makeLine = async (): Promise<string> => {
      const unique = { ...given, iat: nowSeconds, jti: args.jti ?? randomUUID() };
      const claims = isPlain ? {} : (whole ?? unique);
      try {
        made = await signToken(keyring, claims, { keyId: !isPlain, typ, header });
      } catch (error) {
        throw error instanceof TypeError ? new UsageError(error.message) : error;
      }
      const what = path === undefined ? { token: made } : { file: path };
      return `${args.json ? toJson({ ok: true, ...what, keyId, claims }) : made}\n`;
    };
    if (path !== undefined) {
      const { assertReplaceable, readPlace, writeFile } = await import('../files/write-file.ts');
      const place = await readPlace(io, path);
      assertReplaceable(place, args.force);
      const line = await makeLine();
      await writeFile(io, place, `${made}\n`);
      if (args.json) await write(io, line);
      log(io, `the token is in ${quote(path)}`);
    }
    for (let left = path === undefined ? args.count : 0; left > 0; left -= BATCH) {
      const lines = await Promise.all(Array.from({ length: Math.min(left, BATCH) }, makeLine));
      if (!(await write(io, lines.join('')))) break;
    }

    log(io, formatExpiry(exp));
    await createVerifier({ keyring, ...config.policy })
      .verify(made)
      .catch((error: unknown) => {
        if (isAuthError(error) && error.code === 'ERR_TOKEN_NOT_YET_VALID') return;
        const { message } = error as Error; // of verify, which rejects with nothing else
        const { issuer, audience } = config.policy;
        // By name only: a secret may stand in the wrong variable.
        const wanted = [issuer && '--iss', audience && '--aud'].filter(Boolean).join(' and ');
        const hint = wanted && `; give it ${wanted} as the settings have it`;
        warn(io, `the settings in this environment refuse this token: ${message}${hint}`);
      });
    return 0;
  },
});
