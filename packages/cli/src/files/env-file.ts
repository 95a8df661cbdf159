// A file of variables (.env) for one command. It never overrides the environment.
import type { ConfigProblem } from '@zep-auth/core';
import { parse } from 'dotenv';
import { type Io, warn } from '../io/io.ts';
import { readText } from './read-text.ts';

const setIn = ({ env }: Io): readonly (readonly [string, string])[] =>
  Object.entries(env).flatMap(([name, value]) => (value ? [[name, value] as const] : []));

/** Variables of a file that have another value in the environment. */
const findOthers = (io: Io, variables: Io['env']): readonly string[] =>
  setIn(io).flatMap(([name, value]) =>
    name.startsWith('ZEP_AUTH_') && (variables[name] ?? value) !== value
      ? [`${name} has another value in the environment, which wins over the file`]
      : [],
  );

/** Warns of the variables of a file that have another value in the environment. */
export const warnOfOthers = (io: Io, variables: Io['env']): void => {
  for (const note of findOthers(io, variables)) warn(io, note);
};

/** Variables, and what is wrong or odd about the lines that they come from. */
export interface Variables extends Notes {
  readonly record: Io['env'];
}

interface Notes {
  /** Lines that are not read, or read as empty, where nothing else sets their variable. */
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly string[];
}

/** The environment, and what a file of variables adds to it. @throws {CliError} when it cannot be read */
export const readEnvFile = async (io: Io, path: string): Promise<Variables> => {
  const text = await readText(io, path);
  const variables = parse(text);
  const record = { ...variables, ...Object.fromEntries(setIn(io)) };
  const { problems, warnings } = findAmbiguous(text, record);
  return { record, problems, warnings: [...warnings, ...findOthers(io, variables)] };
};

type Differences = readonly (readonly [RegExp, string])[];

/** What readers make of a value without quotes; the first that fits counts. */
const BARE: Differences = [
  [/\s#/, "has a # behind white space: Docker's --env-file keeps it, all others drop it"],
  [/#/, 'has a #: dotenv and Node drop what follows it, shells, Docker and Compose keep it'],
  [/`/, 'has a backtick: shells run what follows it, all others keep it'],
  [/["']/, 'has a quotation mark within it: shells drop it, dotenv and Docker keep it'],
  [/\$/, 'has a $: shells and Compose expand it, dotenv does not'],
  [/^~/, 'begins with ~: shells expand it, all others keep it'],
  [/\\/, 'has a backslash: shells drop it, dotenv and Docker keep it'],
  [/[\s;&|<>()]/, 'has white space or one of ;&|<>(): shells end the value there, dotenv does not'],
];

const DOUBLE: Differences = [
  [/\\n/, 'has \\n in double quotes: dotenv and Node make it a line break, sh and Docker do not'],
  [/\\/, 'has a backslash in double quotes: dotenv keeps it, shells and Compose may drop it'],
  [/`/, 'has a backtick in double quotes: shells run what follows it, all others keep it'],
  [/\$/, 'has a $: shells and Compose expand it, dotenv does not'],
];

const BACKTICKS: Differences = [
  [/^/, 'is in backticks: dotenv and Node drop them, shells run it, Docker keeps them'],
];

/** Finds what dotenv, Node, a shell, Docker and Compose make of the same value, where they differ. */
const findDifference = (raw: string): string | undefined => {
  const [, inner] = /^("(?:\\"|[^"])*"|'[^']*'|`[^`]*`)(?:\s+#.*)?$/.exec(raw) ?? [];
  if (inner?.startsWith("'")) return undefined;
  const quoted = inner?.startsWith('"') ? DOUBLE : BACKTICKS;
  const differences = inner === undefined ? BARE : quoted;
  return differences.find(([form]) => form.test(inner ?? raw))?.[1];
};

const INVISIBLE = /[\p{Cf}\p{DI}]/gu;
const OURS = /(?<![\w.-])(?:zep_auth_[\w.-]*|zep_api_(?:key|url)(?![\w.-]))/gi;

/** Whether a name sets something by the look of its line: in front of every value, or as an assignment within another. */
const isMeant = (before: string, behind: string): boolean =>
  !/[#=]|^\s*(?:export\s+)?[\w.-]+:\s/.test(before) ||
  (/^[^#"'`]*["'`]?$/.test(before) && /^\s*=/.test(behind));

/** A name without what may be a secret behind a sign that is not a `=`. */
const toShort = (name: string): string => (name.length > 40 ? `${name.slice(0, 12)}...` : name);

const NO_SIGN = 'has no = behind the name';
const FRONT = 'has something in front of the name, where only export may be';
const HIDDEN = 'has an invisible character';
const WITHIN = 'is within the quotes of another variable';

/**
 * Finds lines that are not read, and lines that readers take differently. A policy whose line is not read would be an open
 * door, so each line that names one of our variables is read, is a comment, or is named.
 */
export const findAmbiguous = (text: string, record: Io['env'] = parse(text)): Notes => {
  const variables = parse(text);
  const problems: ConfigProblem[] = [];
  const warnings: string[] = [];
  const seen = new Set<string>();
  const tell = (name: string, message: string): void => {
    const variable = toShort(name);
    const isOpen = /^zep_auth_/i.test(name) && !record[name.toUpperCase()];
    if (isOpen) problems.push({ variable, message });
    else warnings.push(`${variable} ${message}`);
  };
  const judgeValue = (name: string, place: string, sign: string, untrimmed: string): void => {
    const raw = untrimmed.trim();
    if (seen.has(name)) warnings.push(`${name} is set twice: dotenv and shells take the last one`);
    seen.add(name);
    if (variables[name] === '' && !/^(?:""|''|``)?$/.test(raw)) {
      const message = `${place} is empty: its # begins a comment; put the value in single quotes`;
      if (/^\S*#/.test(untrimmed)) tell(name, message);
      else warnings.push(`${name} ${message}`);
      return;
    }
    const difference = findDifference(raw);
    if (difference !== undefined) warnings.push(`${name} ${difference}`);
    else if (sign !== '=' || /^\s/.test(untrimmed)) {
      warnings.push(`${name} has no plain = before its value: shells and Docker do not read it`);
    }
  };
  for (const [index, line] of text.split(/\r\n?|[\n\u2028\u2029]/).entries()) {
    const place = `on line ${index + 1}`;
    const visible = line.replace(INVISIBLE, '');
    for (const { 0: name, index: at } of visible.matchAll(OURS)) {
      const before = visible.slice(0, at);
      const behind = visible.slice(at + name.length);
      if (!isMeant(before, behind)) continue;
      // dotenv reads `NAME: value` as well.
      const [, sign, raw = ''] = /^(\s*=|:(?=\s))(.*)$/.exec(behind) ?? [];
      const isFirst = /^\s*(?:export\s+)?$/.test(before);
      const isWhole = isFirst && sign !== undefined && line.startsWith(before + name + sign);
      if (isWhole && name in variables) {
        judgeValue(name, place, sign, raw);
        continue;
      }
      const reason = isWhole ? WITHIN : line !== visible ? HIDDEN : isFirst ? NO_SIGN : FRONT;
      const advice = `write ${toShort(name)}=value, or begin the line with # to leave it out`;
      tell(name, `${place} is not read: it ${reason}; ${advice}`);
    }
  }
  if (/\r(?!\n)/.test(text)) {
    warnings.push(
      'the file has a CR without LF: dotenv ends a line there, shells and Docker do not',
    );
  }
  return { problems, warnings };
};
