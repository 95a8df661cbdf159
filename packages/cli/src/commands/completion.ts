// `zepcli completion`: a script for the shell, on standard output.
// Never changes a file of the shell itself.
import { type Command, defineCommand } from '../command.ts';
import { toBash } from '../completion/bash.ts';
import { toFish } from '../completion/fish.ts';
import { readWords } from '../completion/words.ts';
import { toZsh } from '../completion/zsh.ts';
import { log, UsageError } from '../io/io.ts';

const SCRIPTS = new Map([
  ['bash', { make: toBash, advice: 'add to ~/.bashrc: source <(zepcli completion bash)' }],
  [
    'zsh',
    { make: toZsh, advice: 'add to ~/.zshrc, below compinit: source <(zepcli completion zsh)' },
  ],
  [
    'fish',
    {
      make: toFish,
      advice: 'add to ~/.config/fish/config.fish: zepcli completion fish | source',
    },
  ],
]);

export const completion: Command = defineCommand({
  argument: { name: 'shell', describe: 'bash, zsh or fish', words: [...SCRIPTS.keys()] },
  options: {},
  examples: [
    ['source <(zepcli completion bash)', 'for this shell; in ~/.bashrc, for all'],
    ['source <(zepcli completion zsh)', 'the same in zsh, in ~/.zshrc below compinit'],
    ['zepcli completion fish | source', 'for this shell, in fish'],
  ],
  run: async ({ shell = '' }, io, commands) => {
    const script = SCRIPTS.get(shell);
    if (script === undefined) throw new UsageError('completion takes a shell: bash, zsh or fish');
    io.stdout.write(script.make(await readWords(commands)));
    if (io.stdout.isTTY) log(io, script.advice);
    return 0;
  },
});
