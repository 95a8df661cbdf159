// Colours and whole words, for people at a terminal.
// Never in what a program reads; and no colours where NO_COLOR is set (no-color.org).
import type { Writable } from 'node:stream';
import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];
/** Puts a text into a style, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

/** A stream that may be a terminal, so many characters wide. */
export type Screen = Writable & { readonly isTTY?: boolean; readonly columns?: number };
type Variables = { readonly [variable: string]: string | undefined };

/** The colours of a stream: none where it is no terminal, or none are wanted. */
export const paintFor = (stream: Screen, env: Variables): Paint => {
  const isWanted = stream.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  // It has been decided here; else the process's own stream would be asked.
  return (style, text) => (isWanted ? styleText(style, text, { validateStream: false }) : text);
};

const LABELS: { readonly [label: string]: Style } = {
  warning: 'yellow',
  valid: 'green',
  refused: 'red',
};

/** Gives the word before the colon of a message its colour. */
const paintLabel = (stream: Screen, env: Variables, line: string): string => {
  const [label = ''] = /^[a-z]+(?=:)/.exec(line) ?? [];
  const style = LABELS[label];
  return style === undefined
    ? line
    : paintFor(stream, env)(style, label) + line.slice(label.length);
};

/** Breaks a line between words; a longer word has a line of its own. */
export const wrap = (line: string, width: number): readonly string[] => {
  const lines: string[] = [];
  for (const word of line.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
};

const PREFIX = 'zepcli: ';

/** A message as it is said: a line for a program, and so many as it takes for a person. */
export const toMessage = (stream: Screen, env: Variables, line: string): string => {
  const { isTTY, columns = 80 } = stream;
  const lines = isTTY ? wrap(line, Math.max(columns, 40) - PREFIX.length) : [line];
  return lines
    .map((part, i) =>
      i === 0 ? PREFIX + paintLabel(stream, env, part) : `${' '.repeat(PREFIX.length)}${part}`,
    )
    .map((part) => `${part}\n`)
    .join('');
};
