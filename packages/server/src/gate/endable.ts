// Answers of `fetch` that can be ended while they are open.
import type { GateForward } from './forward.ts';

type Body = NonNullable<Response['body']>;

/** A stream of a known length, by which a Worker keeps the Content-Length of an answer. */
interface WithFixedLength {
  readonly FixedLengthStream?: new (length: number) => TransformStream<Uint8Array, Uint8Array>;
}

/**
 * A body that breaks off when `signal` is aborted. `onEnd` is called when nothing more comes of it, for whatever
 * reason.
 */
export const toEndable = (
  body: Body,
  headers: Headers,
  signal: AbortSignal,
  onEnd: () => void,
): Body => {
  const { FixedLengthStream } = globalThis as WithFixedLength;
  const length = Number(headers.get('content-length') ?? Number.NaN);
  const { readable, writable } =
    FixedLengthStream && Number.isSafeInteger(length)
      ? new FixedLengthStream(length)
      : new TransformStream<Uint8Array, Uint8Array>();
  body.pipeTo(writable, { signal }).then(onEnd, onEnd);
  return readable as Body;
};

/** A WebSocket of a Worker. */
interface WorkerSocket extends Pick<WebSocket, 'send' | 'addEventListener' | 'binaryType'> {
  accept(): void;
  close(code?: number, reason?: string): void;
}

interface WithWebSocketPair {
  readonly WebSocketPair?: new () => { readonly 0: WorkerSocket; readonly 1: WorkerSocket };
}

/** Whether this platform can pass on a WebSocket. */
export const canPassWebSockets = (): boolean =>
  (globalThis as WithWebSocketPair).WebSocketPair !== undefined;

const POLICY_VIOLATION = 1008;

/** Closes with what the other side has closed with; 1005, 1006 and 1015 say that it has not said (RFC 6455 section 7.4). */
const close = (socket: WorkerSocket, code: number, reason = ''): void => {
  try {
    if (code === 1005) socket.close();
    else socket.close([1006, 1015].includes(code) ? 1011 : code, reason);
  } catch {
    // It is closed.
  }
};

/** The answer that passes on the WebSocket of an upstream; through here where a token is watched, which then ends it. */
export const toWebSocketResponse = (
  upstream: Response,
  headers: Headers,
  watch: GateForward['watch'],
): Response => {
  let { webSocket } = upstream as Response & { readonly webSocket?: WorkerSocket };
  const { WebSocketPair } = globalThis as WithWebSocketPair;
  if (webSocket && WebSocketPair && watch) {
    const far = webSocket;
    const { 0: client, 1: near } = new WebSocketPair();
    for (const socket of [near, far]) {
      socket.accept();
      socket.binaryType = 'arraybuffer';
    }
    const stop = watch(() => {
      for (const socket of [near, far]) close(socket, POLICY_VIOLATION);
    });
    const pass = (from: WorkerSocket, to: WorkerSocket): void => {
      from.addEventListener('message', ({ data }) => to.send(data));
      from.addEventListener('error', () => close(to, 1006));
      from.addEventListener('close', ({ code, reason }) => {
        stop();
        close(to, code, reason);
        close(from, code, reason);
      });
    };
    pass(near, far);
    pass(far, near);
    webSocket = client;
  }
  return new Response(null, { status: 101, headers, webSocket } as ResponseInit);
};
