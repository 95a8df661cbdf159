// What a command may touch: streams and environment, handed in, so that a test can hand in its own.
import type { Readable } from 'node:stream';
import { CliError, causeOf } from './errors.ts';
import { type OutputStream, toMessage } from './style.ts';

/** The outside world of one run. */
export interface Io {
  readonly env: { readonly [variable: string]: string | undefined };
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** Calls the listener at each SIGHUP. Returns what removes it. */
  readonly onHangup?: (listener: () => void) => () => void;
  /** Takes each message instead of standard error. */
  readonly logTo?: (message: string) => void;
}

/** Whether the reader of a pipe has gone, as `head` does when it has read enough. */
const isClosedPipe = (error: unknown): boolean =>
  ['EPIPE', 'EOF', 'ECONNRESET', 'ERR_STREAM_DESTROYED'].includes(
    String((error as NodeJS.ErrnoException).code),
  );

/** Writes data to standard output. Resolves when it is out; to `false` where the reader of a pipe has gone. */
export const write = ({ stdout }: Io, text: string): Promise<boolean> =>
  new Promise((resolve, reject) => {
    stdout.write(text, (error) => {
      if (!error) return resolve(true);
      if (isClosedPipe(error)) return resolve(false);
      const hint = 'nothing of it can be relied on; make room, and run this again';
      const message = `cannot write to standard output: ${causeOf(error)}`;
      reject(new CliError('ERR_OUTPUT', message, hint));
    });
  });

/** Writes a line to standard output. @throws {CliError} when it cannot be written */
export const print = async (io: Io, line: string): Promise<void> => {
  await write(io, `${line}\n`);
};

/** Writes a value as a line of JSON to standard output. @throws {CliError} when it cannot be written */
export const printJson = (io: Io, value: unknown): Promise<void> => print(io, toJson(value));

/** Writes a message to standard error, one line or several. */
export const log = ({ stderr, env, logTo }: Io, message: string): void => {
  const writeLine = logTo ?? ((line: string) => stderr.write(toMessage(stderr, env, line)));
  for (const line of message.split('\n')) writeLine(escapeControls(line));
};

export const warn = (io: Io, message: string): void => log(io, `warning: ${message}`);

/** Characters that a terminal obeys or does not show: controls, bidirectional marks, zero width, line separators. */
export const UNSAFE: RegExp = /[\p{Cc}\p{Cf}\p{DI}\u2028\u2029]/u;
const ALL_UNSAFE = new RegExp(UNSAFE, 'gu');

export const escapeControls = (text: string): string =>
  text.replace(ALL_UNSAFE, (char) =>
    Array.from({ length: char.length }, (_, i) => char.charCodeAt(i))
      .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
      .join(''),
  );

/** JSON that is safe to show on a terminal. Parsed, it is the same value. */
export const toJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).split('\n').map(escapeControls).join('\n');

/** The name of a file as a word of a command line that people copy. */
export const toWord = (name: string): string => {
  if (/^[\w@%+=:,./-]+$/.test(name)) return name;
  return UNSAFE.test(name) || /\p{C}/u.test(name) ? 'FILE' : `'${name.replaceAll("'", "'\\''")}'`;
};

/** A name in a message: of a file, an option, a host. */
export const quote = (name: string): string => toJson(name);
