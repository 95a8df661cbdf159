// `zepcli rotate`: a new secret into a file of variables, and the old one kept beside it for a while.
import { generateSecret, readAuthConfig } from '@zep-auth/core';
import { parse } from 'dotenv';
import * as option from '../argv/options.ts';
import { parseInteger } from '../argv/values.ts';
import { type Command, defineCommand } from '../command.ts';
import { warnOfOthers } from '../files/env-file.ts';
import { readSnapshot, replaceFile } from '../files/replace-file.ts';
import { decodeText } from '../io/decode-text.ts';
import { UsageError } from '../io/errors.ts';
import { type Io, log, print, printJson, quote, toWord, warn } from '../io/io.ts';
import { nameKeys, planRotation, type RotationKind } from '../rotate/rotation.ts';

/** What to do next, with the name of the file. */
const RESTART = 'restart each app that does not read the file itself';

const NEXT: { readonly [kind in RotationKind]: (name: string) => string } = {
  keep: (name) =>
    `next: reload every gate (kill -HUP), ${RESTART}, then give each client a token:
  zepcli token --dotenv ${name} --sub NAME --expires-in 90d
when every client has one:
  zepcli rotate --dotenv ${name} --finish`,
  compromised: (name) =>
    `next: reload every gate now (kill -HUP), ${RESTART}: until then the old secret is accepted; then:
  zepcli token --dotenv ${name} --sub NAME --expires-in 90d`,
  finish: () =>
    `next: reload every gate (kill -HUP), ${RESTART}: from then on, tokens of the old keys are refused`,
};

// What a file does not set counts as empty here: the environment adds to it.
const NOT_SET = {
  ZEP_AUTH_SECRET_FILE: '',
  ZEP_AUTH_SECRET_PREVIOUS: '',
  ZEP_AUTH_SECRET_PREVIOUS_FILE: '',
};

const list = (keyIds: readonly string[]): string => keyIds.join(', ') || 'none';

/** Prints how much each key is used. */
const printStatus = async (ports: readonly string[], asJson: boolean, io: Io): Promise<number> => {
  if (ports.length === 0) {
    throw new UsageError(
      '--status needs --metrics-port, that of each gate on this machine',
      'elsewhere ask Prometheus: sum by (key_id) (increase(zep_auth_accepted_total[1d]))',
    );
  }
  const { readKeyUse } = await import('../rotate/status.ts');
  const keys = await readKeyUse(ports.map((port) => parseInteger(port, 'metrics-port', 1, 65_535)));
  if (asJson) await printJson(io, { ok: true, keys });
  else
    for (const { keyId, role, accepted, lastUsed } of keys) {
      const last = lastUsed ? new Date(lastUsed * 1000).toISOString() : 'never';
      await print(io, `${keyId}  ${role.padEnd(8)}  ${accepted} accepted, last ${last}`);
    }
  return 0;
};

export const command: Command = defineCommand({
  options: {
    dotenv: option.file('the file to change, the one with ZEP_AUTH_SECRET'),
    compromised: option.flag('keep no old secret: all tokens made so far are refused'),
    finish: option.flag('drop the old secrets, when every client has a new token'),
    status: option.flag('say which keys clients use, by the metrics of running gates'),
    'metrics-port': option.needing(
      'status',
      option.texts('<port>', 'the port of `serve --metrics-port`, for --status'),
    ),
    json: option.json,
  },
  examples: [
    ['zepcli rotate --dotenv .env', 'a new secret; tokens of the old one stay good'],
    ['zepcli rotate --dotenv .env --finish', 'tokens of the old secret are refused'],
    ['zepcli rotate --dotenv .env --compromised', 'a new secret after a leak'],
    ['zepcli rotate --status --metrics-port 9464', 'who still uses an old key?'],
  ],
  run: async ({ dotenv, compromised, finish, status, metricsPort, json }, io) => {
    const modes = Object.entries({ compromised, finish, status }).filter(([, isGiven]) => isGiven);
    const given = modes.map(([name]) => `--${name}`).join(' and ');
    if (modes.length > 1) throw new UsageError(`${given} are given`, 'give one of them');
    if (status && dotenv !== undefined)
      throw new UsageError('--status reads no file', 'zepcli rotate --status --metrics-port 9464');
    if (status) return printStatus(metricsPort, json, io);
    if (dotenv === undefined) {
      const command = `zepcli rotate ${given && `${given} `}--dotenv .env`;
      throw new UsageError('rotate needs the file to change', command);
    }
    const kind = finish ? 'finish' : compromised ? 'compromised' : 'keep';
    const snapshot = await readSnapshot(dotenv);
    const old = decodeText(io, snapshot.content, quote(dotenv));
    const rotation = planRotation(old, kind, generateSecret());
    const { warnings } = readAuthConfig(parse(rotation.text));
    const [keyId = ''] = await nameKeys(old, [rotation.current]);
    const previousKeyIds = await nameKeys(old, rotation.kept);
    const droppedKeyIds = await nameKeys(old, rotation.dropped);

    const isIdle = rotation.text === old;
    const noted = isIdle ? [] : await replaceFile(snapshot, rotation.text);
    for (const warning of [...warnings, ...noted]) warn(io, warning);
    const dropped = list(droppedKeyIds);
    if (kind === 'keep' && droppedKeyIds.length > 0)
      warn(io, `at most 3 old secrets are kept: the oldest, key ${dropped}, is dropped`);
    warnOfOthers(io, { ...NOT_SET, ...parse(rotation.text) });
    log(io, isIdle ? `${quote(dotenv)} has no old secret to drop` : `${quote(dotenv)} is written`);
    log(io, `current key: ${keyId}; previous keys: ${list(previousKeyIds)}`);
    if (droppedKeyIds.length > 0) log(io, `no longer accepted: ${dropped}`);
    if (!isIdle) log(io, NEXT[kind](toWord(dotenv)));
    if (json) await printJson(io, { ok: true, file: dotenv, keyId, previousKeyIds, droppedKeyIds });
    return 0;
  },
});
