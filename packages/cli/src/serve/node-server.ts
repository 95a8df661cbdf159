// The HTTP server that carries the gate.
import { once } from 'node:events';
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
import type { ServeOptions } from './options.ts';
import type { GateConfig } from './reloadable-config.ts';

/** A certificate with its chain, and its key, as PEM. */
type Certificate = NonNullable<GateConfig['tls']>;

/** Where a server listens: on a port, on a Unix socket, or on a socket that systemd has opened. */
export type ListenAddress =
  | { readonly port: number; readonly host: string }
  | { readonly socketPath: string }
  | { readonly fd: number };

/** What a server does with what comes in. */
interface ServerHandlers {
  readonly onRequest: (request: IncomingMessage, response: ServerResponse) => void;
  readonly onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Called for what cannot be read as a request, with the status that it gets. */
  readonly onUnreadable: (status: number, socket: Socket) => void;
  /** Called for each connection beyond `maxConnections`, which is closed. */
  readonly onDropped: () => void;
}

const REFUSED_CONNECT = 'Method Not Allowed\r\nAllow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';
const IDLE_CHECK_MS = 50;
/** How long a new connection may take to send its first byte, once the server closes. */
const SILENT_MS = 1000;

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

const listenOnce = async (server: Server | TlsServer, address: ListenAddress): Promise<void> => {
  server.listen('socketPath' in address ? { path: address.socketPath } : address);
  await once(server, 'listening');
};

/** Whether a Unix socket is left over from a process that has ended. */
const isLeftOver = async (socketPath: string): Promise<boolean> => {
  const probe = connect(socketPath);
  const error = await once(probe, 'connect').catch((reason: unknown) => reason);
  probe.destroy();
  return codeOf(error) === 'ECONNREFUSED';
};

/** How an address is named in messages, and the option that changes it. */
const nameAddress = (address: ListenAddress): readonly [place: string, option: string] => {
  if ('fd' in address) return ['the socket of LISTEN_FDS', 'the socket unit'];
  if ('socketPath' in address) return [quote(address.socketPath), '--listen'];
  return [`${address.host} port ${address.port}`, '--port'];
};

const listen = async (server: Server | TlsServer, address: ListenAddress): Promise<string> => {
  const fail = (error: unknown): never => {
    const [place, option] = nameAddress(address);
    const hint =
      codeOf(error) === 'EADDRINUSE'
        ? `another program, perhaps a gate, listens there: end it, or choose another with ${option}`
        : undefined;
    throw new CliError('ERR_NETWORK', `cannot listen on ${place}: ${causeOf(error)}`, hint);
  };
  await listenOnce(server, address).catch(async (error: unknown) => {
    const isTaken = 'socketPath' in address && codeOf(error) === 'EADDRINUSE';
    if (!isTaken || !(await isLeftOver(address.socketPath))) return fail(error);
    await unlink(address.socketPath);
    return listenOnce(server, address).catch(fail);
  });
  if ('socketPath' in address) return `unix:${address.socketPath}`;
  const bound = server.address() as AddressInfo | null; // null for a Unix socket that was handed in
  if (bound === null) return 'fd 3';
  const host = 'host' in address ? address.host : bound.address;
  return `${host.includes(':') ? `[${host}]` : host}:${bound.port}`;
};

const close = (
  server: Server | TlsServer,
  sockets: ReadonlyMap<Socket, number>,
  graceMs: number,
): Promise<number> =>
  new Promise((resolve) => {
    let cut = 0;
    const closeIdle = (): void => {
      server.closeIdleConnections();
      // Opened ahead of need, as browsers do: Node does not count these as idle.
      for (const [socket, openedMs] of sockets) {
        const isSilent = socket.bytesRead === 0 && performance.now() - openedMs > SILENT_MS;
        if (isSilent) socket.destroy();
      }
    };
    const idle = setInterval(closeIdle, IDLE_CHECK_MS);
    const last = setTimeout(() => {
      cut = sockets.size;
      for (const socket of sockets.keys()) socket.destroy();
    }, graceMs);
    closeIdle();
    server.close(() => {
      clearInterval(idle);
      clearTimeout(last);
      resolve(cut);
    });
  });

/** Replaces OpenSSL's words, which few people know. */
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

/** Creates the server. It does not listen yet. @throws {CliError} when the certificate is not one */
export const createNodeServer = (
  { onRequest, onUpgrade, onUnreadable, onDropped }: ServerHandlers,
  address: ListenAddress,
  tls: Certificate | undefined,
  {
    maxHeaderBytes,
    keepAlive,
    maxConnections,
  }: Pick<ServeOptions, 'maxHeaderBytes' | 'keepAlive' | 'maxConnections'>,
) => {
  const options: ServerOptions = {
    ...SERVER_OPTIONS,
    maxHeaderSize: maxHeaderBytes,
    keepAliveTimeout: keepAlive * 1000,
  };
  const server = orExplain(() =>
    tls === undefined ? createServer(options) : createTlsServer({ ...options, ...tls }),
  );
  server.maxHeadersCount = 0; // limited by their size: beyond a number Node drops fields silently
  if (maxConnections !== undefined) server.maxConnections = maxConnections;
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    if (!server.listening) response.shouldKeepAlive = false; // it is closing
    onRequest(request, response);
  };
  const refuse = (socket: Socket, status: number, head: string): void => {
    socket.on('error', () => {}); // Node no longer listens: a reset would end the process
    socket.end(`HTTP/1.1 ${status} ${head}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    onUnreadable(status, socket);
  };
  server.on('request', answer).on('checkContinue', answer);
  server.on('upgrade', onUpgrade).on('drop', onDropped);
  server.on('connect', (_: IncomingMessage, socket: Socket) =>
    refuse(socket, 405, REFUSED_CONNECT),
  );
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable || hasBegun(socket)) socket.destroy();
    else refuse(socket, ...(UNREADABLE[error.code ?? ''] ?? ([400, 'Bad Request'] as const)));
  });
  const sockets = new Map<Socket, number>();
  server.on('connection', (socket: Socket) => {
    if (sockets.has(socket)) return; // the gate has given it back, after an offer of another protocol
    sockets.set(socket, performance.now());
    socket.once('close', () => sockets.delete(socket));
  });
  return {
    /** Resolves with the place: `127.0.0.1:8790`, `[::1]:8790`, `unix:/run/gate.sock`, `fd 3`. @throws {CliError} */
    listen: () => listen(server, address),
    /** Uses another certificate for new connections, where it has one. @throws {CliError} when the key does not fit */
    setCertificate: (certificate: Certificate) =>
      orExplain(() => (server as TlsServer).setSecureContext(certificate)),
    countConnections: () => sockets.size,
    /**
     * Accepts no more connections and waits for requests that are under way, at most `graceMs` milliseconds. Resolves
     * with the number of connections that it had to cut off.
     */
    close: (graceMs: number) => close(server, sockets, graceMs),
  };
};
