// Runs targets batch by batch, for a number of cases or for a time. All randomness comes from the seed, so that a
// failure can be reproduced.
import { createHash } from 'node:crypto';
import { type Failure, Tally, type Target } from './target.ts';

/** How long to run: a number of cases in total, or of seconds. */
export type Extent = { readonly cases: number } | { readonly seconds: number };

export interface Result {
  readonly target: Target;
  readonly tally: Tally;
  readonly seconds: number;
  /** The first failure and the number of its case, after shrinking. */
  readonly failure: (Failure & { readonly number: number }) | undefined;
}

const seedOf = (seed: number, target: Target, batch: number): number =>
  createHash('sha256').update(`${seed} ${target.name} ${batch}`).digest().readInt32BE();

/** The number of cases for each target. The first one gets the remainder. */
const divide = (targets: readonly Target[], cases: number): readonly number[] => {
  const total = targets.reduce((sum, { share }) => sum + share, 0);
  const parts = targets.map(({ share }) => Math.floor((cases * share) / total));
  const rest = cases - parts.reduce((sum, part) => sum + part, 0);
  return parts.map((part, i) => (i === 0 ? part + rest : part));
};

const runTarget = async (target: Target, seed: number, extent: Extent): Promise<Result> => {
  const tally = new Tally();
  const start = performance.now();
  const elapsed = (): number => (performance.now() - start) / 1000;
  const left = (): number => {
    if ('cases' in extent) return extent.cases - tally.cases;
    return elapsed() < extent.seconds ? target.batchSize : 0;
  };
  let failure: Result['failure'];
  for (let batch = 0; failure === undefined && left() > 0; batch++) {
    const numRuns = Math.min(target.batchSize, left());
    const found = await target.run({ seed: seedOf(seed, target, batch), numRuns }, tally);
    if (found === undefined) continue;
    const number = batch * target.batchSize + Number.parseInt(found.path, 10) + 1;
    failure = { ...found, number };
  }
  return { target, tally, seconds: elapsed(), failure };
};

/** Runs one target after another, each for its share, and reports each when it is done. */
export const runAll = async (
  targets: readonly Target[],
  seed: number,
  extent: Extent,
  tell: (result: Result) => void,
): Promise<readonly Result[]> => {
  const total = targets.reduce((sum, { share }) => sum + share, 0);
  const cases = 'cases' in extent ? divide(targets, extent.cases) : [];
  const results: Result[] = [];
  for (const [i, target] of targets.entries()) {
    const part: Extent =
      'cases' in extent
        ? { cases: cases[i] ?? 0 }
        : { seconds: (extent.seconds * target.share) / total };
    const result = await runTarget(target, seed, part);
    results.push(result);
    tell(result);
  }
  return results;
};
