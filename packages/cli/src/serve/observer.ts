// Observes each request until the headers of its answer: its id, client, result and duration.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { NodeGateOptions } from '@zep-auth/server/node';
import type { Log, Observed } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { TrustedProxies } from './trusted-proxies.ts';

/** The hooks of a gate, and what is said of requests that do not reach it. */
export interface Observer {
  readonly hooks: Pick<
    NodeGateOptions,
    'requestId' | 'onResult' | 'onAccepted' | 'onUpstreamError' | 'onAnswer' | 'onEnded'
  >;
  /** The client that a request comes from, by its proxies' word. */
  readonly clientOf: (request: IncomingMessage) => string | undefined;
  /** Begins to observe a request. */
  readonly begin: (request: IncomingMessage) => void;
  /** Something came in that cannot be read as a request. */
  readonly unreadable: (status: number, socket: Socket) => void;
}

const isName = (text: string): boolean => /^[\w.:=-]{1,128}$/.test(text);
const pathOf = (url: string): string => /^(?:\w+:\/\/[^/?#]*)?([^?#]*)/.exec(url)?.[1] ?? '';
const isSubrequest = (path: string): boolean => /^\/_gate\/auth(?:\/|$)/.test(path);

/** The trace of a `traceparent`, in the form that W3C Trace Context gives it. */
const readTraceId = (value: unknown): string | undefined =>
  typeof value === 'string'
    ? /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}/.exec(value)?.[1]
    : undefined;

/** What is counted where a request cannot be read. */
const UNREADABLE = {
  outcome: 'refused',
  check: 'token',
  code: 'ERR_REQUEST_MALFORMED',
  durationMs: 0,
} as const;

/** `onShared` is called once, when the first request comes whose client cannot be told from others. */
export const createObserver = (
  proxies: TrustedProxies,
  log: Log,
  metrics: Metrics | undefined,
  onShared: () => void,
): Observer => {
  const observed = new WeakMap<IncomingMessage, Observed>();
  const find = (request: IncomingMessage): Observed => {
    const found = observed.get(request);
    if (found === undefined) throw new Error('a request was not observed from its beginning');
    return found;
  };
  const clientOf = ({ socket, headers }: IncomingMessage): string | undefined =>
    proxies.clientOf(socket.remoteAddress, headers['x-forwarded-for']?.toString() ?? null);
  const finish = (request: Observed, status: number): void => {
    request.status = status;
    request.durationMs = performance.now() - request.startMs;
    metrics?.countRequest(request);
    log.request(request);
  };
  let isTold = false;
  return {
    hooks: {
      requestId: (request) => find(request).id,
      onResult: (result, { method, url }, request) => {
        const found = find(request);
        found.result = result;
        if (!isSubrequest(found.path)) return;
        // What the proxy asks about, where it has said so in a form that cannot be more than one field of a log line.
        const path = pathOf(url);
        if (/^[\x21-\x7e]*$/.test(path)) found.path = path;
        if (/^[A-Z]{1,20}$/.test(method)) found.method = method;
      },
      onAccepted: (auth) => metrics?.countAccepted(auth),
      onUpstreamError: ({ code, message }, request) => {
        metrics?.countUpstreamError(code);
        find(request).failure = { code, message };
      },
      onAnswer: (status, request) => finish(find(request), status),
      onEnded: ({ code }, request) => {
        const { startMs } = find(request);
        log.request({ ...find(request), ended: code, durationMs: performance.now() - startMs });
      },
    },
    clientOf: (request) => {
      const client = clientOf(request);
      if (!isTold) {
        const { socket, headers, url = '' } = request;
        const isNamed =
          proxies.isTrusted(socket.remoteAddress) && headers['x-forwarded-for'] !== undefined;
        isTold = client === undefined || (!isNamed && isSubrequest(pathOf(url)));
        if (isTold) onShared();
      }
      return client;
    },
    begin: (request) => {
      const { method = '', url = '', socket, headers } = request;
      const told = proxies.isTrusted(socket.remoteAddress)
        ? headers['x-request-id']?.toString()
        : undefined;
      let client: string | undefined;
      let isClientKnown = false;
      observed.set(request, {
        id: told !== undefined && isName(told) ? told : randomUUID(),
        method,
        path: pathOf(url),
        startMs: performance.now(),
        status: 0,
        durationMs: 0,
        get client() {
          if (!isClientKnown) client = clientOf(request);
          isClientKnown = true;
          return client;
        },
        get traceId() {
          return readTraceId(headers['traceparent']);
        },
      });
    },
    unreadable: (status, socket) => {
      const request: Observed = {
        id: randomUUID(),
        method: '',
        path: '',
        client: proxies.clientOf(socket.remoteAddress, null),
        traceId: undefined,
        startMs: performance.now(),
        status,
        durationMs: 0,
        result: UNREADABLE,
      };
      finish(request, status);
    },
  };
};
