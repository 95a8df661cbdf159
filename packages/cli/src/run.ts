// One run of zepcli: checks the command line, parses it, runs the command, returns the exit code.
import { root } from './argv/root.ts';
import { assertForms, assertNoSecrets } from './argv/secrets-in-argv.ts';
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

/** @throws {UsageError} that names the command, or the page of help, that was meant */
const failUnknown = async (word: string, pages?: readonly string[]): Promise<never> => {
  const { findNear } = await import('./argv/suggest.ts');
  const near = findNear(word, pages ?? Object.keys(COMMANDS));
  const help = pages === undefined ? '' : 'help ';
  throw new UsageError(
    `there is no ${help ? 'help on' : 'command'} ${quote(word)}`,
    near === undefined ? 'see: zepcli --help' : `did you mean \`zepcli ${help}${near}\`?`,
  );
};

/** What a code means, what to do about it, and where more is written. */
const explainCode = ([code = '', ...lines]: readonly string[], width: number): string => {
  const folded = lines.map((line) => {
    const [, label = '', words = line] = /^(- )(.*)/.exec(line) ?? [];
    return hang(label, words, label.length, width);
  });
  return [code, ...folded, toErrorPage(code)].join('\n');
};

/** The help of a command, of a topic, of a code of an error, of a status or, without a name, of zepcli. */
const findHelp = async (name: string | undefined, { stdout }: Io): Promise<string> => {
  const { renderCommandHelp, renderRootHelp } = await import('./argv/help.ts');
  const { TOPICS } = await import('./argv/topics.ts');
  const width = widthOf(stdout);
  if (name === undefined || name === 'help') return renderRootHelp(root, COMMANDS, width);
  const entry = own(COMMANDS, name);
  if (entry !== undefined) {
    return renderCommandHelp(name, entry.describe, (await entry.load()).command, width);
  }
  const topic = own(TOPICS, name);
  if (topic !== undefined) return topic;
  const { ERROR_TEXTS } = await import('./argv/error-texts.ts');
  const texts = ERROR_TEXTS.split('\n\n').map((one) => one.split('\n'));
  const code = name.toLowerCase().replaceAll('-', '_');
  const found = texts.filter(
    ([one = '', first = '']) => one.toLowerCase() === code || /^\d{3}\b/.exec(first)?.[0] === name,
  );
  if (found.length > 0) return found.map((one) => explainCode(one, width)).join('\n\n');
  const codes = texts.map(([one = '']) => one.toLowerCase());
  return failUnknown(name, [...Object.keys(COMMANDS), ...Object.keys(TOPICS), ...codes]);
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

/** What to do about an error that has no hint. */
const hintAt = (code: string, argv: readonly string[]): string | undefined => {
  const name = toName(argv[0] ?? '');
  if (code === 'ERR_USAGE') return `see: zepcli ${own(COMMANDS, name) ? `${name} ` : ''}--help`;
  return /^ERR_(?:CONFIG|FILE|STORE|NETWORK|TOKEN|SECRET)/.test(code)
    ? `see: zepcli help ${code}`
    : undefined;
};

/** Reports an error, as JSON on standard output where that was asked for. */
const report = async (error: unknown, argv: readonly string[], io: Io): Promise<void> => {
  const { hideSecrets } = await import('./argv/hide-secrets.ts');
  const hide = (text: string): string => hideSecrets(text, argv);
  const reports = toReports(error).map(({ message, hint, ...rest }) => ({
    ...rest,
    message: hide(message),
    hint: hint === undefined ? undefined : hide(hint),
  }));
  const [first] = reports;
  if (first === undefined) return;
  const fallback = reports.some(({ hint }) => hint) ? undefined : hintAt(first.code, argv);
  if (argv.includes('--json')) {
    const { code, hint = fallback } = first;
    const errors = reports.filter(({ isWarning }) => !isWarning);
    const message = errors.map((one) => one.message).join('\n');
    await printJson(io, { error: { code, message, hint } }).catch(() => {});
  }
  for (const { message, hint, isWarning } of reports) {
    log(io, `${isWarning ? 'warning' : 'error'}: ${message}`);
    if (hint !== undefined) log(io, `hint: ${hint}`);
  }
  if (fallback !== undefined) log(io, `hint: ${fallback}`);
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
    await report(error, words, world);
    return toExitCode(error);
  }
};
