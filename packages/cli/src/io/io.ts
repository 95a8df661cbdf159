// What a command may touch: streams and environment, handed in, so that a test can hand in its own.
// Never the process itself; only `bin.ts` knows it.
import type { Readable } from 'node:stream';
import { type Screen, toMessage } from './style.ts';

/** The outside world of one run. */
export interface Io {
  readonly env: { readonly [variable: string]: string | undefined };
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Screen;
  readonly stderr: Screen;
  /** Aborted when the run is asked to end (SIGINT, SIGTERM). */
  readonly signal: AbortSignal;
  /** Calls the listener whenever the run is asked to read its configuration anew (SIGHUP), until it is taken away. */
  readonly onHangup?: (listener: () => void) => () => void;
  /** Where what is said goes, in place of lines on standard error. */
  readonly tell?: (message: string) => void;
}

/** The command line is wrong: exit code 2. The message says what to do and repeats no value. */
export class UsageError extends Error {}

/** The command could not be carried out: exit code 1. The message says what to do and repeats no value. */
export class CliError extends Error {}

/** The code of an error of the operating system. */
export const codeOf = (error: unknown): string =>
  String((error as { readonly code?: unknown } | null)?.code ?? 'error');

/** Writes data, a line, to standard output. */
export const print = ({ stdout }: Io, line: string): void => {
  stdout.write(`${line}\n`);
};

/** Says something, a line each, on standard error. */
export const log = ({ stderr, env, tell }: Io, message: string): void => {
  const write = tell ?? ((line: string) => stderr.write(toMessage(stderr, env, line)));
  for (const line of message.split('\n')) write(line);
};

/** JSON for a terminal: JSON.stringify leaves DEL, C1 controls and bidirectional marks as they are. */
export const toText = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** @throws {CliError} when bytes are no UTF-8 text, which would make another key of a secret */
export const decodeUtf8 = (bytes: Uint8Array, what: string): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
    const hint = isUtf16 ? ' but UTF-16, as > in PowerShell makes it; save it as UTF-8' : '';
    throw new CliError(`${what} is not UTF-8 text${hint}`);
  }
};

/** Reads standard input to its end and takes one line ending off, as `$(…)` and files leave one. */
export const readStdin = async (io: Io, what: string): Promise<string> => {
  if (io.stdin.isTTY) log(io, `reading ${what} from the terminal; end with Ctrl-D`);
  const chunks: Buffer[] = [];
  for await (const chunk of io.stdin) chunks.push(Buffer.from(chunk as Uint8Array | string));
  return decodeUtf8(Buffer.concat(chunks), `${what} on standard input`).replace(/\r?\n$/, '');
};
