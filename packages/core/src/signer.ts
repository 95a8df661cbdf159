// Which key of a keyring has signed a token.
// Never asks a second key where `kid` names one, and never more keys than there are.
import { refusal } from './errors.ts';
import { type Engine, type Eventual, follow, type SignatureCheck } from './jws/engine.ts';
import { type Keyring, readKeys } from './keyring.ts';

interface Signer {
  readonly id: string;
  readonly hasSigned: SignatureCheck;
}

/** Finds the id of the key that has signed a token: the one that `kid` names, else each in turn. */
export type FindSigner = (token: string, kid: string | undefined) => Eventual<string>;

const findAmong = (signers: readonly Signer[], token: string, next = 0): Eventual<string> => {
  const signer = signers[next];
  if (signer === undefined) {
    throw refusal('ERR_TOKEN_SIGNATURE', 'the token is not signed with a secret known here');
  }
  return follow(signer.hasSigned(token), (hasSigned) =>
    hasSigned ? signer.id : findAmong(signers, token, next + 1),
  );
};

const findIn = (
  all: readonly Signer[],
  token: string,
  kid: string | undefined,
): Eventual<string> => {
  const named = all.find(({ id }) => id === kid);
  return findAmong(named === undefined ? all : [named], token);
};

/** Prepares the keys of a keyring, once, at the first token. */
export const createSignerFinder = (keyring: Keyring, engine: Engine): FindSigner => {
  let signers: readonly Signer[] | undefined;
  const prepare = (): Eventual<readonly Signer[]> =>
    follow(readKeys(keyring, engine), (keys) => {
      // First tokens that come together may each get here; the first to arrive stays.
      signers ??= keys.map(({ id, bytes }) => ({ id, hasSigned: engine.prepare(bytes) }));
      return signers;
    });
  return (token, kid) => follow(signers ?? prepare(), (all) => findIn(all, token, kid));
};
