// `zepcli completion`: a script for the shell, which asks `zepcli completion words` at each Tab. The words typed so far
// come on standard input, since other users can see a command line.

import { root } from '../argv/root.ts';
import { TOPICS } from '../argv/topics.ts';
import { type Command, type CommandTable, defineCommand } from '../command.ts';
import { readStdin } from '../io/decode-text.ts';
import { UsageError } from '../io/errors.ts';
import { log, quote, write } from '../io/io.ts';

const SHELLS: { readonly [name: string]: { readonly advice: string; readonly script: string } } = {
  bash: {
    advice: 'add to ~/.bashrc: source <(zepcli completion bash)',
    script: `_zepcli() {
  local word _
  COMPREPLY=()
  while IFS=$'\\t' read -r word _; do
    if [ "$word" = :files ]; then compopt -o default 2>/dev/null; else COMPREPLY+=("$word"); fi
  done < <(printf '%s\\n' "\${COMP_WORDS[@]:1:COMP_CWORD}" | zepcli completion words 2>/dev/null)
}
complete -F _zepcli zepcli
`,
  },
  zsh: {
    advice: 'add to ~/.zshrc, below compinit: source <(zepcli completion zsh)',
    script: `#compdef zepcli
_zepcli() {
  local line
  local -a offers
  for line in "\${(@f)$(printf '%s\\n' "\${(@)words[2,CURRENT]}" | zepcli completion words 2>/dev/null)}"; do
    if [[ $line == :files ]]; then compset -P '--*='; _files; return; fi
    [[ -n $line ]] && offers+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe zepcli offers
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _zepcli "$@"; else compdef _zepcli zepcli; fi
`,
  },
  fish: {
    advice: 'add to ~/.config/fish/config.fish: zepcli completion fish | source',
    script: `function __zepcli_offers
  set -l words (commandline -opc) (commandline -ct)
  for line in (printf '%s\\n' $words[2..] | zepcli completion words 2>/dev/null)
    if test "$line" = :files
      __fish_complete_path (commandline -ct)
    else
      echo $line
    end
  end
end
complete -c zepcli -f -a '(__zepcli_offers)'
`,
  },
  powershell: {
    advice:
      'add to the file that $PROFILE names: zepcli completion powershell | Out-String | Invoke-Expression',
    script: `Register-ArgumentCompleter -Native -CommandName zepcli -ScriptBlock {
  param($word, $ast, $cursor)
  $typed = @($ast.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -lt $cursor } | ForEach-Object { "$_" })
  ($typed + "$word") -join "\`n" | zepcli completion words 2>$null | Where-Object { $_ -ne ':files' } | ForEach-Object {
    $value, $about = $_ -split "\`t", 2
    [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $about)
  }
}
`,
  },
};
const NAMES = Object.keys(SHELLS);

/** What a shell offers: a value, and what it is. */
type Offer = readonly [value: string, about: string];

const FILES: Offer = [':files', ''];
const EVERYWHERE: readonly Offer[] = [
  ['--no-color', 'no colours'],
  ['--help', 'show help'],
  ['-h', 'show help'],
];

/** What can be typed for the last of these words. */
const findOffers = async (
  words: readonly string[],
  commands: CommandTable,
): Promise<readonly Offer[]> => {
  const [first = '', last = '', before = ''] = [words[0], words.at(-1), words.at(-2)];
  const names = Object.entries(commands).map(([name, { describe }]): Offer => [name, describe]);
  if (first === 'help' && words.length === 2)
    return [...names, ...Object.keys(TOPICS).map((topic): Offer => [topic, 'a page of the help'])];
  const isRoot = words.length === 1 || first.startsWith('-');
  const entry = Object.hasOwn(commands, first) ? commands[first] : undefined;
  const command = isRoot ? root : (await entry?.load())?.command;
  if (command === undefined) return [];
  const { options, positionals = [] } = command;
  const [, name = before, value] = /^(--[\w-]+)=(.*)$/s.exec(last) ?? [];
  const option = Object.entries(options).find(
    ([long, { alias }]) => name === `--${long}` || name === `-${alias}`,
  )?.[1];
  if (option !== undefined && option.kind !== 'flag') {
    const { offers = [], describe } = option;
    const start = value === undefined ? '' : `${name}=`;
    return offers === 'files' ? [FILES] : offers.map((word) => [start + word, describe]);
  }
  return [
    ...(words.length === 1 ? names : []),
    ...positionals.flatMap(({ words: own = [], describe }) =>
      own.map((one): Offer => [one, describe]),
    ),
    ...Object.entries(options).flatMap(([long, { alias, describe }]): readonly Offer[] =>
      [`--${long}`, ...(alias === undefined ? [] : [`-${alias}`])].map((one) => [one, describe]),
    ),
    ...EVERYWHERE,
  ];
};

export const command: Command = defineCommand({
  positionals: [
    { name: 'shell', describe: `${NAMES.join(', ')}; without it, $SHELL`, words: NAMES },
  ],
  options: {},
  examples: [
    ['source <(zepcli completion bash)', 'for this shell; in ~/.bashrc, for all'],
    ['source <(zepcli completion zsh)', 'the same in zsh, in ~/.zshrc below compinit'],
    ['zepcli completion fish | source', 'for this shell, in fish'],
  ],
  run: async ({ shell }, io, commands) => {
    if (shell === 'words') {
      const typed = (await readStdin(io, 'the words')).split(/\r?\n/);
      // bash makes a word of the `=` in --name=value.
      const words = typed.filter((word, i) => word !== '=' || i === typed.length - 1);
      const last = words.pop()?.replace(/^=$/, '') ?? '';
      const offers = await findOffers([...words, last], commands);
      const fitting = offers.filter((one) => one === FILES || one[0].startsWith(last));
      await write(io, fitting.map((one) => `${one.join('\t').trimEnd()}\n`).join(''));
      return 0;
    }
    const asked = shell ?? /[^/\\]*$/.exec(io.env['SHELL'] ?? '')?.[0] ?? '';
    const name = asked.toLowerCase().replace(/^pwsh$/, 'powershell');
    const found = Object.hasOwn(SHELLS, name) ? SHELLS[name] : undefined;
    if (found === undefined) {
      const what =
        asked === '' ? 'completion needs a shell' : `there is no completion for ${quote(asked)}`;
      throw new UsageError(what, `name one of ${NAMES.join(', ')}: zepcli completion bash`);
    }
    await write(io, `# Completes zepcli in ${name}: ${found.advice}\n${found.script}`);
    if (io.stdout.isTTY) log(io, found.advice);
    return 0;
  },
});
