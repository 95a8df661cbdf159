import type { Socket } from 'node:net';

/** Why a gate ends a tunnel, as a WebSocket says it (RFC 6455 section 7.4.1). */
export const GOING_AWAY_CODE = 1001;
export const POLICY_VIOLATION_CODE = 1008;

/** Two connections, each of which gets what comes from the other. */
export interface Tunnel {
  /** Ends both; a WebSocket that is between two frames with a close frame. */
  readonly end: (code: number) => void;
}

/** How long a client may take to read a close frame. */
const LINGER_MS = 2000;
/** A connection over which nothing comes is asked whether it still lives. */
const KEEP_ALIVE_MS = 60_000;

/** Follows the frames of a WebSocket server (RFC 6455 section 5.2). */
const createFrameReader = () => {
  const header = Buffer.alloc(14);
  let headerBytes = 0;
  let payloadLeft = 0;
  let isClosing = false;
  const sizeOfHeader = (): number => {
    const length = (header[1] ?? 0) & 0x7f;
    const extended = length === 127 ? 8 : length === 126 ? 2 : 0;
    return 2 + extended + ((header[1] ?? 0) & 0x80 ? 4 : 0);
  };
  const readLength = (): number => {
    const length = (header[1] ?? 0) & 0x7f;
    if (length === 127) return Number(header.readBigUInt64BE(2));
    return length === 126 ? header.readUInt16BE(2) : length;
  };
  return {
    read: (chunk: Buffer): void => {
      for (let at = 0; at < chunk.length; ) {
        if (payloadLeft > 0) {
          const taken = Math.min(payloadLeft, chunk.length - at);
          payloadLeft -= taken;
          at += taken;
          continue;
        }
        header[headerBytes] = chunk[at] ?? 0;
        headerBytes += 1;
        at += 1;
        if (headerBytes < 2 || headerBytes < sizeOfHeader()) continue;
        payloadLeft = readLength();
        isClosing ||= ((header[0] ?? 0) & 0x0f) === 8;
        headerBytes = 0;
      }
    },
    /** Whether a frame may follow. */
    isBetween: (): boolean => payloadLeft === 0 && headerBytes === 0 && !isClosing,
  };
};

const toCloseFrame = (code: number): Buffer => Buffer.from([0x88, 2, code >> 8, code & 0xff]);

/** Connects two connections until both have ended. Either may end first in one direction. */
export const openTunnel = (client: Socket, upstream: Socket, isWebSocket: boolean): Tunnel => {
  const frames = isWebSocket ? createFrameReader() : undefined;
  let isEnding = false;
  const pass = (from: Socket, to: Socket): void => {
    from.allowHalfOpen = true;
    from.setKeepAlive(true, KEEP_ALIVE_MS);
    from.once('close', () => {
      if (isEnding) return;
      if (from.readableEnded) to.destroySoon();
      else to.destroy();
    });
    from.pipe(to);
  };
  if (frames !== undefined) upstream.on('data', frames.read);
  pass(client, upstream);
  pass(upstream, client);
  return {
    end: (code) => {
      isEnding = true;
      client.unpipe(upstream);
      upstream.unpipe(client);
      upstream.destroy();
      if (!frames?.isBetween() || !client.writable) {
        client.destroy();
        return;
      }
      client.end(toCloseFrame(code));
      // Read to its end: closed with something unread, the connection would be reset, and the frame lost.
      client.resume();
      const linger = setTimeout(() => client.destroy(), LINGER_MS);
      client.once('close', () => clearTimeout(linger));
    },
  };
};
