export type { Accepted, Auth, AuthResult, GuardResult, Passed, Refused } from './auth-result.ts';
export { createAuthenticator } from './authenticate.ts';
export type {
  AuthenticateOptions,
  Authenticator,
  AuthenticatorOptions,
} from './authenticator-options.ts';
export { createGate, type GateOptions } from './gate/gate.ts';
export { AuthRefusal, type GuardResponses } from './hono/auth-refusal.ts';
export {
  type AuthVariables,
  authGuard,
  type Guard,
  type GuardOptions,
  type OptionalAuthVariables,
  type RefusalOptions,
  requireAnyScope,
  requireClaims,
  requireScope,
} from './hono/guard.ts';
export {
  type Challenge,
  type Problem,
  type ProblemDocument,
  toProblem,
  toResponse,
} from './problem-response.ts';
export type { RequestView } from './request.ts';
export type { Revocation } from './revocation/entry.ts';
export {
  createRevocationList,
  type RevocationList,
  type RevocationOptions,
  type RevocationStorage,
} from './revocation/list.ts';
export {
  bearer,
  type CookieOptions,
  cookie,
  header,
  query,
  type Source,
  selectProtocol,
  subprotocol,
} from './sources.ts';
export type { ThrottleOptions } from './throttle.ts';
