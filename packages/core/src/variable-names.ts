import type { ConfigProblem } from './errors.ts';
import type { EnvRecord } from './variables.ts';

export const DEFAULT_PREFIX = 'ZEP_AUTH_';

/** Variables of the command line, which this package does not read. */
const ELSEWHERE = ['STORE_URL'];

// What Kubernetes and Docker set for a service or a link called zep-auth.
const FOREIGN = /^(?:NAME|ENV_.*|(?:.*_)?(?:SERVICE_HOST|SERVICE_PORT(?:_.*)?|PORT(?:_.*)?))$/;

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';

const pairsOf = (text: string): ReadonlySet<string> =>
  new Set(Array.from(text).flatMap((_, i) => (i === 0 ? [] : [text.slice(i - 1, i + 1)])));

/** How similar two names are, from 0 to 1, by the pairs of characters that they share. */
const similarity = (a: string, b: string): number => {
  const [one, other] = [pairsOf(a), pairsOf(b)];
  const shared = [...one].filter((pair) => other.has(pair)).length;
  return (2 * shared) / (one.size + other.size);
};

const MIN_SIMILARITY = 0.3;

const findNearest = (name: string, known: readonly string[]): string | undefined => {
  let nearest: string | undefined;
  let best = MIN_SIMILARITY;
  for (const candidate of known) {
    const score = similarity(name, candidate);
    if (score <= best) continue;
    [nearest, best] = [candidate, score];
  }
  return nearest;
};

const MAX_SHOWN = 40;

/** A name in printable ASCII, so that what is wrong with it can be seen. A long one may be a secret without its `=`. */
const toVisible = (name: string): string => {
  const shown = name.length > MAX_SHOWN ? `${name.slice(0, 12)}...` : name;
  return shown.replace(
    /[^\x20-\x7e]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
};

/** The name that was meant by one in another case, in quotes, with white space or behind `export` or a byte order mark. */
const toPlain = (name: string): string =>
  name
    .toUpperCase()
    .replace(/[-.]/g, '_')
    .replace(/[^A-Z0-9_ ]/g, '')
    .trim()
    .replace(/^(?:EXPORT|SET) +/, '');

/**
 * Finds variables that are set under a name that is not read: a misspelt policy would be an open door. Values that are
 * not strings are another library's bindings.
 */
export const findUnknownNames = (
  record: EnvRecord,
  prefix: string,
  {
    variables,
    ignored,
  }: { readonly variables: readonly string[]; readonly ignored: readonly string[] },
): readonly ConfigProblem[] => {
  const known = [...variables, ...ELSEWHERE].map((variable) => prefix + variable);
  return Object.entries(record).flatMap(([name, value]): ConfigProblem[] => {
    if (!isText(value) || known.includes(name) || ignored.includes(name)) return [];
    const variable = toVisible(name);
    const plain = toPlain(name);
    if (known.includes(plain)) {
      // On Windows, names in any case are one variable.
      if (isText(record[plain])) return [];
      return [{ variable, message: `is not read under this name; rename it to ${plain}` }];
    }
    if (!name.startsWith(prefix) || FOREIGN.test(name.slice(prefix.length))) return [];
    const nearest = findNearest(name.slice(prefix.length).toUpperCase(), variables);
    const question = nearest === undefined ? '' : ` did you mean ${prefix}${nearest}?`;
    const message = `is not a variable that is read here;${question} list what belongs to something else in ${prefix}IGNORE_VARIABLES`;
    return [{ variable, message }];
  });
};
