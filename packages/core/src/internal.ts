// What the packages, tests and benchmarks of this toolkit may use of this one, and nobody else should.
// Never a promise: these names change with any release.
import type { Engine } from './jws/engine.ts';
import { findNativeEngine } from './jws/native.ts';

export { assertWhole, MAX_CLOCK_TOLERANCE_SECONDS } from './claims.ts';
export { refusal } from './errors.ts';
export { type Eventual, follow, rescue } from './jws/engine.ts';
export { joseEngine } from './jws/jose.ts';
export { type Check, checkOf, createVerifierOn } from './verify.ts';

/** The engine on Node's crypto, where the runtime has it. */
export const nativeEngine: Engine | undefined = /* @__PURE__ */ findNativeEngine();
