// Files that hold a secret: who can read them, whether git keeps them, and how their lines are read. Nothing is changed.
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { findAmbiguous } from '../files/env-file.ts';
import { findGitState, GIT_PROBLEMS } from '../files/git.ts';
import type { Io } from '../io/io.ts';
import { type Finding, fail, pass, type Result, skipped, warn } from './result.ts';

/** Where the configuration comes from, beside the environment. */
export interface Sources {
  /** `--dotenv`. */
  readonly dotenv?: string | undefined;
  /** `--secret-file`: a path, or `-` for standard input. */
  readonly secretFile?: string | undefined;
  /** `--token-file`: a path, or `-` for standard input. */
  readonly tokenFile?: string | undefined;
  /** The folder whose `.env` is looked at, too. */
  readonly folder?: string | undefined;
}

const SECRETS =
  /^[ \t]*(?:export[ \t]+)?(?:ZEP_AUTH_SECRET(?:_PREVIOUS)?|ZEP_API_KEY)[ \t]*=[ \t]*\S/m;
const QUOTED = new RegExp(`${SECRETS.source.slice(0, -2)}["'\`]`, 'm');

const judgeGit = async (env: Io['env'], path: string): Promise<Finding> => {
  const state = await findGitState(env, path);
  if (state === 'no-git') return skipped('git was not found');
  if (state === 'ignored') return pass('git ignores it');
  if (state === 'outside') return pass('in no git repository');
  const [detail, advice] = GIT_PROBLEMS[state];
  return (state === 'tracked' ? fail : warn)(`git ${detail} it`, advice);
};

const judgeMode = (mode: number): Finding => {
  if (process.platform === 'win32') return skipped('its mode says nothing on Windows');
  const text = (mode & 0o777).toString(8).padStart(4, '0');
  if ((mode & 0o077) === 0) return pass(`mode ${text}`);
  return warn(
    `other users on this machine can read it (mode ${text})`,
    'chmod 600; into a container, mount it with mode 0400',
  );
};

/** What other readers of .env files read otherwise than dotenv. */
const judgeForm = (content: string): Finding => {
  if (QUOTED.test(content)) {
    return warn("a secret is in quotes, which Docker's --env-file keeps", 'leave the quotes out');
  }
  if (content.includes('\r')) {
    return warn('its lines end as on Windows', 'end them with a line feed alone');
  }
  const [note] = findAmbiguous(content);
  return note === undefined
    ? pass('no quotes, and plain line endings')
    : warn(note, 'write a value that all readers take alike');
};

/** Looks at a file that holds a secret or a token. One that cannot be read is reported where it is needed. */
const judgeFile = async (
  env: Io['env'],
  name: string,
  path: string,
  isDotenv: boolean,
): Promise<readonly Result[]> => {
  try {
    const { mode } = await stat(path);
    const content = isDotenv ? await readFile(path, 'utf8') : '';
    if (isDotenv && !SECRETS.test(content)) return [];
    return [
      { name: `${name} mode`, ...judgeMode(mode) },
      { name: `${name} in git`, ...(await judgeGit(env, path)) },
      ...(isDotenv ? [{ name: `${name} form`, ...judgeForm(content) }] : []),
    ];
  } catch {
    return [];
  }
};

/** Looks at the files that secrets and tokens are read from. */
export const judgeFiles = async (
  io: Io,
  record: Io['env'],
  { dotenv, secretFile, tokenFile, folder }: Sources,
): Promise<readonly Result[]> => {
  const own = folder === undefined ? undefined : resolve(folder, '.env');
  const isOwnRead = dotenv !== undefined && resolve(dotenv) === own;
  const files: readonly (readonly [string, string | undefined, boolean])[] = [
    ['--dotenv', dotenv, true],
    ['.env', isOwnRead ? undefined : own, true],
    [
      secretFile === undefined ? 'SECRET_FILE' : '--secret-file',
      record['ZEP_AUTH_SECRET_FILE'],
      false,
    ],
    ['PREVIOUS_FILE', record['ZEP_AUTH_SECRET_PREVIOUS_FILE'], false],
    ['--token-file', tokenFile === '-' ? undefined : tokenFile, false],
  ];
  const results: Result[] = [];
  for (const [name, path, isDotenv] of files) {
    if (path === undefined || path === '') continue;
    const found = await judgeFile(io.env, name, resolve(path), isDotenv);
    if (name === '.env' && found.length > 0) {
      results.push({ name, ...skipped('it is not read', 'read it with --dotenv .env') });
    }
    results.push(...found);
  }
  return results;
};
