// Files that hold a secret: their mode, git, and the form of an env file.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { judgeFiles, type Sources } from '../../src/doctor/files.ts';
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

/** The results, each as `status: detail` under its name. */
const judge = async (
  sources: Sources,
  record: Record<string, string> = {},
  env: Record<string, string> = { PATH, HOME },
): Promise<Record<string, string>> => {
  const results = await judgeFiles(fakeIo({ env }), record, sources);
  return Object.fromEntries(
    results.map(({ name, status, detail }) => [name, `${status}: ${detail}`]),
  );
};

const FINE = { ' mode': 'pass: mode 0600', ' in git': 'pass: in no git repository' };
const FORM = 'pass: no quotes, and plain line endings';

describe('the mode', () => {
  it.each([
    [0o600, 'pass: mode 0600'],
    [0o400, 'pass: mode 0400'],
    [0o640, 'warn: other users on this machine can read it (mode 0640)'],
    [0o644, 'warn: other users on this machine can read it (mode 0644)'],
    [0o602, 'warn: other users on this machine can read it (mode 0602)'],
  ])('%s: %s', async (mode, expected) => {
    const dotenv = write(makeFolder(), 'api.env', LINE, mode);
    expect(await judge({ dotenv })).toEqual({
      '--dotenv mode': expected,
      '--dotenv in git': FINE[' in git'],
      '--dotenv form': FORM,
    });
  });
});

describe('git', () => {
  it('that tracks it fails, committed or not', async () => {
    const folder = makeRepository();
    const dotenv = write(folder, '.env', LINE);
    git(folder, 'add', '.env');
    expect(await judge({ dotenv })).toMatchObject({ '--dotenv in git': 'fail: git tracks it' });
    write(folder, '.gitignore', '.env\n');
    expect(await judge({ dotenv })).toMatchObject({ '--dotenv in git': 'fail: git tracks it' });
  });

  it('that does not ignore it warns, that ignores it passes', async () => {
    const folder = makeRepository();
    const dotenv = write(folder, '.env', LINE);
    expect(await judge({ dotenv })).toMatchObject({
      '--dotenv in git': 'warn: git does not ignore it',
    });
    write(folder, '.gitignore', '.env\n');
    expect(await judge({ dotenv })).toMatchObject({ '--dotenv in git': 'pass: git ignores it' });
  });

  it('takes a name as it is, not as a pattern', async () => {
    const folder = makeRepository();
    write(folder, 'a.env', LINE);
    git(folder, 'add', 'a.env');
    for (const name of ['*.env', ':(glob)a.env', '-h']) {
      const dotenv = write(folder, name, LINE);
      expect(await judge({ dotenv })).toMatchObject({
        '--dotenv in git': 'warn: git does not ignore it',
      });
    }
  });

  it('is asked about the folder of the file, whatever repository the environment names', async () => {
    const folder = makeRepository();
    const dotenv = write(folder, '.env', LINE);
    git(folder, 'add', '.env');
    const env = { PATH, HOME, GIT_DIR: join(makeFolder(), '.git'), GIT_WORK_TREE: makeFolder() };
    expect(await judge({ dotenv }, {}, env)).toMatchObject({
      '--dotenv in git': 'fail: git tracks it',
    });
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

  it('that is not installed is skipped', async () => {
    const dotenv = write(makeFolder(), '.env', LINE);
    expect(await judge({ dotenv }, {}, { PATH: makeFolder() })).toMatchObject({
      '--dotenv in git': 'skipped: git was not found',
    });
  });
});

describe('the form of an env file', () => {
  it.each([
    [
      `ZEP_AUTH_SECRET="${SECRET}"\n`,
      "warn: a secret is in quotes, which Docker's --env-file keeps",
    ],
    [
      `export ZEP_AUTH_SECRET='${SECRET}'\n`,
      "warn: a secret is in quotes, which Docker's --env-file keeps",
    ],
    [`ZEP_API_KEY = \`x\`\n`, "warn: a secret is in quotes, which Docker's --env-file keeps"],
    [`ZEP_AUTH_SECRET=${SECRET}\r\n`, 'warn: its lines end as on Windows'],
    [`NAME="in quotes"\n${LINE}`, FORM],
    [`ZEP_AUTH_SECRET=it"s-inside\n`, FORM],
  ])('%#: %s', async (content, expected) => {
    const dotenv = write(makeFolder(), '.env', content);
    expect(await judge({ dotenv })).toMatchObject({ '--dotenv form': expected });
  });

  it.each(['', 'PORT=8787\n', '# ZEP_AUTH_SECRET=x\n', 'ZEP_AUTH_SECRET=\n', 'X_ZEP_API_KEY=1\n'])(
    'that holds no secret and no token is nobody’s business: %j',
    async (content) => {
      const dotenv = write(makeFolder(), '.env', content, 0o644);
      expect(await judge({ dotenv })).toEqual({});
    },
  );
});

describe('the files that are looked at', () => {
  it('are those of options and variables, by their names and never by their paths', async () => {
    const folder = makeFolder();
    const paths = ['a', 'b', 'c'].map((name) => write(folder, name, SECRET));
    const [secretFile = '', tokenFile = '', previous = ''] = paths;
    const found = await judge(
      { secretFile, tokenFile },
      { ZEP_AUTH_SECRET_FILE: secretFile, ZEP_AUTH_SECRET_PREVIOUS_FILE: previous },
    );
    expect(Object.keys(found)).toEqual(
      ['--secret-file', 'PREVIOUS_FILE', '--token-file'].flatMap((name) => [
        `${name} mode`,
        `${name} in git`,
      ]),
    );
    expect(JSON.stringify(found)).not.toContain(folder);
    expect(Object.keys(await judge({}, { ZEP_AUTH_SECRET_FILE: secretFile }))[0]).toBe(
      'SECRET_FILE mode',
    );
  });

  it('are not those that are not there, or are standard input', async () => {
    const folder = makeFolder();
    const missing = join(folder, 'missing');
    symlinkSync(missing, join(folder, 'dangling'));
    for (const path of [missing, folder, join(folder, 'dangling'), '']) {
      expect(await judge({ dotenv: path })).toEqual({});
    }
    expect(await judge({ secretFile: '-', tokenFile: '-', folder })).toEqual({});
  });

  it('has the .env of the folder among them, with a word that it is not used', async () => {
    const folder = makeFolder();
    const dotenv = write(folder, '.env', LINE);
    expect(await judge({ folder })).toEqual({
      '.env': 'skipped: it is not read',
      '.env mode': FINE[' mode'],
      '.env in git': FINE[' in git'],
      '.env form': FORM,
    });
    expect(Object.keys(await judge({ folder, dotenv }))).toEqual([
      '--dotenv mode',
      '--dotenv in git',
      '--dotenv form',
    ]);
    expect(await judge({})).toEqual({});
  });
});
