// The options of `zepcli serve`. Nothing opens by default: what is not asked for stays closed.
import { parseDuration } from '../argv/values.ts';
import {
  envFile,
  flag,
  integer,
  parsed,
  secretFile,
  text,
  texts,
  type ValuesOf,
  word,
} from '../command.ts';
import { UsageError } from '../io/io.ts';

const PORTS = [0, 65_535] as const;

const parseThrottle = (
  value: string,
): { readonly limit: number; readonly windowSeconds: number } => {
  const [, limit, window = ''] = /^([1-9]\d{0,5})\/(\w+)$/.exec(value) ?? [];
  const windowSeconds = limit === undefined ? 0 : parseDuration('throttle', window);
  if (windowSeconds > 0 && windowSeconds <= 86_400) return { limit: Number(limit), windowSeconds };
  throw new UsageError('--throttle takes a number and a window of at most 1d: 20/1m');
};

const parseListen = (value: string): string => {
  const [, socketPath] = /^unix:(\/[^:]+)$/.exec(value) ?? [];
  if (socketPath !== undefined) return socketPath;
  throw new UsageError('--listen takes a Unix socket: unix:/run/gate.sock');
};

/** Splits texts of the form `name=value`. */
const parsePairs = (
  option: string,
  form: string,
  given: readonly string[],
): readonly (readonly [string, string])[] =>
  given.map((text) => {
    const [, name, value] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
    if (name !== undefined && value !== undefined) return [name, value];
    throw new UsageError(`--${option} takes ${form}`);
  });

/** Claims by name, each with the header that tells it. */
export const parseForwardClaims = (given: readonly string[]): Record<string, string> => {
  const pairs = parsePairs('forward-claim', 'a claim and a header: sub=X-User', given);
  const names = pairs.map(([claim]) => claim);
  const repeated = names.find((claim, i) => names.indexOf(claim) !== i);
  if (repeated !== undefined) throw new UsageError(`--forward-claim names ${repeated} twice`);
  return Object.fromEntries(pairs);
};

/** Paths, each with the scopes that it needs. */
export const parseScopes = (given: readonly string[]): Record<string, readonly string[]> => {
  const scopes: Record<string, readonly string[]> = {};
  for (const [path, scope] of parsePairs('scope', 'a path and a scope: /admin=admin', given)) {
    scopes[path] = [...(scopes[path] ?? []), ...scope.split(' ')];
  }
  return scopes;
};

export const SERVE_OPTIONS = {
  upstream: text('the API to stand in front of: http://127.0.0.1:8000, or unix:/run/api.sock'),
  'upstream-ca': text(
    'certificates to check an upstream over TLS against, in this PEM file',
    'files',
  ),
  demo: flag('stand in front of a small API that echoes, to try things out'),
  host: parsed('address to listen on (default 127.0.0.1)', (host) => host, '127.0.0.1'),
  port: integer('port to listen on, 0 for a free one (default 8787)', PORTS, 8787),
  listen: parsed(
    'listen on a Unix socket instead of a port: unix:/run/gate.sock',
    parseListen,
    undefined,
  ),
  'env-file': envFile,
  'secret-file': secretFile,
  'public-path': texts(
    'a path that needs no token for GET and HEAD; may be given again (default /healthz)',
  ),
  timeout: integer('seconds to wait for the headers of an answer (default 60)', [1, 86_400], 60),
  'forward-authorization': flag('leave the Authorization header for the API'),
  'forward-claim': texts('tell the API a claim in a header: sub=X-User; may be given again'),
  'forward-header': texts(
    'let a header through that the gate drops: X-Real-IP from a trusted proxy, X-Auth-Token from anyone; may be given again',
  ),
  scope: texts('a scope that requests below a path need: /admin=admin; may be given again'),
  'shared-cache': flag(
    'DANGEROUS: let shared caches store answers to tokens, so that one client may get the data of another',
  ),
  'trusted-proxy': texts(
    'address or range of a proxy of yours, whose X-Forwarded-For, -Proto and -Host are believed; unix for --listen; may be given again',
  ),
  'allow-host': texts('a host that requests may be for (default any); may be given again'),
  'max-header-bytes': integer(
    'greatest size of the headers of a request or an answer (default 16384)',
    [1024, 1_048_576],
    16_384,
  ),
  'cors-origin': texts(
    'an origin whose pages may read answers, or *; the gate then answers preflights; may be given again',
  ),
  'cors-credentials': flag('let those pages send cookies'),
  'cors-method': texts('a method that they may use (default the usual ones); may be given again'),
  'cors-header': texts('a header that they may send (default any); may be given again'),
  'cors-expose': texts('a header of an answer that they may read; may be given again'),
  'cors-max-age': integer(
    'seconds that a browser may remember the answer to a preflight',
    [0, 86_400],
    undefined,
  ),
  'tls-cert': text('speak TLS, with the certificates in this PEM file', 'files'),
  'tls-key': text('the key that goes with them', 'files'),
  'require-https': flag('refuse what came over plain HTTP'),
  throttle: parsed(
    'wrong tokens that one client may send, in a window: 20/1m (default any number)',
    parseThrottle,
    undefined,
  ),
  revocations: flag(
    'refuse revoked tokens; the list is in the store that ZEP_AUTH_STORE_URL names',
  ),
  'store-down': word(
    'while the store does not answer, let in (open) or nobody (closed, default)',
    ['closed', 'open'],
    undefined,
  ),
  'metrics-port': integer(
    'serve metrics for Prometheus on this port of 127.0.0.1',
    PORTS,
    undefined,
  ),
  log: word(
    'text (default): what was refused; json: a line for each request',
    ['text', 'json'],
    'text',
  ),
} as const;

export type ServeOptions = ValuesOf<typeof SERVE_OPTIONS>;

/**
 * Refuses options that do not go together.
 *
 * @throws {UsageError} that names them
 */
export const assertConsistent = (options: ServeOptions): void => {
  const { upstream, demo, tlsCert, tlsKey, storeDown, revocations } = options;
  if ((upstream === undefined) !== demo) {
    throw new UsageError('serve takes one of --upstream URL and --demo');
  }
  if (options.upstreamCa !== undefined && !/^https:/i.test(upstream ?? '')) {
    throw new UsageError('--upstream-ca goes with an --upstream that begins with https://');
  }
  const { corsCredentials, corsMethod, corsHeader, corsExpose, corsMaxAge } = options;
  const isCorsAsked =
    corsCredentials ||
    corsMaxAge !== undefined ||
    [corsMethod, corsHeader, corsExpose].some(({ length }) => length > 0);
  if (isCorsAsked && options.corsOrigin.length === 0) {
    throw new UsageError('--cors-… goes with --cors-origin');
  }
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new UsageError('--tls-cert and --tls-key go together');
  }
  if (storeDown !== undefined && !revocations) {
    throw new UsageError('--store-down goes with --revocations');
  }
};
