// Colours and line breaks, for people at a terminal.
import type { Writable } from 'node:stream';
import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];
/** Puts a text into a style, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

/** A stream that may be a terminal, with its width in characters. */
export type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };
type Variables = { readonly [variable: string]: string | undefined };

const isColoured = ({ isTTY }: OutputStream, env: Variables): boolean => {
  if (env['NO_COLOR']) return false;
  if (env['FORCE_COLOR']) return env['FORCE_COLOR'] !== '0';
  return isTTY === true && env['TERM'] !== 'dumb';
};

/** The colours of a stream: none where it is not a terminal, or none are wanted (no-color.org). */
export const paintFor = (stream: OutputStream, env: Variables): Paint => {
  const isWanted = isColoured(stream, env);
  // Decided here: else the process's own stream would be asked.
  return (style, text) => (isWanted ? styleText(style, text, { validateStream: false }) : text);
};

/** The width to write for: that of a terminal, from 40 to 120, and 80 for other streams. */
export const widthOf = ({ isTTY, columns }: OutputStream): number =>
  isTTY && columns ? Math.min(Math.max(columns, 40), 120) : 80;

const LABELS: { readonly [label: string]: Style } = {
  error: 'red',
  hint: 'cyan',
  warning: 'yellow',
  valid: 'green',
  refused: 'red',
};

/** Breaks a line between words; a longer word gets its own line. */
export const wrap = (line: string, width: number): readonly string[] => {
  const lines: string[] = [];
  for (const word of line.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
};

/** A text behind its label, `indent` wide. The lines that follow are indented, but for a long word such as a URL. */
export const hang = (label: string, text: string, indent: number, width: number): string =>
  wrap(text, width - indent)
    .map((line, i) => {
      if (i === 0) return label + line;
      return line.length > width - indent ? line : ' '.repeat(indent) + line;
    })
    .join('\n');

/** A message as it is written: one line for a program, and wrapped below its label for a person. */
export const toMessage = (stream: OutputStream, env: Variables, line: string): string => {
  const [, label = '', rest = line] = /^([a-z]+): (.*)$/s.exec(line) ?? [];
  const style = LABELS[label];
  const [start, text] = style === undefined ? ['', line] : [`${label}: `, rest];
  const isIndented = /^\s/.test(line); // a command line, to be copied
  const painted = style === undefined ? start : `${paintFor(stream, env)(style, label)}: `;
  const isWrapped = stream.isTTY && !isIndented;
  return `${isWrapped ? hang(painted, text, start.length, widthOf(stream)) : painted + text}\n`;
};
