import * as core from '@zep-auth/core';
import * as internal from '@zep-auth/core/internal';
import * as sdk from '@zep-auth/sdk-auth';
import * as selfSigned from '@zep-auth/sdk-auth/self-signed';
import * as server from '@zep-auth/server';
import { Hono } from 'hono';
import type { Origins } from './case.ts';
import { createSuite } from './suite.ts';

/** Defined by the bundler. */
declare const ORIGINS: Origins;

export interface Report {
  /** The engine that verifies in this runtime. */
  readonly engine: string;
  readonly passed: readonly string[];
  readonly failed: readonly { readonly name: string; readonly reason: string }[];
}

/** Runs every case, even after a failure. */
export const makeReport = async (): Promise<Report> => {
  const passed: string[] = [];
  const failed: { name: string; reason: string }[] = [];
  const library = { core, internal, sdk, selfSigned, server, Hono };
  for (const { name, run } of await createSuite(library, ORIGINS)) {
    try {
      await run();
      passed.push(name);
    } catch (error) {
      failed.push({ name, reason: error instanceof Error ? error.message : 'not an Error' });
    }
  }
  return { engine: internal.nativeEngine?.name ?? 'jose', passed, failed };
};
