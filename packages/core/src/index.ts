// The public names. `internal.ts` has what the other packages of this toolkit use.
export { assertToken, formatBearer, parseBearer } from './bearer.ts';
export type { JwtClaims, VerifyPolicy } from './claims.ts';
export type { ClaimsSchema } from './claims-schema.ts';
export type { AuthConfig } from './config.ts';
export {
  type LoadOptions,
  loadAuthConfig,
  type ReadOptions,
  readAuthConfig,
} from './env.ts';
export {
  AuthError,
  type AuthErrorCode,
  type AuthErrorDetail,
  type ConfigProblem,
  isAuthError,
} from './errors.ts';
export { type GenerateSecretOptions, generateSecret } from './generate-secret.ts';
export { judgeSecret, type SecretProblem, type SecretRule } from './judge-secret.ts';
export { createKeyring, type Keyring, type KeyringOptions, keyIds } from './keyring.ts';
export { type SignOptions, signToken } from './sign.ts';
export type { EnvRecord } from './variables.ts';
export {
  createVerifier,
  type VerifiedToken,
  type Verifier,
  type VerifierOptions,
} from './verify.ts';
