// Servers on loopback, with or without TLS, that record requests and end with the test.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

interface Received {
  readonly path: string | undefined;
  readonly authorization: string | undefined;
  readonly own: string | string[] | undefined;
  readonly body: string;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A certificate for 127.0.0.1 and its key. Undefined without openssl, which CI must have. */
export const makeCertificate = (): { cert: Buffer; key: Buffer } | undefined => {
  const folder = mkdtempSync(join(tmpdir(), 'zep-auth-sdk-'));
  try {
    const files = ['-keyout', join(folder, 'key'), '-out', join(folder, 'cert')];
    const words =
      'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=zep-auth';
    const args = [...words.split(' '), '-addext', 'subjectAltName=IP:127.0.0.1', ...files];
    execFileSync('openssl', args, { stdio: 'ignore' });
    return { cert: readFileSync(join(folder, 'cert')), key: readFileSync(join(folder, 'key')) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || process.env['CI']) throw error;
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/** Starts a server on loopback that records its requests. */
export const start = async (
  answer: Answer = (_, response) => response.end('arrived'),
  certificate?: { cert: Buffer; key: Buffer },
) => {
  const received: Received[] = [];
  const listener = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { authorization, 'x-own': own } = request.headers;
    received.push({ path: request.url, authorization, own, body });
    answer(request, response);
  };
  const server =
    certificate === undefined ? createServer(listener) : createTlsServer(certificate, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 2048, resolve));
  closers.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return { origin: `http${certificate === undefined ? '' : 's'}://127.0.0.1:${port}`, received };
};

/** Starts a server that redirects everything but `/target`. */
export const startRedirecting = (
  status: number,
  location: () => string,
  certificate?: { cert: Buffer; key: Buffer },
) =>
  start((request, response) => {
    if (request.url === '/target') response.end('arrived');
    else response.writeHead(status, { location: location() }).end();
  }, certificate);
