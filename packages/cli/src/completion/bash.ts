// The completion script for bash. It does not run zepcli, so the line being typed stays in the shell.
import type { CommandWords, OptionWords } from './words.ts';

const flagsOf = ({ name, letter }: OptionWords): readonly string[] => [
  `--${name}`,
  ...(letter === undefined ? [] : [`-${letter}`]),
];

const toValues = (option: OptionWords): string => {
  const { takes } = option;
  const flags = flagsOf(option).join('|');
  if (takes === 'files') return `${flags}) return ;;`; // bash offers files itself
  if (takes === 'text') return `${flags}) compopt +o default +o bashdefault 2>/dev/null; return ;;`;
  return `${flags}) COMPREPLY=($(compgen -W '${[...takes].join(' ')}' -- "$cur")); return ;;`;
};

const toCase = ({ name, options, words }: CommandWords): string => {
  const values = options.filter(({ takes }) => takes !== 'nothing').map(toValues);
  const all = [...words, ...options.flatMap(flagsOf)].join(' ');
  return `    ${name === '' ? "''" : name})
      case $prev in
${values.map((line) => `        ${line}\n`).join('')}      esac
      words='${all}' ;;
`;
};

/** Creates the script. */
export const toBash = ([root, ...commands]: readonly [
  CommandWords,
  ...CommandWords[],
]): string => `\
# Completes zepcli in bash: source <(zepcli completion bash)
_zepcli() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command='' words=''
  COMPREPLY=()
  # bash makes words of their own of --name, = and the value.
  if [ "$cur" = = ]; then cur=''
  elif [ "$prev" = = ]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  case \${COMP_WORDS[1]} in -*) ;; *) [ "$COMP_CWORD" -gt 1 ] && command=\${COMP_WORDS[1]} ;; esac
  case $command in
${[root, ...commands].map(toCase).join('')}  esac
  [ "$COMP_CWORD" -eq 1 ] && words="${commands.map(({ name }) => name).join(' ')} $words"
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  [ \${#COMPREPLY[@]} -gt 0 ] || compopt +o default +o bashdefault 2>/dev/null
}
complete -o bashdefault -o default -F _zepcli zepcli
`;
