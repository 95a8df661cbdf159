// HTTP/1.1 messages as they are on the wire, taken apart no further than their framing.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';

/** Where a message ends. */
export type Framing = 'none' | 'length' | 'chunked' | 'close';

/** A request or a response. All text has one character for each byte. */
export interface WireMessage {
  readonly start: string;
  /** The fields as they are, without their line ends. */
  readonly fields: readonly string[];
  readonly framing: Framing;
  readonly body: Buffer;
  readonly trailers: readonly string[];
  /** The heads of interim responses before it. */
  readonly interim: readonly string[];
  /** What follows it on the connection. */
  readonly rest: Buffer;
}

const NOTHING: Buffer = Buffer.alloc(0);

/** The values of a field. */
export const valuesOf = (fields: readonly string[], name: string): readonly string[] =>
  fields
    .filter((field) => field.toLowerCase().startsWith(`${name}:`))
    .map((field) => field.slice(name.length + 1).trim());

type Framed = Pick<WireMessage, 'body' | 'trailers' | 'rest'>;

const readChunked = (bytes: Buffer): Framed | undefined => {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd === -1) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    if (size === 0) {
      const end = bytes.indexOf('\r\n\r\n', lineEnd);
      if (end === -1) return undefined;
      const block = bytes.toString('latin1', lineEnd + 2, end);
      const trailers = end === lineEnd ? [] : block.split('\r\n');
      return { body: Buffer.concat(chunks), trailers, rest: bytes.subarray(end + 4) };
    }
    const end = lineEnd + 2 + size;
    if (bytes.length < end + 2) return undefined;
    chunks.push(bytes.subarray(lineEnd + 2, end));
    at = end + 2;
  }
};

/** The first message in `bytes`; `undefined` until it is whole. */
const readMessage = (
  bytes: Buffer,
  chooseFraming: (start: string, fields: readonly string[]) => Framing,
  isClosed = false,
  interim: readonly string[] = [],
): WireMessage | undefined => {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const head = bytes.toString('latin1', 0, headEnd);
  const [start = '', ...fields] = head.split('\r\n');
  const after = bytes.subarray(headEnd + 4);
  if (/^HTTP\/1\.1 1(?!01)\d\d /.test(start)) {
    return readMessage(after, chooseFraming, isClosed, [...interim, head]);
  }
  const framing = chooseFraming(start, fields);
  const made = (framed: Framed | undefined): WireMessage | undefined =>
    framed && { start, fields, framing, interim, ...framed };
  if (framing === 'chunked') return made(readChunked(after));
  if (framing === 'close') {
    return isClosed ? made({ body: after, trailers: [], rest: NOTHING }) : undefined;
  }
  const length = framing === 'length' ? Number(valuesOf(fields, 'content-length')[0]) : 0;
  if (after.length < length) return undefined;
  return made({ body: after.subarray(0, length), trailers: [], rest: after.subarray(length) });
};

/** The first request in `bytes`; `undefined` until it is whole. */
export const readRequest = (bytes: Buffer): WireMessage | undefined =>
  readMessage(bytes, (_start, fields) => {
    if (valuesOf(fields, 'transfer-encoding').length > 0) return 'chunked';
    return valuesOf(fields, 'content-length').length > 0 ? 'length' : 'none';
  });

/** The first response in `bytes`, with the interim ones before it; `undefined` until it is whole. */
export const readResponse = (
  bytes: Buffer,
  method: string,
  isClosed = false,
): WireMessage | undefined =>
  readMessage(
    bytes,
    (start, fields) => {
      if (method === 'HEAD' || /^\S+ (?:204|304)/.test(start)) return 'none';
      if (valuesOf(fields, 'transfer-encoding').length > 0) return 'chunked';
      return valuesOf(fields, 'content-length').length > 0 ? 'length' : 'close';
    },
    isClosed,
  );

/** Answers requests byte for byte. */
export interface RawUpstream {
  readonly port: number;
  readonly url: string;
  /** The whole requests so far. */
  readonly requests: WireMessage[];
  /** Sets what happens with each request from now on. */
  readonly handle: (answer: (request: WireMessage, socket: Socket) => void) => void;
  /** Sets what happens with each head, before the body behind it has come. */
  readonly handleHead: (
    onHead: ((fields: readonly string[], socket: Socket) => void) | undefined,
  ) => void;
  /** Sets what happens with each connection as soon as it is there, instead of reading requests. */
  readonly handleConnection: (accept: ((socket: Socket) => void) | undefined) => void;
  /** How many connections there were. */
  readonly connections: () => number;
  readonly close: () => Promise<void>;
}

export const startRawUpstream = async (): Promise<RawUpstream> => {
  const requests: WireMessage[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  let accept: ((socket: Socket) => void) | undefined;
  let onHead: ((fields: readonly string[], socket: Socket) => void) | undefined;
  let answer = (_request: WireMessage, socket: Socket): void => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  };
  const server = createServer({ noDelay: true }, (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
    if (accept) {
      accept(socket);
      return;
    }
    let bytes = NOTHING;
    let isHeadTold = false;
    socket.on('data', (chunk) => {
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
      const headEnd = bytes.indexOf('\r\n\r\n');
      if (headEnd !== -1 && !isHeadTold) {
        isHeadTold = true;
        onHead?.(bytes.toString('latin1', 0, headEnd).split('\r\n').slice(1), socket);
      }
      for (let request = readRequest(bytes); request; request = readRequest(bytes)) {
        bytes = request.rest;
        isHeadTold = false;
        requests.push(request);
        answer(request, socket);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    requests,
    handle: (next) => {
      answer = next;
    },
    handleHead: (next) => {
      onHead = next;
    },
    handleConnection: (next) => {
      accept = next;
    },
    connections: () => connections,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
};
