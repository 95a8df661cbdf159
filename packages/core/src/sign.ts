import { checkForm, type JwtClaims } from './claims.ts';
import { type AuthError, assertOptions, toName } from './errors.ts';
import { MAX_DEPTH, SIGNATURE_CHARACTERS, type TokenType } from './jws/compact.ts';
import { DEFAULT_MAX_TOKEN_BYTES, type Engine } from './jws/engine.ts';
import { selectEngine } from './jws/native.ts';
import { type Keyring, readKeys, toKeyring } from './keyring.ts';
import { andThen, type MaybePromise } from './maybe-promise.ts';

/** What {@link signToken} adds to the claims that it is given. By default nothing. */
export interface SignOptions {
  /** Life of the token in seconds from now, a whole number above 0: sets `exp` and `iat`. */
  readonly expiresInSeconds?: number;
  /** Names the key in the `kid` header, so that verifiers find it at once during a rotation. Default `false`. */
  readonly keyId?: boolean;
  /** The `typ` of the header: `at+jwt` for an access token (RFC 9068 section 2.1). Default `JWT`. */
  readonly typ?: TokenType;
  /** Further members of the header; not `alg`, `typ`, `crit` or `b64`. Default none. */
  readonly header?: { readonly [member: string]: unknown };
}

/** Signs claims. Synchronous when possible; may throw or reject. */
export type SyncSign = (
  secretOrKeyring: string | Keyring,
  claims?: JwtClaims,
  options?: SignOptions,
) => MaybePromise<string>;

const OPTIONS: readonly (keyof SignOptions)[] = ['expiresInSeconds', 'keyId', 'typ', 'header'];

/** Members that decide how a token is verified, and one that would replace them in JSON. */
const RESERVED = ['alg', 'typ', 'crit', 'b64', 'toJSON'];

const tagOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);

/** An object of which JSON writes the members. */
const isPlain = (value: object): boolean =>
  Object.getPrototypeOf(value) === Object.prototype || // the usual one, and the quickest to tell
  Array.isArray(value) ||
  tagOf(value) === 'Object';

/** Why JSON would not keep a value as it is: it drops functions and makes null of NaN and {} of a Map. */
const findLoss = (value: unknown, depth: number): string | undefined => {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : 'holds a number that is not finite';
    case 'object':
      return value === null ? undefined : findLossIn(value, depth);
    default:
      return `holds a ${typeof value}`;
  }
};

const findLossIn = (value: object, depth: number, isJson = false): string | undefined => {
  const { toJSON } = value as { readonly toJSON?: unknown };
  if (typeof toJSON === 'function' && !isJson) {
    const json: unknown = toJSON.call(value);
    return typeof json === 'object' && json !== null
      ? findLossIn(json, depth, true)
      : findLoss(json, depth);
  }
  if (depth > MAX_DEPTH) return `is nested more than ${MAX_DEPTH} deep`; // or a cycle
  if (!isPlain(value)) return `holds a ${tagOf(value)}`;
  for (const member of Object.values(value)) {
    const loss = findLoss(member, depth + 1);
    if (loss !== undefined) return loss;
  }
  return undefined;
};

/** The claims as JSON, if the verifier would read them back as they are. */
const toPayload = (claims: JwtClaims, { expiresInSeconds }: SignOptions): string => {
  // A promise, a Map or a Date would be signed as {}.
  if (tagOf(claims) !== 'Object') throw new TypeError('the claims must be a plain object');
  const payload: Record<string, unknown> = { ...claims };
  if (expiresInSeconds !== undefined) {
    if (!Number.isSafeInteger(expiresInSeconds) || expiresInSeconds <= 0) {
      throw new RangeError('expiresInSeconds must be a whole number of seconds above 0');
    }
    const now = Math.floor(Date.now() / 1000);
    payload['iat'] ??= now;
    payload['exp'] = now + expiresInSeconds;
  }
  for (const [name, value] of Object.entries(payload)) {
    const loss = findLoss(value, 2);
    if (loss !== undefined) {
      throw new TypeError(`these claims cannot be signed: ${toName(name, 'one of them')} ${loss}`);
    }
  }
  try {
    checkForm(payload);
  } catch (error) {
    const { message } = error as AuthError; // checkForm throws nothing else
    throw new TypeError(`these claims cannot be signed: ${message}`);
  }
  return JSON.stringify(payload);
};

interface SigningKey {
  readonly id: string;
  readonly sign: (input: string) => MaybePromise<string>;
  /** The two usual headers, encoded. */
  readonly header: string;
  readonly headerWithId: string;
}

/** A header of the caller's, as JSON, if the verifier would accept it. */
const toHeader = (id: string, { typ = 'JWT', keyId, header = {} }: SignOptions): string => {
  if (typ !== 'JWT' && typ !== 'at+jwt') throw new TypeError('typ must be JWT or at+jwt');
  if (tagOf(header) !== 'Object') throw new TypeError('header must be a plain object');
  const reserved = RESERVED.find((name) => Object.hasOwn(header, name));
  if (reserved !== undefined) throw new TypeError(`header must not have ${reserved}`);
  if (Object.hasOwn(header, 'kid') && typeof header['kid'] !== 'string') {
    throw new TypeError('the kid of header must be a string');
  }
  const loss = findLossIn(header, 1);
  if (loss !== undefined) throw new TypeError(`header ${loss}`);
  return JSON.stringify({ alg: 'HS256', typ, ...(keyId && { kid: id }), ...header });
};

/** Creates the synchronous form of {@link signToken} on one engine. Prepares each keyring once. */
export const createSign = (engine: Engine = selectEngine()): SyncSign => {
  const known = new WeakMap<Keyring, SigningKey>();

  const prepare = (keyring: Keyring): MaybePromise<SigningKey> =>
    andThen(readKeys(keyring, engine), ([{ id, bytes }]) => {
      const key: SigningKey = {
        id,
        sign: engine.prepareSigning(bytes),
        header: engine.encode(toHeader(id, {})),
        headerWithId: engine.encode(toHeader(id, { keyId: true })),
      };
      known.set(keyring, key);
      return key;
    });

  const headerOf = (key: SigningKey, options: SignOptions): string => {
    if (options.typ !== undefined || options.header !== undefined) {
      return engine.encode(toHeader(key.id, options));
    }
    return options.keyId ? key.headerWithId : key.header;
  };

  return (secretOrKeyring, claims = {}, options = {}) => {
    assertOptions('signToken', options, OPTIONS);
    const payload = toPayload(claims, options);
    const keyring = toKeyring(secretOrKeyring);
    return andThen(known.get(keyring) ?? prepare(keyring), (key) => {
      const input = `${headerOf(key, options)}.${engine.encode(payload)}`;
      if (input.length + 1 + SIGNATURE_CHARACTERS > DEFAULT_MAX_TOKEN_BYTES) {
        throw new TypeError(
          `these claims cannot be signed: the token is larger than ${DEFAULT_MAX_TOKEN_BYTES} bytes`,
        );
      }
      return andThen(key.sign(input), (signature) => `${input}.${signature}`);
    });
  };
};

let signOnSelected: SyncSign | undefined;

/**
 * Signs claims with the current secret. Adds nothing to them unless `options` ask for it: without options the token is
 * byte for byte the one that Zep's `zepcli -i` makes.
 *
 * @throws {TypeError} when the claims are not a JSON object, a time in them is not in seconds, or an option is unknown
 * @throws {RangeError} when `expiresInSeconds` is not a whole number above 0
 * @throws {AuthError} `ERR_SECRET_WEAK` when a secret is given and it is not fit
 * @see RFC 7515 section 7.1, RFC 7519 section 7.1
 * @example
 * ```ts
 * import { generateSecret, signToken } from '@zep-auth/core';
 * const token = await signToken(generateSecret(), { sub: 'alice' }, { expiresInSeconds: 3600 });
 * ```
 */
export const signToken = async (
  secretOrKeyring: string | Keyring,
  claims?: JwtClaims,
  options?: SignOptions,
): Promise<string> => {
  signOnSelected ??= createSign();
  return signOnSelected(secretOrKeyring, claims, options);
};
