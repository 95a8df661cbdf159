// Bytes of a file or of standard input, as text.
import { CliError } from './errors.ts';
import { type Io, log, warn } from './io.ts';

/** UTF-16 by its mark, or by the zero in every second byte of ASCII text. */
const isUtf16 = (bytes: Uint8Array): boolean => {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true;
  const zeros = (start: number): number =>
    bytes.filter((byte, i) => i % 2 === start && byte === 0).length;
  const half = Math.floor(bytes.length / 2);
  return half > 1 && (zeros(0) === half || zeros(1) === half);
};

/**
 * Decodes UTF-8. A byte order mark at the start is dropped with a warning.
 *
 * @throws {CliError} for other encodings, which would make another key of a secret, and for NUL
 */
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

/** Reads standard input to its end. One trailing newline is ignored. */
export const readStdin = async (io: Io, what: string): Promise<string> => {
  if (io.stdin.isTTY) log(io, `reading ${what} from the terminal; end with Ctrl-D`);
  const chunks: Buffer[] = [];
  for await (const chunk of io.stdin) chunks.push(Buffer.from(chunk as Uint8Array | string));
  return dropLineEnding(decodeText(io, Buffer.concat(chunks), `${what} on standard input`));
};
