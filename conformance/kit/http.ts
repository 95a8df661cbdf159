// HTTP on a plain socket: a request is sent byte for byte, and a response is read as it came.
import { EventEmitter, once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface RawResponse {
  /** NaN where no head came, or none that HTTP/1.1 knows. */
  readonly status: number;
  /** Status line and fields, one character per byte. */
  readonly head: string;
  /** Fields by lower-case name, each with all its values. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: Buffer;
  /** Whether the body came to the end that its framing announces. */
  readonly isWhole: boolean;
  /** What follows it on the same connection. */
  readonly rest: Buffer;
}

type Framed = Pick<RawResponse, 'body' | 'isWhole' | 'rest'>;

const NOTHING: Buffer = Buffer.alloc(0);

const readFields = (lines: readonly string[]): Map<string, string[]> => {
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const [, name = '', value = ''] = /^([^:]+): ?(.*)$/.exec(line) ?? [];
    const key = name.toLowerCase();
    headers.set(key, [...(headers.get(key) ?? []), value]);
  }
  return headers;
};

const readChunks = (bytes: Buffer): Framed => {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const line = bytes.indexOf('\r\n', at);
    const size = line === -1 ? Number.NaN : Number.parseInt(bytes.toString('latin1', at, line), 16);
    const end = line + 2 + size;
    const isCut = Number.isNaN(size) || bytes.length < end + 2;
    if (isCut || size === 0) {
      const rest = isCut ? NOTHING : bytes.subarray(end + 2);
      return { body: Buffer.concat(chunks), isWhole: !isCut, rest };
    }
    chunks.push(bytes.subarray(line + 2, end));
    at = end + 2;
  }
};

const readSized = (bytes: Buffer, length: number): Framed => ({
  body: bytes.subarray(0, length),
  isWhole: bytes.length >= length,
  rest: bytes.subarray(length),
});

/** Reads the first response in `bytes` and skips interim ones. `isClosed` says whether more can come. */
export const parseResponse = (bytes: Buffer, method = 'GET', isClosed = true): RawResponse => {
  const end = bytes.indexOf('\r\n\r\n');
  const head = end === -1 ? '' : bytes.toString('latin1', 0, end);
  const [statusLine = '', ...lines] = head.split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1]);
  const headers = readFields(lines);
  if (head === '') return { status, head, headers, body: NOTHING, isWhole: false, rest: bytes };
  const after = bytes.subarray(end + 4);
  if (status >= 100 && status < 200 && status !== 101)
    return parseResponse(after, method, isClosed);
  const length = headers.get('content-length')?.[0];
  const readBody = (): Framed => {
    if (method === 'HEAD' || status === 204 || status === 304) return readSized(after, 0);
    if (headers.get('transfer-encoding')?.includes('chunked')) return readChunks(after);
    if (length !== undefined) return readSized(after, Number(length));
    return { body: after, isWhole: isClosed, rest: NOTHING };
  };
  return { status, head, headers, ...readBody() };
};

/** Reads all whole responses in `bytes`, in order. */
export const parseResponses = (bytes: Buffer): readonly RawResponse[] => {
  const responses: RawResponse[] = [];
  for (let left = bytes; left.length > 0; ) {
    const response = parseResponse(left);
    if (!response.isWhole) break;
    responses.push(response);
    left = response.rest;
  }
  return responses;
};

export interface RawConnection {
  readonly socket: Socket;
  /** All bytes so far. */
  readonly received: () => Buffer;
  /** Returns all bytes so far and forgets them. */
  readonly take: () => Buffer;
  /** Resolves when the bytes so far meet the condition; rejects when the connection ends before that. */
  readonly until: (condition: (received: Buffer) => boolean) => Promise<void>;
  /** Resolves when that many bytes have come; rejects when the connection ends before that. */
  readonly untilBytes: (count: number) => Promise<void>;
  /** Resolves when the connection is closed, cleanly or not, with all bytes that came. */
  readonly closed: Promise<Buffer>;
}

/** Connects to a loopback port. Rejects when the connection is refused. One that is reset counts as closed. */
export const openConnection = async (port: number): Promise<RawConnection> => {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => {});
  let chunks: Buffer[] = [];
  let size = 0;
  const received = (): Buffer => {
    if (chunks.length > 1) chunks = [Buffer.concat(chunks)];
    return chunks[0] ?? NOTHING;
  };
  const take = (): Buffer => {
    const bytes = received();
    [chunks, size] = [[], 0];
    return bytes;
  };
  const events = new EventEmitter().setMaxListeners(0);
  socket.on('data', (chunk) => {
    chunks.push(chunk);
    size += chunk.length;
    events.emit('change');
  });
  const closed = new Promise<Buffer>((resolve) => {
    socket.once('close', () => {
      events.emit('change');
      resolve(received());
    });
  });
  const wait = async (isMet: () => boolean): Promise<void> => {
    while (!isMet()) {
      if (socket.closed) throw new Error(`closed after ${JSON.stringify(String(received()))}`);
      await once(events, 'change');
    }
  };
  await once(socket, 'connect');
  return {
    socket,
    received,
    take,
    until: (condition) => wait(() => condition(received())),
    untilBytes: (count) => wait(() => size >= count),
    closed,
  };
};

/** Sends a request as it stands and reads until the server closes: ask for that with `Connection: close`. */
export const exchange = async (port: number, request: string): Promise<RawResponse> => {
  const { socket, closed } = await openConnection(port);
  socket.write(request, 'latin1');
  return parseResponse(await closed, /^\w+/.exec(request)?.[0]);
};

export interface RawClient {
  /** Sends a request and reads its response; `undefined` where the connection ends without one. One at a time. */
  readonly ask: (request: string) => Promise<RawResponse | undefined>;
  readonly close: () => void;
}

/** Keeps one connection to a loopback port for as long as the server does. */
export const createClient = (port: number): RawClient => {
  let current: RawConnection | undefined;
  const isOpen = ({ socket }: RawConnection): boolean =>
    !socket.destroyed && !socket.readableEnded && socket.writable;
  return {
    ask: async (request) => {
      const method = /^\w+/.exec(request)?.[0];
      if (current === undefined || !isOpen(current)) current = await openConnection(port);
      const { socket, take, received, until } = current;
      take();
      socket.write(request, 'latin1');
      const isWhole = await until((bytes) => parseResponse(bytes, method, false).isWhole).then(
        () => true,
        () => false,
      );
      const response = parseResponse(received(), method, !isWhole);
      if (!isWhole || response.headers.get('connection')?.includes('close')) {
        current = undefined;
        socket.destroy();
      }
      return response.head === '' ? undefined : response;
    },
    close: () => current?.socket.destroy(),
  };
};
