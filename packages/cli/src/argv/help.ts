// The help of zepcli and of each command, rendered from their declarations.
/// <reference path="./cliui.d.ts" />
import cliui from 'cliui';
import type { Command, CommandTable, Option } from '../command.ts';

const HELP = ['-h, --help', 'show this help'] as const;

type Row = readonly [left: string, right: string];

const toRow = ([name, { alias, placeholder = '', describe }]: readonly [string, Option]): Row => [
  `${alias === undefined ? '' : `-${alias}, `}--${name} ${placeholder}`.trimEnd(),
  describe,
];

/** Sections below each other, all with the same columns where the width allows it. */
const layOut = (
  sections: readonly (readonly [title: string, rows: readonly Row[]])[],
  width: number,
): string => {
  const widest = Math.max(...sections.flatMap(([, rows]) => rows.map(([left]) => left.length)));
  const isNarrow = widest + 30 > width;
  const ui = cliui({ width, wrap: true });
  for (const [title, rows] of sections) {
    if (rows.length === 0) continue;
    ui.div({ text: `${title}:`, padding: [1, 0, 0, 0] });
    for (const [left, right] of rows) {
      if (isNarrow) {
        ui.div({ text: left, padding: [0, 0, 0, 2] });
        ui.div({ text: right, padding: [0, 0, 0, 8] });
      } else ui.div({ text: left, width: widest + 4, padding: [0, 0, 0, 2] }, { text: right });
    }
  }
  return ui.toString();
};

const toExamples = (examples: Command['examples']): string =>
  examples.map(([line, purpose]) => `  # ${purpose}\n  ${line}\n`).join('');

/** The help of one command: examples first. */
export const renderCommandHelp = (
  name: string,
  describe: string,
  { positionals = [], options, groups = {}, examples }: Command,
  width: number,
): string => {
  const usage = ['zepcli', name, ...positionals.map((one) => `[${one.name}]`), '[options]'];
  const entries = Object.entries(options);
  const grouped = Object.values(groups).flat();
  const sections = [
    ['Arguments', positionals.map((one): Row => [one.name, one.describe])],
    ...Object.entries(groups).map(
      ([title, names]) =>
        [title, entries.filter(([option]) => names.includes(option)).map(toRow)] as const,
    ),
    ['Options', [...entries.filter(([option]) => !grouped.includes(option)).map(toRow), HELP]],
  ] as const;
  return `${describe}\n\n${toExamples(examples)}\nUsage: ${usage.join(' ')}\n${layOut(sections, width)}`;
};

/** The help of zepcli: it fits a screen of 24 rows. */
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
  const tables = sections.map((section) => layOut([section], width));
  return [
    'zepcli - bearer-token authentication for an HTTP API',
    ...tables,
    '\nzepcli help <command>, help exit-codes, help environment',
  ].join('\n');
};
