// What the checks have found: rows for people, each as it comes, and JSON for programs.
import { splitHint } from '../io/errors.ts';
import { escapeControls, type Io, log, print, printJson } from '../io/io.ts';
import { hang, type Paint, paintFor, widthOf } from '../io/style.ts';

/** `skipped` does not apply here; `unknown` could not be found out. */
export type Status = 'pass' | 'warn' | 'fail' | 'skipped' | 'unknown';

/** What one check has found: fixed words, names, numbers and codes, never a value; and what to do about it. */
export interface Finding {
  readonly status: Status;
  readonly detail: string;
  readonly advice?: string | undefined;
}

/** A finding under the name of its check. */
export interface Result extends Finding {
  readonly name: string;
}

const find =
  (status: Status) =>
  (detail: string, advice?: string): Finding => ({ status, detail, advice });

export const pass: (detail: string) => Finding = find('pass');
export const warn: (detail: string, advice: string) => Finding = find('warn');
export const fail: (detail: string, advice: string) => Finding = find('fail');
export const skipped: (detail: string, advice?: string) => Finding = find('skipped');
export const unknown: (detail: string, advice?: string) => Finding = find('unknown');

/** A finding by a message of the form `what is wrong; what to do`. */
export const findBy = (status: 'warn' | 'fail', text: string): Finding => {
  const { message, hint } = splitHint(text);
  return find(status)(message, hint);
};

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

/** One row: status, name and detail in columns, and the advice below. On a narrow terminal the detail is below, too. */
export const toRow = ({ name, status, ...words }: Result, paint: Paint, width: number): string => {
  const detail = escapeControls(words.detail);
  const advice = words.advice && escapeControls(words.advice);
  const below = ' '.repeat(STATUS_WIDTH);
  const start = paint(COLOURS[status], status) + below.slice(status.length);
  const lines =
    width < 60
      ? [start + name, hang(below, detail, STATUS_WIDTH, width)]
      : [hang(start + name.padEnd(NAME_WIDTH), detail, STATUS_WIDTH + NAME_WIDTH, width)];
  if (advice !== undefined) lines.push(hang(`${below}-> `, advice, STATUS_WIDTH + 3, width));
  return lines.join('\n');
};

/** `12 passed, 1 warning, 2 failed, 3 skipped; checked 15 of 16` */
const toSummary = (results: readonly Result[]): string => {
  const count = (status: Status): number => results.filter((one) => one.status === status).length;
  const warnings = count('warn') === 1 ? '1 warning' : `${count('warn')} warnings`;
  const all = `${count('pass')} passed, ${warnings}, ${count('fail')} failed, ${count('skipped')} skipped`;
  const asked = results.length - count('skipped');
  return count('unknown') === 0 ? all : `${all}; checked ${asked - count('unknown')} of ${asked}`;
};

/** Whether a result may share a row with others: nothing was checked, and there is nothing to do. */
const isIdle = ({ status, advice }: Result): boolean =>
  (status === 'skipped' || status === 'unknown') && advice === undefined;

/** Prints the results as they come. Returns 1 where a check failed, 3 where one could not be made, 0 otherwise. */
export const report = async (
  io: Io,
  asJson: boolean,
  results: AsyncIterable<Result>,
): Promise<number> => {
  const all: Result[] = [];
  let held: Result[] = [];
  const flush = async (): Promise<void> => {
    const [first] = held;
    const names = held.map(({ name }) => name);
    held = [];
    if (first === undefined || asJson) return;
    const detail = `${first.detail}: ${names.join(', ')}`;
    const row = names.length === 1 ? first : { ...first, name: `${names.length} checks`, detail };
    await print(io, toRow(row, paintFor(io.stdout, io.env), widthOf(io.stdout)));
  };
  for await (const result of results) {
    all.push(result);
    const isAlike = held.every(
      ({ status, detail }) => status === result.status && detail === result.detail,
    );
    if (!isAlike || !isIdle(result)) await flush();
    held.push(result);
    if (!isIdle(result)) await flush();
  }
  await flush();
  const has = (status: Status): boolean => all.some((one) => one.status === status);
  const exitCode = has('fail') ? 1 : has('unknown') ? 3 : 0;
  if (asJson) await printJson(io, { ok: exitCode === 0, results: all });
  log(io, toSummary(all));
  return exitCode;
};
