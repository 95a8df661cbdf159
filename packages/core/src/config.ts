// What the environment variables mean: texts in, a checked configuration or all of its problems out.
// Never puts a value into a message, and has no default that opens.
import { MAX_CLOCK_TOLERANCE_SECONDS, type VerifyPolicy } from './claims.ts';
import { AuthError, type ConfigProblem } from './errors.ts';
import { createKeyring, type Keyring } from './keyring.ts';
import { findRevokedMistake } from './revoked.ts';
import { judgeSecret } from './secret.ts';

/** A checked configuration. Where authentication is required, it has a keyring. */
export type AuthConfig = {
  /** What the verifier asks of claims. */
  readonly policy: VerifyPolicy;
  /** What the operator should know, a sentence each. */
  readonly warnings: readonly string[];
} & (
  | { readonly required: true; readonly keyring: Keyring }
  | { readonly required: false; readonly keyring?: Keyring }
);

/** The variables, without their prefix. */
export const VARIABLES = [
  'REQUIRED',
  'SECRET',
  'SECRET_FILE',
  'SECRET_PREVIOUS',
  'SECRET_PREVIOUS_FILE',
  'ALLOW_WEAK_SECRET',
  'ISSUER',
  'AUDIENCE',
  'CLOCK_TOLERANCE_SECONDS',
  'MAX_TOKEN_AGE_SECONDS',
  'REQUIRE_EXPIRY',
  'REVOKED',
] as const;
export type Variable = (typeof VARIABLES)[number];

/** One reading of a record: the texts found so far, and all that is wrong with them. */
export interface Reading {
  readonly prefix: string;
  /** What is set and could be read. A `…_FILE` variable has the content of its file here. */
  readonly texts: Map<Variable, string | undefined>;
  readonly problems: ConfigProblem[];
  /** At first, one for each name that is not read here. */
  readonly warnings: string[];
}

// Go's strconv.ParseBool, as in Zep.
const TRUE = ['1', 't', 'T', 'TRUE', 'true', 'True'];
const FALSE = ['0', 'f', 'F', 'FALSE', 'false', 'False'];

const MAX_PREVIOUS = 3;

/** Notes a problem with a variable. */
export const refuse = (
  { prefix, problems }: Reading,
  variable: Variable,
  message: string,
): undefined => {
  problems.push({ variable: prefix + variable, message });
};

const readBoolean = (reading: Reading, variable: Variable, fallback: boolean): boolean => {
  const text = reading.texts.get(variable);
  if (text === undefined) return fallback;
  if (TRUE.includes(text)) return true;
  if (FALSE.includes(text)) return false;
  refuse(reading, variable, `must be one of: ${[...TRUE, ...FALSE].join(' ')}`);
  return fallback;
};

const readSeconds = (reading: Reading, variable: Variable, min: number, max: number) => {
  const text = reading.texts.get(variable);
  if (text === undefined) return undefined;
  const seconds = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (seconds >= min && seconds <= max) return seconds;
  return refuse(reading, variable, `must be a whole number of seconds from ${min} to ${max}`);
};

const readName = (reading: Reading, variable: Variable): string | undefined => {
  const text = reading.texts.get(variable);
  if (text === undefined || text === text.trim()) return text;
  return refuse(reading, variable, 'begins or ends with white space; remove it');
};

const readRevoked = (reading: Reading): readonly string[] => {
  const entries = (reading.texts.get('REVOKED') ?? '').split(',').map((entry) => entry.trim());
  for (const [i, entry] of entries.entries()) {
    const mistake = findRevokedMistake(entry);
    if (mistake !== undefined) refuse(reading, 'REVOKED', `(entry ${i + 1}) ${mistake}`);
  }
  return entries.filter((entry) => entry !== '');
};

interface NamedSecret {
  readonly secret: string;
  /** Where it stands, to report it by. */
  readonly variable: string;
}

const readCurrent = ({ texts, prefix }: Reading): readonly NamedSecret[] =>
  (['SECRET', 'SECRET_FILE'] as const).flatMap((variable) => {
    const secret = texts.get(variable);
    return secret === undefined ? [] : [{ secret, variable: prefix + variable }];
  });

const readPrevious = (reading: Reading): readonly NamedSecret[] =>
  (['SECRET_PREVIOUS', 'SECRET_PREVIOUS_FILE'] as const).flatMap((variable) => {
    const separator = variable === 'SECRET_PREVIOUS' ? ',' : /\r?\n/;
    const list = reading.texts.get(variable)?.split(separator) ?? [];
    const secrets = list
      .map((secret, i) => ({ secret, variable: `${reading.prefix}${variable} (entry ${i + 1})` }))
      .filter(({ secret }) => secret !== '');
    if (secrets.length > MAX_PREVIOUS) {
      refuse(reading, variable, `holds more than ${MAX_PREVIOUS} secrets; drop the oldest`);
    }
    return secrets;
  });

const readSecrets = (reading: Reading, allowWeak: boolean): readonly string[] => {
  const named = [...readCurrent(reading), ...readPrevious(reading)];
  for (const { secret, variable } of named) {
    for (const { rule, message } of judgeSecret(secret)) {
      const held = variable.includes('_FILE') ? `holds a secret that ${message}` : message;
      if (rule !== 'too-short' || !allowWeak) reading.problems.push({ variable, message: held });
      else reading.warnings.push(`${variable} is shorter than 32 bytes; replace it soon`);
    }
  }
  return named.map(({ secret }) => secret);
};

const readPolicy = (reading: Reading): VerifyPolicy => {
  const revoked = readRevoked(reading);
  const tolerance = ['CLOCK_TOLERANCE_SECONDS', 0, MAX_CLOCK_TOLERANCE_SECONDS] as const;
  const asked = {
    issuer: readName(reading, 'ISSUER'),
    audience: readName(reading, 'AUDIENCE'),
    clockToleranceSeconds: readSeconds(reading, ...tolerance),
    maxTokenAgeSeconds: readSeconds(reading, 'MAX_TOKEN_AGE_SECONDS', 1, 999_999_999),
    requiredClaims: readBoolean(reading, 'REQUIRE_EXPIRY', false) ? ['exp'] : undefined,
    revoked: revoked.length > 0 ? revoked : undefined,
  };
  // What is not set is not there, so that spread over another policy it takes nothing away.
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
};

/**
 * Makes the configuration of a reading whose texts are complete.
 *
 * @throws {AuthError} `ERR_CONFIG_INVALID` with every problem
 */
export const toConfig = (reading: Reading): AuthConfig => {
  const { problems, warnings, prefix } = reading;
  const unread = [...warnings];
  const required = readBoolean(reading, 'REQUIRED', true);
  const allowWeak = readBoolean(reading, 'ALLOW_WEAK_SECRET', false);
  const secrets = readSecrets(reading, allowWeak);
  const policy = readPolicy(reading);
  const current = [`${prefix}SECRET`, `${prefix}SECRET_FILE`];
  const isCurrentAtFault = problems.some(({ variable }) => current.includes(variable));
  const isWanted = required || secrets.length > 0;
  if (isWanted && readCurrent(reading).length === 0 && !isCurrentAtFault) {
    refuse(reading, 'SECRET', 'is not set; make a secret with `zepcli secret` and put it there');
  }
  if (problems.length > 0) {
    const lines = problems.map(({ variable, message }) => `${variable} ${message}`);
    // A name that is not read here is often the misspelling of one that is missing.
    lines.push(...unread);
    throw new AuthError('ERR_CONFIG_INVALID', lines.join('\n'), { problems });
  }
  if (!required) {
    warnings.push(`authentication is off (${prefix}REQUIRED is false): every request passes`);
    if (secrets.length === 0) return { required, policy, warnings };
  }
  return { required, keyring: createKeyring(secrets, { allowWeak }), policy, warnings };
};
