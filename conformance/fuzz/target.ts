// What a target is: generated cases, a judge that compares answers, and the outcomes that must be met.
// Never a judgement of its own.
import * as fc from 'fast-check';

/** Two that should agree and do not. */
export class Disagreement extends Error {}

/** What has been met so far. */
export class Tally {
  cases = 0;
  /** Outcomes of cases, `accepted` or a code: one for each case. */
  readonly outcomes = new Map<string, number>();
  /** Whatever else a target wants to have met. */
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

/** Which cases to make. */
export interface Batch {
  readonly seed: number;
  readonly numRuns: number;
  /** One case among them, as an earlier run has named it. */
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
  /** How many of 100 cases, and of 100 seconds, are for it. */
  readonly share: number;
  readonly batchSize: number;
  /** Outcomes and notes that are met in so many cases, or the generator has gone dull. */
  readonly expected: readonly { readonly within: number; readonly names: readonly string[] }[];
  readonly run: (batch: Batch, tally: Tally) => Promise<Failure | undefined>;
}

interface Definition<Case> extends Omit<Target, 'run'> {
  readonly cases: fc.Arbitrary<Case>;
  /** Throws for a disagreement. */
  readonly judge: (it: Case, tally: Tally) => Promise<void>;
}

/** Keeps the type of its cases to itself. */
export const defineTarget = <Case>({ cases, judge, ...target }: Definition<Case>): Target => ({
  ...target,
  run: async (batch, tally) => {
    const property = fc.asyncProperty(cases, (it) => judge(it, tally));
    const details = await fc.check(property, { ...batch, endOnFailure: batch.path !== undefined });
    if (!details.failed) return undefined;
    const { seed, counterexamplePath, counterexample, errorInstance } = details;
    const isExpected = errorInstance instanceof Disagreement;
    const { stack } = errorInstance as { readonly stack?: unknown }; // of an Error, or of whatever was thrown
    return {
      seed,
      path: counterexamplePath ?? '',
      counterexample: fc.stringify(counterexample?.[0]),
      reason: isExpected ? errorInstance.message : String(stack ?? errorInstance),
    };
  },
});

/** The names that a target should have met by now, and has not. */
export const missingFrom = (target: Target, tally: Tally): readonly string[] =>
  target.expected
    .filter(({ within }) => tally.cases >= within)
    .flatMap(({ names }) => names.filter((name) => !tally.has(name)));
