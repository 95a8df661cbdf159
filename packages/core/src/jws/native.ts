// The engine on Node's crypto: a synchronous HMAC, without WebCrypto's way through a thread pool. It asks the runtime
// for Node's modules instead of importing them, so that one build runs everywhere.
import { SIGNATURE_CHARACTERS } from './compact.ts';
import { type Bytes, type Engine, MAX_TOKEN_BYTES, utf8 } from './engine.ts';
import { joseEngine } from './jose.ts';

/** The part of `node:crypto` used here; this package has no Node types. */
interface NodeCrypto {
  hash?(algorithm: 'sha256', data: string | Bytes, encoding: 'latin1' | 'base64url'): string;
  hash?(algorithm: 'sha256', data: string | Bytes, encoding: 'buffer'): Bytes;
  timingSafeEqual(a: Bytes, b: Bytes): boolean;
}

/** The part of `node:buffer` used here. */
interface NodeBuffer {
  readonly Buffer: { alloc(size: number): NodeBytes; from(text: string): NodeBytes };
}

interface NodeBytes extends Bytes {
  write(text: string, offset: number, encoding: 'base64url' | 'latin1'): number;
  toString(encoding?: 'latin1' | 'base64url', start?: number, end?: number): string;
}

interface NodeProcess {
  getBuiltinModule?(name: 'node:crypto' | 'node:buffer'): unknown;
}

const SIGNATURE_BYTES = 32;
const BLOCK_BYTES = 64;
// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
const ASCII = /^[\x00-\x7f]*$/;

const createNativeEngine = (
  hash: NonNullable<NodeCrypto['hash']>,
  timingSafeEqual: NodeCrypto['timingSafeEqual'],
  { Buffer }: NodeBuffer,
): Engine => {
  // Each is written and read within one call. New buffers for each token would cost a quarter of the HMAC.
  const expected = Buffer.alloc(SIGNATURE_BYTES);
  const received = Buffer.alloc(SIGNATURE_BYTES);
  const scratch = Buffer.alloc(BLOCK_BYTES + MAX_TOKEN_BYTES);

  /** The digest of a pad followed by a text. A token is ASCII and a digest is bytes: latin1 fits both. */
  const digest = (pad: Bytes, text: string, encoding: 'latin1' | 'base64url'): string => {
    scratch.set(pad);
    const length = scratch.write(text, BLOCK_BYTES, 'latin1');
    if (length !== text.length) throw new RangeError('the text is too long'); // else the rest would be left out
    return hash('sha256', scratch.subarray(0, BLOCK_BYTES + length), encoding);
  };

  /**
   * HMAC by its definition (RFC 2104 section 2), with both pads prepared once: H(K^opad, H(K^ipad, text)).
   * Node's createHmac makes an object for each token, which takes twice as long as both digests.
   */
  const createHmac = (key: Bytes) => {
    const short = key.length > BLOCK_BYTES ? hash('sha256', key, 'buffer') : key;
    const toPad = (byte: number): Bytes =>
      Uint8Array.from({ length: BLOCK_BYTES }, (_, i) => (short[i] ?? 0) ^ byte);
    const [inner, outer] = [toPad(0x36), toPad(0x5c)];
    return (text: string, encoding: 'latin1' | 'base64url'): string =>
      digest(outer, digest(inner, text, 'latin1'), encoding);
  };

  return {
    name: 'native',
    prepare: (key) => {
      const hmac = createHmac(key);
      return (token) => {
        expected.write(hmac(token.slice(0, -SIGNATURE_CHARACTERS - 1), 'latin1'), 0, 'latin1');
        const length = received.write(token.slice(-SIGNATURE_CHARACTERS), 0, 'base64url');
        return length === SIGNATURE_BYTES && timingSafeEqual(expected, received);
      };
    },
    prepareSigning: (key) => {
      const hmac = createHmac(key);
      return (input) => hmac(input, 'base64url');
    },
    encode: (text) => Buffer.from(text).toString('base64url'),
    decode: (segment) => {
      const length = scratch.write(segment, 0, 'base64url');
      const text = scratch.toString('latin1', 0, length);
      return ASCII.test(text) ? text : utf8.decode(scratch.subarray(0, length));
    },
    sha256: (text) => hash('sha256', text, 'buffer'),
  };
};

let sought: { readonly engine: Engine | undefined } | undefined;

/** The engine on Node's crypto: on Node, Bun, Deno, and Workers with Node compatibility. Elsewhere undefined. */
export const findNativeEngine = (): Engine | undefined => {
  if (sought !== undefined) return sought.engine;
  const { process } = globalThis as { readonly process?: NodeProcess };
  const crypto = process?.getBuiltinModule?.('node:crypto') as NodeCrypto | undefined; // by its documentation
  const buffer = process?.getBuiltinModule?.('node:buffer') as NodeBuffer | undefined; // by its documentation
  const { hash, timingSafeEqual } = crypto ?? {};
  const isAvailable = hash !== undefined && timingSafeEqual !== undefined && buffer !== undefined;
  sought = { engine: isAvailable ? createNativeEngine(hash, timingSafeEqual, buffer) : undefined };
  return sought.engine;
};

/** The engine on Node's crypto where the runtime has it, else jose on WebCrypto. */
export const selectEngine = (): Engine => findNativeEngine() ?? joseEngine;
