// The results as rows for people, each as it comes, and as JSON for programs.
import cliui from 'cliui';
import { type Io, log, print, printJson } from '../io/io.ts';
import { type Paint, paintFor, widthOf } from '../io/style.ts';
import type { Result, Status } from './result.ts';

const COLOURS = {
  pass: 'green',
  warn: 'yellow',
  fail: 'red',
  skipped: 'gray',
  unknown: 'magenta',
} as const;
const STATUS_WIDTH = 'skipped'.length + 2;
/** The longest name of a check, and two spaces. */
const NAME_WIDTH = 'token signed here'.length + 2;

/** One row: status, name and detail in columns, and the advice below. */
export const toRow = (
  { name, status, detail, advice }: Result,
  paint: Paint,
  width: number,
): string => {
  const ui = cliui({ width, wrap: true });
  ui.div(
    { text: paint(COLOURS[status], status), width: STATUS_WIDTH },
    { text: name, width: NAME_WIDTH },
    { text: detail },
  );
  if (advice !== undefined) {
    ui.div({ text: '', width: STATUS_WIDTH }, { text: '->', width: 3 }, { text: advice });
  }
  return ui.toString();
};

/** Whether two results are skipped for one reason, and so share a row. */
const isAlike = (one: Result, other: Result): boolean =>
  ['skipped', 'unknown'].includes(one.status) &&
  one.advice === undefined &&
  other.advice === undefined &&
  one.status === other.status &&
  one.detail === other.detail;

/** What there is of each kind: `12 passed, 1 warning, 2 failed, 3 skipped`. */
export const toSummary = (results: readonly Result[]): string => {
  const count = (status: Status): number => results.filter((one) => one.status === status).length;
  const warnings = count('warn');
  const all = `${count('pass')} passed, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}, ${count('fail')} failed, ${count('skipped')} skipped`;
  const unknown = count('unknown');
  const asked = results.length - count('skipped');
  return unknown === 0 ? all : `${all}; checked ${asked - unknown} of ${asked}`;
};

/** 1 where a check failed, 3 where one could not be made, 0 otherwise. */
export const toExitCode = (results: readonly Result[]): number => {
  if (results.some(({ status }) => status === 'fail')) return 1;
  return results.some(({ status }) => status === 'unknown') ? 3 : 0;
};

export interface Reporter {
  readonly add: (result: Result) => Promise<void>;
  /** Prints what is left, and returns the exit code. */
  readonly finish: () => Promise<number>;
}

export const createReporter = (io: Io, asJson: boolean): Reporter => {
  const results: Result[] = [];
  let held: Result[] = [];
  const flush = async (): Promise<void> => {
    const [first, ...more] = held;
    held = [];
    if (first === undefined || asJson) return;
    const names = [first, ...more].map(({ name }) => name);
    const row =
      more.length === 0
        ? first
        : {
            ...first,
            name: `${names.length} checks`,
            detail: `${first.detail}: ${names.join(', ')}`,
          };
    await print(io, toRow(row, paintFor(io.stdout, io.env), widthOf(io.stdout)));
  };
  return {
    add: async (result) => {
      results.push(result);
      const [first] = held;
      if (first === undefined || !isAlike(first, result)) await flush();
      held.push(result);
      // Only what may share a row with the next result waits for it.
      if (!isAlike(result, result)) await flush();
    },
    finish: async () => {
      await flush();
      const exitCode = toExitCode(results);
      if (asJson) await printJson(io, { ok: exitCode === 0, results });
      log(io, toSummary(results));
      return exitCode;
    },
  };
};
