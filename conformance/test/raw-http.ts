// HTTP over one plain socket, kept alive: what is sent is sent byte for byte, what comes back is read as it came.
// Never repairs an answer: where the connection ends without one, there is none.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  /** Undefined where the connection ended without an answer. */
  readonly status: number | undefined;
  /** The header section as it came, a character for each byte. */
  readonly head: string;
  readonly body: string;
  /** Whether the server closes the connection. */
  readonly isLast: boolean;
}

const NO_ANSWER: RawAnswer = { status: undefined, head: '', body: '', isLast: true };

const readChunks = (text: string): string | undefined => {
  let body = '';
  for (let at = 0; ; ) {
    const line = text.indexOf('\r\n', at);
    const size = line === -1 ? Number.NaN : Number.parseInt(text.slice(at, line), 16);
    const start = line + 2;
    if (Number.isNaN(size) || text.length < start + size + 2) return undefined;
    if (size === 0) return body;
    body += text.slice(start, start + size);
    at = start + size + 2;
  }
};

/** The answer in `text`, where it is whole. */
const readAnswer = (text: string, isHead: boolean, isOver: boolean): RawAnswer | undefined => {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return isOver ? NO_ANSWER : undefined;
  const head = text.slice(0, end);
  const rest = text.slice(end + 4);
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
  const isLast = /^connection: close$/im.test(head);
  const length = /^content-length: (\d+)$/im.exec(head)?.[1];
  const whole = (body: string): RawAnswer => ({ status, head, body, isLast });
  if (isHead || status === 204 || status === 304) return whole('');
  if (/^transfer-encoding: chunked$/im.test(head)) {
    const body = readChunks(rest);
    return body === undefined ? undefined : whole(body);
  }
  if (length !== undefined) {
    return rest.length < Number(length) ? undefined : whole(rest.slice(0, Number(length)));
  }
  return isOver ? whole(rest) : undefined;
};

export interface RawClient {
  /** Sends a request, a byte for each character, and reads its answer. One at a time. */
  readonly ask: (request: string) => Promise<RawAnswer>;
  readonly close: () => void;
}

/** Asks a port of this machine, on one connection for as long as the server keeps it. */
export const createRawClient = (port: number): RawClient => {
  let current: Socket | undefined;

  const open = async (): Promise<Socket> => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.on('error', () => {}); // a broken connection shows in what did not come
    await once(socket, 'connect');
    return socket;
  };

  const exchange = (socket: Socket, request: string): Promise<RawAnswer> =>
    new Promise((resolve) => {
      const isHead = request.startsWith('HEAD ');
      let text = '';
      const look = (isOver: boolean): void => {
        const answer = readAnswer(text, isHead, isOver);
        if (answer === undefined) return;
        socket.off('data', hear).off('close', end);
        if (isOver || answer.isLast) {
          current = undefined;
          socket.destroy();
        }
        resolve(answer);
      };
      const hear = (chunk: Buffer): void => {
        text += chunk.toString('latin1');
        look(false);
      };
      const end = (): void => look(true);
      socket.on('data', hear).on('close', end);
      socket.write(request, 'latin1');
    });

  return {
    ask: async (request) => {
      if (current === undefined || current.destroyed || current.readableEnded)
        current = await open();
      return exchange(current, request);
    },
    close: () => current?.destroy(),
  };
};
