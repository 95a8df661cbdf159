// One run of zepcli: checks the command line, parses it, runs the command, returns the exit code.
import { root } from './argv/root.ts';
import { assertForms, assertNoSecrets } from './argv/secrets-in-argv.ts';
import { COMMANDS } from './commands.ts';
import { toErrorPage, toExitCode, toPage, toReports, UsageError } from './io/errors.ts';
import { type Io, log, print, printJson, quote } from './io/io.ts';
import { hang, widthOf } from './io/style.ts';

/** What people type for a command that has another name here. */
const ALIASES: { readonly [word: string]: string } = {
  decode: 'inspect',
  sign: 'token',
  check: 'verify',
  generate: 'secret',
};

const INIT = { initJwt: true };
const VERSION = { version: true };
/** Command lines that are carried out without a parser, which would take more time than the rest. */
const UNPARSED: { readonly [line: string]: { readonly [name: string]: boolean } } = {
  '-i': INIT,
  '--init-jwt': INIT,
  '-v': VERSION,
  '-V': VERSION,
  '--version': VERSION,
  version: VERSION,
};

const isHelp = (argument: string): boolean => argument === '--help' || argument === '-h';

const own = <T>(table: { readonly [name: string]: T }, name: string): T | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;

const toName = (word: string): string => own(ALIASES, word) ?? word;

const failUnknown = async (word: string): Promise<never> => {
  const { findNear } = await import('./argv/suggest.ts');
  const near = findNear(word, Object.keys(COMMANDS));
  const hint = near === undefined ? 'see: zepcli --help' : `did you mean \`zepcli ${near}\`?`;
  throw new UsageError(`there is no command ${quote(word)}`, hint);
};

/** What a code means, in any case, what to do about it, and where more is written; `undefined` for another word. */
const explainCode = async (name: string, width: number): Promise<string | undefined> => {
  const { ERROR_TEXTS } = await import('./argv/error-texts.ts');
  const texts = ERROR_TEXTS.split('\n\n').map((one) => one.split('\n'));
  const text = texts.find(([code]) => code?.toLowerCase() === name.toLowerCase());
  if (text === undefined && /^[a-z]+_[a-z]/i.test(name)) {
    const { findNear } = await import('./argv/suggest.ts');
    const codes = texts.map(([code = '']) => code.toLowerCase());
    const near = findNear(name, codes);
    const hint =
      near === undefined
        ? `all of them: ${toPage('errors.md')}`
        : `did you mean \`zepcli help ${near}\`?`;
    throw new UsageError(`there is no code ${quote(name)}`, hint);
  }
  const lines = text?.map((line) => {
    const [, label = '', words = line] = /^(- )(.*)/.exec(line) ?? [];
    return hang(label, words, label.length, width);
  });
  return lines && [...lines, toErrorPage(text?.[0] ?? name)].join('\n');
};

/** The help of a command, of a topic, of an error code or, without a name, of zepcli. */
const findHelp = async (name: string | undefined, { stdout }: Io): Promise<string> => {
  const { renderCommandHelp, renderRootHelp } = await import('./argv/help.ts');
  const { TOPICS } = await import('./argv/topics.ts');
  const width = widthOf(stdout);
  if (name === undefined) return renderRootHelp(root, COMMANDS, width);
  const entry = own(COMMANDS, name);
  if (entry !== undefined) {
    return renderCommandHelp(name, entry.describe, (await entry.load()).command, width);
  }
  return own(TOPICS, name) ?? (await explainCode(name, width)) ?? failUnknown(name);
};

const carryOut = async (argv: readonly string[], io: Io): Promise<number> => {
  const unparsed = own(UNPARSED, argv.join(' '));
  if (unparsed !== undefined) return root.run(unparsed, io, COMMANDS);
  assertNoSecrets(argv, io.env);
  const [first = '--help', ...rest] = argv;
  const name = toName(first);
  const isCommand = !name.startsWith('-');
  const isAsked = isHelp(first) || rest.some(isHelp);
  if (name === 'help' || isAsked) {
    const topic = name === 'help' ? rest[0] && toName(rest[0]) : isCommand ? name : undefined;
    await print(io, await findHelp(topic, io));
    return 0;
  }
  assertForms(argv);
  const { parse } = await import('./argv/parser.ts');
  const entry = own(COMMANDS, name);
  if (entry !== undefined) {
    const { command } = await entry.load();
    return command.run(await parse(rest, command, name), io, COMMANDS);
  }
  if (isCommand) return failUnknown(name);
  const misplaced = rest.find((word) => own(COMMANDS, toName(word)) !== undefined);
  if (misplaced !== undefined && !rest.includes('--write')) {
    throw new UsageError('the command comes first', `zepcli ${misplaced} ${first} ...`);
  }
  return root.run(await parse(argv, root), io, COMMANDS);
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

/** Carries out a command line and returns the exit code; `zepcli help exit-codes` lists them. */
export const run = async (argv: readonly string[], io: Io): Promise<number> => {
  const words = argv.filter((word) => word !== '--no-color');
  // Inherits the getters: reading `signal` takes over the signals.
  const plain = (): Io => Object.create(io, { env: { value: { ...io.env, NO_COLOR: '1' } } });
  const world = words.length < argv.length ? plain() : io;
  try {
    return await carryOut(words, world);
  } catch (error) {
    await report(error, words.includes('--json'), world);
    return toExitCode(error);
  }
};
