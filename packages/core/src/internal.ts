// What the packages, tests and benchmarks of this toolkit may use of this one, and nobody else should.
// Never a promise: these names change with any release.
export { type Eventual, follow } from './jws/engine.ts';
export { joseEngine } from './jws/jose.ts';
export { nativeEngine } from './jws/native.ts';
export { type Check, checkOf, createVerifierOn } from './verify.ts';
