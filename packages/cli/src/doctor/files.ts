// Files that hold a secret: who can read them, and whether git keeps them.
// Never changes anything, and never lets a repository's own configuration run a program.
import { readFile, stat } from 'node:fs/promises';
import { platform } from 'node:os';
import { resolve } from 'node:path';
import { findGitState, GIT_PROBLEMS } from '../files/git.ts';
import type { Io } from '../io/io.ts';
import { type Finding, fail, pass, type Result, skipped, warn } from './result.ts';

/** Where the configuration comes from, beside the environment. */
export interface Sources {
  /** `--env-file`. */
  readonly envFile?: string | undefined;
  /** `--secret-file`: a path, or `-` for standard input. */
  readonly secretFile?: string | undefined;
  /** `--token-file`: a path, or `-` for standard input. */
  readonly tokenFile?: string | undefined;
  /** The folder whose `.env` is looked at, too. */
  readonly folder?: string | undefined;
}

/** A file to look at. */
interface SecretFile {
  /** What results call it: a path may be a secret that was put in the wrong place. */
  readonly name: string;
  readonly path: string;
  /** Variables and their values, not the secret alone. */
  readonly isEnvFile: boolean;
}

const SECRETS =
  /^[ \t]*(?:export[ \t]+)?(?:ZEP_AUTH_SECRET(?:_PREVIOUS)?|ZEP_API_KEY)[ \t]*=[ \t]*\S/m;
const QUOTED =
  /^[ \t]*(?:export[ \t]+)?(?:ZEP_AUTH_SECRET(?:_PREVIOUS)?|ZEP_API_KEY)[ \t]*=[ \t]*["'`]/m;

const judgeGit = async (env: Io['env'], path: string): Promise<Finding> => {
  const state = await findGitState(env, path);
  if (state === 'no-git') return skipped('git was not found');
  if (state === 'ignored') return pass('git ignores it');
  if (state === 'outside') return pass('in no git repository');
  const [detail, advice] = GIT_PROBLEMS[state];
  return (state === 'tracked' ? fail : warn)(`git ${detail} it`, advice);
};

const judgeMode = (mode: number): Finding => {
  if (platform() === 'win32') return skipped('its mode says nothing on Windows');
  const text = (mode & 0o777).toString(8).padStart(4, '0');
  if ((mode & 0o077) === 0) return pass(`mode ${text}`);
  return warn(
    `others on this machine can read it (mode ${text})`,
    '`chmod 600`; into a container, mount it with mode 0400',
  );
};

/** What other readers of env files do not read as dotenv does. */
const judgeForm = (content: string): Finding => {
  if (QUOTED.test(content)) {
    return warn(
      'it has a secret in quotes',
      'leave the quotes out: Docker’s --env-file takes them for a part of it',
    );
  }
  if (content.includes('\r')) {
    return warn(
      'its lines end as on Windows',
      'end them with a line feed alone: not every reader drops the rest',
    );
  }
  return pass('no quotes, and plain line endings');
};

/** Looks at a file that holds a secret or a token. What cannot be read is for whoever needs it to report. */
const judgeFile = async (
  env: Io['env'],
  { name, path, isEnvFile }: SecretFile,
): Promise<readonly Result[]> => {
  try {
    const { mode } = await stat(path);
    const content = isEnvFile ? await readFile(path, 'utf8') : '';
    if (isEnvFile && !SECRETS.test(content)) return [];
    return [
      { name: `${name} mode`, ...judgeMode(mode) },
      { name: `${name} in git`, ...(await judgeGit(env, path)) },
      ...(isEnvFile ? [{ name: `${name} form`, ...judgeForm(content) }] : []),
    ];
  } catch {
    return [];
  }
};

/** Looks at all the files that secrets and tokens are read from. */
export const judgeFiles = async (
  io: Io,
  record: Io['env'],
  { envFile, secretFile, tokenFile, folder }: Sources,
): Promise<readonly Result[]> => {
  const dotEnv = folder === undefined ? undefined : resolve(folder, '.env');
  const isDotEnvRead = envFile !== undefined && resolve(envFile) === dotEnv;
  const nameSecretFile = secretFile === undefined ? 'SECRET_FILE' : '--secret-file';
  const files: readonly (readonly [string, string | undefined, boolean])[] = [
    ['--env-file', envFile, true],
    ['.env', isDotEnvRead ? undefined : dotEnv, true],
    [nameSecretFile, record['ZEP_AUTH_SECRET_FILE'], false],
    ['PREVIOUS_FILE', record['ZEP_AUTH_SECRET_PREVIOUS_FILE'], false],
    ['--token-file', tokenFile === '-' ? undefined : tokenFile, false],
  ];
  const results: Result[] = [];
  for (const [name, path, isEnvFile] of files) {
    if (path === undefined || path === '') continue;
    const found = await judgeFile(io.env, { name, path: resolve(path), isEnvFile });
    if (name === '.env' && found.length > 0) {
      results.push({ name, ...skipped('what it says is not used', 'use it with --env-file .env') });
    }
    results.push(...found);
  }
  return results;
};
