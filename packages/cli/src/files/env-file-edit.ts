// Edits of an env file's text: one variable gets another value, or goes, and all else stays as it is.
// Never judges by a grammar of its own: what a line means is asked of the parser that reads the file.
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'dotenv';
import { CliError } from '../io/errors.ts';

const refuse = (message: string, hint?: string): CliError =>
  new CliError('ERR_FILE', message, hint);

/** A variable as it stands in the file. */
export interface Variable {
  readonly value: string;
  /** Whether it stands there without quotes. */
  readonly isBare: boolean;
}

interface Line extends Variable {
  readonly index: number;
  /** What stands before the value: white space, `export`, the name, `=`. */
  readonly before: string;
  /** The comment behind the value, with the space before it. */
  readonly comment: string;
  readonly ending: string;
}

/** Values in whose characters dotenv, a shell, systemd and Docker see nothing but what they are. */
export const SAFE: RegExp = /^[\w+/=.:@%,-]*$/;

// Lines as the parser's ^ and $ see them, each with its ending.
const splitLines = (text: string): string[] =>
  (text.match(/.*(?:\r\n?|[\n\u2028\u2029]|$)/g) ?? []).filter((line) => line !== '');
const contentOf = (line: string): string => /^.*/.exec(line)?.[0] ?? '';

const beginningOf = (name: string, line: string): string | undefined =>
  new RegExp(`^\\s*(?:export\\s+)?${name}(?:\\s*=|:\\s)\\s*`).exec(contentOf(line))?.[0];

/** Where the value of a line ends: at its own end, or where a comment begins. */
const splitComment = (name: string, before: string, rest: string, value: string) => {
  const signs = [...rest.matchAll(/\s*#/g)].map(({ index }) => index);
  const isWhole = (end: number): boolean => parse(before + rest.slice(0, end))[name] === value;
  const end = signs.find(isWhole) ?? rest.length;
  const [raw, comment] = [rest.slice(0, end).trimEnd(), rest.slice(end)];
  if (!comment.startsWith('#')) return { raw, comment };
  if (raw === '') return { raw, comment: ` ${comment}` };
  throw refuse(
    `${name} has a # right behind its value, which some take for a part of it`,
    'put a space between them, or remove it',
  );
};

/** The line that sets a variable, which is the one whose name is the parser's name of it. */
const locate = (text: string, name: string): Line | undefined => {
  const lines = splitLines(text);
  const probe = `PROBE-${randomUUID()}`;
  let found: Line | undefined;
  for (const [index, line] of lines.entries()) {
    const before = beginningOf(name, line);
    if (before === undefined) continue;
    const value = parse(lines.with(index, line.replace(name, probe)).join(''))[probe];
    if (value === undefined) continue; // inside the quotes of another variable
    if (found !== undefined) {
      throw refuse(`${name} is set on more than one line of the file`, 'keep one of them');
    }
    const content = contentOf(line);
    const isOneLine = parse(content)[name] === value;
    if (!isOneLine) throw refuse(`${name} takes more than one line of the file`, 'put it on one');
    const { raw, comment } = splitComment(name, before, content.slice(before.length), value);
    const ending = line.slice(content.length);
    found = { index, before, value, isBare: raw === value, comment, ending };
  }
  if (found === undefined && parse(text)[name] !== undefined) {
    throw refuse(`${name} and its = are on two lines of the file`, 'put them on one');
  }
  return found;
};

/**
 * Finds a variable in the text of an env file.
 *
 * @throws {CliError} when it is set more than once, or not on one line
 */
export const findVariable = (text: string, name: string): Variable | undefined =>
  locate(text, name);

/** Removes a line. If it was the last one and had no line ending, then the last one now has none either. */
const removeLine = (lines: readonly string[], { index, before, ending }: Line): string => {
  const bom = before.startsWith('\ufeff') ? '\ufeff' : '';
  const head = lines.slice(0, index).join('') + bom;
  if (ending !== '') return head + lines.slice(index + 1).join('');
  return head.replace(/(?:\r\n?|[\n\u2028\u2029])$/, '');
};

/** Puts quotes around a value that needs them, and had them before. */
const spell = ({ value, isBare }: Variable): string | undefined => {
  if (isBare || SAFE.test(value)) return value;
  return /['\\\p{Cc}]/u.test(value) ? undefined : `'${value}'`;
};

/** How {@link setVariable} edits. */
export interface Edit {
  readonly name: string;
  /** The new value, and whether it had quotes before; `undefined` removes the line. */
  readonly to: Variable | undefined;
  /** The variable below which a line is added where there is none. */
  readonly below: string;
}

/**
 * Sets one variable, and proves that all others are what they were.
 *
 * @throws {CliError} when the value cannot be written so that it is read as it is
 */
export const setVariable = (text: string, { name, to, below }: Edit): string => {
  const lines = splitLines(text);
  const line = locate(text, name);
  const anchor = line ?? locate(text, below);
  const spelled = to === undefined ? '' : spell(to);
  let edited = text;
  if (to === undefined) {
    if (line !== undefined) edited = removeLine(lines, line);
  } else if (line !== undefined) {
    edited = lines.with(line.index, line.before + spelled + line.comment + line.ending).join('');
  } else if (anchor !== undefined) {
    const { index, before, ending } = anchor;
    const beginning = before.replace('\ufeff', '').replace(below, name);
    const newLine = /\r\n?|\n/.exec(text)?.[0] ?? '\n';
    const both = contentOf(lines[index] ?? '') + (ending || newLine) + beginning + spelled + ending;
    edited = lines.with(index, both).join('');
  }
  const { [name]: _old, ...others } = parse(text);
  const expected = to === undefined ? others : { ...others, [name]: to.value };
  if (spelled !== undefined && isDeepStrictEqual(parse(edited), expected)) return edited;
  throw refuse(`${name} cannot be written so that it is read as it is`);
};
