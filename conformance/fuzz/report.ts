// The report of a run, as text: a table, notes, and a description of each failure.
import type { Result } from './runner.ts';
import type { Failure, Target } from './target.ts';

const countsOf = (counts: ReadonlyMap<string, number>): string =>
  [...counts]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');

/** The table: target, cases, accepted, refused by code. */
export const tableOf = (results: readonly Result[]): string => {
  const rows = results.map(({ target, tally, seconds }) => {
    const refused = new Map([...tally.outcomes].filter(([name]) => name !== 'accepted'));
    const accepted = tally.outcomes.get('accepted') ?? 0;
    return { name: target.name, cases: tally.cases, accepted, refused, seconds };
  });
  const sum = (of: (row: (typeof rows)[number]) => number): number =>
    rows.reduce((total, row) => total + of(row), 0);
  const line = (name: string, cases: unknown, accepted: unknown, rate: unknown, rest: string) =>
    `${name.padEnd(8)}${String(cases).padStart(9)}${String(accepted).padStart(10)}${String(rate).padStart(9)}  ${rest}`.trimEnd();
  const rate = (cases: number, seconds: number): string =>
    seconds === 0 ? '-' : (cases / seconds).toFixed(0);
  return [
    line('target', 'cases', 'accepted', 'per s', 'refused by code'),
    ...rows.map(({ name, cases, accepted, refused, seconds }) =>
      line(name, cases, accepted, rate(cases, seconds), countsOf(refused)),
    ),
    line(
      'total',
      sum(({ cases }) => cases),
      sum(({ accepted }) => accepted),
      rate(
        sum(({ cases }) => cases),
        sum(({ seconds }) => seconds),
      ),
      '',
    ),
  ].join('\n');
};

/** Other observations, one line for each target. */
export const notesOf = (results: readonly Result[]): string =>
  results
    .filter(({ tally }) => tally.notes.size > 0)
    .map(({ target, tally }) => `${target.name} saw: ${countsOf(tally.notes)}`)
    .join('\n');

/** A failure, and the command that reproduces it. */
export const describeFailure = (target: Target, failure: Failure): string =>
  [
    `${target.name}: ${failure.reason}`,
    `case: ${failure.counterexample}`,
    `again: npm run fuzz -- --replay "${target.name}:${failure.seed}:${failure.path}"`,
  ].join('\n');
