// The engine where Node's crypto is at hand: a synchronous HMAC, which spares the way through a thread pool.
// Never imports a Node module: it asks the runtime for it, so that one build runs everywhere.
import { type Bytes, type Engine, utf8 } from './engine.ts';
import { SIGNATURE_CHARACTERS } from './shape.ts';

/** What is used of `node:crypto`, written down here since this package knows no Node types. */
interface NodeCrypto {
  createSecretKey(key: Bytes): object;
  createHmac(algorithm: 'sha256', key: object): Hash;
  createHash(algorithm: 'sha256'): Hash;
  timingSafeEqual(a: Bytes, b: Bytes): boolean;
}

interface Hash {
  update(text: string, encoding: 'latin1'): Hash;
  digest(): Bytes;
  digest(encoding: 'latin1'): string;
}

/** What is used of `node:buffer`. */
interface NodeBuffer {
  readonly Buffer: { alloc(size: number): NodeBytes };
}

interface NodeBytes extends Bytes {
  write(text: string, encoding: 'base64url' | 'latin1'): number;
  toString(encoding?: 'latin1', start?: number, end?: number): string;
}

interface NodeProcess {
  getBuiltinModule?(name: 'node:crypto' | 'node:buffer'): unknown;
}

const SIGNATURE_BYTES = 32;
// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
const ASCII = /^[\x00-\x7f]*$/;
const MAX_SEGMENT_BYTES = 65_536; // no token is larger

const createNativeEngine = (
  { createSecretKey, createHmac, createHash, timingSafeEqual }: NodeCrypto,
  { Buffer }: NodeBuffer,
): Engine => {
  // Written and read within one call; new buffers for each token would cost a quarter of the HMAC.
  const expected = Buffer.alloc(SIGNATURE_BYTES);
  const received = Buffer.alloc(SIGNATURE_BYTES);
  const scratch = Buffer.alloc(MAX_SEGMENT_BYTES);
  return {
    name: 'native',
    prepare: (bytes) => {
      const key = createSecretKey(bytes);
      return (token) => {
        // A token is ASCII, so latin1 is its bytes.
        const mac = createHmac('sha256', key).update(
          token.slice(0, -SIGNATURE_CHARACTERS - 1),
          'latin1',
        );
        expected.write(mac.digest('latin1'), 'latin1');
        const length = received.write(token.slice(-SIGNATURE_CHARACTERS), 'base64url');
        return length === SIGNATURE_BYTES && timingSafeEqual(expected, received);
      };
    },
    decode: (segment) => {
      const length = scratch.write(segment, 'base64url');
      const text = scratch.toString('latin1', 0, length);
      return ASCII.test(text) ? text : utf8.decode(scratch.subarray(0, length));
    },
    sha256: (text) => createHash('sha256').update(text, 'latin1').digest(),
  };
};

let sought: { readonly engine: Engine | undefined } | undefined;

/**
 * The engine on Node's crypto: on Node, Bun, Deno, and Workers with Node compatibility. Elsewhere undefined.
 * Asked for when a verifier is made and not before, since a program that only signs starts faster without it.
 */
export const findNativeEngine = (): Engine | undefined => {
  if (sought !== undefined) return sought.engine;
  const { process } = globalThis as { readonly process?: NodeProcess };
  const crypto = process?.getBuiltinModule?.('node:crypto') as NodeCrypto | undefined; // by its documentation
  const buffer = process?.getBuiltinModule?.('node:buffer') as NodeBuffer | undefined; // by its documentation
  sought = { engine: crypto && buffer && createNativeEngine(crypto, buffer) };
  return sought.engine;
};
