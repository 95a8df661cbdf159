// One run of zepcli: checks the command line, parses it, runs the command, returns the exit code.
import { assertForms, assertNoSecrets } from './argv/secrets-in-argv.ts';
import { ZEP_COMPAT } from './argv/zep-compat.ts';
import type { Command } from './command.ts';
import { COMMANDS } from './commands.ts';
import { toErrorPage, toExitCode, toReports, UsageError } from './io/errors.ts';
import { type Io, log, print, printJson, quote } from './io/io.ts';
import { hang, widthOf } from './io/style.ts';

/** What people type for a command that has another name here. */
const ALIASES: { readonly [word: string]: string } = {
  decode: 'inspect',
  sign: 'token',
  check: 'verify',
  generate: 'secret',
};

const isHelp = (argument: string): boolean => argument === '--help' || argument === '-h';

const own = <T>(table: { readonly [name: string]: T }, name: string | undefined): T | undefined =>
  name !== undefined && Object.hasOwn(table, name) ? table[name] : undefined;

const loadRoot = async (): Promise<Command> => (await import('./argv/root.ts')).root;

const failUnknown = async (word: string): Promise<never> => {
  const { findNear } = await import('./argv/suggest.ts');
  const near = findNear(word, Object.keys(COMMANDS));
  const hint = near === undefined ? 'see: zepcli --help' : `did you mean \`zepcli ${near}\`?`;
  throw new UsageError(`there is no command ${quote(word)}`, hint);
};

/** Prints what an error code means, what to do about it, and where more is written. */
const printCode = async (code: string, width: number, io: Io): Promise<void> => {
  const { ERROR_TEXTS } = await import('./argv/error-texts.ts');
  const [text] = ERROR_TEXTS.split('\n\n').filter((one) => one.startsWith(`${code}\n`));
  if (text === undefined) return failUnknown(code);
  for (const line of text.split('\n')) {
    const [, label = '', words = line] = /^(- )(.*)/.exec(line) ?? [];
    await print(io, hang(label, words, label.length, width));
  }
  await print(io, toErrorPage(code));
};

/** Prints the help of a command, of a topic, or of zepcli. */
const printHelp = async (name: string | undefined, io: Io): Promise<number> => {
  const { renderCommandHelp, renderRootHelp } = await import('./argv/help.ts');
  const { TOPICS } = await import('./argv/topics.ts');
  const entry = own(COMMANDS, name);
  const topic = own(TOPICS, name);
  const width = widthOf(io.stdout);
  if (topic !== undefined) await print(io, topic);
  else if (/^ERR_[A-Z_]{3,40}$/.test(name ?? '')) await printCode(name ?? '', width, io);
  else if (name === undefined) {
    await print(io, renderRootHelp(await loadRoot(), COMMANDS, width));
  } else if (entry === undefined) await failUnknown(name);
  else
    await print(io, renderCommandHelp(name, entry.describe, (await entry.load()).command, width));
  return 0;
};

const parse = async (
  argv: readonly string[],
  name: string | undefined,
  command: Command,
  io: Io,
): Promise<number> => {
  const { carryOut, Refusal } = await import('./argv/parser.ts');
  try {
    return await carryOut(argv, command, COMMANDS, io);
  } catch (error) {
    if (!(error instanceof Refusal) && (error as Error).name !== 'YError') throw error;
    const { suggest } = await import('./argv/suggest.ts');
    throw suggest((error as Error).message, argv, name, command);
  }
};

const carryOut = async (argv: readonly string[], io: Io): Promise<number> => {
  const zepCompat = ZEP_COMPAT.get(argv.join(' '));
  if (zepCompat !== undefined) return zepCompat(io);
  assertNoSecrets(argv, io.env);
  const [first = '--help', ...rest] = argv;
  const name = own(ALIASES, first) ?? first;
  if (name === 'help') return printHelp(own(ALIASES, rest[0]) ?? rest[0], io);
  const isCommand = !name.startsWith('-');
  if (isHelp(first) || rest.some(isHelp)) return printHelp(isCommand ? name : undefined, io);
  assertForms(argv);
  const entry = own(COMMANDS, name);
  if (entry !== undefined) return parse(rest, name, (await entry.load()).command, io);
  if (isCommand) await failUnknown(name);
  const misplaced = rest.find((word) => own(COMMANDS, own(ALIASES, word) ?? word) !== undefined);
  if (misplaced !== undefined && !rest.includes('--write')) {
    throw new UsageError('the command comes first', `zepcli ${misplaced} ${first} ...`);
  }
  return parse(argv, undefined, await loadRoot(), io);
};

/** Reports an error, as JSON on standard output where that was asked for. */
const report = async (error: unknown, asJson: boolean, io: Io): Promise<void> => {
  const reports = toReports(error);
  const [first] = reports;
  if (first === undefined) return;
  if (asJson) {
    const { code, hint } = first;
    const errors = reports.filter(({ isWarning }) => !isWarning);
    const message = errors.map((one) => one.message).join('\n');
    await printJson(io, { error: { code, message, hint } }).catch(() => {});
  }
  for (const { message, hint, isWarning } of reports) {
    log(io, `${isWarning ? 'warning' : 'error'}: ${message}`);
    if (hint !== undefined) log(io, `hint: ${hint}`);
  }
  if (first.code === 'ERR_UNEXPECTED' && io.env['ZEPCLI_DEBUG'] === '1') {
    const frames = (error as Error).stack?.split('\n').filter((line) => /^ {4}at /.test(line));
    log(io, (frames ?? []).join('\n'));
  }
};

/** Copies the properties as getters: reading `signal` takes over the signals. */
const withoutColor = (io: Io): Io =>
  Object.defineProperties({} as Io, {
    ...Object.getOwnPropertyDescriptors(io),
    env: { value: { ...io.env, NO_COLOR: '1' }, enumerable: true },
  });

/** Carries out a command line and returns the exit code; `zepcli help exit-codes` lists them. */
export const run = async (argv: readonly string[], io: Io): Promise<number> => {
  const words = argv.filter((word) => word !== '--no-color');
  const world = words.length < argv.length ? withoutColor(io) : io;
  try {
    return await carryOut(words, world);
  } catch (error) {
    await report(error, words.includes('--json'), world);
    return toExitCode(error);
  }
};
