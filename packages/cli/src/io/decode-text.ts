// Bytes of a file or of standard input, as text.
import { isUtf16 } from '@zep-auth/core/internal';
import { CliError, UsageError } from './errors.ts';
import { type Io, log, warn } from './io.ts';

/** Decodes UTF-8; another encoding would make another key of a secret. A byte order mark is dropped with a warning. */
export const decodeText = (io: Io, bytes: Uint8Array, what: string): string => {
  if (isUtf16(bytes)) {
    throw new CliError(
      'ERR_FILE',
      `${what} is UTF-16, as > in Windows PowerShell writes it`,
      'save it as UTF-8 without a byte order mark, such as with `| Out-File -Encoding ascii`',
    );
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new CliError('ERR_FILE', `${what} is not UTF-8 text`, 'save it as UTF-8');
  }
  const nul = text.indexOf('\0');
  if (nul >= 0) {
    throw new CliError('ERR_FILE', `${what} has a NUL at character ${nul + 1}`, 'make it again');
  }
  if (!text.startsWith('\ufeff')) return text;
  warn(io, `${what} begins with a byte order mark, which is ignored`);
  return text.slice(1);
};

/** Drops one line ending, as `$(…)` does. */
export const dropLineEnding = (text: string): string => text.replace(/\r?\n$/, '');

/** More than any secret, token or file of variables has. */
export const MAX_BYTES = 1024 * 1024;

/** Reads a stream to its end. @throws {CliError} when there is more than 1 MiB */
export const readAll = async (stream: AsyncIterable<unknown>, what: string): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk as Uint8Array | string);
    size += bytes.length;
    if (size > MAX_BYTES) throw new CliError('ERR_FILE', `${what} is larger than 1 MiB`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
};

/** Reads standard input to its end. One trailing newline is ignored. */
export const readStdin = async (io: Io, what: string): Promise<string> => {
  if (io.stdin.isTTY) log(io, `reading ${what} from the terminal; end with Ctrl-D`);
  const name = `${what} on standard input`;
  return dropLineEnding(decodeText(io, await readAll(io.stdin, name), name));
};

/** Asks at a terminal for a secret, which is not shown. @throws {CliError} when the person cancels */
export const askHidden = async ({ stdin, stderr, signal }: Io, what: string): Promise<string> => {
  const { isCancel, password } = await import('@clack/prompts');
  const answer = await password({ message: what, input: stdin, output: stderr, signal });
  if (isCancel(answer)) throw new CliError('ERR_CANCELLED', 'cancelled: nothing was done');
  return answer ?? '';
};

/** @throws {UsageError} when standard input, which is `-`, would be read twice */
export const assertOneInput = (what: string, ...inputs: readonly (string | undefined)[]): void => {
  if (inputs.filter((input) => input === '-').length < 2) return;
  const message = `standard input is asked for the secret and for ${what}`;
  throw new UsageError(message, 'give one of them in a file');
};
