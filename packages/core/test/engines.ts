// The engines under test, and one that counts what it computes.

import { nativeEngine } from '../src/internal.ts';
import type { Engine } from '../src/jws/engine.ts';
import { joseEngine } from '../src/jws/jose.ts';

// Without this, half of the tests would silently not be there.
if (nativeEngine === undefined) throw new Error('these tests need a runtime with node:crypto');

export const NATIVE: Engine = nativeEngine;

export const ENGINES: readonly Engine[] = [nativeEngine, joseEngine];

/** What a counting engine has done so far. */
export interface Work {
  /** Keys that were prepared. */
  keys: number;
  /** Signatures that were made or checked, which is one HMAC each. */
  hmacs: number;
  /** Segments that were decoded. */
  decoded: number;
  /** Digests that were asked for. */
  digests: number;
}

/** The same engine, with its work counted. */
export const countWork = (engine: Engine): { readonly engine: Engine; readonly work: Work } => {
  const work: Work = { keys: 0, hmacs: 0, decoded: 0, digests: 0 };
  const counting: Engine = {
    ...engine,
    prepare: (key) => {
      work.keys++;
      const check = engine.prepare(key);
      return (token) => {
        work.hmacs++;
        return check(token);
      };
    },
    prepareSigning: (key) => {
      work.keys++;
      const sign = engine.prepareSigning(key);
      return (input) => {
        work.hmacs++;
        return sign(input);
      };
    },
    decode: (segment) => {
      work.decoded++;
      return engine.decode(segment);
    },
    sha256: (text) => {
      work.digests++;
      return engine.sha256(text);
    },
  };
  return { engine: counting, work };
};
