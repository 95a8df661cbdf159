// The time to verify one token repeatedly, and many different ones.
import { createCheck } from '@zep-auth/core/internal';
import {
  createDistinct,
  createRepeated,
  createVerifiers,
  FLOOR,
  OURS_MISS,
  over,
  secret,
  TOKENS,
} from '../contestants.mjs';
import { timeCalls } from '../measure.mjs';

export const everywhere = true;
export const tables = {
  repeated: { title: 'Verify: one token, again and again', base: FLOOR },
  distinct: {
    title: `Verify: ${TOKENS} distinct tokens, all of which fit the caches`,
    base: FLOOR,
  },
};

export const run = async ({ quick }) => {
  const scenarios = {};
  for (const [name, tokens] of [
    ['repeated', createRepeated()],
    ['distinct', createDistinct()],
  ]) {
    const verifiers = await createVerifiers({ cacheSize: 2 * TOKENS, tokens });
    if (name === 'distinct') {
      // In turn, four times as many as the cache holds.
      const verify = createCheck({ keyring: secret, cacheSize: TOKENS / 4 });
      verifiers.push({ name: OURS_MISS, verify });
    }
    const contestants = verifiers.map((verifier) => over(tokens, verifier));
    scenarios[name] = await timeCalls(contestants, { quick, warmUpCalls: TOKENS });
  }
  return scenarios;
};
