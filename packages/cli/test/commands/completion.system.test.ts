// `zepcli completion`: what the shells offer, asked of the shells themselves.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { COMMANDS } from '../../src/commands.ts';
import { runCli } from '../fake-io.ts';

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'zepcli-'));
  for (const shell of ['bash', 'zsh', 'fish', 'powershell']) {
    const { code, stdout, stderr } = await runCli(['completion', shell]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    writeFileSync(join(folder, shell), stdout);
  }
  writeFileSync(join(folder, 'my secret.txt'), '');
  const built = fileURLToPath(new URL('../../zepcli.cjs', import.meta.url));
  // The shells ask the same: it answers each question once.
  const script = `#!/bin/sh
words=$(cat; echo .)
answer="\${0%/*}/answer-$(printf %s "$words" | cksum | tr ' ' -)"
[ -f "$answer" ] || printf %s "\${words%.}" | '${process.execPath}' '${built}' "$@" > "$answer"
cat "$answer"
`;
  writeFileSync(join(folder, 'zepcli'), script, { mode: 0o755 });
  vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** Where a shell is missing, its tests say so; on CI it must be there. */
const isThere = (shell: string): boolean =>
  process.env['CI'] === 'true' || spawnSync(shell, ['-c', 'exit 0']).status === 0;

const FILES = "the shell's own files";

/** The lines that are completed. A shell is started once, and answers them all. */
const LINES: readonly (readonly string[])[] = [
  ...[[''], ['ins'], ['--in'], ['token', '--'], ['completion', ''], ['secret', '']],
  ...[
    ['serve', '--log', ''],
    ['serve', '--log', 'js'],
    ['serve', '--log', '='],
    ['serve', '--log', '=', 'te'],
  ],
  ...[
    ['token', '--secret-file', ''],
    ['doctor', '--token-file', ''],
    ['token', '--sub', ''],
  ],
];
const NEXT = '--- next line';

const runBash = (): string => {
  const asked = LINES.map((words) => `ask ${['zepcli', ...words].map((w) => `'${w}'`).join(' ')}`);
  const script = `
    source ./bash
    compopt() { [ "$1 $2" = '-o default' ] && echo "${FILES}"; }
    ask() {
      echo '${NEXT}'
      COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _zepcli
      printf '%s\\n' "\${COMPREPLY[@]}"
    }
    ${asked.join('\n')}`;
  return execFileSync('bash', ['-c', script], { cwd: folder, encoding: 'utf8' });
};

const runFish = (): string => {
  const asked = LINES.map(
    (words) => `echo '${NEXT}'; complete -C '${['zepcli', ...words].join(' ')}'`,
  );
  const env = { ...process.env, HOME: folder };
  const args = ['--no-config', '-c', ['source ./fish', ...asked].join('\n')];
  return execFileSync('fish', args, { cwd: folder, encoding: 'utf8', env }).replace(/\t.*$/gm, '');
};

// In a separate terminal, since zsh completes nowhere else. What it would show goes to a file.
const ZSHRC = `
autoload -Uz compinit; compinit -C -d ./dump
source ./zsh
compadd() {
  if [[ " \${(@)argv[1,(i)(-|--)]} " == *' '-[OAD]' '* ]]; then builtin compadd "$@"; return; fi
  local -a found; builtin compadd -O found "$@"; print -rl -- $found >> offered
  builtin compadd "$@"
}
zle-line-init() {
  local line
  for line in "\${(@f)ASKED}"; do
    print -r -- '${NEXT}' >> offered
    BUFFER=$line; CURSOR=$#BUFFER; zle complete-word
  done
  exit
}
zle -N zle-line-init
`;

const runZsh = (): string => {
  writeFileSync(join(folder, '.zshrc'), ZSHRC);
  const script = 'zmodload zsh/zpty; zpty shell zsh -d -i; while zpty -r shell; do :; done; :';
  const lines = LINES.map((words) => ['zepcli', ...words].join(' '));
  const env = { ...process.env, ZDOTDIR: folder, ASKED: lines.join('\n') };
  execFileSync('zsh', ['-f', '-c', script], { cwd: folder, env, stdio: 'ignore', timeout: 60_000 });
  return readFileSync(join(folder, 'offered'), 'utf8');
};

/** What is offered for the last word of a line, in the order of the shell. */
type Ask = (...words: readonly string[]) => readonly string[];

const askerOf = (complete: () => string): Ask => {
  let answers: readonly (readonly string[])[] | undefined;
  return (...words) => {
    answers ??= complete()
      .split(`${NEXT}\n`)
      .slice(1)
      .map((answer) => answer.split('\n').filter((line) => line !== ''));
    expect(answers).toHaveLength(LINES.length);
    const place = LINES.findIndex((line) => line.join('\n') === words.join('\n'));
    return answers[place] ?? expect.fail(`not among the lines: ${words.join(' ')}`);
  };
};

const askBash = askerOf(runBash);
const SHELLS: readonly (readonly [string, Ask])[] = [
  ['bash', askBash],
  ['fish', askerOf(runFish)],
  ['zsh', askerOf(runZsh)],
];

describe.each(SHELLS)('in %s', (shell, ask) => {
  it('every command is offered', ({ skip }) => {
    if (!isThere(shell)) skip(`${shell} is not here`);
    expect(ask('')).toEqual(expect.arrayContaining(Object.keys(COMMANDS)));
    expect(ask('ins')).toContain('inspect');
    expect(ask('ins')).not.toContain('token');
  });

  it('the options of the command are offered, and not those of another', ({ skip }) => {
    if (!isThere(shell)) skip(`${shell} is not here`);
    const offered = ask('token', '--');
    const names = offered.map((word) => word.replace(/=$/, ''));
    expect(names).toEqual(expect.arrayContaining(['--sub', '--expires-in', '--json', '--help']));
    expect(names).not.toContain('--upstream');
    expect(ask('--in')).toContain('--init-jwt');
  });

  it('the words that an option takes are offered', ({ skip }) => {
    if (!isThere(shell)) skip(`${shell} is not here`);
    expect(ask('serve', '--log', '')).toEqual(expect.arrayContaining(['text', 'json']));
    expect(ask('serve', '--log', 'js')).toEqual(['json']);
    expect(ask('completion', '')).toEqual(expect.arrayContaining(['bash', 'zsh', 'fish']));
    expect(ask('serve', '--log', '')).not.toContain('--host');
  });

  it('files are offered where an option takes one, and else not', ({ skip }) => {
    if (!isThere(shell)) skip(`${shell} is not here`);
    const isFile = (words: readonly string[]): boolean =>
      words.some((word) => word === FILES || /^(?:my|secret\.txt)/.test(word));
    expect(isFile(ask('token', '--secret-file', ''))).toBe(true);
    expect(isFile(ask('doctor', '--token-file', ''))).toBe(true);
    expect(isFile(ask('token', '--sub', ''))).toBe(false);
    expect(isFile(ask('secret', ''))).toBe(false);
  });
});

describe('zepcli completion', () => {
  it('in bash also completes behind =', ({ skip }) => {
    if (!isThere('bash')) skip('bash is not here');
    expect(askBash('serve', '--log', '=')).toContain('json');
    expect(askBash('serve', '--log', '=', 'te')).toEqual(['text']);
  });

  it('is offered on a terminal with the line that turns it on', async () => {
    for (const shell of ['bash', 'zsh', 'fish', 'powershell']) {
      const { stderr } = await runCli(['completion', shell], { isWatched: true });
      expect(stderr).toContain(`zepcli completion ${shell}`);
    }
  });

  it.each([
    ['/bin/bash', 'bash'],
    ['/usr/bin/zsh', 'zsh'],
    ['fish', 'fish'],
    ['/opt/microsoft/powershell/7/pwsh', 'powershell'],
  ])('is for the shell that SHELL names: %s', async (SHELL, shell) => {
    const { stdout } = await runCli(['completion'], { env: { SHELL } });
    expect(stdout).toBe((await runCli(['completion', shell])).stdout);
  });

  it.each([['completion'], ['completion tcsh'], ['completion bash zsh']])(
    '%s is refused with exit code 2',
    async (line) => {
      const { code, stdout } = await runCli(line.split(' '));
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    },
  );
});
