// `zepcli rotate`: a new secret into an env file, the old one kept beside it for a while, and a token.
// Never prints a secret, and prints no token before its secret is in the file.
import {
  createKeyring,
  createVerifier,
  generateSecret,
  signToken,
  type Verifier,
} from '@zep-auth/core';
import { parse } from 'dotenv';
import { type Command, defineCommand, flag, json, text } from '../command.ts';
import { checkConfig } from '../config.ts';
import { warnOfOthers } from '../files/env-file.ts';
import { replaceFile } from '../files/replace-file.ts';
import { readSnapshot, WHAT } from '../files/snapshot.ts';
import { decodeUtf8, type Io, log, UsageError } from '../io/io.ts';
import { printDurably } from '../io/print-durably.ts';
import { nameKeys, planRotation, type RotationKind } from '../rotate/rotation.ts';

const LOST = 'the file is as it should be, and `zepcli token --env-file FILE` makes a token';

const ADVICE: { readonly [kind in RotationKind]: string } = {
  keep: 'hand the token out only after every gate has reloaded the file; when every client has a new one, `zepcli rotate --finish --env-file FILE` drops the old secret',
  compromised:
    'reload every gate now: until then it lets in whoever has the old secret, and refuses the new token',
  finish: 'reload every gate: from then on, tokens of the dropped secrets are refused',
};

// What a file does not set counts as empty here: the environment adds to it.
const NOT_SET = {
  ZEP_AUTH_SECRET_FILE: '',
  ZEP_AUTH_SECRET_PREVIOUS: '',
  ZEP_AUTH_SECRET_PREVIOUS_FILE: '',
};

const warnOfToken = async (io: Io, { verify }: Verifier, token: string): Promise<void> => {
  const mend = '`zepcli token --env-file FILE --sub NAME --expires-in 90d` makes';
  const problem = await verify(token).then(
    () => `this token never expires; ${mend} one that does`,
    (error: Error) =>
      `the settings in the file refuse this token: ${error.message}; ${mend} another`,
  );
  log(io, `warning: ${problem}`);
};

export const rotate: Command = defineCommand({
  options: {
    'env-file': text('the file to change, the one with ZEP_AUTH_SECRET'),
    compromised: flag('keep no old secret: all tokens made so far are refused'),
    finish: flag('drop the old secrets, when every client has a new token'),
    json,
  },
  examples: [
    ['zepcli rotate --env-file .env', 'a new secret and its token; the old secret stays good'],
    ['zepcli rotate --finish --env-file .env', 'the old secret is no longer good'],
    ['zepcli rotate --compromised --env-file .env', 'a new secret after a leak'],
  ],
  run: async (args, io) => {
    const { envFile } = args;
    if (envFile === undefined) throw new UsageError('rotate needs --env-file, the file to change');
    if (args.compromised && args.finish) {
      throw new UsageError('give one of --compromised and --finish: only the first makes a secret');
    }
    const kind = args.finish ? 'finish' : args.compromised ? 'compromised' : 'keep';
    const snapshot = await readSnapshot(envFile);
    const old = decodeUtf8(snapshot.content, WHAT);
    const rotation = planRotation(old, kind, generateSecret());
    const { policy, warnings } = checkConfig(parse(rotation.text));
    const claims = { iat: Math.floor(Date.now() / 1000), jti: crypto.randomUUID() };
    const keyring = createKeyring(rotation.current, { allowWeak: true });
    const token = await signToken(keyring, claims, { keyId: true });
    const made = kind === 'finish' ? undefined : { token, claims };
    const [keyId] = await nameKeys([rotation.current]);
    const previousKeyIds = await nameKeys(rotation.kept);
    const droppedKeyIds = await nameKeys(rotation.dropped);

    const isIdle = rotation.text === old;
    const noted = isIdle ? [] : await replaceFile(snapshot, rotation.text);
    if (kind === 'keep' && droppedKeyIds.length > 0) {
      noted.push(`at most 3 old secrets are kept: the oldest, key id ${droppedKeyIds}, is dropped`);
    }
    for (const warning of [...warnings, ...noted]) log(io, `warning: ${warning}`);
    warnOfOthers(io, { ...NOT_SET, ...parse(rotation.text) });
    if (args.json) {
      await printDurably(
        io,
        JSON.stringify({ ...made, keyId, previousKeyIds, droppedKeyIds }),
        LOST,
      );
    } else if (made !== undefined) await printDurably(io, token, LOST);
    if (made !== undefined) await warnOfToken(io, createVerifier({ keyring, ...policy }), token);
    log(io, isIdle ? 'nothing to finish: ZEP_AUTH_SECRET_PREVIOUS holds no secret' : ADVICE[kind]);
    return 0;
  },
});
