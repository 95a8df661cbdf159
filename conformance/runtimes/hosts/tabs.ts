// For a tab: `callApi` calls through a client whose provider is shared with the other tabs.
import { createAuthFetch } from '@zep-auth/sdk-auth';
import { shareAcrossTabs } from '@zep-auth/sdk-auth/tabs';
import type { Platform } from '../platform.ts';

/** Defined by the bundler. */
declare const ORIGINS: Platform['origins'];
/** Defined by the host. */
declare const askProvider: () => Promise<string>;

const { home } = ORIGINS;
const authFetch = createAuthFetch({ token: shareAcrossTabs(askProvider), origins: [home] });
const callApi = async (): Promise<string> => (await authFetch(`${home}/me`)).text();
Object.assign(globalThis, { callApi });
