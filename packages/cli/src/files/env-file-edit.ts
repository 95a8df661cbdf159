// Edits of a file of variables: one variable gets another value, or goes, and all else stays as it is. What a line means
// is asked of the parser that reads the file, before and after.
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'dotenv';
import { CliError } from '../io/errors.ts';

const refuse = (message: string, hint?: string): CliError =>
  new CliError('ERR_FILE', message, hint);

/** A variable in a file, and whether its value has no quotes there. */
export interface Variable {
  readonly value: string;
  readonly isBare: boolean;
}

interface Line extends Variable {
  readonly index: number;
  /** White space, `export`, the name and `=`. */
  readonly before: string;
  /** The comment behind the value, with the space before it. */
  readonly comment: string;
  readonly ending: string;
}

/** Values that dotenv, a shell, systemd and Docker all read as they are. */
export const SAFE: RegExp = /^[\w+/=.:@%,-]*$/;

// Lines as the parser's ^ and $ see them, each with its ending.
const splitLines = (text: string): string[] =>
  (text.match(/.*(?:\r\n?|[\n\u2028\u2029]|$)/g) ?? []).filter((line) => line !== '');

const formOf = (name: string): RegExp =>
  new RegExp(
    `^(\\s*(?:export\\s+)?${name}(?:\\s*=|:\\s)\\s*)('[^']*'|"[^"]*"|\`[^\`]*\`|[^#]*?)(\\s*(?:#.*)?)$`,
  );

const locate = (text: string, name: string): Line | undefined => {
  const lines = splitLines(text);
  const probe = `PROBE-${randomUUID()}`;
  const found = lines.flatMap((line, index) => {
    const content = /^.*/.exec(line)?.[0] ?? '';
    const [, before, raw = '', comment = ''] = formOf(name).exec(content) ?? [];
    const value = parse(lines.with(index, line.replace(name, probe)).join(''))[probe];
    // Without a value it is inside the quotes of another variable.
    if (before === undefined || value === undefined) return [];
    return [{ index, before, raw, comment, value, ending: line.slice(content.length) }];
  });
  const [line] = found;
  if (found.length > 1) {
    throw refuse(`${name} is set on more than one line of the file`, 'keep one of them');
  }
  const isWhole =
    line === undefined
      ? parse(text)[name] === undefined
      : parse(line.before + line.raw)[name] === line.value;
  if (!isWhole) throw refuse(`${name} is not on one line of the file`, `write it as ${name}=value`);
  if (line === undefined) return undefined;
  const { raw, comment, ...rest } = line;
  if (raw !== '' && comment.startsWith('#')) {
    throw refuse(
      `${name} has a # right behind its value, which some take for a part of it`,
      'put a space between them, or remove it',
    );
  }
  const space = comment.startsWith('#') ? ' ' : '';
  return { ...rest, comment: space + comment, isBare: raw === line.value };
};

/** Finds a variable in the text of a file. @throws {CliError} when it is set more than once, or not on one line */
export const findVariable = (text: string, name: string): Variable | undefined =>
  locate(text, name);

/** A value as it is written: with quotes if it needs them and had them; `undefined` if that does not help. */
const spell = ({ value, isBare }: Variable): string | undefined => {
  if (isBare || SAFE.test(value)) return value;
  return /['\\\p{Cc}]/u.test(value) ? undefined : `'${value}'`;
};

const NEWLINE = /\r\n?|\n/;

const write = (text: string, name: string, spelled: string, below: string): string => {
  const lines = splitLines(text);
  const newline = NEWLINE.exec(text)?.[0] ?? '\n';
  const line = locate(text, name);
  if (line !== undefined) {
    const { index, before, comment, ending } = line;
    return lines.with(index, before + spelled + comment + ending).join('');
  }
  const anchor = locate(text, below);
  if (anchor === undefined) {
    const isOpen = text !== '' && !/[\r\n]$/.test(text);
    return `${text}${isOpen ? newline : ''}${name}=${spelled}${newline}`;
  }
  const { index, before, ending } = anchor;
  const above = (lines[index] ?? '') + (ending === '' ? newline : '');
  return lines.with(index, above + before.replace(below, name) + spelled + ending).join('');
};

const remove = (text: string, name: string): string => {
  const line = locate(text, name);
  if (line === undefined) return text;
  const rest = splitLines(text).toSpliced(line.index, 1).join('');
  return line.ending === '' ? rest.replace(/(?:\r\n?|[\n\u2028\u2029])$/, '') : rest;
};

/**
 * Sets one variable, or removes it without `to`, and proves that all others are what they were. A new line goes below the
 * variable that is named, else to the end.
 *
 * @throws {CliError} when the value cannot be written so that it is read as it is
 */
export const setVariable = (
  text: string,
  name: string,
  to: Variable | undefined,
  below = name,
): string => {
  const spelled = to === undefined ? '' : spell(to);
  const { [name]: _old, ...others } = parse(text);
  if (spelled !== undefined) {
    const edited = to === undefined ? remove(text, name) : write(text, name, spelled, below);
    const expected = to === undefined ? others : { ...others, [name]: to.value };
    if (isDeepStrictEqual(parse(edited), expected)) return edited;
  }
  throw refuse(`${name} cannot be written so that it is read as it is`);
};
