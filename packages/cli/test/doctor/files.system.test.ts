// Files that hold a secret: who else can read them, and whether git keeps them.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { judgeFiles, type Sources } from '../../src/doctor/environment.ts';
import { fakeIo } from '../fake-io.ts';
import { SECRET } from '../made-tokens.ts';

const LINE = `ZEP_AUTH_SECRET=${SECRET}\n`;
const { PATH = '', HOME = '' } = process.env;

const makeFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'zepcli-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
};

const write = (folder: string, name: string, content: string, mode = 0o600): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
};

const git = (folder: string, ...args: readonly string[]): void => {
  execFileSync('git', ['-C', folder, ...args], { stdio: 'ignore' });
};

const makeRepository = (): string => {
  const folder = makeFolder();
  git(folder, 'init', '-q');
  return folder;
};

/** The results, each as `name status: detail`. */
const judge = async (
  sources: Sources,
  record: Record<string, string> = {},
  env: Record<string, string> = { PATH, HOME },
): Promise<readonly string[]> => {
  const results = await judgeFiles(fakeIo({ env }), record, sources);
  return results.map(({ name, status, detail }) => `${name} ${status}: ${detail}`);
};

const TRACKED = ['--dotenv fail: git tracks it'];
const NOT_IGNORED = ['--dotenv warn: git does not ignore it'];

describe('the mode', () => {
  it.each([
    [0o600, []],
    [0o400, []],
    [0o640, ['--dotenv warn: other users can read it (mode 0640)']],
    [0o644, ['--dotenv warn: other users can read it (mode 0644)']],
    [0o602, ['--dotenv warn: other users can read it (mode 0602)']],
  ])('%s: %s', async (mode, expected) => {
    expect(await judge({ dotenv: write(makeFolder(), 'api.env', LINE, mode) })).toEqual(expected);
  });
});

describe('git', () => {
  it('that tracks it fails, committed or not', async () => {
    const folder = makeRepository();
    const dotenv = write(folder, '.env', LINE);
    git(folder, 'add', '.env');
    expect(await judge({ dotenv })).toEqual(TRACKED);
    write(folder, '.gitignore', '.env\n');
    expect(await judge({ dotenv })).toEqual(TRACKED);
  });

  it('that does not ignore it warns, that ignores it passes', async () => {
    const folder = makeRepository();
    const dotenv = write(folder, '.env', LINE);
    expect(await judge({ dotenv })).toEqual(NOT_IGNORED);
    write(folder, '.gitignore', '.env\n');
    expect(await judge({ dotenv })).toEqual([]);
  });

  it('takes a name as it is, not as a pattern', async () => {
    const folder = makeRepository();
    write(folder, 'a.env', LINE);
    git(folder, 'add', 'a.env');
    for (const name of ['*.env', ':(glob)a.env', '-h']) {
      const dotenv = write(folder, name, LINE);
      expect(await judge({ dotenv })).toEqual(NOT_IGNORED);
    }
  });

  it('is asked about the folder of the file, whatever repository the environment names', async () => {
    const folder = makeRepository();
    const dotenv = write(folder, '.env', LINE);
    git(folder, 'add', '.env');
    const env = { PATH, HOME, GIT_DIR: join(makeFolder(), '.git'), GIT_WORK_TREE: makeFolder() };
    expect(await judge({ dotenv }, {}, env)).toEqual(TRACKED);
  });

  it('runs no program that a repository names', async () => {
    const folder = makeRepository();
    const mark = join(folder, 'ran');
    const hook = write(folder, 'hook', `#!/bin/sh\n: > '${mark}'\n`, 0o700);
    git(folder, 'config', 'core.fsmonitor', hook);
    const dotenv = write(folder, '.env', LINE);
    await judge({ dotenv });
    expect(() => rmSync(mark)).toThrow('ENOENT');
  });

  it('fetches nothing by a program that a repository names', async () => {
    const folder = makeRepository();
    const mark = join(folder, 'ran');
    const hook = write(folder, 'hook', `#!/bin/sh\n: > '${mark}'\n`, 0o700);
    const dotenv = write(folder, '.env', LINE);
    // A partial clone whose .gitignore is in the index alone, its content still to be fetched.
    const ignore = write(folder, '.gitignore', '.env\n');
    git(folder, 'add', '.gitignore');
    git(folder, 'update-index', '--skip-worktree', '.gitignore');
    rmSync(ignore);
    for (const name of readdirSync(join(folder, '.git', 'objects'))) {
      if (name.length === 2) rmSync(join(folder, '.git', 'objects', name), { recursive: true });
    }
    for (const [name, value] of [
      ['core.repositoryformatversion', '1'],
      ['extensions.partialClone', 'origin'],
      ['remote.origin.promisor', 'true'],
      ['remote.origin.url', folder],
      ['remote.origin.uploadpack', hook],
    ] as const) {
      git(folder, 'config', name, value);
    }
    await judge({ dotenv });
    expect(() => rmSync(mark)).toThrow('ENOENT');
    expect(() => git(folder, 'check-ignore', '--', 'nothing')).toThrow(); // git itself runs it
    rmSync(mark);
  });

  it('that is not installed is not asked', async () => {
    const dotenv = write(makeFolder(), '.env', LINE);
    expect(await judge({ dotenv }, {}, { PATH: makeFolder() })).toEqual([]);
  });
});

describe('the files that are looked at', () => {
  it('are those of options and variables, by their names and never by their paths', async () => {
    const folder = makeFolder();
    const paths = ['a', 'b', 'c'].map((name) => write(folder, name, SECRET, 0o644));
    const [secretFile = '', tokenFile = '', previous = ''] = paths;
    const record = { ZEP_AUTH_SECRET_FILE: secretFile, ZEP_AUTH_SECRET_PREVIOUS_FILE: previous };
    const words = 'warn: other users can read it (mode 0644)';
    expect(await judge({ secretFile, tokenFile }, record)).toEqual([
      `--secret-file ${words}`,
      `PREVIOUS_FILE ${words}`,
      `--token-file ${words}`,
    ]);
    expect(await judge({}, { ZEP_AUTH_SECRET_FILE: secretFile })).toEqual([`SECRET_FILE ${words}`]);
  });

  it('are not those that are not there, or are standard input', async () => {
    const folder = makeFolder();
    const missing = join(folder, 'missing');
    symlinkSync(missing, join(folder, 'dangling'));
    for (const path of [missing, join(folder, 'dangling'), '']) {
      expect(await judge({ dotenv: path })).toEqual([]);
    }
    expect(await judge({ secretFile: '-', tokenFile: '-' })).toEqual([]);
  });
});
