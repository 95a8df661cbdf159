// What a rotation makes of an env file: which secrets are kept, which go, and the text that says so.
// Never keeps a secret that the variables could not hold as it is.
import { createKeyring, judgeSecret, keyIds } from '@zep-auth/core';
import { WEAKNESSES } from '@zep-auth/core/internal';
import { parse } from 'dotenv';
import { checkConfig } from '../config.ts';
import { findVariable, setVariable } from '../files/env-file-edit.ts';
import { CliError } from '../io/io.ts';

/** Keep the old secret as a previous one; keep none and make a new one; or keep none of the previous. */
export type RotationKind = 'keep' | 'compromised' | 'finish';

/** A rotation, before anything is written. */
export interface Rotation {
  /** The new text of the file. */
  readonly text: string;
  readonly current: string;
  /** The previous secrets, the newest first. */
  readonly kept: readonly string[];
  /** The secrets that are accepted before, and not after. */
  readonly dropped: readonly string[];
}

const CURRENT = 'ZEP_AUTH_SECRET';
const PREVIOUS = 'ZEP_AUTH_SECRET_PREVIOUS';
const MAX_PREVIOUS = 3;

const BY_HAND =
  'rotate by hand: move the secret, without quotes, to the top of the file that ZEP_AUTH_SECRET_PREVIOUS_FILE names (one a line, at most 3), and put one from `zepcli secret` in its place; to finish, empty that file';

const LEAKED_BY_HAND =
  'after a leak: empty the file that ZEP_AUTH_SECRET_PREVIOUS_FILE names, put a secret from `zepcli secret` into the one that ZEP_AUTH_SECRET_FILE names, and keep the old secret nowhere';

const keepIn = (text: string, secrets: readonly string[], isBare: boolean): string => {
  try {
    const to = { value: secrets.join(','), isBare };
    return setVariable(text, { name: PREVIOUS, to, below: CURRENT });
  } catch (error) {
    throw error instanceof CliError ? new CliError(`${error.message}; ${BY_HAND}`) : error;
  }
};

/**
 * Plans a rotation of the secrets in the text of an env file.
 *
 * @throws {CliError} when the file holds none, or holds them so that they cannot be moved
 * @throws {AuthError} `ERR_CONFIG_INVALID` with every problem of a file whose secret would be kept
 */
export const planRotation = (text: string, kind: RotationKind, fresh: string): Rotation => {
  const record = parse(text);
  for (const name of [`${CURRENT}_FILE`, `${PREVIOUS}_FILE`]) {
    if ((record[name] ?? '') === '') continue;
    const byHand = kind === 'compromised' ? LEAKED_BY_HAND : BY_HAND;
    throw new CliError(`${name} is set, and files of secrets are not changed here; ${byHand}`);
  }
  const secret = findVariable(text, CURRENT);
  const previous = findVariable(text, PREVIOUS);
  if (secret === undefined || secret.value === '') {
    throw new CliError(
      `the file has no ${CURRENT} to rotate; make a secret with \`zepcli secret\` and put it there`,
    );
  }
  const older = (previous?.value ?? '').split(',').filter((entry) => entry !== '');
  const withoutPrevious = (from: string): string =>
    setVariable(from, { name: PREVIOUS, to: undefined, below: CURRENT });
  if (kind === 'finish') {
    const finished = older.length === 0 ? text : withoutPrevious(text);
    return { text: finished, current: secret.value, kept: [], dropped: older };
  }
  const to = { value: fresh, isBare: true };
  const renewed = setVariable(text, { name: CURRENT, to, below: CURRENT });
  if (kind === 'compromised') {
    const dropped = [secret.value, ...older];
    return { text: withoutPrevious(renewed), current: fresh, kept: [], dropped };
  }
  checkConfig(record); // so that what is wrong is named by the place where it stands now
  if (secret.value.includes(',')) {
    throw new CliError(
      `${CURRENT} has a comma, which separates secrets in ${PREVIOUS}; ${BY_HAND}`,
    );
  }
  const all = [...new Set([secret.value, ...older])];
  const [kept, dropped] = [all.slice(0, MAX_PREVIOUS), all.slice(MAX_PREVIOUS)];
  const isBare = secret.isBare && previous?.isBare !== false;
  return { text: keepIn(renewed, kept, isBare), current: fresh, kept, dropped };
};

/** The ids of keys. What is unfit to be a secret is the key of no gate, and has none. */
export const nameKeys = (secrets: readonly string[]): Promise<string[]> => {
  const isFit = (secret: string): boolean =>
    judgeSecret(secret).every(({ rule }) => WEAKNESSES.includes(rule));
  const nameKey = async (secret: string): Promise<string> => {
    const [keyId = ''] = await keyIds(createKeyring(secret, { allowWeak: true }));
    return keyId;
  };
  return Promise.all(secrets.filter(isFit).map(nameKey));
};
