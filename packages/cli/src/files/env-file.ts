// A file of variables (.env) for one command. It never overrides the environment.
import { parse } from 'dotenv';
import { type Io, warn } from '../io/io.ts';
import { readText } from './read-text.ts';

const setIn = ({ env }: Io): readonly (readonly [string, string])[] =>
  Object.entries(env).flatMap(([name, value]) => (value ? [[name, value] as const] : []));

/** Warns of the variables of a file that have another value in the environment. */
export const warnOfOthers = (io: Io, variables: Io['env']): void => {
  for (const [name, value] of setIn(io)) {
    if (name.startsWith('ZEP_AUTH_') && (variables[name] ?? value) !== value) {
      warn(io, `${name} has another value in the environment, which wins over the file`);
    }
  }
};

/** The environment, and what a file of variables adds to it. @throws {CliError} when it cannot be read */
export const readEnvFile = async (io: Io, path: string): Promise<Io['env']> => {
  const text = await readText(io, path);
  const variables = parse(text);
  for (const note of findAmbiguous(text)) warn(io, note);
  warnOfOthers(io, variables);
  return { ...variables, ...Object.fromEntries(setIn(io)) };
};

const OURS = /^(?:ZEP_AUTH_\w+|ZEP_API_(?:KEY|URL))$/;

/** What dotenv, a shell, Docker and Compose make of the same line, where they differ. */
const findDifference = (name: string, raw: string): readonly string[] => {
  const [, quoted = ''] = /^(["'`]).*\1/.exec(raw) ?? [];
  if (quoted === "'") return [];
  if (/\S+#|\s#/.test(raw) && quoted === '') {
    return [
      `${name} has a #: dotenv and Compose drop what follows it, Docker's --env-file keeps it`,
    ];
  }
  if (/\$/.test(raw)) return [`${name} has a $: shells and Compose expand it, dotenv does not`];
  if (/\\/.test(raw)) return [`${name} has a backslash: shells drop it, dotenv and Docker keep it`];
  return [];
};

const LINE = /^\s*(?:(set(?=\s)|\$env:)\s*|export\s+)?(\w+)(\s*=|:\s)?\s*(.*)$/i;

/** What to say of lines of a file of variables that its readers take differently. */
export const findAmbiguous = (text: string): readonly string[] => {
  const seen = new Set<string>();
  return text.split(/\r?\n/).flatMap((line) => {
    const [, foreign, name = '', sign, raw = ''] = LINE.exec(line) ?? [];
    if (!OURS.test(name)) return [];
    if (foreign !== undefined) {
      return `${name} is not set: "${foreign}" is for Windows, not for a file; leave it out`;
    }
    if (sign === undefined) return `${name} is not set: its line has no = behind the name`;
    const isTwice = seen.has(name);
    seen.add(name);
    return [
      ...(isTwice ? [`${name} is set twice: dotenv and shells take the last one`] : []),
      ...findDifference(name, raw),
    ];
  });
};
