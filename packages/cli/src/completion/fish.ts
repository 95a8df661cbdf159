// The completion script for fish, with a description of each choice. It does not run zepcli, so the line being typed stays in the shell.
import type { CommandWords, OptionWords } from './words.ts';

const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

const toOption = ({ name, letter, describe, takes }: OptionWords): string => {
  const short = letter === undefined ? '' : ` -s ${letter}`;
  const value =
    takes === 'nothing'
      ? ''
      : takes === 'text'
        ? ' -x'
        : takes === 'files'
          ? ' -r -F'
          : ` -x -a ${quote(takes.join(' '))}`;
  return `-l ${name}${short}${value} -d ${quote(describe)}`;
};

const toLines = ({ name, options, words }: CommandWords): string => {
  const where =
    name === '' ? '__fish_use_subcommand' : quote(`__fish_seen_subcommand_from ${name}`);
  return [...words.map((word) => `-a ${quote(word)}`), ...options.map(toOption)]
    .map((line) => `complete -c zepcli -n ${where} ${line}\n`)
    .join('');
};

/** Creates the script. */
export const toFish = ([root, ...commands]: readonly [
  CommandWords,
  ...CommandWords[],
]): string => `\
# Completes zepcli in fish: zepcli completion fish | source
complete -c zepcli -f
${commands
  .map(
    ({ name, describe }) =>
      `complete -c zepcli -n __fish_use_subcommand -a ${name} -d ${quote(describe)}\n`,
  )
  .join('')}${[root, ...commands].map(toLines).join('')}`;
