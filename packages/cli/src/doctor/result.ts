// What a check has found.
// Never a value: a detail is fixed words, names of variables, numbers and codes.

/** `warn` is worth a look and fails nothing; `skipped` could not be found out. */
export type Status = 'pass' | 'warn' | 'fail' | 'skipped';

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

/** Takes a message of the form `what is wrong; what to do` apart. */
export const failWith = (message: string): Finding => {
  const [detail = '', ...advice] = message.split('; ');
  return { status: 'fail', detail, ...(advice.length > 0 && { advice: advice.join('; ') }) };
};
