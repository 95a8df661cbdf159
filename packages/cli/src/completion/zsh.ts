// The completion script for zsh, with a description of each choice. It does not run zepcli, so the line being typed stays in the shell.
import type { CommandWords, OptionWords } from './words.ts';

/** Quotes a text for zsh's completion functions, which interpret brackets and colons. */
const escapeText = (text: string): string =>
  text
    .replaceAll('\\', '\\\\')
    .replace(/[[\]:]/g, '\\$&')
    .replaceAll("'", "'\\''");

const toSpec = ({ name, letter, describe, isList, takes }: OptionWords): string => {
  const value =
    takes === 'nothing'
      ? ''
      : takes === 'text'
        ? ':value: '
        : takes === 'files'
          ? ':file:_files'
          : `:value:(${takes.join(' ')})`;
  const what = `[${escapeText(describe)}]${value}'`;
  if (letter !== undefined) return `'(-${letter} --${name})'{-${letter},--${name}}'${what}`;
  return takes === 'nothing' ? `'--${name}${what}` : `'${isList ? '*' : ''}--${name}=${what}`;
};

const toArguments = ({ options, words }: CommandWords): string =>
  [
    ...options.map(toSpec),
    ...(words.length === 0 ? [] : [`':argument:(${words.join(' ')})'`]),
  ].join(' \\\n        ');

/** Creates the script. */
export const toZsh = ([root, ...commands]: readonly [CommandWords, ...CommandWords[]]): string => `\
#compdef zepcli
# Completes zepcli in zsh: source <(zepcli completion zsh)
_zepcli() {
  local -a commands=(
${commands.map(({ name, describe }) => `    '${name}:${escapeText(describe)}'\n`).join('')}  )
  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
    _describe command commands
    return
  fi
  case $words[2] in
${commands
  .map(
    (command) => `    ${command.name})
      shift words; (( CURRENT-- ))
      _arguments \\
        ${toArguments(command)} ;;
`,
  )
  .join('')}    -*)
      _arguments \\
        ${toArguments(root)} ;;
  esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _zepcli "$@"
else
  compdef _zepcli zepcli
fi
`;
