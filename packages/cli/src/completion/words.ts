// All words of a command line, read from the commands themselves, as data for the shells.
import { root } from '../argv/root.ts';
import type { Command, CommandTable } from '../command.ts';

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

const NO_COLOR: OptionWords = {
  ...HELP,
  name: 'no-color',
  letter: undefined,
  describe: 'no colours',
};

const toWords = (
  name: string,
  describe: string,
  { positionals = [], options }: Command,
): CommandWords => ({
  name,
  describe,
  words: positionals.flatMap(({ words = [] }) => words),
  options: [
    ...Object.entries(options).map(
      ([option, { kind, alias, describe, offers }]): OptionWords => ({
        name: option,
        letter: alias,
        describe,
        isList: kind === 'texts',
        takes: kind === 'flag' ? 'nothing' : (offers ?? 'text'),
      }),
    ),
    NO_COLOR,
    HELP,
  ],
});

/** Every command with its options; the one without a name is zepcli alone. */
export const readWords = async (
  commands: CommandTable,
): Promise<readonly [CommandWords, ...CommandWords[]]> => {
  const words = Object.entries(commands).map(async ([name, { describe, load }]) =>
    toWords(name, describe, await load()),
  );
  return [toWords('', '', root), ...(await Promise.all(words))];
};
