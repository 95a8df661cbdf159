// Plans a rotation: which secrets of a file of variables are kept, which go, and its new text.
import { createKeyring, judgeSecret, keyIds, readAuthConfig } from '@zep-auth/core';
import { WEAKNESSES } from '@zep-auth/core/internal';
import { parse } from 'dotenv';
import { decodeKey, encodingOf } from '../config.ts';
import { findVariable, setVariable } from '../files/env-file-edit.ts';
import { CliError, isCliError } from '../io/errors.ts';

/** Keep the old secret as a previous one; keep none and make a new one; or keep none of the previous. */
export type RotationKind = 'keep' | 'compromised' | 'finish';

/** A rotation, before anything is written. */
export interface Rotation {
  /** The new text of the file. */
  readonly text: string;
  readonly current: string;
  /** The previous secrets, the newest first. */
  readonly kept: readonly string[];
  /** The secrets that were accepted before, and are not now. */
  readonly dropped: readonly string[];
}

const CURRENT = 'ZEP_AUTH_SECRET';
const PREVIOUS = 'ZEP_AUTH_SECRET_PREVIOUS';
const MAX_PREVIOUS = 3;

/** How to rotate secrets that this command does not move. */
const BY_HAND =
  'move the secret, without quotes, to the top of the file that ZEP_AUTH_SECRET_PREVIOUS_FILE names (one a line, at most 3), and put one from `zepcli secret` in its place; to finish, empty that file';

const LEAKED_BY_HAND =
  'empty the file that ZEP_AUTH_SECRET_PREVIOUS_FILE names, put a secret from `zepcli secret` into the one that ZEP_AUTH_SECRET_FILE names, and keep the old secret nowhere';

const refuse = (message: string, hint: string): CliError => new CliError('ERR_FILE', message, hint);

const keepIn = (text: string, secrets: readonly string[], isBare: boolean): string => {
  try {
    return setVariable(text, PREVIOUS, { value: secrets.join(','), isBare }, CURRENT);
  } catch (error) {
    throw isCliError(error) ? refuse(error.message, BY_HAND) : error;
  }
};

/**
 * Plans a rotation of the secrets in the text of a file of variables. The new one is in the encoding of the file.
 *
 * @throws {CliError} when the file holds none, or holds them so that they cannot be moved
 * @throws {AuthError} `ERR_CONFIG_INVALID` with every problem of a file whose secret would be kept
 */
export const planRotation = (text: string, kind: RotationKind, fresh: string): Rotation => {
  const record = parse(text);
  for (const name of [`${CURRENT}_FILE`, `${PREVIOUS}_FILE`]) {
    if ((record[name] ?? '') === '') continue;
    const hint = kind === 'compromised' ? LEAKED_BY_HAND : BY_HAND;
    throw refuse(`${name} is set, and secrets in separate files are not changed here`, hint);
  }
  const secret = findVariable(text, CURRENT);
  const previous = findVariable(text, PREVIOUS);
  if (secret === undefined || secret.value === '') {
    const hint = 'make a secret with `zepcli secret`, and put it there with `zepcli env dotenv`';
    throw refuse(`the file has no ${CURRENT} to rotate`, hint);
  }
  const older = (previous?.value ?? '').split(',').filter((entry) => entry !== '');
  const withoutPrevious = (from: string): string => setVariable(from, PREVIOUS, undefined);
  if (kind === 'finish') {
    const finished = older.length === 0 ? text : withoutPrevious(text);
    return { text: finished, current: secret.value, kept: [], dropped: older };
  }
  const encoding = encodingOf(record);
  const current =
    encoding === undefined ? fresh : Buffer.from(fresh, 'base64url').toString(encoding);
  const renewed = setVariable(text, CURRENT, { value: current, isBare: true });
  if (kind === 'compromised') {
    const dropped = [secret.value, ...older];
    return { text: withoutPrevious(renewed), current, kept: [], dropped };
  }
  readAuthConfig(record); // a problem is reported by the place where it stands now
  if (secret.value.includes(',')) {
    throw refuse(`${CURRENT} has a comma, which separates secrets in ${PREVIOUS}`, BY_HAND);
  }
  const all = [...new Set([secret.value, ...older])];
  const [kept, dropped] = [all.slice(0, MAX_PREVIOUS), all.slice(MAX_PREVIOUS)];
  const isBare = secret.isBare && previous?.isBare !== false;
  return { text: keepIn(renewed, kept, isBare), current, kept, dropped };
};

/** The ids of keys, in a file of this text. What every gate refuses as a secret is left out. */
export const nameKeys = (text: string, secrets: readonly string[]): Promise<string[]> => {
  const record = parse(text);
  const isFit = (key: string | Uint8Array): boolean =>
    judgeSecret(key).every(({ rule }) => WEAKNESSES.includes(rule));
  const nameKey = async (key: string | Uint8Array): Promise<string> => {
    const [keyId = ''] = await keyIds(createKeyring(key, { allowWeak: true }));
    return keyId;
  };
  const keys = secrets.map((secret) =>
    encodingOf(record) === undefined ? secret : new Uint8Array(decodeKey(record, secret)),
  );
  return Promise.all(keys.filter(isFit).map(nameKey));
};
