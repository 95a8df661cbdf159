// Servers with one weakness each, and what the doctor says of them.
// Never leaves one running, and never shares one between tests.
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { type ProbeOptions, probe } from '../../src/doctor/probe.ts';
import type { Result, Status } from '../../src/doctor/report.ts';
import { SECRET } from '../made-tokens.ts';

export type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

/** Serves on a free port of this machine until the test is over, and returns the origin. */
export const listen = async (handler: Handler): Promise<string> => {
  const server = createServer((request, response) => void handler(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // bound, and not to a pipe
};

/** Probes with the secret at hand, unless told otherwise. */
export const probeAt = async (
  url: string,
  options: Partial<ProbeOptions> = {},
): Promise<readonly Result[]> => {
  const { signal } = new AbortController();
  const results: Result[] = [];
  const all = probe({ url: new URL(url), signal, key: Buffer.from(SECRET), ...options });
  for await (const result of all) results.push(result);
  return results;
};

/** The results of one kind, or of several: each name with its detail. */
export const detailsOf = (
  results: readonly Result[],
  ...statuses: readonly Status[]
): Record<string, string> =>
  Object.fromEntries(
    results
      .filter(({ status }) => statuses.includes(status))
      .map(({ name, detail }) => [name, detail]),
  );

/** What is worth a look. */
export const troublesOf = (results: readonly Result[]): Record<string, string> =>
  Object.fromEntries(
    results
      .filter(({ status }) => status === 'warn' || status === 'fail')
      .map(({ name, status, detail }) => [name, `${status}: ${detail}`]),
  );

/** What a verifier may be careless about. */
export type Flaw = 'signature' | 'none' | 'alg' | 'exp' | 'nbf';

const decode = (part: string): string => Buffer.from(part, 'base64url').toString();

/** A strict verifier, but for its flaws. */
export const isGood = (token: string, flaws: readonly Flaw[] = []): boolean => {
  const has = (flaw: Flaw): boolean => flaws.includes(flaw);
  const [head = '', body = '', tail = '', ...more] = token.split('.');
  if (head === '' || body === '' || more.length > 0) return false;
  try {
    const header = JSON.parse(decode(head)) as { alg?: unknown; crit?: unknown };
    const claims = JSON.parse(decode(body)) as { exp?: unknown; nbf?: unknown };
    if (header.alg === 'none' && has('none') && tail === '') return true;
    if (header.alg !== 'HS256' && !has('alg')) return false;
    if (header.crit !== undefined) return false;
    const mac = createHmac('sha256', SECRET).update(`${head}.${body}`).digest('base64url');
    if (tail.length < 43 || (tail !== mac && !has('signature'))) return false;
    const now = Date.now() / 1000;
    const { exp, nbf } = claims;
    if (typeof exp === 'number' && exp <= now && !has('exp')) return false;
    return !(typeof nbf === 'number' && nbf > now && !has('nbf'));
  } catch {
    return false;
  }
};

/** What a request's Authorization header holds behind Bearer. */
export const bearerOf = ({ headers }: IncomingMessage): string =>
  /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';

/** The usual refusal. */
export const refuse = (response: ServerResponse, body = 'Unauthorized'): void => {
  response.writeHead(401, { 'www-authenticate': 'Bearer realm="api"' }).end(body);
};

/** A server that does all as it should, but for how it decides on a request that needs a token. */
export const guardBy =
  (
    isLetIn: (request: IncomingMessage) => boolean,
    instead: { readonly answer?: Handler; readonly refuse?: Handler } = {},
  ): Handler =>
  (request, response) => {
    const { method, headers } = request;
    if (method === 'OPTIONS' && headers['access-control-request-method'] !== undefined) {
      return response.writeHead(204).end();
    }
    if (!isLetIn(request))
      return (instead.refuse ?? ((_, answer) => refuse(answer)))(request, response);
    return (instead.answer ?? ((_, answer) => answer.end('things')))(request, response);
  };
