// The results as a table for people and as JSON for programs.
import { type Paint, wrap } from '../io/style.ts';
import type { Result, Status } from './result.ts';

const WIDTH = 80;
const STATUS_WIDTH = 'skipped'.length;
const GAP = '  ';
const ARROW = '-> ';
/** If more checks than this are joined, only their number is shown. */
const MAX_NAMES = 12;

const COLOURS = { pass: 'green', warn: 'yellow', fail: 'red', skipped: 'gray' } as const;

/** One row: status, name and detail in columns, and the advice below, behind an arrow. */
const toRow = (
  { name, status, detail, advice }: Result,
  nameWidth: number,
  paint: Paint,
): readonly string[] => {
  const indent = ' '.repeat(STATUS_WIDTH + GAP.length);
  const margin = indent + ' '.repeat(nameWidth + GAP.length);
  const start =
    paint(COLOURS[status], status.padEnd(STATUS_WIDTH)) + GAP + name.padEnd(nameWidth) + GAP;
  const below = advice === undefined ? [] : wrap(advice, WIDTH - indent.length - ARROW.length);
  return [
    ...wrap(detail, WIDTH - margin.length).map((line, i) => (i === 0 ? start : margin) + line),
    ...below.map((line, i) => indent + (i === 0 ? ARROW : ' '.repeat(ARROW.length)) + line),
  ];
};

/** Joins consecutive checks that were skipped for the same reason into one row. */
const fold = (results: readonly Result[]): readonly Result[] => {
  const groups: (readonly [Result, ...Result[]])[] = [];
  for (const result of results) {
    const last = groups.at(-1);
    const isAlike =
      result.status === 'skipped' &&
      result.advice === undefined &&
      last?.[0].status === 'skipped' &&
      last[0].detail === result.detail &&
      last[0].advice === undefined;
    if (isAlike) groups[groups.length - 1] = [...last, result];
    else groups.push([result]);
  }
  return groups.map(([first, ...more]) => {
    if (more.length === 0) return first;
    const names = [first, ...more].map(({ name }) => name);
    const listed = names.length > MAX_NAMES ? '' : `: ${names.join(', ')}`;
    return { ...first, name: `${names.length} checks`, detail: first.detail + listed };
  });
};

/** The results as aligned columns, 80 wide. */
export const toTable = (all: readonly Result[], paint: Paint): string => {
  const results = fold(all);
  const nameWidth = Math.max(...results.map(({ name }) => name.length));
  return results.flatMap((result) => toRow(result, nameWidth, paint)).join('\n');
};

/** Whether nothing has failed. */
export const isGood = (results: readonly Result[]): boolean =>
  results.every(({ status }) => status !== 'fail');

/** The results as one line of JSON: `{ ok, results: [{ name, status, detail, advice? }] }`. */
export const toJson = (results: readonly Result[]): string =>
  JSON.stringify({ ok: isGood(results), results });

/** How many there are of each kind: `12 passed, 1 warning, 2 failed, 3 skipped`. */
export const toSummary = (results: readonly Result[]): string => {
  const count = (status: Status): number =>
    results.filter((result) => result.status === status).length;
  const warnings = count('warn');
  return `${count('pass')} passed, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}, ${count('fail')} failed, ${count('skipped')} skipped`;
};
