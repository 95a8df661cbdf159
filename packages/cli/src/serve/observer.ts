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

/** Finds the client and the trace only for a line that is written. */
class ObservedRequest implements Observed {
  readonly id: string;
  method: string;
  path: string;
  readonly startMs = performance.now();
  result: Observed['result'] = undefined;
  failure: Observed['failure'] = undefined;
  status = 0;
  durationMs = 0;
  readonly #request: IncomingMessage;
  readonly #clientOf: Observer['clientOf'];

  constructor(id: string, request: IncomingMessage, clientOf: Observer['clientOf']) {
    const { method = '', url = '' } = request;
    this.id = id;
    this.method = method;
    this.path = pathOf(url);
    this.#request = request;
    this.#clientOf = clientOf;
  }

  get client(): string | undefined {
    return this.#clientOf(this.#request);
  }

  get traceId(): string | undefined {
    return readTraceId(this.#request.headers['traceparent']);
  }
}

const OBSERVED = Symbol('observed');

/** `onShared` is called once, when the first request comes whose client cannot be told from others. */
export const createObserver = (
  proxies: TrustedProxies,
  log: Log,
  metrics: Metrics | undefined,
  onShared: () => void,
): Observer => {
  const find = (request: IncomingMessage & { [OBSERVED]?: ObservedRequest }): ObservedRequest => {
    const found = request[OBSERVED];
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
      onResult: (result, view, request) => {
        const found = find(request);
        found.result = result;
        if (!isSubrequest(found.path)) return;
        // What the proxy asks about, where it has said so in a form that cannot be more than one field of a log line.
        const path = pathOf(view.url);
        if (/^[\x21-\x7e]*$/.test(path)) found.path = path;
        if (/^[A-Z]{1,20}$/.test(view.method)) found.method = view.method;
      },
      onAccepted: (auth) => metrics?.countAccepted(auth),
      onUpstreamError: ({ code, message }, request) => {
        metrics?.countUpstreamError(code);
        find(request).failure = { code, message };
      },
      onAnswer: (status, request) => finish(find(request), status),
      onEnded: ({ code }, request) => {
        const found = find(request);
        found.durationMs = performance.now() - found.startMs;
        log.request(found, code);
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
      const told = proxies.isTrusted(request.socket.remoteAddress)
        ? request.headers['x-request-id']?.toString()
        : undefined;
      const id = told !== undefined && isName(told) ? told : randomUUID();
      Object.assign(request, { [OBSERVED]: new ObservedRequest(id, request, clientOf) });
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
