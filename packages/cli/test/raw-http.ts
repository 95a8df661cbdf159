// HTTP over a plain socket: what is sent is sent byte for byte, what comes back is read as it came.
// Never repairs a message that breaks off: it says so.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface RawResponse {
  readonly status: number;
  /** Fields by lower-case name, each with all its values. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: Buffer;
  /** Whether the body came to the end that its framing announced. */
  readonly isWhole: boolean;
  /** What stands behind it on the same connection. */
  readonly rest: Buffer;
}

const readChunked = (bytes: Buffer): Pick<RawResponse, 'body' | 'isWhole' | 'rest'> => {
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const line = bytes.indexOf('\r\n', at);
    const size = line === -1 ? Number.NaN : Number.parseInt(bytes.toString('latin1', at, line), 16);
    const end = line + 2 + size;
    if (Number.isNaN(size) || bytes.length < end + 2) {
      return { body: Buffer.concat(chunks), isWhole: false, rest: Buffer.alloc(0) };
    }
    if (size === 0) {
      return { body: Buffer.concat(chunks), isWhole: true, rest: bytes.subarray(end + 2) };
    }
    chunks.push(bytes.subarray(line + 2, end));
    at = end + 2;
  }
};

/** Reads the first response in `bytes`; interim ones are skipped. */
export const parseResponse = (bytes: Buffer, method = 'GET'): RawResponse => {
  const end = bytes.indexOf('\r\n\r\n');
  const [statusLine = '', ...fields] = bytes.toString('latin1', 0, end).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1]);
  const after = bytes.subarray(end + 4);
  if (status >= 100 && status < 200) return parseResponse(after, method);
  const headers = new Map<string, string[]>();
  for (const field of fields) {
    const [, name = '', value = ''] = /^([^:]+): ?(.*)$/.exec(field) ?? [];
    headers.set(name.toLowerCase(), [...(headers.get(name.toLowerCase()) ?? []), value]);
  }
  if (headers.get('transfer-encoding')?.includes('chunked') && method !== 'HEAD') {
    return { status, headers, ...readChunked(after) };
  }
  const length =
    method === 'HEAD' || status === 204 || status === 304
      ? 0
      : Number(headers.get('content-length')?.[0] ?? after.length);
  return {
    status,
    headers,
    body: after.subarray(0, length),
    isWhole: after.length >= length,
    rest: after.subarray(length),
  };
};

export interface RawConnection {
  readonly socket: Socket;
  /** All that has come so far. */
  readonly received: () => Buffer;
  /** Resolves when what has come so far fulfils the condition; rejects when the connection ends before. */
  readonly until: (condition: (received: Buffer) => boolean) => Promise<void>;
  /** Resolves when the connection is closed, cleanly or not, with all that came. */
  readonly closed: Promise<Buffer>;
}

/** Opens a connection to a port of this machine. */
export const openRaw = async (port: number): Promise<RawConnection> => {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {}); // a broken connection shows in what did not come
  await once(socket, 'connect');
  let received: Buffer = Buffer.alloc(0);
  const looks = new Set<() => void>();
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    for (const look of looks) look();
  });
  const closed = once(socket, 'close').then(() => received);
  const until: RawConnection['until'] = (condition) =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!condition(received)) return;
        looks.delete(look);
        resolve();
      };
      looks.add(look);
      look();
      closed.then(() => reject(new Error(`closed after ${JSON.stringify(String(received))}`)));
    });
  return { socket, received: () => received, until, closed };
};

/** Sends a request as it stands and reads until the server closes; ask for that with `Connection: close`. */
export const exchange = async (port: number, request: string): Promise<RawResponse> => {
  const { socket, closed } = await openRaw(port);
  socket.write(request, 'latin1');
  const bytes = await closed;
  return parseResponse(bytes, /^\w+/.exec(request)?.[0]);
};
