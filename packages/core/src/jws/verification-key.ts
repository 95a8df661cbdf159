import { refusal } from '../errors.ts';
import { type Keyring, readKeys } from '../keyring.ts';
import { andThen, type MaybePromise } from '../maybe-promise.ts';
import type { Engine, SignatureCheck } from './engine.ts';

interface VerificationKey {
  readonly id: string;
  readonly verify: SignatureCheck;
}

/** Finds the id of the key that signed a token. Tries the key that `kid` names, else each in turn. */
export type FindKey = (token: string, kid: string | undefined) => MaybePromise<string>;

const findAmong = (
  keys: readonly VerificationKey[],
  token: string,
  next = 0,
): MaybePromise<string> => {
  const key = keys[next];
  if (key === undefined) {
    throw refusal('ERR_TOKEN_SIGNATURE', 'the token is not signed with a secret known here');
  }
  return andThen(key.verify(token), (isValid) =>
    isValid ? key.id : findAmong(keys, token, next + 1),
  );
};

const findIn = (
  all: readonly VerificationKey[],
  token: string,
  kid: string | undefined,
): MaybePromise<string> => {
  const named = all.find(({ id }) => id === kid);
  return findAmong(named === undefined ? all : [named], token);
};

/** Prepares the keys of a keyring, once, at the first token. */
export const createKeyFinder = (keyring: Keyring, engine: Engine): FindKey => {
  let keys: readonly VerificationKey[] | undefined;
  const prepare = (): MaybePromise<readonly VerificationKey[]> =>
    andThen(readKeys(keyring, engine), (found) => {
      // Several first tokens at a time may get here; the first result is kept.
      keys ??= found.map(({ id, bytes }) => ({ id, verify: engine.prepare(bytes) }));
      return keys;
    });
  return (token, kid) => andThen(keys ?? prepare(), (all) => findIn(all, token, kid));
};
