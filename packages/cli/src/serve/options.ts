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

export const SERVE_OPTIONS = {
  upstream: text('the API to stand in front of: http://127.0.0.1:8000'),
  demo: flag('stand in front of a small API that echoes, to try things out'),
  host: parsed('address to listen on (default 127.0.0.1)', (host) => host, '127.0.0.1'),
  port: integer('port to listen on, 0 for a free one (default 8787)', PORTS, 8787),
  'env-file': envFile,
  'secret-file': secretFile,
  'public-path': texts(
    'a path that needs no token for GET and HEAD; may be given again (default /healthz)',
  ),
  timeout: integer('seconds to wait for the headers of an answer (default 60)', [1, 86_400], 60),
  'forward-authorization': flag('leave the Authorization header for the API'),
  'trusted-proxy': texts(
    'address or range of a proxy of yours, whose X-Forwarded-* is believed; may be given again',
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
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new UsageError('--tls-cert and --tls-key go together');
  }
  if (storeDown !== undefined && !revocations) {
    throw new UsageError('--store-down goes with --revocations');
  }
};
