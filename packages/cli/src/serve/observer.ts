// Observes each request until the headers of its answer: its id, client, result and duration.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { GuardResult } from '@zep-auth/server';
import type { NodeGateOptions } from '@zep-auth/server/node';
import type { Metrics } from './metrics.ts';
import type { TrustedProxies } from './trusted-proxies.ts';

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

/** What a client is known by. */
type Source = Pick<IncomingMessage, 'method' | 'url' | 'socket' | 'headers'>;

/** A request that is being answered, and at last has been. Finds the client and the trace only for a line that is written. */
export class ObservedRequest {
  readonly id: string;
  /** Empty where nothing could be read. */
  method: string;
  path: string;
  readonly startMs = performance.now();
  /** What the guard has decided; unset where it was not asked. */
  result: GuardResult | undefined = undefined;
  /** Why the API has not answered. */
  failure: { readonly code: string; readonly message: string } | undefined = undefined;
  status = 0;
  /** Until the headers of the answer were there, or until it was ended. */
  durationMs = 0;
  readonly #source: Source;
  readonly #clientOf: (source: Source) => string | undefined;

  constructor(id: string, source: Source, clientOf: (source: Source) => string | undefined) {
    const { method = '', url = '' } = source;
    this.id = id;
    this.method = method;
    this.path = pathOf(url);
    this.#source = source;
    this.#clientOf = clientOf;
  }

  get client(): string | undefined {
    return this.#clientOf(this.#source);
  }

  /** The trace that the client's `traceparent` names (W3C Trace Context). */
  get traceId(): string | undefined {
    return readTraceId(this.#source.headers['traceparent']);
  }
}

const OBSERVED = Symbol('observed');

export type Observer = ReturnType<typeof createObserver>;

/** `onShared` is called once, when the first request comes whose client cannot be told from others. */
export const createObserver = (
  proxies: TrustedProxies,
  logRequest: (request: ObservedRequest, ended?: string) => void,
  metrics: Metrics | undefined,
  onShared: () => void,
) => {
  const find = (request: IncomingMessage & { [OBSERVED]?: ObservedRequest }): ObservedRequest => {
    const found = request[OBSERVED];
    if (found === undefined) throw new Error('a request was not observed from its beginning');
    return found;
  };
  const clientOf = ({ socket, headers }: Source): string | undefined =>
    proxies.clientOf(socket.remoteAddress, headers['x-forwarded-for']?.toString() ?? null);
  const finish = (request: ObservedRequest, status: number): void => {
    request.status = status;
    request.durationMs = performance.now() - request.startMs;
    metrics?.countRequest(request.result, request.durationMs);
    logRequest(request);
  };
  let isTold = false;
  const hooks = {
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
      logRequest(found, code);
    },
  } satisfies Partial<NodeGateOptions>;
  return {
    hooks,
    /** The client that a request comes from, by its proxies' word. */
    clientOf: (request: IncomingMessage): string | undefined => {
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
    /** Begins to observe a request. */
    begin: (request: IncomingMessage): void => {
      const told = proxies.isTrusted(request.socket.remoteAddress)
        ? request.headers['x-request-id']?.toString()
        : undefined;
      const id = told !== undefined && isName(told) ? told : randomUUID();
      Object.assign(request, { [OBSERVED]: new ObservedRequest(id, request, clientOf) });
    },
    /** Something came in that cannot be read as a request. */
    unreadable: (status: number, socket: Socket): void => {
      const request = new ObservedRequest(randomUUID(), { socket, headers: {} }, clientOf);
      request.result = UNREADABLE;
      finish(request, status);
    },
  };
};
