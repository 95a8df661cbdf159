// For platforms that run the client only: React Native, Jest and Vitest. Calls `report` with the outcome.
import { createAuthFetch } from '@zep-auth/sdk-auth';
import { createPlatformCases, type Outcome, type Platform, runCases } from '../platform.ts';

/** Defined by the bundler. */
declare const ORIGINS: Platform['origins'];
declare const TOKENS: Platform['tokens'];
/** Defined by the host. */
declare const report: (outcome: Outcome) => void;
declare namespace globalThis {
  const ownFetch: typeof fetch | undefined;
  const keepsTokenOnRedirect: boolean | undefined;
  const abortsAs: string | undefined;
}

const { ownFetch, keepsTokenOnRedirect = false, abortsAs = 'AbortError' } = globalThis;
const options = { keepsTokenOnRedirect, abortsAs, ...(ownFetch && { fetch: ownFetch }) };
runCases(
  createPlatformCases({ createAuthFetch, origins: ORIGINS, tokens: TOKENS, ...options }),
).then((outcome) => report(outcome));
