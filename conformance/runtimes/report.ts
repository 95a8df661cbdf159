import * as core from '@zep-auth/core';
import * as internal from '@zep-auth/core/internal';
import * as sdk from '@zep-auth/sdk-auth';
import * as selfSigned from '@zep-auth/sdk-auth/self-signed';
import * as server from '@zep-auth/server';
import { Hono } from 'hono';
import type { Origins } from './case.ts';
import { createPlatformCases, type Outcome, type Platform, runCases } from './platform.ts';
import { createSuite } from './suite.ts';

/** Defined by the bundler. */
declare const ORIGINS: Origins;
declare const TOKENS: Platform['tokens'];

export interface Report extends Outcome {
  /** The engine that verifies in this runtime. */
  readonly engine: string;
}

/** Runs the suite, and the client on the platform's fetch. */
export const makeReport = async (): Promise<Report> => {
  const library = { core, internal, sdk, selfSigned, server, Hono };
  const { createAuthFetch } = sdk;
  const outcome = await runCases([
    ...(await createSuite(library, ORIGINS)),
    ...createPlatformCases({ createAuthFetch, origins: ORIGINS, tokens: TOKENS }),
  ]);
  return { engine: internal.nativeEngine?.name ?? 'jose', ...outcome };
};
