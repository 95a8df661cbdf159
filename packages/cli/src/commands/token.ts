// `zepcli token`: a token signed with the secret, on standard output.
// Never sets a registered claim that its own option did not ask for, but `iat` and `jti`.
import { createVerifier, isAuthError, type JwtClaims, signToken } from '@zep-auth/core';
import { type Command, defineCommand, flag, json, secretFile, text, texts } from '../command.ts';
import { loadKeyring } from '../config.ts';
import { print, say, UsageError } from '../io.ts';
import { formatTime, parseDuration, parseTime } from '../time.ts';

const OWN_OPTION: { readonly [claim: string]: string } = {
  iss: '--iss',
  sub: '--sub',
  aud: '--aud',
  scope: '--scope',
  exp: '--expires-in',
  nbf: '--not-before',
  iat: 'nothing: it is set on its own',
  jti: 'nothing: it is set on its own',
};

const parseJson = (value: string): unknown => {
  try {
    return JSON.parse(value);
  } catch {
    throw new UsageError(
      '--claim-json takes name=value with the value in JSON: seats=5, roles=\'["a"]\'',
    );
  }
};

/** Reads `name=value` pairs into claims; none may be registered, and none may come twice. */
const addClaims = (
  claims: Map<string, unknown>,
  option: string,
  pairs: readonly string[],
  parse: (value: string) => unknown,
): void => {
  for (const pair of pairs) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    if (name === undefined || value === undefined)
      throw new UsageError(`--${option} takes name=value`);
    if (Object.hasOwn(OWN_OPTION, name)) {
      throw new UsageError(
        `--${option} does not set ${name}; for that there is ${OWN_OPTION[name]}`,
      );
    }
    if (claims.has(name)) throw new UsageError(`--${option} sets a claim that is set already`);
    claims.set(name, parse(value));
  }
};

export const token: Command = defineCommand({
  options: {
    'expires-in': text(
      'life of the token: 45s, 30m, 12h, 90d, 6w or 1y (default: it never expires)',
    ),
    'not-before': text('not valid before a time (2030-01-31T12:00:00Z) or a duration from now'),
    sub: text('subject: whose token it is'),
    aud: texts('audience: for which API; may be given again'),
    iss: text('issuer: who made it'),
    scope: text('scopes, separated by spaces'),
    claim: texts('another claim, name=value, a string; may be given again'),
    'claim-json': texts('another claim, name=value, the value in JSON; may be given again'),
    'no-claims': flag('no claims and no key id: the same token as `zepcli -i`'),
    'env-file': text('read variables from this file; those of the environment win'),
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
  ],
  run: async (args, io) => {
    const nowSeconds = Math.floor(Date.now() / 1000);
    const { sub, aud = [], iss, scope } = args;
    const expiresIn = args['expires-in'];
    const notBefore = args['not-before'];
    const claims = new Map<string, unknown>();
    if (iss !== undefined) claims.set('iss', iss);
    if (sub !== undefined) claims.set('sub', sub);
    if (aud.length > 0) claims.set('aud', aud.length === 1 ? aud[0] : aud);
    if (expiresIn !== undefined) {
      claims.set('exp', nowSeconds + parseDuration('expires-in', expiresIn));
    }
    if (notBefore !== undefined) claims.set('nbf', parseTime('not-before', notBefore, nowSeconds));
    if (scope !== undefined) claims.set('scope', scope);
    addClaims(claims, 'claim', args.claim ?? [], (value) => value);
    addClaims(claims, 'claim-json', args['claim-json'] ?? [], parseJson);
    const isPlain = args['no-claims'] === true;
    if (isPlain && claims.size > 0)
      throw new UsageError('--no-claims goes with no option that sets a claim');
    if (!isPlain) claims.set('iat', nowSeconds).set('jti', crypto.randomUUID());

    const { keyring, policy } = await loadKeyring(io, {
      secretFile: args['secret-file'],
      envFile: args['env-file'],
      stdin: args.stdin,
    });
    const payload: JwtClaims = Object.fromEntries(claims);
    const signed = await signToken(keyring, payload, { keyId: !isPlain }).catch(
      (error: unknown) => {
        throw error instanceof TypeError ? new UsageError(error.message) : error;
      },
    );
    // Of a token that is good at any time: this one may not be valid yet.
    const { keyId } = await createVerifier({ keyring }).verify(await signToken(keyring));
    print(io, args.json ? JSON.stringify({ token: signed, keyId, claims: payload }) : signed);

    if (payload.exp === undefined) {
      say(io, 'warning: this token never expires; --expires-in 90d makes one that does');
    } else {
      say(io, `expires ${formatTime(payload.exp, nowSeconds)}`);
    }
    await createVerifier({ keyring, ...policy })
      .verify(signed)
      .catch((error: unknown) => {
        if (isAuthError(error) && error.code === 'ERR_TOKEN_NOT_YET_VALID') return;
        say(
          io,
          `warning: the settings in this environment refuse this token: ${(error as Error).message}`,
        );
      });
    return 0;
  },
});
