// `zepcli token`: tokens signed with the secret, on standard output.
import { randomUUID } from 'node:crypto';
import { createVerifier, isAuthError, keyIds, signToken } from '@zep-auth/core';
import * as option from '../argv/options.ts';
import { refuse } from '../argv/values.ts';
import { type Command, defineCommand, stdinArgument } from '../command.ts';
import { loadKeyring } from '../config.ts';
import { assertOneInput } from '../io/decode-text.ts';
import { UsageError } from '../io/errors.ts';
import { log, quote, toJson, toWord, warn, write } from '../io/io.ts';
import { readClaims, readHeader, readPayload } from '../tokens/claims.ts';
import { formatExpiry } from '../tokens/format-time.ts';

/** Scopes as RFC 6749 section 3.3 has them. */
const parseScope = (scopes: string): string => {
  const form = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/;
  if (form.test(scopes)) return scopes;
  const expected = 'a list of scopes: words with one space between them, without " and \\';
  throw refuse('scope', scopes, expected, '"read write"');
};

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
    throw new UsageError(
      'the token would never expire',
      'add --expires-in 90d, or --no-expiry if that is what you want',
    );
  if (noExpiry) throw new UsageError('--no-expiry and an expiry are given', 'give one of them');
  if (exp <= nowSeconds)
    throw new UsageError(
      'the token would have expired already',
      'give a time in the future; to try an expired token, give 1s and wait',
    );
  if (exp <= nbf)
    throw new UsageError(
      'the token would expire before it is valid',
      'give an --expires-in after --not-before',
    );
};

const CLAIMS = {
  'expires-in': option.time('when it expires: 90d, 1h30m, 2030-01-31'),
  'no-expiry': option.flag('let it never expire'),
  'not-before': option.time('not valid before: 2030-01-31T12:00:00Z, 1h'),
  sub: option.text('<name>', 'subject: whose token it is'),
  aud: option.texts('<name>', 'audience: for which API'),
  iss: option.text('<name>', 'issuer: who made it'),
  scope: option.parsed('<scopes>', 'scopes, separated by spaces', parseScope),
  jti: option.text('<id>', 'its id, by which it can be revoked (default: a random UUID)'),
  claim: option.texts('<name=text>', 'another claim, a string'),
  'claim-json': option.texts('<name=json>', 'another claim, in JSON'),
  claims: option.file('the whole payload, JSON in this file, or - for standard input'),
  typ: option.word(['jwt', 'at+jwt'], 'typ of the header; at+jwt is an access token', 'jwt'),
  header: option.texts('<name=text>', 'another member of the header, a string'),
  'no-claims': option.flag('no claims and no key id: the same token as `zepcli -i`'),
} as const;

export const command: Command = defineCommand({
  positionals: [stdinArgument],
  options: {
    ...CLAIMS,
    count: option.integer('<n>', 'make n tokens, one a line, each with an id', [1, 10_000_000], 1),
    ...option.source,
    ...option.writing,
    json: option.json,
  },
  groups: { 'What it says': CLAIMS, 'The secret': option.source },
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
      throw new UsageError(
        '--no-claims goes with no option that sets a claim or a header',
        'leave --no-claims out',
      );
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
        const wanted = Object.entries({ iss: issuer, aud: audience }).flatMap(([name, value]) =>
          value === undefined ? [] : ` --${name} ${toWord(String(value))}`,
        );
        const hint = wanted.length > 0 ? `; they want${wanted.join('')}` : '';
        warn(io, `the settings in this environment refuse this token: ${message}${hint}`);
      });
    return 0;
  },
});
