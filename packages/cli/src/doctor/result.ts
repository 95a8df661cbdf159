// What a check has found: fixed words, names of variables, numbers and codes, never a value.
import { splitHint } from '../io/errors.ts';

/** `skipped` does not apply here; `unknown` could not be found out. */
export type Status = 'pass' | 'warn' | 'fail' | 'skipped' | 'unknown';

/** What one check has found, and what to do about it. */
export interface Finding {
  readonly status: Status;
  readonly detail: string;
  readonly advice?: string;
}

/** A finding under the name of its check. */
export interface Result extends Finding {
  readonly name: string;
}

export const pass = (detail: string): Finding => ({ status: 'pass', detail });
export const warn = (detail: string, advice: string): Finding => ({
  status: 'warn',
  detail,
  advice,
});
export const fail = (detail: string, advice: string): Finding => ({
  status: 'fail',
  detail,
  advice,
});
export const skipped = (detail: string, advice?: string): Finding => ({
  status: 'skipped',
  detail,
  ...(advice !== undefined && { advice }),
});
export const unknown = (detail: string): Finding => ({ status: 'unknown', detail });

/** A finding by a message of the form `what is wrong; what to do`. */
export const findBy = (status: 'warn' | 'fail', text: string): Finding => {
  const { message, hint } = splitHint(text);
  return { status, detail: message, ...(hint !== undefined && { advice: hint }) };
};
