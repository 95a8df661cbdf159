// The options of `zepcli serve`. Nothing is open by default.

import * as option from '../argv/options.ts';
import { parseDuration, readDuration, refuse } from '../argv/values.ts';
import { UsageError } from '../io/errors.ts';
import { quote } from '../io/io.ts';
import { isLoopback } from '../io/loopback.ts';

const PORTS = [0, 65_535] as const;

const parseThrottle = (value: string) => {
  const [, limit, window = ''] = /^([1-9]\d{0,5})\/(\w+)$/.exec(value) ?? [];
  const windowSeconds = limit === undefined ? 0 : (readDuration(window) ?? 0);
  if (windowSeconds > 0 && windowSeconds <= 86_400) return { limit: Number(limit), windowSeconds };
  throw refuse('throttle', value, 'a number and a window of at most 1d', '20/1m');
};

const parseRecheck = (value: string): number => {
  const seconds = value === '0' ? 0 : parseDuration(value, 'recheck');
  if (seconds <= 86_400) return seconds;
  throw refuse('recheck', value, 'a duration of at most 1d', '10s');
};

const parseListen = (value: string): string => {
  const [, socketPath] = /^unix:(\/[^:]+)$/.exec(value) ?? [];
  if (socketPath !== undefined) return socketPath;
  throw refuse('listen', value, 'a Unix socket', 'unix:/run/gate.sock');
};

const BYTES = { '': 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

const parseBytes = (value: string): number => {
  const [, count, unit = ''] = /^([1-9]\d{0,9})(kb|mb|gb|)$/i.exec(value) ?? [];
  if (count !== undefined) return Number(count) * BYTES[unit.toLowerCase() as keyof typeof BYTES];
  throw refuse('max-body', value, 'a size', '10mb');
};

/** Splits a text of the form `name=value`. */
const parsePair = (option: string, text: string, form: string, example: string) => {
  const [, name, value] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (name !== undefined && value !== undefined) return [name, value] as const;
  throw refuse(option, text, form, example);
};

/** Claims by name, each with the header that tells it. */
export const parseForwardClaims = (given: readonly string[]): Record<string, string> => {
  const headers = new Map<string, string>();
  for (const text of given) {
    const [claim, header] = parsePair('forward-claim', text, 'claim=header', 'sub=X-User');
    if (headers.has(claim)) throw new UsageError(`--forward-claim names ${quote(claim)} twice`);
    headers.set(claim, header);
  }
  return Object.fromEntries(headers);
};

/** Paths, each with the scopes that it needs. */
export const parseScopes = (given: readonly string[]): Record<string, readonly string[]> => {
  const scopes: Record<string, readonly string[]> = {};
  for (const text of given) {
    const [path, scope] = parsePair('scope', text, 'path=scope', '/admin=admin');
    scopes[path] = [...(scopes[path] ?? []), ...scope.split(' ')];
  }
  return scopes;
};

const API = {
  upstream: option.text('<url>', 'the API to guard: http://127.0.0.1:8000, unix:/run/api.sock'),
  'upstream-ca': option.file('check an API over TLS against the certificates in this PEM file'),
  demo: option.flag('guard a small API that echoes requests, to try things out'),
  timeout: option.integer('<seconds>', "wait for the API's headers (default 60)", [1, 86_400], 60),
  'max-header-bytes': option.integer(
    '<bytes>',
    'size of the headers of a request or an answer (default 16384)',
    [1024, 1_048_576],
    16_384,
  ),
  'max-body': option.parsed(
    '<size>',
    'answer 413 to a larger request body: 10mb (default any)',
    parseBytes,
  ),
  'forward-authorization': option.flag('pass the Authorization header on to the API'),
  'forward-claim': option.texts('<claim=header>', 'pass a claim on in a header: sub=X-User'),
  'forward-header': option.texts(
    '<name>',
    'pass on a header that the gate drops, such as X-Real-IP',
  ),
  'shared-cache': option.flag(
    'DANGEROUS: shared caches may store answers to tokens, and give them to others',
  ),
} as const;

const LISTENING = {
  host: option.text('<address>', 'listen on this address (default 127.0.0.1)', '127.0.0.1'),
  port: option.integer(
    '<port>',
    'listen on this port, 0 for a free one (default 8790)',
    PORTS,
    8790,
  ),
  listen: option.parsed(
    '<unix:path>',
    'listen on a Unix socket instead of a port: unix:/run/gate.sock',
    parseListen,
  ),
  'tls-cert': option.needing(
    'tls-key',
    option.file('speak TLS, with the certificates in this PEM file'),
  ),
  'tls-key': option.needing('tls-cert', option.file('the key of the certificate, in PEM')),
  'keep-alive': option.parsed(
    '<duration>',
    'close a connection that is idle for this long (default 5s)',
    parseDuration,
    5,
  ),
  'max-connections': option.integer('<n>', 'close further connections', [1, 1_000_000]),
} as const;

const OPERATING = {
  check: option.flag('check the configuration, print what serve would do, and end'),
  'pid-file': option.file('write the process id to this file while it runs'),
  'metrics-port': option.integer(
    '<port>',
    'metrics for Prometheus on this port of 127.0.0.1',
    PORTS,
  ),
  log: option.word(
    ['text', 'json'],
    'refusals as text (default), or every request as JSON',
    'text',
  ),
  'log-subject': option.flag('log the sub of tokens, which may be personal data'),
} as const;

const ACCESS = {
  'public-path': option.texts(
    '<path>',
    'a path without a token for GET and HEAD (default /healthz)',
  ),
  scope: option.texts('<path=scope>', 'a scope that requests below a path need'),
  'allow-host': option.texts('<host>', 'a host that requests may be for (default any)'),
  'require-https': option.flag('refuse requests that came over plain HTTP'),
  'trusted-proxy': option.texts(
    '<range>',
    'believe X-Forwarded-For, -Proto and -Host of this address, range, or unix',
  ),
  throttle: option.parsed(
    '<n/window>',
    'answer 429 after n wrong tokens of one client: 20/1m',
    parseThrottle,
  ),
  recheck: option.parsed(
    '<duration>',
    'check the tokens of open answers and WebSockets again (default 10s, 0: never)',
    parseRecheck,
    10,
  ),
  revocations: option.flag('refuse tokens revoked in the store of ZEP_AUTH_STORE_URL'),
  'store-down': option.needing(
    'revocations',
    option.word(['closed', 'open'], 'while the store is down: refuse (default), or accept'),
  ),
} as const;

const withOrigin = <T>(one: option.Option<T>) => option.needing('cors-origin', one);

const CORS = {
  'cors-origin': option.texts('<origin>', 'an origin whose pages may read answers, or *'),
  'cors-credentials': withOrigin(option.flag('let those pages send cookies')),
  'cors-method': withOrigin(
    option.texts('<method>', 'a method that they may use (default the usual)'),
  ),
  'cors-header': withOrigin(option.texts('<name>', 'a header that they may send (default any)')),
  'cors-expose': withOrigin(option.texts('<name>', 'a header of an answer that they may read')),
  'cors-max-age': withOrigin(
    option.integer(
      '<seconds>',
      'how long a browser may remember the answer to a preflight',
      [0, 86_400],
    ),
  ),
} as const;

export const SERVE_GROUPS = {
  'The API': API,
  Listening: LISTENING,
  Operating: OPERATING,
  'The secret': option.source,
  'Who gets in': ACCESS,
  'Pages of other origins': CORS,
} as const;

export const SERVE_OPTIONS = {
  ...API,
  ...LISTENING,
  ...OPERATING,
  ...option.source,
  ...ACCESS,
  ...CORS,
} as const;

export type ServeOptions = option.ValuesOf<typeof SERVE_OPTIONS>;

/** Whether the API to guard is where the gate listens: each request would be refused by its second way through. */
const isItself = ({ upstream = '', host, port, listen }: ServeOptions): boolean => {
  if (listen !== undefined || !URL.canParse(upstream)) return false;
  const api = new URL(upstream);
  const name = api.hostname.replace(/^\[|\]$/g, '');
  const isHere = isLoopback(name) && (isLoopback(host) || /^[0.:]+$/.test(host));
  const apiPort = api.port === '' ? { 'http:': 80, 'https:': 443 }[api.protocol] : Number(api.port);
  return apiPort === port && (isHere || name === host);
};

/** The address that is meant by a port, or by a host without a scheme. */
const toAddress = (text: string): string => {
  const [, port] = /^:?(\d{1,5})$/.exec(text) ?? [];
  if (port !== undefined) return `http://127.0.0.1:${port}`;
  return /^[\w.-]+(?::\d{1,5})?(?:\/[\w./-]*)?$/.test(text)
    ? `http://${text}`
    : 'http://127.0.0.1:8000';
};

/** Refuses options that do not go together. @throws {UsageError} that names them */
export const assertConsistent = (options: ServeOptions): void => {
  const { upstream = '', demo, upstreamCa, allowHost, metricsPort, port } = options;
  const notHost = allowHost.find((host) => /[/@?#\s]/.test(host));
  const conflicts = [
    [
      !upstream && !demo,
      'serve needs the API to guard',
      'zepcli serve http://127.0.0.1:8000, or --demo',
    ],
    [upstream && demo, '--upstream and --demo are given', 'give one of them'],
    [
      !/^(?:https?:\/\/[^/]|unix:\/|$)/i.test(upstream),
      `${quote(upstream)} is not the address of an API`,
      `zepcli serve ${toAddress(upstream)}`,
    ],
    [
      isItself(options),
      `${quote(upstream)} is the gate itself`,
      'give the address of the API, or let the gate listen elsewhere with --port',
    ],
    [
      upstreamCa !== undefined && !/^https:/i.test(upstream),
      '--upstream-ca goes with an --upstream that begins with https://',
    ],
    [
      notHost !== undefined,
      `--allow-host ${quote(notHost ?? '')} is not a host`,
      'for example: --allow-host api.example.com',
    ],
    [
      metricsPort === port && port > 0,
      '--metrics-port is the port of the gate',
      'give another --metrics-port',
    ],
  ] as const;
  for (const [isGiven, message, hint] of conflicts)
    if (isGiven) throw new UsageError(message, hint);
};
