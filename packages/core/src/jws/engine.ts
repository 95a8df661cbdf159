// The contract of the two engines, and the values that one of them has at once and the other only later.
// Never a rule: what a token must be is in `shape.ts`, the same for both.

/** A value that is there, or on its way. */
export type Eventual<T> = T | Promise<T>;

/** Goes on with a value: at once where it is there, so that nothing waits that need not. */
export const follow = <T, R>(value: Eventual<T>, next: (value: T) => Eventual<R>): Eventual<R> =>
  value instanceof Promise ? value.then(next) : next(value);

/** Makes a value, or goes on with what was thrown instead, at once or later. */
export const rescue = <T>(make: () => Eventual<T>, next: (thrown: unknown) => T): Eventual<T> => {
  try {
    const value = make();
    return value instanceof Promise ? value.catch(next) : value;
  } catch (thrown) {
    return next(thrown);
  }
};

/** Bytes that no other thread can change. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** The greatest length that a token may be given. No engine takes more. */
export const MAX_TOKEN_BYTES = 65_536;

/** Answers whether the token's signature is the one key's. The token has passed `shape.ts`. */
export type SignatureCheck = (token: string) => Eventual<boolean>;

/** Decodes UTF-8 and nothing that only resembles it. Its type names no class, which not every platform's types have. */
export const utf8: { readonly decode: (bytes: Uint8Array) => string } = new TextDecoder('utf-8', {
  fatal: true,
  ignoreBOM: true,
});

/** What verification needs of a runtime. */
export interface Engine {
  readonly name: 'native' | 'jose';
  /** Prepares one key, once, for any number of checks. */
  readonly prepare: (key: Bytes) => SignatureCheck;
  /** The text of a segment that is canonical base64url. Throws when it is not UTF-8; a byte order mark stays. */
  readonly decode: (segment: string) => string;
  /** The SHA-256 digest of an ASCII text. */
  readonly sha256: (text: string) => Eventual<Bytes>;
}
