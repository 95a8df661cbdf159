import type * as core from '@zep-auth/core';
import type * as internal from '@zep-auth/core/internal';
import type * as sdk from '@zep-auth/sdk-auth';
import type * as selfSigned from '@zep-auth/sdk-auth/self-signed';
import type * as server from '@zep-auth/server';
import type { Hono } from 'hono';

/** The modules under test. */
export interface Library {
  readonly core: typeof core;
  readonly internal: typeof internal;
  readonly server: typeof server;
  readonly sdk: typeof sdk;
  readonly selfSigned: typeof selfSigned;
  readonly Hono: typeof Hono;
}

/** Servers that redirect, and that echo the Authorization they received. */
export interface Origins {
  readonly home: string;
  readonly other: string;
  /** On HTTPS. Undefined where the runtime does not trust its certificate. */
  readonly secure?: string;
}

/** A test case; `run` rejects when it fails. */
export interface Case {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** Throws unless both values are the same as JSON. */
export const expect = (what: string, actual: unknown, expected: unknown): void => {
  const [is, should] = [actual, expected].map((value) => JSON.stringify(value) ?? String(value));
  if (is !== should) throw new Error(`${what} is ${is}, not ${should}`);
};
