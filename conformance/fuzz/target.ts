// A fuzzing target: generated cases, a judge that compares answers, and the outcomes that the cases must reach.
import * as fc from 'fast-check';

/** Two answers that should be equal are not. */
export class Disagreement extends Error {}

/** The outcomes so far. */
export class Tally {
  cases = 0;
  /** Outcomes of cases, `accepted` or a code, one per case. */
  readonly outcomes = new Map<string, number>();
  /** Other observations that a target expects to make. */
  readonly notes = new Map<string, number>();

  /** Counts a case. */
  count(outcome: string): void {
    this.cases++;
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }

  note(name: string, times = 1): void {
    this.notes.set(name, (this.notes.get(name) ?? 0) + times);
  }

  has(name: string): boolean {
    return this.outcomes.has(name) || this.notes.has(name);
  }
}

/** Which cases to generate. */
export interface Batch {
  readonly seed: number;
  readonly numRuns: number;
  /** One of these cases, named by an earlier run. */
  readonly path?: string;
}

export interface Failure {
  readonly seed: number;
  readonly path: string;
  readonly counterexample: string;
  readonly reason: string;
}

export interface Target {
  readonly name: string;
  /** Its share of the cases or seconds, in percent. */
  readonly share: number;
  readonly batchSize: number;
  /** Outcomes and observations that this many cases must reach, or the generator is at fault. */
  readonly expected: readonly { readonly within: number; readonly names: readonly string[] }[];
  readonly run: (batch: Batch, tally: Tally) => Promise<Failure | undefined>;
}

interface Definition<Case> extends Omit<Target, 'run'> {
  readonly cases: fc.Arbitrary<Case>;
  /** Throws a Disagreement. */
  readonly judge: (it: Case, tally: Tally) => Promise<void>;
}

/** Hides the type of the cases. */
export const defineTarget = <Case>({ cases, judge, ...target }: Definition<Case>): Target => ({
  ...target,
  run: async (batch, tally) => {
    const property = fc.asyncProperty(cases, (it) => judge(it, tally));
    const details = await fc.check(property, { ...batch, endOnFailure: batch.path !== undefined });
    if (!details.failed) return undefined;
    const { seed, counterexamplePath, counterexample, errorInstance } = details;
    const isExpected = errorInstance instanceof Disagreement;
    const { stack } = errorInstance as { readonly stack?: unknown }; // of an Error, or of another thrown value
    return {
      seed,
      path: counterexamplePath ?? '',
      counterexample: fc.stringify(counterexample?.[0]),
      reason: isExpected ? errorInstance.message : String(stack ?? errorInstance),
    };
  },
});

/** The expected names that a target has not reached yet. */
export const missingFrom = (target: Target, tally: Tally): readonly string[] =>
  target.expected
    .filter(({ within }) => tally.cases >= within)
    .flatMap(({ names }) => names.filter((name) => !tally.has(name)));
