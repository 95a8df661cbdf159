// Lines of a file of variables that its readers take differently, or not at all.
import { describe, expect, it } from 'vitest';
import { findAmbiguous } from '../../src/files/env-file.ts';

const NAME = 'ZEP_AUTH_AUDIENCE';
const problemsOf = (text: string, record?: { [name: string]: string }): readonly string[] =>
  findAmbiguous(text, record).problems.map(({ variable, message }) => `${variable} ${message}`);
const warningsOf = (text: string): readonly string[] => {
  expect(problemsOf(text)).toEqual([]);
  return findAmbiguous(text).warnings;
};
const unread = (reason: string, name = NAME): string =>
  `${name} on line 2 is not read: it ${reason}; write ${name}=value, or begin the line with # to leave it out`;

const FRONT = 'has something in front of the name, where only export may be';
const HIDDEN = 'has an invisible character';
const NO_SIGN = 'has no = behind the name';

describe('a line that names one of our variables and is not read is a problem', () => {
  it.each([
    ...[NAME, `${NAME} x`, `${NAME}\tx`, `  export ${NAME} : x`, `${NAME}:x`, `${NAME}\uFF1Dx`],
    ...[`export ${NAME}`, `${NAME}+=x`, `${NAME}[0]=x`],
  ])('%j: no sign', (line) => {
    expect(problemsOf(`OTHER=1\n${line}\n`)).toEqual([unread(NO_SIGN)]);
  });

  it.each([
    ...[`set ${NAME}=x`, `$env:${NAME} = "x"`, `$Env:${NAME}="x"`, `\${env:${NAME}} = "x"`],
    ...[
      `setx ${NAME} x`,
      `setx ${NAME} "x" /M`,
      `set "${NAME}=x"`,
      `@set ${NAME}=x`,
      `SET ${NAME}=x`,
    ],
    ...[`ENV ${NAME}=x`, `ENV ${NAME} x`, `ARG ${NAME}=x`, `- ${NAME}=x`, `  - ${NAME}: x`],
    ...[`"${NAME}": "x",`, `{"${NAME}": "x"}`, `"${NAME}"="x"`, `'${NAME}'=x`, `\`${NAME}\`=x`],
    ...[`declare -x ${NAME}="x"`, `typeset -x ${NAME}=x`, `readonly ${NAME}=x`, `local ${NAME}=x`],
    ...[
      `set -gx ${NAME} x`,
      `set -x ${NAME} x`,
      `setenv ${NAME} x`,
      `env ${NAME}=x`,
      `let ${NAME}=x`,
    ],
    ...[`EXPORT ${NAME}=x`, `export -n ${NAME}=x`, `$${NAME}=x`, `$${NAME} = "x"`, `/${NAME}=x`],
    ...[`// ${NAME}=x`, `; ${NAME}=x`, `REM ${NAME}=x`],
    ...[
      `\u00BB${NAME}=x`,
      `\u00B7 ${NAME}=x`,
      `fly secrets set ${NAME}=x`,
      `docker run -e ${NAME}=x`,
    ],
    ...[
      `Environment=${NAME}=x`,
      `Environment="${NAME}=x"`,
      `export OTHER=1 ${NAME}=x`,
      `A=b; ${NAME}=x`,
    ],
    ...[`process.env.X ${NAME}`, `env: ${NAME}=x`],
  ])('%j: something in front', (line) => {
    expect(problemsOf(`OTHER=1\n${line}\n`)).toEqual([unread(FRONT)]);
  });

  it.each([
    `\u200B${NAME}=x`,
    `ZEP_\u200BAUTH_AUDIENCE=x`,
    `\u00AD${NAME}=x`,
    `\u2060export ${NAME}=x`,
    `${NAME}\u200B=x`,
    `set \u200E${NAME}=x`,
  ])('%j: an invisible character', (line) => {
    expect(problemsOf(`OTHER=1\n${line}\n`)).toEqual([unread(HIDDEN)]);
  });

  it('within the quotes of another variable', () => {
    const within = unread('is within the quotes of another variable');
    expect(problemsOf(`ZEP_AUTH_ISSUER='it\n${NAME}=x\nOTHER='y`)).toEqual([]);
    expect(problemsOf(`OTHER='it\n${NAME}=x\n'`)).toEqual([within]);
    expect(problemsOf(`OTHER="it\n${NAME}=x\n"`)).toEqual([within]);
  });

  it.each([
    ['setx ZEP_AUTH_AUD x', 'ZEP_AUTH_AUD'],
    ['set zep_auth_audience=x', 'zep_auth_audience'],
    ['setx ZEP_AUTH_SECRET x', 'ZEP_AUTH_SECRET'],
    ['ENV ZEP_AUTH_STORE_URL x', 'ZEP_AUTH_STORE_URL'],
  ])('%j: every name with our prefix', (line, name) => {
    expect(problemsOf(`OTHER=1\n${line}\n`)).toEqual([unread(FRONT, name)]);
  });

  it('shows no secret that stands right behind the name', () => {
    const [problem] = problemsOf(`ZEP_AUTH_SECRET${'x'.repeat(32)}`);
    expect(problem).toMatch(/^ZEP_AUTH_SEC\.\.\. on line 1 is not read/);
    expect(problem).not.toContain('x'.repeat(4));
  });

  it.each(['ZEP_API_KEY', 'ZEP_API_URL'])('only a warning for %s, which is no policy', (name) => {
    expect(warningsOf(`OTHER=1\n$env:${name} = "x"`)).toEqual([unread(FRONT, name)]);
  });

  it('only a warning where another line or the environment sets it', () => {
    expect(warningsOf(`${NAME}=x\nset ${NAME}=y`)).toEqual([unread(FRONT)]);
    expect(problemsOf(`set ${NAME}=y`, { [NAME]: 'x' })).toEqual([]);
    expect(problemsOf(`set ${NAME}=y`, { [NAME]: '' })).toHaveLength(1);
    expect(problemsOf(`set zep_auth_audience=y`, { [NAME]: 'x' })).toEqual([]);
  });
});

describe('a value that # makes empty', () => {
  const empty = `${NAME} on line 2 is empty: its # begins a comment; put the value in single quotes`;
  it.each([
    `${NAME}=#x`,
    `${NAME}=#`,
    `export ${NAME}=#x`,
    `${NAME}=##x`,
    `${NAME}=''#x`,
    `${NAME} =#x`,
  ])('%j is a problem, since a shell reads it', (line) => {
    expect(problemsOf(`OTHER=1\n${line}`)).toEqual([empty]);
    expect(problemsOf(`OTHER=1\n${line}`, { [NAME]: 'x' })).toEqual([]);
  });

  it.each([`${NAME}= # x`, `${NAME}=  #x`, `${NAME}: #x`])('%j is a warning', (line) => {
    expect(warningsOf(`OTHER=1\n${line}`)).toEqual([empty]);
  });

  it('is the problem of the last line too', () => {
    expect(problemsOf(`${NAME}=a\n${NAME}=#b`)).toEqual([empty]);
  });

  it.each([`${NAME}=`, `${NAME}=""`, `${NAME}=''`])('%j is meant', (line) => {
    expect(warningsOf(line)).toEqual([]);
  });
});

const SPACE_HASH = "has a # behind white space: Docker's --env-file keeps it, all others drop it";
const HASH = 'has a #: dotenv and Node drop what follows it, shells, Docker and Compose keep it';
const QUOTE = 'has a quotation mark within it: shells drop it, dotenv and Docker keep it';
const DOLLAR = 'has a $: shells and Compose expand it, dotenv does not';
const END = 'has white space or one of ;&|<>(): shells end the value there, dotenv does not';
const NO_PLAIN = 'has no plain = before its value: shells and Docker do not read it';
const BACKTICK = 'has a backtick in double quotes: shells run what follows it, all others keep it';

it.each<readonly [value: string, warning: string]>([
  ['a #b', SPACE_HASH],
  ['a\t# b', SPACE_HASH],
  ['a#b', HASH],
  ['https://x/#a', HASH],
  ["'a'#b", HASH],
  ['a$b', DOLLAR],
  ['"a$b"', DOLLAR],
  ['$(cat x)', DOLLAR],
  ['~/x', 'begins with ~: shells expand it, all others keep it'],
  ['a\\b', 'has a backslash: shells drop it, dotenv and Docker keep it'],
  [
    '"a\\nb"',
    'has \\n in double quotes: dotenv and Node make it a line break, sh and Docker do not',
  ],
  ['"a\\\\b"', 'has a backslash in double quotes: dotenv keeps it, shells and Compose may drop it'],
  ['"a\\"b"', 'has a backslash in double quotes: dotenv keeps it, shells and Compose may drop it'],
  ['`a`', 'is in backticks: dotenv and Node drop them, shells run it, Docker keeps them'],
  ['a`b`', 'has a backtick: shells run what follows it, all others keep it'],
  ['"a`b`"', BACKTICK],
  ['"a"b', QUOTE],
  ['"a', QUOTE],
  ['a"', QUOTE],
  ["a'b", QUOTE],
  ["'a'$b", QUOTE],
  ...['a b', 'a;b', 'a&b', 'a|b', 'a<b', '(a)'].map((value) => [value, END] as const),
])('the value %j is a warning', (value, warning) => {
  expect(warningsOf(`OTHER=1\nZEP_AUTH_ISSUER=${value}\n`)).toEqual([`ZEP_AUTH_ISSUER ${warning}`]);
});

it.each([
  ['ZEP_AUTH_ISSUER = a', `ZEP_AUTH_ISSUER ${NO_PLAIN}`],
  ['ZEP_AUTH_ISSUER: a', `ZEP_AUTH_ISSUER ${NO_PLAIN}`],
  [' export ZEP_AUTH_ISSUER= "a"', `ZEP_AUTH_ISSUER ${NO_PLAIN}`],
  [
    'ZEP_AUTH_ISSUER=a\nZEP_AUTH_ISSUER=b',
    'ZEP_AUTH_ISSUER is set twice: dotenv and shells take the last one',
  ],
  [
    'OTHER=a\rZEP_AUTH_ISSUER=b\r',
    'the file has a CR without LF: dotenv ends a line there, shells and Docker do not',
  ],
])('%j is a warning', (text, warning) => {
  expect(warningsOf(text)).toEqual([warning]);
});

it.each([
  ...['ZEP_AUTH_ISSUER=a', ' export ZEP_AUTH_ISSUER="a"', 'ZEP_AUTH_ISSUER=a\r\nOTHER=b\r\n'],
  ...["ZEP_AUTH_ISSUER='a$b#c'", "ZEP_AUTH_ISSUER='a' # b", 'ZEP_AUTH_ISSUER="a" # b'],
  ...['ZEP_AUTH_ISSUER="a b"', "ZEP_AUTH_ISSUER='it \\`$'", 'ZEP_AUTH_ISSUER="a#b"'],
  ...[
    '# ZEP_AUTH_ISSUER',
    '#ZEP_AUTH_ISSUER=a',
    '  # set ZEP_AUTH_ISSUER=a',
    'A=b # ZEP_AUTH_ISSUER=a',
  ],
  ...['OTHER', 'OTHER=a$b', 'MY_ZEP_AUTH_ISSUER', 'MY.ZEP_AUTH_ISSUER=a', 'zep_auth_issuer=a'],
  ...[
    'OTHER=$ZEP_AUTH_ISSUER',
    'OTHER: ZEP_AUTH_ISSUER',
    'OTHER="see ZEP_AUTH_ISSUER=a"',
    'ZEP_AUTH=x',
  ],
])('%j is not', (text) => {
  expect(warningsOf(text)).toEqual([]);
});
