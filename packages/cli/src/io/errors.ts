// The errors of zepcli: what is wrong, what to do about it, and the exit code.
import { getSystemErrorMap } from 'node:util';
import { isAuthError } from '@zep-auth/core';

/** What an error is about, as a constant for programs. */
export type CliErrorCode =
  | 'ERR_USAGE'
  | 'ERR_SECRET_MISSING'
  | 'ERR_CANCELLED'
  | 'ERR_INTERRUPTED'
  | 'ERR_FILE'
  | 'ERR_OUTPUT'
  | 'ERR_STORE'
  | 'ERR_NETWORK';

/** A command that could not be carried out. */
export class CliError extends Error {
  readonly code: CliErrorCode;
  /** What to do about it. */
  readonly hint: string | undefined;
  constructor(code: CliErrorCode, message: string, hint?: string) {
    super(message);
    this.name = 'CliError'; // by which each of the bundles knows the errors of the others
    this.code = code;
    this.hint = hint;
  }
}

/** A command line that is wrong. */
export class UsageError extends CliError {
  constructor(message: string, hint?: string) {
    super('ERR_USAGE', message, hint);
  }
}

export const isCliError = (error: unknown): error is CliError =>
  error instanceof Error && error.name === 'CliError';

/** A page of the documents, by its file and anchor. */
export const toPage = (name: string): string =>
  `https://github.com/zep-auth/zep-auth/blob/main/docs/${name}`;

/** Where a code is explained. */
export const toErrorPage = (code: string): string => toPage(`errors.md#${code.toLowerCase()}`);

/** An error as it is reported. */
export interface Report {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  /** Not an error, but told with one. */
  readonly isWarning?: boolean;
}

/** Takes a message of the form `what is wrong; what to do` apart. */
export const splitHint = (text: string): { readonly message: string; readonly hint?: string } => {
  const [message = '', ...hint] = text.split('; ');
  return { message, ...(hint.length > 0 && { hint: hint.join('; ') }) };
};

/** What to report of an error: one entry, or one for each problem of a configuration. */
export const toReports = (error: unknown): readonly Report[] => {
  if (isCliError(error)) {
    const { code, message, hint } = error;
    return [{ code, message, hint }];
  }
  if (isAuthError(error)) {
    // The lines that follow the problems of a configuration are warnings.
    const { code, problems: { length = Number.POSITIVE_INFINITY } = {} } = error;
    const toReport = (line: string, i: number) => ({
      code,
      ...splitHint(line),
      isWarning: i >= length,
    });
    return error.message.split('\n').map(toReport);
  }
  const { name } = error as Error;
  const hint = 'run it again with ZEPCLI_DEBUG=1 to see where';
  return [{ code: 'ERR_UNEXPECTED', message: `unexpected error (${name})`, hint }];
};

const EXIT_CODES: { readonly [code: string]: number } = {
  ERR_USAGE: 2,
  ERR_SECRET_MISSING: 2,
  ERR_CANCELLED: 1,
};

/** 1: the answer is no. 2: the command line is wrong, or a secret is missing. 3: it could not be done. */
export const toExitCode = (error: unknown): number => {
  const { code } = error as { readonly code?: unknown };
  if (isAuthError(error)) return /^ERR_TOKEN_/.test(error.code) ? 1 : 3;
  return (isCliError(error) && EXIT_CODES[String(code)]) || 3;
};

/** The cause of an error of the operating system: `no such file or directory (ENOENT)`. */
export const causeOf = (error: unknown): string => {
  if (typeof error === 'string') return error;
  const { code, errno, message, name } = error as NodeJS.ErrnoException;
  const [, words] = getSystemErrorMap().get(errno ?? 0) ?? [];
  return words === undefined
    ? (code ?? /^(?:[A-Z]{4,}|bad port$)/.exec(message)?.[0] ?? name)
    : `${words} (${code})`;
};
