// What this package offers, by name.
// Never logic.
export { createGate, type GateOptions } from './gate.ts';
export {
  type AuthVariables,
  authGuard,
  type GuardOptions,
  type OptionalAuthVariables,
} from './guard.ts';
export type { Auth, GuardResult } from './judge.ts';
export { requireScope } from './scope.ts';
