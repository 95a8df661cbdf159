// A million different tokens, each used once: neither the time per token nor the memory may grow.
import { createCheck } from '@zep-auth/core/internal';
import { createClaims, secret, signNow } from '../contestants.mjs';
import { collectGarbage, summarize } from '../measure.mjs';

const CHUNK = 10_000;

export const FEW = '10^4 distinct tokens';
export const MANY = '10^6 distinct tokens';
export const tables = {
  time: { title: 'Time per verification, all of them misses', base: FEW },
  heap: { title: 'Heap in use after a collection', base: FEW },
};

const timeChunk = (check, tokens) => {
  const startMs = performance.now();
  for (const token of tokens) check(token);
  return ((performance.now() - startMs) * 1e6) / tokens.length;
};

const readMemory = () => {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage();
};

export const run = async ({ quick }) => {
  const chunks = quick ? 4 : 100;
  let made = 0;
  const createTokens = () => Array.from({ length: CHUNK }, () => signNow(createClaims(made++)));
  for (let i = 0; i < 3; i++) timeChunk(createCheck({ keyring: secret }), createTokens());

  const aged = createCheck({ keyring: secret });
  const few = [];
  const many = [];
  let first = process.memoryUsage();
  for (let i = 0; i < chunks; i++) {
    const fresh = createCheck({ keyring: secret });
    // The same number of tokens for a new verifier and for one that has seen all the others, in turns.
    const turns = [
      () => few.push(timeChunk(fresh, createTokens())),
      () => many.push(timeChunk(aged, createTokens())),
    ];
    for (const turn of i % 2 === 0 ? turns : turns.reverse()) turn();
    if (i === 0) first = readMemory();
  }
  const last = readMemory();
  const pair = (a, b) => ({ [FEW]: summarize([a]), [MANY]: summarize([b]) });
  return {
    time: { [FEW]: summarize(few), [MANY]: summarize(many) },
    heap: pair(first.heapUsed, last.heapUsed),
    resident: pair(first.rss, last.rss),
  };
};
