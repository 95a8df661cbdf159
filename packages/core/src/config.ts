import { MAX_CLOCK_TOLERANCE_SECONDS, type VerifyPolicy } from './claims.ts';
import { AuthError } from './errors.ts';
import {
  decodeSecret,
  GENERATE,
  judgeSecret,
  SECRET_ENCODINGS,
  WEAKNESSES,
} from './judge-secret.ts';
import type { Bytes } from './jws/engine.ts';
import { createKeyring, type Keyring } from './keyring.ts';
import { findRevokedMistakes } from './revoked.ts';
import type { Variable, VariableReader } from './variables.ts';

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

const MAX_PREVIOUS = 3;

const readName = (read: VariableReader, variable: Variable): string | undefined => {
  const text = read.string(variable);
  if (text === undefined || text === text.trim()) return text;
  return read.problem(variable, 'begins or ends with white space; remove it');
};

const readRevoked = (read: VariableReader): readonly string[] => {
  const entries = (read.string('REVOKED') ?? '').split(',').map((entry) => entry.trim());
  for (const mistake of findRevokedMistakes(entries)) read.problem('REVOKED', mistake);
  return entries.filter((entry) => entry !== '');
};

interface NamedSecret {
  readonly secret: string;
  /** The variable, or the place in it, for messages. */
  readonly place: string;
  readonly isFile: boolean;
}

interface DecodedSecret extends NamedSecret {
  readonly key: string | Bytes;
}

/** The secrets of a variable and of its file; a list is separated by commas, or in a file by line breaks. */
const readSecrets = (
  read: VariableReader,
  name: 'SECRET' | 'SECRET_PREVIOUS',
): readonly NamedSecret[] =>
  [name, `${name}_FILE` as const].flatMap((variable) => {
    const text = read.string(variable);
    const place = read.nameOf(variable);
    const isFile = variable !== name;
    if (text === undefined) return [];
    if (name === 'SECRET') return [{ secret: text, place, isFile }];
    const secrets = text
      .split(isFile ? /\r?\n/ : ',')
      .map((secret, i) => ({ secret, place: `${place} (entry ${i + 1})`, isFile }))
      .filter(({ secret }) => secret !== '');
    if (secrets.length > MAX_PREVIOUS) {
      read.problem(variable, `holds more than ${MAX_PREVIOUS} secrets; remove the oldest`);
    }
    return secrets;
  });

/** The secrets as text, or as the bytes that it encodes. */
const decodeSecrets = (
  read: VariableReader,
  secrets: readonly NamedSecret[],
): readonly DecodedSecret[] => {
  const encoding = read.oneOf('SECRET_ENCODING', SECRET_ENCODINGS);
  return secrets.flatMap((named) => {
    const key = decodeSecret(named.secret, encoding);
    if (key !== undefined) return [{ ...named, key }];
    const message = `is not canonical ${encoding}, as ${read.nameOf('SECRET_ENCODING')} says; check it`;
    read.problems.push({ variable: named.place, message });
    return [];
  });
};

/** Judges the secrets, and returns a warning for each that is only allowed as a weak one. */
const judgeSecrets = (
  read: VariableReader,
  secrets: readonly DecodedSecret[],
  allowWeak: boolean,
): readonly string[] => {
  const warnings: string[] = [];
  for (const { secret, key, place, isFile } of secrets) {
    // A published text is published whatever it encodes.
    const found = [...judgeSecret(secret), ...(key === secret ? [] : judgeSecret(key))];
    const problems = found.map((it) => [it.rule, it] as const);
    for (const { rule, message } of new Map(problems).values()) {
      if (allowWeak && WEAKNESSES.includes(rule)) {
        warnings.push(`${place} ${message.replace(/;.*/, '')}; replace it soon`);
      } else {
        const held = isFile ? `holds a secret that ${message}` : message;
        read.problems.push({ variable: place, message: held });
      }
    }
  }
  return warnings;
};

const readPolicy = (read: VariableReader): VerifyPolicy => {
  const revoked = readRevoked(read);
  const asked = {
    issuer: readName(read, 'ISSUER'),
    audience: readName(read, 'AUDIENCE'),
    clockToleranceSeconds: read.seconds('CLOCK_TOLERANCE_SECONDS', 0, MAX_CLOCK_TOLERANCE_SECONDS),
    maxTokenAgeSeconds: read.seconds('MAX_TOKEN_AGE_SECONDS', 1, 999_999_999),
    requiredClaims: read.boolean('REQUIRE_EXPIRY', false) ? ['exp'] : undefined,
    revoked: revoked.length > 0 ? revoked : undefined,
  };
  // An unset member is left out, so that spreading the policy over another one overrides nothing.
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
};

/**
 * Makes the configuration, once all texts have been fetched.
 *
 * @throws {AuthError} `ERR_CONFIG_INVALID` with every problem
 */
export const toConfig = (read: VariableReader, found: readonly string[]): AuthConfig => {
  const { problems } = read;
  const required = read.boolean('REQUIRED', true);
  const allowWeak = read.boolean('ALLOW_WEAK_SECRET', false);
  const current = readSecrets(read, 'SECRET');
  const secrets = decodeSecrets(read, [...current, ...readSecrets(read, 'SECRET_PREVIOUS')]);
  const warnings = [...found, ...judgeSecrets(read, secrets, allowWeak)];
  const policy = readPolicy(read);
  const currentNames = [read.nameOf('SECRET'), read.nameOf('SECRET_FILE')];
  const isCurrentWrong = problems.some(({ variable }) => currentNames.includes(variable));
  if ((required || secrets.length > 0) && current.length === 0 && !isCurrentWrong) {
    read.problem('SECRET', `is not set; ${GENERATE}, or load its file`);
  }
  if (problems.length > 0) {
    const lines = problems.map(({ variable, message }) => `${variable} ${message}`);
    // A warning may explain a problem: an unknown name is often the misspelling of one that is missing.
    throw new AuthError('ERR_CONFIG_INVALID', [...lines, ...found].join('\n'), { problems });
  }
  if (!required) {
    warnings.push(
      `authentication is off (${read.nameOf('REQUIRED')} is false): every request passes`,
    );
    if (secrets.length === 0) return { required, policy, warnings };
  }
  const keyring = createKeyring(
    secrets.map(({ key }) => key),
    { allowWeak },
  );
  return { required, keyring, policy, warnings };
};
