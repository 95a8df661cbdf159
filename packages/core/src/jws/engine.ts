// The contract of the two engines. `compact.ts` checks the form of a token for both.
import type { MaybePromise } from '../maybe-promise.ts';

/** Bytes that are not shared with another thread. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** The greatest value of `maxTokenBytes`: no engine takes more. */
export const MAX_TOKEN_BYTES = 65_536;

/** Greatest length of a token in bytes, unless an option says otherwise. */
export const DEFAULT_MAX_TOKEN_BYTES = 8192;

/** Whether the key has signed the token, which has passed `compact.ts`. */
export type SignatureCheck = (token: string) => MaybePromise<boolean>;

/** Decodes strict UTF-8. The type spells out the one method, since not every platform's types have TextDecoder. */
export const utf8: { readonly decode: (bytes: Uint8Array) => string } = new TextDecoder('utf-8', {
  fatal: true,
  ignoreBOM: true,
});

/** Computes the signature, in base64url, of an ASCII text. */
type Sign = (input: string) => MaybePromise<string>;

/** What signing and verification need of a runtime. */
export interface Engine {
  readonly name: 'native' | 'jose';
  /** Prepares one key, once, for any number of checks. */
  readonly prepare: (key: Bytes) => SignatureCheck;
  /** Prepares one key, once, for any number of signatures. */
  readonly prepareSigning: (key: Bytes) => Sign;
  /** The base64url of a text in UTF-8. */
  readonly encode: (text: string) => string;
  /** The text of a segment that is canonical base64url. Throws when it is not UTF-8; a byte order mark stays. */
  readonly decode: (segment: string) => string;
  /** The SHA-256 digest of an ASCII text. */
  readonly sha256: (text: string) => MaybePromise<Bytes>;
}
