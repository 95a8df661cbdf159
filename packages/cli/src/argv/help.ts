// Renders the help of zepcli and of each command from their declarations.
import type { Command, CommandTable } from '../command.ts';
import { hang, wrap } from '../io/style.ts';
import type { Option } from './options.ts';

const HELP = ['-h, --help', 'show this help'] as const;

type Row = readonly [left: string, right: string];

const toRow = ([name, { alias, placeholder = '', describe }]: readonly [string, Option]): Row => [
  `${alias === undefined ? '' : `-${alias}, `}--${name} ${placeholder}`.trimEnd(),
  describe,
];

/** Lays out a section in two columns, the left one `leftWidth` wide. A narrow terminal gets one column. */
const layOut = (
  [title, rows]: readonly [title: string, rows: readonly Row[]],
  leftWidth: number,
  width: number,
): string => {
  if (rows.length === 0) return '';
  const isNarrow = leftWidth + 30 > width;
  const indent = isNarrow ? 8 : leftWidth + 4;
  const lines = rows.map(([left, right]) => {
    const [above, label] = isNarrow ? [`  ${left}\n`, ''] : ['', `  ${left}`];
    return above + hang(label.padEnd(indent), right, indent, width);
  });
  return `\n${title}:\n${lines.join('\n')}\n`;
};

const widthOfRows = (rows: readonly Row[]): number =>
  Math.max(0, ...rows.map(([left]) => left.length));

const toExamples = (examples: Command['examples'], width: number): string =>
  examples
    .flatMap(([line, purpose]) => [...wrap(purpose, width - 4).map((part) => `# ${part}`), line])
    .map((line) => `  ${line}\n`)
    .join('');

/** Renders the help of a command: what it does, examples, usage, then arguments and options. */
export const renderCommandHelp = (
  name: string,
  describe: string,
  { positionals = [], options, groups = {}, examples }: Command,
  width: number,
): string => {
  const usage = ['zepcli', name, ...positionals.map((one) => `[${one.name}]`), '[options]'];
  const entries = Object.entries(options);
  const grouped = Object.values(groups).flatMap(Object.keys);
  const sections = [
    ['Arguments', positionals.map((one): Row => [one.name, one.describe])],
    ...Object.entries(groups).map(
      ([title, group]) => [title, Object.entries(group).map(toRow)] as const,
    ),
    ['Options', [...entries.filter(([option]) => !grouped.includes(option)).map(toRow), HELP]],
  ] as const;
  const leftWidth = widthOfRows(sections.flatMap(([, rows]) => rows));
  const tables = sections.map((section) => layOut(section, leftWidth, width)).join('');
  return `${wrap(describe, width).join('\n')}\n\n${toExamples(examples, width)}\n${hang('Usage: ', usage.join(' '), 7, width)}\n${tables}`.trimEnd();
};

/** Renders the help of zepcli. It fits on a screen of 24 rows and 80 columns. */
export const renderRootHelp = (
  { options, examples }: Command,
  commands: CommandTable,
  width: number,
): string => {
  const rows = Object.entries(commands).map(([name, { describe }]): Row => [name, describe]);
  const shown = ['init-jwt', 'version'];
  const flags = Object.entries(options).filter(([name]) => shown.includes(name));
  const sections = [
    ['Start here', examples.map(([line, purpose]): Row => [line, purpose])],
    ['Commands', rows],
    ['Options', flags.map(toRow)],
  ] as const;
  const tables = sections.map((section) => layOut(section, widthOfRows(section[1]), width));
  const fold = (line: string): string => wrap(line, width).join('\n');
  return `${fold('zepcli - bearer-token authentication for an HTTP API')}
${tables.join('')}
${fold('zepcli help <command>, help exit-codes, help environment, help ERR_...')}`;
};
