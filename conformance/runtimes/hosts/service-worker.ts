// For a service worker: a message with a port gets the outcome.
import { createAuthFetch } from '@zep-auth/sdk-auth';
import { createPlatformCases, type Platform, runCases } from '../platform.ts';

/** Defined by the bundler. */
declare const ORIGINS: Platform['origins'];
declare const TOKENS: Platform['tokens'];

globalThis.addEventListener('message', async ({ ports }) => {
  const cases = createPlatformCases({ createAuthFetch, origins: ORIGINS, tokens: TOKENS });
  ports[0]?.postMessage(await runCases(cases));
});
