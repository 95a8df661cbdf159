import type { ConfigProblem } from './errors.ts';

/** Environment variables: `process.env`, a Worker's `env`, `Deno.env.toObject()`. Empty counts as unset. */
export type EnvRecord = { readonly [variable: string]: unknown };

/** The variables that a configuration is read from, without their prefix. */
export const VARIABLES = [
  'REQUIRED',
  'SECRET',
  'SECRET_FILE',
  'SECRET_PREVIOUS',
  'SECRET_PREVIOUS_FILE',
  'ALLOW_WEAK_SECRET',
  'SECRET_ENCODING',
  'ISSUER',
  'AUDIENCE',
  'CLOCK_TOLERANCE_SECONDS',
  'MAX_TOKEN_AGE_SECONDS',
  'REQUIRE_EXPIRY',
  'REVOKED',
  'IGNORE_VARIABLES',
] as const;
export type Variable = (typeof VARIABLES)[number];

/** Reads variables by type. What is wrong with one is collected in `problems`, and it counts as unset. */
export interface VariableReader {
  readonly problems: ConfigProblem[];
  /** The full name of a variable. */
  readonly nameOf: (variable: Variable) => string;
  /** The text of a variable. For a `…_FILE` variable that is the content of its file. */
  readonly string: (variable: Variable) => string | undefined;
  readonly boolean: (variable: Variable, fallback: boolean) => boolean;
  /** One of `words`, the first unless it is set. */
  readonly oneOf: <Word extends string>(
    variable: Variable,
    words: readonly [Word, ...Word[]],
  ) => Word;
  /** A whole number of seconds from `min` to `max`. */
  readonly seconds: (variable: Variable, min: number, max: number) => number | undefined;
  /** Adds a problem. */
  readonly problem: (variable: Variable, message: string) => undefined;
}

// Go's strconv.ParseBool, as in Zep.
const TRUE = ['1', 't', 'T', 'TRUE', 'true', 'True'];
const FALSE = ['0', 'f', 'F', 'FALSE', 'false', 'False'];

/** Creates a reader of texts. Both lists may still grow: texts that are fetched, and problems in fetching them. */
export const createVariableReader = (
  prefix: string,
  texts: ReadonlyMap<Variable, string>,
): VariableReader => {
  const problems: ConfigProblem[] = [];
  const nameOf = (variable: Variable): string => prefix + variable;

  const problem = (variable: Variable, message: string): undefined => {
    problems.push({ variable: nameOf(variable), message });
  };

  const boolean = (variable: Variable, fallback: boolean): boolean => {
    const text = texts.get(variable);
    if (text === undefined) return fallback;
    if (TRUE.includes(text)) return true;
    if (FALSE.includes(text)) return false;
    problem(variable, `must be one of: ${[...TRUE, ...FALSE].join(' ')}`);
    return fallback;
  };

  const oneOf = <Word extends string>(
    variable: Variable,
    words: readonly [Word, ...Word[]],
  ): Word => {
    const text = texts.get(variable);
    const found = text === undefined ? words[0] : words.find((word) => word === text);
    if (found === undefined) problem(variable, `must be one of: ${words.join(' ')}`);
    return found ?? words[0];
  };

  const seconds = (variable: Variable, min: number, max: number): number | undefined => {
    const text = texts.get(variable);
    if (text === undefined) return undefined;
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    return problem(variable, `must be a whole number of seconds from ${min} to ${max}`);
  };

  return {
    problems,
    nameOf,
    string: (variable) => texts.get(variable),
    boolean,
    oneOf,
    seconds,
    problem,
  };
};
