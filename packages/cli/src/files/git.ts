// Whether git keeps a file. A repository's own configuration runs no program here.
import { execFile } from 'node:child_process';
import { basename, dirname } from 'node:path';
import type { Io } from '../io/io.ts';

const TIMEOUT_MS = 10_000;

/** The exit code of git; `undefined` if git is not installed. */
const askGit = (env: Io['env'], path: string, args: readonly string[]) =>
  new Promise<number | undefined>((resolve) => {
    // Variables that a git hook sets would name another repository.
    const clean = Object.fromEntries(Object.entries(env).filter(([name]) => !/^GIT_/.test(name)));
    // Fetch no objects: the repository's configuration names the program that would.
    const closed = { ...clean, GIT_ALLOW_PROTOCOL: 'none', GIT_NO_LAZY_FETCH: '1' };
    const options = [
      ...['-c', 'core.fsmonitor=false', '-c', 'safe.bareRepository=explicit'],
      ...['-C', dirname(path)],
    ];
    execFile(
      'git',
      [...options, ...args, '--', `./${basename(path)}`],
      { env: closed, timeout: TIMEOUT_MS },
      (error) => {
        if (error === null) resolve(0);
        else resolve(typeof error.code === 'number' ? error.code : undefined);
      },
    );
  });

/** The state of a file in git; `no-git` if git is not installed, or does not answer. */
export type GitState = 'tracked' | 'ignored' | 'not-ignored' | 'outside' | 'no-git';

export const findGitState = async (env: Io['env'], path: string): Promise<GitState> => {
  const tracked = await askGit(env, path, ['--literal-pathspecs', 'ls-files', '--error-unmatch']);
  if (tracked === undefined) return 'no-git';
  if (tracked === 0) return 'tracked';
  const ignored = await askGit(env, path, ['check-ignore', '-q']);
  if (ignored === 0) return 'ignored';
  return ignored === 1 ? 'not-ignored' : 'outside';
};

/** The states in which a secret can get into a commit, each with what git does and what to do. */
export const GIT_PROBLEMS = {
  tracked: [
    'tracks',
    'take it out with `git rm --cached` and name it in .gitignore; its content stays in the history, so make it again',
  ],
  'not-ignored': ['does not ignore', 'name it in .gitignore'],
} as const;
