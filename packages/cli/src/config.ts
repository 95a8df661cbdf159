// The configuration of a command: the environment, a file of variables, and a secret from a file or standard input.
import {
  type AuthConfig,
  AuthError,
  type ConfigProblem,
  isAuthError,
  type Keyring,
  loadAuthConfig,
} from '@zep-auth/core';
import { fingerprintOf } from '@zep-auth/core/internal';
import { hideSecrets } from './argv/hide-secrets.ts';
import type { Variables } from './files/env-file.ts';
import { readBytes } from './files/read-text.ts';
import { askHidden, dropLineEnding, readStdin } from './io/decode-text.ts';
import { CliError, UsageError } from './io/errors.ts';
import { type Io, quote, toWord, warn } from './io/io.ts';

/** Where revocations are kept. */
export const STORE_VARIABLE = 'ZEP_AUTH_STORE_URL';

/** Where a command may find its secret, beside `ZEP_AUTH_SECRET`. */
export interface SecretSource {
  /** `--secret-file`: a path, or `-` for standard input. */
  readonly secretFile?: string | undefined;
  /** `-` for standard input. */
  readonly stdin?: string | undefined;
  /** `--dotenv`: more variables; the environment wins. */
  readonly dotenv?: string | undefined;
}

/** The option that gave the secret, for a command that people copy; empty where it was a variable. */
export const toOption = ({ dotenv, secretFile }: SecretSource): string => {
  if (secretFile !== undefined && secretFile !== '-') return ` --secret-file ${toWord(secretFile)}`;
  return dotenv === undefined ? '' : ` --dotenv ${toWord(dotenv)}`;
};

const NO_SECRET: CliError = new CliError(
  'ERR_SECRET_MISSING',
  'ZEP_AUTH_SECRET is not set',
  'make a secret with `zepcli secret`, and give it in ZEP_AUTH_SECRET or --secret-file; or name the file that has it: --dotenv .env',
);

const toLine = ({ variable, message }: ConfigProblem): string => `${variable} ${message}`;

/** Returns what reads the variables of a command; standard input now, and once. @throws {UsageError} for two secrets */
export const createVariableReader = async (io: Io, { stdin, secretFile, dotenv }: SecretSource) => {
  if (stdin !== undefined && stdin !== '-') {
    throw new UsageError(
      `the argument ${quote(stdin)} is not -, which means the secret on standard input`,
      'give the secret in ZEP_AUTH_SECRET, with --secret-file or --dotenv',
    );
  }
  if (stdin !== undefined && secretFile !== undefined) {
    throw new UsageError('the secret is given twice', 'give - or --secret-file');
  }
  const isPiped = stdin === '-' || secretFile === '-';
  const ask = (): Promise<string> =>
    io.stdin.isTTY ? askHidden(io, 'The secret') : readStdin(io, 'the secret');
  const piped = isPiped ? await ask() : undefined;
  if (piped === '') {
    throw new CliError(
      'ERR_SECRET_MISSING',
      'the secret on standard input is empty',
      'make one with `zepcli secret`',
    );
  }
  const given = piped ?? secretFile;
  const [variable, name] = isPiped
    ? ['ZEP_AUTH_SECRET', 'the secret on standard input']
    : ['ZEP_AUTH_SECRET_FILE', `--secret-file ${hideSecrets(quote(given ?? ''), [given ?? ''])}`];
  /** @throws {CliError} when the file of variables cannot be read */
  const readNoted = async (): Promise<Variables> => {
    const found =
      dotenv === undefined
        ? { record: io.env, problems: [], warnings: [] }
        : await (await import('./files/env-file.ts')).readEnvFile(io, dotenv);
    if (given === undefined) return found;
    const { ZEP_AUTH_SECRET: _, ZEP_AUTH_SECRET_FILE: __, ...others } = found.record;
    const isOther = (text: string): boolean => !/^ZEP_AUTH_SECRET(?:_FILE)?$/i.test(text);
    const problems = found.problems.filter((problem) => isOther(problem.variable));
    return { ...found, problems, record: { ...others, [variable]: given } };
  };
  return {
    readNoted,
    /** Warns of what is wrong with the file of variables. @throws {CliError} when it cannot be read */
    read: async (): Promise<Io['env']> => {
      const { record, problems, warnings } = await readNoted();
      for (const note of [...problems.map(toLine), ...warnings]) warn(io, note);
      return record;
    },
    /** Names the option that the user gave instead of the variable that it stands for. */
    nameSource: (message: string): string =>
      given === undefined ? message : message.replaceAll(`${variable} `, `${name} `),
  };
};

/** A configuration, and what it was read from. */
export interface Loaded {
  readonly config: AuthConfig;
  readonly record: Io['env'];
  readonly secrets: SecretTexts;
}

const OTHER_PREFIX =
  /^(?:ZEPAUTH|ZEP|ZEP_AUTHENTICATION)_(REQUIRED|ISSUER|AUDIENCE|CLOCK_TOLERANCE_SECONDS|MAX_TOKEN_AGE_SECONDS|REQUIRE_EXPIRY|REVOKED)$/;

/** Finds policies that are set under another prefix: nothing reads them, so what they ask for is not checked. */
const findOtherPrefixes = (record: Io['env']): readonly string[] =>
  Object.entries(record).flatMap(([name, value]) => {
    const meant = `ZEP_AUTH_${OTHER_PREFIX.exec(name)?.[1]}`;
    const isMeant = OTHER_PREFIX.test(name) && value && !record[meant];
    return isMeant ? [`${name} is not read; did you mean ${meant}?`] : [];
  });

/** Finds entries of `ZEP_AUTH_REVOKED` that look like two ids, and so revoke neither. */
const findJoinedIds = ({ ZEP_AUTH_REVOKED = '' }: Io['env']): readonly string[] =>
  ZEP_AUTH_REVOKED.split(',').some((entry) => /[;\s]/.test(entry.trim()))
    ? ['ZEP_AUTH_REVOKED has an id with white space or a semicolon; put a comma between two ids']
    : [];

type ReadBytes = (path: string) => Promise<Uint8Array>;

/** Reads each file once: a pipe has its content only once, and a file may change between two looks. */
const readOnce = (read: ReadBytes = readBytes): ReadBytes => {
  const contents = new Map<string, Promise<Uint8Array>>();
  return (path) => {
    const content = contents.get(path) ?? read(path);
    contents.set(path, content);
    return content;
  };
};

/** Returns what reads variables and secrets, each time from their sources, and then may check them. */
export const createReader = async (io: Io, source: SecretSource) => {
  const variables = await createVariableReader(io, source);
  return async (readFile?: ReadBytes) => {
    const read = readOnce(readFile);
    const { record, problems, warnings } = await variables.readNoted();
    const secrets = await readSecretTexts(record, read);
    /** @throws {AuthError} `ERR_CONFIG_INVALID` with every problem; `NO_SECRET` where that is the only one */
    const check = async (): Promise<{ config: AuthConfig; warnings: readonly string[] }> => {
      try {
        const config = await loadAuthConfig(record, { readFile: read });
        const published = await findPublishedSecret(record, secrets);
        if (problems.length + published.length > 0) {
          const message = published.map(toLine).join('\n');
          throw new AuthError('ERR_CONFIG_INVALID', message, { problems: published });
        }
        const more = [...config.warnings, ...findOtherPrefixes(record), ...findJoinedIds(record)];
        return { config, warnings: [...warnings, ...more.map(variables.nameSource)] };
      } catch (error) {
        if (!isAuthError(error)) throw error;
        const { code, problems: all = [], message } = error;
        const others = all.filter((one) => problems.every((it) => it.variable !== one.variable));
        if (
          problems.length === 0 &&
          others.length === 1 &&
          /^ZEP_AUTH_SECRET is not set/.test(message)
        ) {
          for (const warning of warnings) warn(io, warning);
          throw NO_SECRET;
        }
        // Behind its problems the message has warnings.
        const notes = message.split('\n').slice(all.length).filter(Boolean);
        const named = [...others.map(toLine), ...notes].map(variables.nameSource);
        const whole = [...problems.map(toLine), ...named, ...warnings].join('\n');
        throw new AuthError(code, whole, { problems: [...problems, ...others] });
      }
    };
    return { record, secrets, check };
  };
};

/** Returns what loads a configuration, each time from its sources, and logs its warnings. */
export const createLoader = async (io: Io, source: SecretSource) => {
  const read = await createReader(io, source);
  return async (readFile?: ReadBytes): Promise<Loaded> => {
    const { check, ...found } = await read(readFile);
    const { config, warnings } = await check();
    for (const warning of warnings) warn(io, warning);
    return { ...found, config };
  };
};

/** Loads the configuration of a command that needs a secret. @throws {CliError} `ERR_SECRET_MISSING` without one */
export const loadKeyring = async (
  io: Io,
  source: SecretSource,
): Promise<Loaded & { readonly keyring: Keyring }> => {
  const loaded = await (await createLoader(io, source))();
  const { keyring } = loaded.config;
  if (keyring === undefined) throw NO_SECRET;
  return { ...loaded, keyring };
};

/** The texts of the secrets that variables hold or name, right or wrong. */
interface SecretTexts {
  readonly current: string;
  readonly previous: readonly string[];
}

/** Reads the texts of secrets; one that is not set, or whose file cannot be read, is empty. */
const readSecretTexts = async (record: Io['env'], readFile: ReadBytes): Promise<SecretTexts> => {
  const read = async (variable: string): Promise<string> => {
    const path = record[`${variable}_FILE`];
    if (record[variable] || !path) return record[variable] ?? '';
    const bytes = await readFile(path).catch(() => new Uint8Array());
    return dropLineEnding(new TextDecoder().decode(bytes)); // drops a byte order mark, as core does
  };
  const previous = await read('ZEP_AUTH_SECRET_PREVIOUS');
  const separator = record['ZEP_AUTH_SECRET_PREVIOUS'] ? ',' : /\r?\n/;
  return {
    current: await read('ZEP_AUTH_SECRET'),
    previous: previous.split(separator).filter((secret) => secret !== ''),
  };
};

/** How texts of secrets stand for bytes; `undefined` where they are taken as they are. */
export const encodingOf = (record: Io['env']) =>
  (['base64', 'base64url', 'hex'] as const).find(
    (encoding) => encoding === record['ZEP_AUTH_SECRET_ENCODING'],
  );

/** The bytes that a secret stands for, by `ZEP_AUTH_SECRET_ENCODING`. */
export const decodeKey = (record: Io['env'], text: string): Buffer =>
  Buffer.from(text, encodingOf(record) ?? 'utf8');

/** Finds a secret that is on a public list, longer than core's. */
const findPublishedSecret = async (
  record: Io['env'],
  { current, previous }: SecretTexts,
): Promise<readonly ConfigProblem[]> => {
  const published = ` ${(await import('./published-secrets.ts')).PUBLISHED_SECRETS} `;
  const secrets = { ZEP_AUTH_SECRET: [current], ZEP_AUTH_SECRET_PREVIOUS: previous };
  for (const [variable, texts] of Object.entries(secrets)) {
    const all = texts.flatMap((text) => [text, decodeKey(record, text).toString()]);
    if (!all.some((text) => published.includes(` ${fingerprintOf(text)} `))) continue;
    const place = record[variable] ? variable : `${variable}_FILE`;
    const message = 'holds a secret of a public list; make another one with `zepcli secret`';
    return [{ variable: place, message }];
  }
  return [];
};
