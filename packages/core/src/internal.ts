// For the other packages, tests and benchmarks of this toolkit. These names may change with any release.
import type { Engine } from './jws/engine.ts';
import { findNativeEngine, selectEngine } from './jws/native.ts';

export { assertWhole, checkForm, MAX_CLOCK_TOLERANCE_SECONDS } from './claims.ts';
export { type ApplySchema, createApplySchema } from './claims-schema.ts';
export { isUtf16 } from './env.ts';
export { assertOptions, refusal, withoutStack } from './errors.ts';
export { fingerprintOf, WEAKNESSES } from './judge-secret.ts';
export { createCompactReader } from './jws/compact.ts';
export { MAX_TOKEN_BYTES } from './jws/engine.ts';
export { joseEngine } from './jws/jose.ts';
export { createLru } from './lru.ts';
export { andThen, catchError, type MaybePromise } from './maybe-promise.ts';
export { createRevokedCheck, readTokenId, toHex, toRevokedIds } from './revoked.ts';
export { createSign, type SyncSign } from './sign.ts';
export { toPlainName } from './variables.ts';
export {
  createCheck,
  createVerifierOn,
  noteRefusal,
  readSignedRefusal,
  type SyncVerify,
} from './verify.ts';
export { describeWrongCharacter } from './wrong-character.ts';
export { selectEngine };

/** The engine on Node's crypto, where the runtime has it. */
export const nativeEngine: Engine | undefined = /* @__PURE__ */ findNativeEngine();
