// All that can stand on a command line, as data for the shells.
// Never a second list: it is read from the commands themselves.

import { ROOT_OPTIONS } from '../argv/root-options.ts';
import type { CommandOptions } from '../command.ts';
import { type ARGUMENTS, COMMANDS } from '../commands.ts';

export interface OptionWords {
  readonly name: string;
  readonly letter: string | undefined;
  readonly describe: string;
  readonly isList: boolean;
  /** What its value is: nothing for a switch, any text, a file, or one of these words. */
  readonly takes: 'nothing' | 'text' | 'files' | readonly string[];
}

export interface CommandWords {
  readonly name: string;
  readonly describe: string;
  /** Words that it takes beside its options. */
  readonly words: readonly string[];
  readonly options: readonly OptionWords[];
}

const HELP: OptionWords = {
  name: 'help',
  letter: 'h',
  describe: 'show help',
  isList: false,
  takes: 'nothing',
};

const toKind = (name: string): 'text' | 'files' => (name.endsWith('-file') ? 'files' : 'text');

const toOptionWords = (options: CommandOptions): readonly OptionWords[] => [
  ...Object.entries(options).map(
    ([name, option]): OptionWords => ({
      name,
      letter: 'alias' in option ? String(option.alias) : undefined,
      describe: option.describe,
      isList: 'array' in option,
      takes: option.type === 'boolean' ? 'nothing' : (option.offers ?? toKind(name)),
    }),
  ),
  HELP,
];

const SHELLS = ['bash', 'zsh', 'fish'] as const;
const WORDS: { readonly [argument in keyof typeof ARGUMENTS]?: readonly string[] } = {
  stdin: ['-'],
  shell: SHELLS,
};

/** Every command with its options; the one without a name is zepcli alone. */
export const readWords = async (): Promise<readonly [CommandWords, ...CommandWords[]]> => {
  const commands = Object.entries(COMMANDS).map(async ([name, { describe, argument, load }]) => ({
    name,
    describe,
    words: (argument && WORDS[argument]) ?? [],
    options: toOptionWords((await load()).options),
  }));
  const root = { name: '', describe: '', words: [], options: toOptionWords(ROOT_OPTIONS) };
  return [root, ...(await Promise.all(commands))];
};
