// A Hono application on Node's HTTP server: streams both ways, and ends without cutting anyone off.
// Never turns an answer that broke off into one that looks whole.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import { createAdaptorServer } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { CliError } from '../io/io.ts';

/** What Node adds to a request. */
export interface NodeBindings {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

/** A certificate with its chain, and its key, as PEM. */
interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Where a server listens, and with which certificate where it speaks TLS. */
export interface ListenOptions {
  readonly port: number;
  readonly host: string;
  readonly tls: Certificate | undefined;
}

/** A server that accepts connections. */
export interface RunningServer {
  /** The port that was found where 0 was asked for. */
  readonly port: number;
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

/** Writes an answer. When either side breaks off, the other is told by a broken connection. */
const send = async (response: Response, outgoing: ServerResponse): Promise<void> => {
  for (const [name, value] of response.headers) outgoing.appendHeader(name, value);
  outgoing.writeHead(response.status);
  if (response.body === null) {
    outgoing.end();
    return;
  }
  outgoing.flushHeaders();
  // The same class under two names: Node's own types and the DOM's.
  const body = Readable.fromWeb(response.body as NodeReadableStream);
  await pipeline(body, outgoing).catch(() => {});
};

const listen = (server: Server | TlsServer, port: number, host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', ({ code }: NodeJS.ErrnoException) => {
      const advice = code === 'EADDRINUSE' ? 'it is in use; choose another with --port' : code;
      reject(new CliError(`cannot listen on port ${port}: ${advice}`));
    });
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port)); // bound, and not to a pipe
  });

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
      `--tls-cert and --tls-key hold no certificate with its key in PEM (${code})`,
    );
  }
};

/**
 * Serves an application.
 *
 * @throws {CliError} when the port cannot be listened on, or the certificate is none
 */
export const startServer = async (
  answer: (request: Request, env: NodeBindings) => Promise<Response>,
  { port, host, tls }: ListenOptions,
): Promise<RunningServer> => {
  const handler = {
    hostname: host,
    overrideGlobalObjects: false,
    fetch: async (request: Request, env: unknown) => {
      const bindings = env as NodeBindings; // HTTP/1.1 only, by the servers below
      const isMisled = new RegExp(tls ? '^http:' : '^https:', 'i').test(
        bindings.incoming.url ?? '',
      );
      const response = isMisled
        ? new Response('The target names another scheme than the connection has.\n', {
            status: 400,
          })
        : await answer(request, bindings);
      await send(response, bindings.outgoing);
      return RESPONSE_ALREADY_SENT;
    },
  };
  const server = orExplain(() =>
    tls === undefined
      ? createAdaptorServer({ ...handler, createServer, serverOptions: SERVER_OPTIONS })
      : createAdaptorServer({
          ...handler,
          createServer: createTlsServer,
          serverOptions: { ...SERVER_OPTIONS, ...tls },
        }),
  ) as Server | TlsServer;
  server.on('connect', (_request: IncomingMessage, socket: Socket) => socket.end(REFUSED_CONNECT));
  const silent = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  const bound = await listen(server, port, host);
  return {
    port: bound,
    setCertificate: (certificate) =>
      orExplain(() => (server as TlsServer).setSecureContext(certificate)), // asked only where there is one
    close: (graceMs) => close(server, silent, graceMs),
  };
};
