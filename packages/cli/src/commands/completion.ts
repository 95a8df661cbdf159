// `zepcli completion`: a script for the shell, which asks `zepcli completion words` at each Tab. The words typed so far
// come on standard input, since other users can see a command line.

import type { Option } from '../argv/options.ts';
import { root } from '../argv/root.ts';
import { TOPICS } from '../argv/topics.ts';
import { type Command, type CommandTable, defineCommand } from '../command.ts';
import { readStdin } from '../io/decode-text.ts';
import { UsageError } from '../io/errors.ts';
import { log, quote, write } from '../io/io.ts';

interface Shell {
  readonly script: string;
  readonly advice: string;
}

const SHELLS: { readonly [name: string]: Shell } = {
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

/** What a shell offers, each with what it is. */
type Offers = readonly (readonly [value: string, about: string])[];

const toLine = ([value, about]: Offers[number]): string =>
  about === '' ? `${value}\n` : `${value}\t${about}\n`;

const FILES: Offers = [[':files', '']];
const EVERYWHERE: Offers = [
  ['--no-color', 'no colours'],
  ['--help', 'show help'],
  ['-h', 'show help'],
];

const offersOf = ({ kind, offers, describe }: Option): Offers | undefined => {
  if (kind === 'flag') return undefined;
  return offers === 'files' ? FILES : (offers ?? []).map((word) => [word, describe] as const);
};

/** What can be typed for the last of these words. */
const findOffers = async (words: readonly string[], commands: CommandTable): Promise<Offers> => {
  const [first = '', last = '', before = ''] = [words[0], words.at(-1), words.at(-2)];
  const names = Object.entries(commands).map(([name, { describe }]) => [name, describe] as const);
  if (first === 'help' && words.length === 2) {
    return [
      ...names,
      ...Object.keys(TOPICS).map((topic) => [topic, 'a page of the help'] as const),
    ];
  }
  const named = words.length > 1 && Object.hasOwn(commands, first) ? commands[first] : undefined;
  if (words.length > 1 && named === undefined && !first.startsWith('-')) return [];
  const { options, positionals = [] } = named === undefined ? root : (await named.load()).command;
  const [, name = before, value] = /^(--[\w-]+)=(.*)$/s.exec(last) ?? [];
  const option = Object.entries(options).find(
    ([long, { alias }]) => name === `--${long}` || name === `-${alias}`,
  )?.[1];
  const values = option && offersOf(option);
  if (values !== undefined) {
    const start = value === undefined || values === FILES ? '' : `${name}=`;
    return values.map(([word, about]) => [start + word, about]);
  }
  return [
    ...(words.length === 1 ? names : []),
    ...positionals.flatMap(({ words: own = [], describe }) =>
      own.map((one) => [one, describe] as const),
    ),
    ...Object.entries(options).flatMap(([long, { alias, describe }]) => [
      [`--${long}`, describe] as const,
      ...(alias === undefined ? [] : [[`-${alias}`, describe] as const]),
    ]),
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
      const fitting = offers.filter(([value]) => value.startsWith(last) || value === ':files');
      await write(io, fitting.map(toLine).join(''));
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
