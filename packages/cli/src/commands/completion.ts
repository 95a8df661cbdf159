// `zepcli completion`: a script for the shell, on standard output. It changes no file of the shell.
import { type Command, defineCommand } from '../command.ts';
import { toBash } from '../completion/bash.ts';
import { toFish } from '../completion/fish.ts';
import { toPowerShell } from '../completion/powershell.ts';
import { readWords } from '../completion/words.ts';
import { toZsh } from '../completion/zsh.ts';
import { UsageError } from '../io/errors.ts';
import { log, quote, write } from '../io/io.ts';

const SCRIPTS = {
  bash: { make: toBash, advice: 'add to ~/.bashrc: source <(zepcli completion bash)' },
  zsh: { make: toZsh, advice: 'add to ~/.zshrc, below compinit: source <(zepcli completion zsh)' },
  fish: {
    make: toFish,
    advice: 'add to ~/.config/fish/config.fish: zepcli completion fish | source',
  },
  powershell: {
    make: toPowerShell,
    advice:
      'add to the file that $PROFILE names: zepcli completion powershell | Out-String | Invoke-Expression',
  },
};
const SHELLS = Object.keys(SCRIPTS) as readonly (keyof typeof SCRIPTS)[];

export const completion: Command = defineCommand({
  positionals: [
    { name: 'shell', describe: `${SHELLS.join(', ')}; without it, $SHELL`, words: SHELLS },
  ],
  options: {},
  examples: [
    ['source <(zepcli completion bash)', 'for this shell; in ~/.bashrc, for all'],
    ['source <(zepcli completion zsh)', 'the same in zsh, in ~/.zshrc below compinit'],
    ['zepcli completion fish | source', 'for this shell, in fish'],
  ],
  run: async ({ shell }, io, commands) => {
    const asked = shell ?? /[^/\\]*$/.exec(io.env['SHELL'] ?? '')?.[0] ?? '';
    const name = asked.toLowerCase().replace(/^pwsh$/, 'powershell');
    const found = SHELLS.find((one) => one === name);
    if (found === undefined) {
      const what =
        asked === '' ? 'completion needs a shell' : `there is no completion for ${quote(asked)}`;
      throw new UsageError(what, `name one of ${SHELLS.join(', ')}: zepcli completion bash`);
    }
    await write(io, SCRIPTS[found].make(await readWords(commands)));
    if (io.stdout.isTTY) log(io, SCRIPTS[found].advice);
    return 0;
  },
});
