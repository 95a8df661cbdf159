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

// Go's strconv.ParseBool, as in Zep.
const TRUE = '1 t T TRUE true True'.split(' ');
const FALSE = '0 f F FALSE false False'.split(' ');

/**
 * Reads variables by type. What is wrong with one is collected in `problems`, and it counts as unset. The text of a
 * `…_FILE` variable is the content of its file. Texts and problems may still come, from fetching them.
 */
export class VariableReader {
  readonly problems: ConfigProblem[] = [];
  readonly #prefix: string;
  readonly #texts: ReadonlyMap<Variable, string>;

  constructor(prefix: string, texts: ReadonlyMap<Variable, string>) {
    this.#prefix = prefix;
    this.#texts = texts;
  }

  nameOf(variable: Variable): string {
    return this.#prefix + variable;
  }

  string(variable: Variable): string | undefined {
    return this.#texts.get(variable);
  }

  problem(variable: Variable, message: string): undefined {
    this.problems.push({ variable: this.nameOf(variable), message });
  }

  /** One of `words`, the first unless it is set. */
  oneOf<Word extends string>(variable: Variable, words: readonly [Word, ...Word[]]): Word {
    const text = this.string(variable);
    const found = text === undefined ? words[0] : words.find((word) => word === text);
    if (found === undefined) this.problem(variable, `must be one of: ${words.join(' ')}`);
    return found ?? words[0];
  }

  boolean(variable: Variable, fallback: boolean): boolean {
    const text = this.string(variable);
    if (text === undefined) return fallback;
    if (TRUE.includes(text)) return true;
    if (FALSE.includes(text)) return false;
    this.problem(variable, `must be one of: ${[...TRUE, ...FALSE].join(' ')}`);
    return fallback;
  }

  /** A whole number of seconds from `min` to `max`. */
  seconds(variable: Variable, min: number, max: number): number | undefined {
    const text = this.string(variable);
    if (text === undefined) return undefined;
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    return this.problem(variable, `must be a whole number of seconds from ${min} to ${max}`);
  }
}

export const DEFAULT_PREFIX = 'ZEP_AUTH_';

/** The last one is of the command line; this package does not read it. */
const KNOWN = [...VARIABLES, 'STORE_URL'];

// What Kubernetes and Docker set for a service or a link called zep-auth.
const FOREIGN = /^(?:\d+_)?(?:NAME$|ENV_)|(?:^|_)(?:SERVICE_HOST|PORT(?:_.*)?)$/;

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';

/** How similar two names are, from 0 to 1, by the pairs of characters that they share. */
const similarity = (a: string, b: string): number => {
  const pairs = Array.from(a.slice(1), (char, i) => a.charAt(i) + char);
  return (2 * pairs.filter((pair) => b.includes(pair)).length) / (a.length + b.length);
};

const findNearest = (name: string): string | undefined => {
  const scores = KNOWN.map((variable) => similarity(name, variable));
  const best = Math.max(...scores);
  return best > 0.3 ? KNOWN[scores.indexOf(best)] : undefined;
};

const MAX_SHOWN = 40;

/** A name in printable ASCII, so that an odd character can be seen. A long one may be a secret without its `=`. */
const toVisible = (name: string): string =>
  (name.length > MAX_SHOWN ? `${name.slice(0, 12)}...` : name).replace(/[^\x20-\x7e]/g, '?');

/** The name that was meant by one in another case, in quotes, with other separators, or behind `export` or a byte order mark. */
export const toPlainName = (name: string): string =>
  name
    .toUpperCase()
    .replace(/[^ -~]/g, '')
    .replace(/[^A-Z0-9]+/g, '_')
    .replace(/^_?(?:(?:EXPORT|SETX?|ENV)_)?|_$/g, '');

/**
 * Finds variables that are set under a name that is not read: a misspelt policy would be an open door. Values that are
 * not strings are another library's bindings.
 */
export const findUnknownNames = (
  record: EnvRecord,
  prefix: string,
  ignored: readonly string[],
): readonly ConfigProblem[] => {
  const known = KNOWN.map((variable) => prefix + variable);
  return Object.entries(record).flatMap(([name, value]): ConfigProblem[] => {
    if (!isText(value) || known.includes(name) || ignored.includes(name)) return [];
    const variable = toVisible(name);
    const plain = toPlainName(name);
    if (known.includes(plain)) {
      // On Windows, names in any case are one variable.
      if (isText(record[plain])) return [];
      return [{ variable, message: `is not read under this name; rename it to ${plain}` }];
    }
    const rest = plain.slice(prefix.length);
    if (!(name.startsWith(prefix) || plain.startsWith(prefix)) || FOREIGN.test(rest)) return [];
    const nearest = findNearest(rest);
    const question = nearest === undefined ? '' : ` did you mean ${prefix}${nearest}?`;
    const message = `is not read here;${question} list other software's in ${prefix}IGNORE_VARIABLES`;
    return [{ variable, message }];
  });
};
