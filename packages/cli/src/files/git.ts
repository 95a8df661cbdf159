// Whether git keeps a file. A repository's own configuration runs no program here.
import { execFile } from 'node:child_process';
import { basename, dirname } from 'node:path';
import type { Io } from '../io/io.ts';

const TIMEOUT_MS = 10_000;

/** The exit code of git; `undefined` if git is not installed, or does not answer. */
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

/** What git does with a file so that a secret in it can get into a commit, and what to do. */
export interface GitProblem {
  readonly isTracked: boolean;
  readonly does: string;
  readonly advice: string;
}

/** `undefined` for a file that git ignores, or that is outside a repository, and where git is not installed. */
export const findGitProblem = async (
  env: Io['env'],
  path: string,
): Promise<GitProblem | undefined> => {
  const tracked = await askGit(env, path, ['--literal-pathspecs', 'ls-files', '--error-unmatch']);
  if (tracked === 0) {
    const advice =
      'take it out with `git rm --cached` and name it in .gitignore; its content stays in the history, so make it again';
    return { isTracked: true, does: 'tracks', advice };
  }
  if (tracked === undefined || (await askGit(env, path, ['check-ignore', '-q'])) !== 1) return;
  return { isTracked: false, does: 'does not ignore', advice: 'name it in .gitignore' };
};
