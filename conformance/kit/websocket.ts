// The server's side of a WebSocket (RFC 6455), as plain as a test needs it: handshakes and whole frames.
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

export interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
}

export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;

/** A frame with no mask, in one piece. */
export const toFrame = (opcode: number, payload: Buffer): Buffer => {
  const { length } = payload;
  const first = 0x80 | opcode;
  if (length < 126) return Buffer.concat([Buffer.from([first, length]), payload]);
  const extended = Buffer.alloc(length < 65_536 ? 2 : 8);
  if (length < 65_536) extended.writeUInt16BE(length);
  else extended.writeBigUInt64BE(BigInt(length));
  const marker = length < 65_536 ? 126 : 127;
  return Buffer.concat([Buffer.from([first, marker]), extended, payload]);
};

/** Calls `onFrame` with each whole frame of what it is given, in pieces of any size. */
export const createFrameParser = (onFrame: (frame: Frame) => void): ((chunk: Buffer) => void) => {
  let chunks: Buffer[] = [];
  let waiting = 0;
  let needed = 2;
  return (chunk) => {
    chunks.push(chunk);
    waiting += chunk.length;
    while (waiting >= needed) {
      const bytes = Buffer.concat(chunks);
      chunks = [bytes];
      const [first = 0, second = 0] = bytes;
      const marker = second & 0x7f;
      const isMasked = second >= 0x80;
      const extended = marker === 127 ? 8 : marker === 126 ? 2 : 0;
      const start = 2 + extended + (isMasked ? 4 : 0);
      if (bytes.length < start) {
        needed = start;
        return;
      }
      const length =
        extended === 8
          ? Number(bytes.readBigUInt64BE(2))
          : extended === 2
            ? bytes.readUInt16BE(2)
            : marker;
      if (bytes.length < start + length) {
        needed = start + length;
        return;
      }
      const payload = Buffer.from(bytes.subarray(start, start + length));
      const mask = bytes.subarray(start - 4, start);
      if (isMasked)
        for (let i = 0; i < length; i++) payload[i] = (payload[i] ?? 0) ^ (mask[i % 4] ?? 0);
      const rest = bytes.subarray(start + length);
      chunks = [rest];
      waiting = rest.length;
      needed = 2;
      onFrame({ opcode: first & 0x0f, payload });
    }
  };
};

/** Agrees to a WebSocket. `fields` are whole header lines. */
export const acceptWebSocket = (
  { headers }: IncomingMessage,
  socket: Duplex,
  fields: readonly string[] = [],
): void => {
  const accept = createHash('sha1')
    .update(`${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64');
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${accept}`,
    ...fields,
  ];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
};

/** Sends back what comes, and answers a close frame with another. */
export const echo = (socket: Duplex, head: Buffer): void => {
  const read = createFrameParser(({ opcode, payload }) => {
    if (opcode === CLOSE) socket.end(toFrame(CLOSE, payload.subarray(0, 2)));
    else socket.write(toFrame(opcode, payload));
  });
  socket
    .on('error', () => {})
    .on('data', read)
    .once('end', () => socket.end());
  if (head.length > 0) read(head);
};
