// What is decided on a request, and what of it is told.
// Never a token: whoever is told learns whose it was, not what it was.
import type { AuthError, AuthErrorCode, JwtClaims } from '@zep-auth/core';
import type { CredentialSource } from './credentials.ts';

/** Whose request it is. */
export interface Auth<Claims extends JwtClaims = JwtClaims> {
  /** The claims of the token, deeply frozen. */
  readonly claims: Claims;
  /** The id of the key that signed it. */
  readonly keyId: string;
  /** Where the token stood. */
  readonly source: CredentialSource;
}

/** What became of one request. */
export interface GuardResult {
  /**
   * `accepted`: a good token. `refused`: answered by the guard. The others passed without a token:
   * `anonymous` (an optional guard), `public` (a public path), `preflight` (CORS), `off` (no authentication).
   */
  readonly outcome: 'accepted' | 'refused' | 'anonymous' | 'public' | 'preflight' | 'off';
  /** Why it was refused. For the operator only; the client learns less. */
  readonly code?: AuthErrorCode;
  /** The key that signed the token, where that is known. */
  readonly keyId?: string;
  /** The `jti` of an accepted token, if it is a text of at most 64 characters. */
  readonly jti?: string;
  /** Whether an accepted token had been verified before, and was remembered. */
  readonly cached?: boolean;
  /** How long the decision took, in milliseconds. */
  readonly durationMs: number;
}

/** The decision; the error is there exactly when it is `refused`, `auth` exactly when it is `accepted`. */
export type Verdict =
  | { readonly outcome: 'accepted'; readonly auth: Auth; readonly error?: never }
  | { readonly outcome: 'refused'; readonly error: AuthError; readonly auth?: never }
  | {
      readonly outcome: 'anonymous' | 'public' | 'preflight' | 'off';
      readonly auth?: never;
      readonly error?: never;
    };

/** What a hook threw, as an Error: frameworks answer those with a 500 and let anything else through. */
export const toError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error('a hook has thrown what is not an Error');
