// HTTP on a plain socket: what is sent goes out as it stands, byte by byte if need be, and may be anything.
// Never repairs what comes back: an answer that broke off is no answer.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

interface Read {
  readonly body: Buffer;
  readonly rest: Buffer;
}

const readSized = (bytes: Buffer, length: number): Read | undefined =>
  bytes.length < length
    ? undefined
    : { body: bytes.subarray(0, length), rest: bytes.subarray(length) };

const readChunked = (bytes: Buffer): Read | undefined => {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const line = bytes.indexOf('\r\n', at);
    const size = line === -1 ? Number.NaN : Number.parseInt(bytes.toString('latin1', at, line), 16);
    const end = line + 2 + size;
    if (Number.isNaN(size) || bytes.length < end + 2) return undefined;
    if (size === 0) return { body: Buffer.concat(chunks), rest: bytes.subarray(end + 2) };
    chunks.push(bytes.subarray(line + 2, end));
    at = end + 2;
  }
};

/** The whole answers that stand in `bytes`, in order. */
export const readAnswers = (bytes: Buffer): readonly Answer[] => {
  const answers: Answer[] = [];
  for (let left = bytes; ; ) {
    const end = left.indexOf('\r\n\r\n');
    if (end === -1) return answers;
    const head = left.toString('latin1', 0, end);
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
    const after = left.subarray(end + 4);
    const length = /^content-length: (\d+)$/im.exec(head)?.[1];
    const read = /^transfer-encoding: chunked$/im.test(head)
      ? readChunked(after)
      : readSized(after, Number(length ?? (status === 204 ? 0 : after.length)));
    if (read === undefined) return answers;
    answers.push({ status, body: read.body });
    left = read.rest;
  }
};

export interface Wire {
  readonly socket: Socket;
  /** The whole answers that have come so far. */
  readonly answers: () => readonly Answer[];
  /** Resolves when so many bytes have come; rejects when the connection ends before. */
  readonly untilBytes: (count: number) => Promise<void>;
  /** Resolves when so many whole answers have come; rejects when the connection ends before. */
  readonly untilAnswers: (count: number) => Promise<readonly Answer[]>;
  /** Resolves when the connection is closed, cleanly or not, with the whole answers that came. */
  readonly untilClosed: () => Promise<readonly Answer[]>;
}

/** Opens a connection to a port of this machine, on which each write leaves at once. */
export const openWire = async (port: number): Promise<Wire> => {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
  socket.on('error', () => {}); // a broken connection shows in what did not come
  const chunks: Buffer[] = [];
  let size = 0;
  const looks = new Set<() => void>();
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    for (const look of looks) look();
  });
  socket.on('end', () => socket.end());
  const answers = (): readonly Answer[] => readAnswers(Buffer.concat(chunks));
  const isClosed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const until = (condition: () => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!condition()) return;
        looks.delete(look);
        resolve();
      };
      looks.add(look);
      look();
      isClosed.then(() => reject(new Error(`closed after ${size} bytes`)));
    });
  await Promise.race([once(socket, 'connect').catch(() => {}), isClosed]);
  return {
    socket,
    answers,
    untilBytes: (count) => until(() => size >= count),
    untilAnswers: async (count) => {
      await until(() => answers().length >= count);
      return answers();
    },
    untilClosed: () => isClosed.then(answers),
  };
};

/** Sends a request as it stands and reads until the server closes: ask for that with `Connection: close`. */
export const exchange = async (
  port: number,
  request: string | Buffer,
): Promise<readonly Answer[]> => {
  const { socket, untilClosed } = await openWire(port);
  socket.write(request);
  return untilClosed();
};
