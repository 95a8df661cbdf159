import { expect } from 'vitest';
import { gated, type MoreOptions } from './gated.ts';

/** The headers that the upstream gets for these headers of a client. */
export const forwarded = async (
  headers: Record<string, string>,
  options: MoreOptions = {},
): Promise<Readonly<Record<string, string>>> => {
  const { ask, calls } = gated(options);
  expect((await ask('/things', { headers })).status).toBe(200);
  return calls[0]?.headers ?? {};
};
