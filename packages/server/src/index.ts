// What this package offers, by name.
// Never logic.
export { type CredentialSource, selectProtocol } from './credentials.ts';
export { createGate, type GateOptions } from './gate.ts';
export {
  type AuthVariables,
  authGuard,
  type GuardOptions,
  type OptionalAuthVariables,
} from './guard.ts';
export {
  createRevocationList,
  type RevocationList,
  type RevocationOptions,
  type RevocationStorage,
} from './revocation.ts';
export type { Revocation } from './revocation-entry.ts';
export { requireScope } from './scope.ts';
export type { ThrottleOptions } from './throttle.ts';
export type { Auth, GuardResult } from './verdict.ts';
