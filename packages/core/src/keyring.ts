// The only way from a secret to a key. A keyring has nothing to print; only the engines get the bytes of its keys.
import * as base64url from 'jose/base64url';
import { AuthError, refusal } from './errors.ts';
import { judgeSecret, WEAKNESSES } from './judge-secret.ts';
import type { Bytes, Engine, SignatureCheck } from './jws/engine.ts';
import { selectEngine } from './jws/native.ts';
import { andThen, type MaybePromise } from './maybe-promise.ts';

/** Up to four keys: the first signs, all verify. Made by {@link createKeyring}. */
export interface Keyring {
  /** How many keys it holds. */
  readonly size: number;
}

/** How {@link createKeyring} judges. */
export interface KeyringOptions {
  /** Accepts a secret that is short, repetitive or a sequence; every other rule still holds. Default `false`. */
  readonly allowWeak?: boolean;
}

/** One key and the id that tokens name it by. */
export interface Key {
  readonly id: string;
  readonly bytes: Bytes;
}

const MAX_SECRETS = 4;
const KEY_ID_LENGTH = 11;

const secretsOf = new WeakMap<Keyring, readonly Bytes[]>();

/** A secret as text, whose UTF-8 bytes are the key, or as bytes. */
type Secret = string | Uint8Array;

const assertFit = (secret: Secret, allowWeak: boolean): void => {
  const isExcused = allowWeak && secret.length > 0;
  const problems = judgeSecret(secret).filter(
    ({ rule }) => !(isExcused && WEAKNESSES.includes(rule)),
  );
  if (problems.length === 0) return;
  const reasons = problems.map(({ message }) => message).join(', and ');
  throw new AuthError('ERR_SECRET_WEAK', `the secret ${reasons}`);
};

/** A copy, so that later changes of the caller's bytes have no effect. */
const toBytes = (secret: Secret): Bytes =>
  typeof secret === 'string' ? new TextEncoder().encode(secret) : new Uint8Array(secret);

/**
 * Turns the current secret, and up to 3 previous ones that are still accepted, into keys. The key of a text is its UTF-8
 * bytes, as they are; a secret that another system has defined as bytes is given as bytes.
 *
 * @param secrets the current secret, or a list with the current one first
 * @throws {TypeError} without a secret, or with one that is neither a string nor a Uint8Array
 * @throws {RangeError} when there are more than 4
 * @throws {AuthError} `ERR_SECRET_WEAK` for what `judgeSecret` reports
 * @see RFC 7515 section 4.1.4, RFC 7518 section 3.2
 */
export const createKeyring = (
  secrets: Secret | readonly Secret[],
  { allowWeak = false }: KeyringOptions = {},
): Keyring => {
  const isOne = typeof secrets === 'string' || secrets instanceof Uint8Array;
  const list: readonly Secret[] = isOne ? [secrets] : secrets;
  if (!Array.isArray(list) || list.length === 0) {
    throw new TypeError('a keyring needs a secret, or a list of them: strings or bytes');
  }
  if (list.length > MAX_SECRETS) {
    throw new RangeError(`a keyring takes at most ${MAX_SECRETS} secrets`);
  }
  for (const secret of list) assertFit(secret, allowWeak);
  const distinct = new Map(list.map(toBytes).map((bytes) => [base64url.encode(bytes), bytes]));
  const keyring: Keyring = Object.freeze({ size: distinct.size });
  secretsOf.set(keyring, [...distinct.values()]);
  return keyring;
};

const readSecrets = (keyring: Keyring): readonly Bytes[] => {
  const secrets = secretsOf.get(keyring);
  if (secrets === undefined) throw new TypeError('this is not a keyring; createKeyring makes one');
  return secrets;
};

/**
 * Returns a keyring for a secret or a keyring.
 *
 * @throws {TypeError} when it does not come from `createKeyring` of this package
 */
export const toKeyring = (secretOrKeyring: string | Keyring): Keyring => {
  if (typeof secretOrKeyring === 'string') return createKeyring(secretOrKeyring);
  readSecrets(secretOrKeyring);
  return secretOrKeyring;
};

const toKey = (bytes: Bytes, { sha256 }: Engine): MaybePromise<Key> => {
  // The members in the order of RFC 7638 section 3.2.
  const jwk = JSON.stringify({ k: base64url.encode(bytes), kty: 'oct' });
  return andThen(sha256(jwk), (digest) => ({
    id: base64url.encode(digest).slice(0, KEY_ID_LENGTH),
    bytes,
  }));
};

/** The keys of a keyring, the current one first. A key's id is the first 11 characters of its RFC 7638 thumbprint. */
export const readKeys = (
  keyring: Keyring,
  engine: Engine,
): MaybePromise<readonly [Key, ...Key[]]> => {
  const keys = readSecrets(keyring).map((bytes) => toKey(bytes, engine));
  const isReady = (key: MaybePromise<Key>): key is Key => !(key instanceof Promise);
  // Not empty, by createKeyring.
  return (keys.every(isReady) ? keys : Promise.all(keys)) as MaybePromise<[Key, ...Key[]]>;
};

/**
 * The ids of a keyring's keys, the current one first, as `kid` headers and `VerifiedToken.keyId` name them.
 *
 * @throws {TypeError} when it does not come from `createKeyring` of this package
 * @see RFC 7638 for the thumbprint that an id is the beginning of
 */
export const keyIds = async (keyring: Keyring): Promise<readonly string[]> =>
  (await readKeys(keyring, selectEngine())).map(({ id }) => id);

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
