// The HTTP server that carries the gate.
import { unlink } from 'node:fs/promises';
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { CliError, causeOf } from '../io/errors.ts';
import { quote } from '../io/io.ts';

/** A certificate with its chain, and its key, as PEM. */
interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Where a server listens: on a port, or on a Unix socket. */
type ListenAddress =
  | { readonly port: number; readonly host: string; readonly socketPath?: undefined }
  | { readonly socketPath: string };

/** Where and how a server listens. */
export interface ListenOptions {
  readonly address: ListenAddress;
  readonly tls: Certificate | undefined;
  /** Greatest size of a request's headers in bytes. */
  readonly maxHeaderBytes: number;
}

/** What a server does with what comes in. */
export interface ServerHandlers {
  readonly onRequest: (request: IncomingMessage, response: ServerResponse) => void;
  readonly onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Called for what cannot be read as a request, with the status that it gets. */
  readonly onUnreadable: (status: number, socket: Socket) => void;
}

/** A server that accepts connections. */
export interface RunningServer {
  /** Where it listens: `127.0.0.1:8787`, `[::1]:8787`, or `unix:/run/gate.sock`. */
  readonly address: string;
  /**
   * Speaks with another certificate from the next connection on.
   *
   * @throws {CliError} when it is none, or the key does not fit
   */
  readonly setCertificate: (certificate: Certificate) => void;
  /** Takes no more connections, and waits for what is in flight, at most `graceMs` milliseconds. */
  readonly close: (graceMs: number) => Promise<void>;
}

const REFUSED_CONNECT =
  'HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
const IDLE_CHECK_MS = 50;

/** Headers have to come in time; a large upload takes as long as it takes. */
export const SERVER_OPTIONS = { headersTimeout: 60_000, requestTimeout: 0 } as const;

/** Node's own answers to what it cannot read. */
const UNREADABLE: Readonly<Record<string, readonly [status: number, reason: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'Payload Too Large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout'],
};

/** Whether an answer has begun on a connection, which another one would garble. */
const hasBegun = (socket: Socket): boolean =>
  Reflect.get(Object(Reflect.get(socket, '_httpMessage')), '_headerSent') === true;

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

const listenOnce = (server: Server | TlsServer, address: ListenAddress): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    const done = (): void => {
      server.off('error', reject);
      resolve();
    };
    if (address.socketPath === undefined) server.listen(address.port, address.host, done);
    else server.listen(address.socketPath, done);
  });

/** Whether a Unix socket is left over from a process that has ended. */
const isLeftOver = (socketPath: string): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = connect(socketPath);
    probe.once('connect', () => {
      probe.destroy();
      resolve(false);
    });
    probe.once('error', (error) => resolve(codeOf(error) === 'ECONNREFUSED'));
  });

const listen = async (server: Server | TlsServer, address: ListenAddress): Promise<string> => {
  const { socketPath } = address;
  const fail = (error: unknown): never => {
    const [place, option] =
      socketPath === undefined
        ? [`${address.host} port ${address.port}`, '--port']
        : [quote(socketPath), '--listen'];
    const hint = codeOf(error) === 'EADDRINUSE' ? `choose another with ${option}` : undefined;
    throw new CliError('ERR_NETWORK', `cannot listen on ${place}: ${causeOf(error)}`, hint);
  };
  if (socketPath !== undefined) {
    await listenOnce(server, address).catch(async (error: unknown) => {
      if (codeOf(error) !== 'EADDRINUSE' || !(await isLeftOver(socketPath))) return fail(error);
      await unlink(socketPath);
      return listenOnce(server, address).catch(fail);
    });
    return `unix:${socketPath}`;
  }
  await listenOnce(server, address).catch(fail);
  const { port } = server.address() as AddressInfo; // bound, and not to a socket
  return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${port}`;
};

const close = (
  server: Server | TlsServer,
  silent: ReadonlySet<Socket>,
  graceMs: number,
): Promise<void> =>
  new Promise((resolve) => {
    // Opened ahead of need, as browsers do: Node does not count these as idle.
    for (const socket of silent) if (socket.bytesRead === 0) socket.destroy();
    const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
    const last = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearInterval(idle);
      clearTimeout(last);
      resolve();
    });
  });

/** What OpenSSL says of a certificate names no part of it, but nobody has to know its words. */
const orExplain = <T>(use: () => T): T => {
  try {
    return use();
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    throw new CliError(
      'ERR_FILE',
      `--tls-cert and --tls-key are not a certificate with its key in PEM (${code})`,
    );
  }
};

/**
 * Serves requests.
 *
 * @throws {CliError} when the address cannot be listened on, or the certificate is none
 */
export const startServer = async (
  { onRequest, onUpgrade, onUnreadable }: ServerHandlers,
  { address, tls, maxHeaderBytes }: ListenOptions,
): Promise<RunningServer> => {
  const options: ServerOptions = { ...SERVER_OPTIONS, maxHeaderSize: maxHeaderBytes };
  const server = orExplain(() =>
    tls === undefined ? createServer(options) : createTlsServer({ ...options, ...tls }),
  );
  server.maxHeadersCount = 0; // limited by their size: beyond a number Node drops fields silently
  server.on('request', onRequest).on('checkContinue', onRequest).on('upgrade', onUpgrade);
  server.on('connect', (_request: IncomingMessage, socket: Socket) => socket.end(REFUSED_CONNECT));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable || hasBegun(socket)) {
      socket.destroy();
      return;
    }
    const [status, reason] = UNREADABLE[error.code ?? ''] ?? [400, 'Bad Request'];
    socket.end(`HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    onUnreadable(status, socket);
  });
  const silent = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  const bound = await listen(server, address);
  return {
    address: bound,
    setCertificate: (certificate) =>
      orExplain(() => (server as TlsServer).setSecureContext(certificate)), // asked only where there is one
    close: (graceMs) => close(server, silent, graceMs),
  };
};
