// What the upstream gets of a request with a good token.
// Never a network: it ends in a function.
import { expect } from 'vitest';
import type { GateOptions } from '../src/index.ts';
import { gated } from './gated.ts';

/** The headers that the upstream gets for these headers of a client. */
export const forwarded = async (
  headers: Record<string, string>,
  options: Partial<GateOptions> = {},
): Promise<Readonly<Record<string, string>>> => {
  const { ask, calls } = gated(options);
  expect((await ask('/things', { headers })).status).toBe(200);
  return calls[0]?.headers ?? {};
};
