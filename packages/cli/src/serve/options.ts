// The options of `zepcli serve`. Nothing is open by default.
import { parseDuration } from '../argv/values.ts';
import {
  dotenv,
  file,
  flag,
  integer,
  parsed,
  secretFile,
  text,
  texts,
  type ValuesOf,
  word,
} from '../command.ts';
import { UsageError } from '../io/errors.ts';
import { quote } from '../io/io.ts';

const PORTS = [0, 65_535] as const;

const parseThrottle = (
  value: string,
): { readonly limit: number; readonly windowSeconds: number } => {
  const [, limit, window = ''] = /^([1-9]\d{0,5})\/(\w+)$/.exec(value) ?? [];
  const windowSeconds = limit === undefined ? 0 : parseDuration('throttle', window);
  if (windowSeconds > 0 && windowSeconds <= 86_400) return { limit: Number(limit), windowSeconds };
  throw new UsageError(
    `--throttle ${quote(value)} is not a number and a window of at most 1d`,
    'example: --throttle 20/1m',
  );
};

const parseRecheck = (value: string): number => {
  const seconds = value === '0' ? 0 : parseDuration('recheck', value);
  if (seconds <= 86_400) return seconds;
  throw new UsageError(`--recheck ${quote(value)} is more than 1d`);
};

const parseListen = (value: string): string => {
  const [, socketPath] = /^unix:(\/[^:]+)$/.exec(value) ?? [];
  if (socketPath !== undefined) return socketPath;
  throw new UsageError(
    `--listen ${quote(value)} is not a Unix socket`,
    'example: --listen unix:/run/gate.sock',
  );
};

const BYTES = { '': 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

const parseBytes = (value: string): number => {
  const [, count, unit = ''] = /^([1-9]\d{0,9})(kb|mb|gb|)$/i.exec(value) ?? [];
  if (count !== undefined) return Number(count) * BYTES[unit.toLowerCase() as keyof typeof BYTES];
  throw new UsageError(`--max-body ${quote(value)} is not a size`, 'example: --max-body 10mb');
};

/** Splits texts of the form `name=value`. */
const parsePairs = (
  option: string,
  example: string,
  given: readonly string[],
): readonly (readonly [string, string])[] =>
  given.map((text) => {
    const [, name, value] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
    if (name !== undefined && value !== undefined) return [name, value];
    throw new UsageError(`--${option} ${quote(text)} has no =`, `example: --${option} ${example}`);
  });

/** Claims by name, each with the header that tells it. */
export const parseForwardClaims = (given: readonly string[]): Record<string, string> => {
  const pairs = parsePairs('forward-claim', 'sub=X-User', given);
  const names = pairs.map(([claim]) => claim);
  const repeated = names.find((claim, i) => names.indexOf(claim) !== i);
  if (repeated !== undefined) {
    throw new UsageError(`--forward-claim names ${quote(repeated)} twice`);
  }
  return Object.fromEntries(pairs);
};

/** Paths, each with the scopes that it needs. */
export const parseScopes = (given: readonly string[]): Record<string, readonly string[]> => {
  const scopes: Record<string, readonly string[]> = {};
  for (const [path, scope] of parsePairs('scope', '/admin=admin', given)) {
    scopes[path] = [...(scopes[path] ?? []), ...scope.split(' ')];
  }
  return scopes;
};

export const SERVE_OPTIONS = {
  upstream: text('<url>', 'the API to guard: http://127.0.0.1:8000, unix:/run/api.sock'),
  'upstream-ca': file('check an API over TLS against the certificates in this PEM file'),
  demo: flag('guard a small API that echoes requests, to try things out'),
  host: parsed(
    '<address>',
    'listen on this address (default 127.0.0.1)',
    (host) => host,
    '127.0.0.1',
  ),
  port: integer('<port>', 'listen on this port, 0 for a free one (default 8790)', PORTS, 8790),
  listen: parsed(
    '<unix:path>',
    'listen on a Unix socket instead of a port: unix:/run/gate.sock',
    parseListen,
    undefined,
  ),
  'keep-alive': parsed(
    '<duration>',
    'close a connection that is idle for this long (default 5s)',
    (duration, name) => parseDuration(name, duration),
    5,
  ),
  'max-connections': integer('<n>', 'close further connections', [1, 1_000_000], undefined),
  'max-body': parsed(
    '<size>',
    'answer 413 to a larger request body: 10mb (default any)',
    parseBytes,
    undefined,
  ),
  'secret-file': secretFile,
  dotenv,
  'public-path': texts(
    '<path>',
    'a path without a token for GET and HEAD; repeatable (default /healthz)',
  ),
  timeout: integer('<seconds>', "wait for the API's headers (default 60)", [1, 86_400], 60),
  'forward-authorization': flag('pass the Authorization header on to the API'),
  'forward-claim': texts('<claim=header>', 'pass a claim on in a header: sub=X-User; repeatable'),
  'forward-header': texts(
    '<name>',
    'pass on a header that the gate drops, such as X-Real-IP; repeatable',
  ),
  scope: texts('<path=scope>', 'a scope that requests below a path need; repeatable'),
  'shared-cache': flag(
    'DANGEROUS: shared caches may store answers to tokens, and give them to others',
  ),
  'trusted-proxy': texts(
    '<range>',
    'believe X-Forwarded-For, -Proto and -Host of this address, range, or unix; repeatable',
  ),
  'allow-host': texts('<host>', 'a host that requests may be for (default any); repeatable'),
  'max-header-bytes': integer(
    '<bytes>',
    'size of the headers of a request or an answer (default 16384)',
    [1024, 1_048_576],
    16_384,
  ),
  'cors-origin': texts('<origin>', 'an origin whose pages may read answers, or *; repeatable'),
  'cors-credentials': flag('let those pages send cookies'),
  'cors-method': texts('<method>', 'a method that they may use (default the usual); repeatable'),
  'cors-header': texts('<name>', 'a header that they may send (default any); repeatable'),
  'cors-expose': texts('<name>', 'a header of an answer that they may read; repeatable'),
  'cors-max-age': integer(
    '<seconds>',
    'how long a browser may remember the answer to a preflight',
    [0, 86_400],
    undefined,
  ),
  'tls-cert': file('speak TLS, with the certificates in this PEM file'),
  'tls-key': file('the key of the certificate, in PEM'),
  'require-https': flag('refuse requests that came over plain HTTP'),
  throttle: parsed(
    '<n/window>',
    'answer 429 after n wrong tokens of one client: 20/1m',
    parseThrottle,
    undefined,
  ),
  recheck: parsed(
    '<duration>',
    'check the tokens of open answers and WebSockets again (default 10s, 0: never)',
    parseRecheck,
    10,
  ),
  revocations: flag('refuse tokens revoked in the store of ZEP_AUTH_STORE_URL'),
  'store-down': word(
    ['closed', 'open'],
    'while the store is down: refuse (default), or accept',
    undefined,
  ),
  'metrics-port': integer(
    '<port>',
    'metrics for Prometheus on this port of 127.0.0.1',
    PORTS,
    undefined,
  ),
  log: word(['text', 'json'], 'refusals as text (default), or every request as JSON', 'text'),
  'log-subject': flag('log the sub of tokens, which may be personal data'),
  'pid-file': file('write the process id to this file while it runs'),
  check: flag('check the configuration, print what serve would do, and end'),
} as const;

export const SERVE_GROUPS = {
  'The API': [
    ...(['upstream', 'upstream-ca', 'demo', 'timeout', 'max-header-bytes', 'max-body'] as const),
    ...(['forward-authorization', 'forward-claim', 'forward-header', 'shared-cache'] as const),
  ],
  Listening: [
    ...(['host', 'port', 'listen', 'tls-cert', 'tls-key'] as const),
    ...(['keep-alive', 'max-connections'] as const),
  ],
  Operating: ['check', 'pid-file', 'metrics-port', 'log', 'log-subject'],
  'The secret': ['secret-file', 'dotenv'],
  'Who gets in': [
    ...(['public-path', 'scope', 'allow-host', 'require-https', 'trusted-proxy'] as const),
    ...(['throttle', 'recheck', 'revocations', 'store-down'] as const),
  ],
  'Pages of other origins': [
    ...(['cors-origin', 'cors-credentials', 'cors-method'] as const),
    ...(['cors-header', 'cors-expose', 'cors-max-age'] as const),
  ],
} as const;

export type ServeOptions = ValuesOf<typeof SERVE_OPTIONS>;

/**
 * Refuses options that do not go together.
 *
 * @throws {UsageError} that names them
 */
export const assertConsistent = (options: ServeOptions): void => {
  const { upstream, demo, tlsCert, tlsKey, storeDown, revocations } = options;
  if (upstream === undefined && !demo) {
    throw new UsageError(
      'serve needs the API to guard',
      'zepcli serve http://127.0.0.1:8000, or --demo',
    );
  }
  if (upstream !== undefined && demo) {
    throw new UsageError('--upstream and --demo are given', 'give one of them');
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
    throw new UsageError('other --cors options go with --cors-origin');
  }
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new UsageError('--tls-cert and --tls-key go together');
  }
  if (storeDown !== undefined && !revocations) {
    throw new UsageError('--store-down goes with --revocations');
  }
};
