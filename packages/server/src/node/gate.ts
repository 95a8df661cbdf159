import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex, Readable } from 'node:stream';
import type { AuthConfig, JwtClaims } from '@zep-auth/core';
import type { AuthenticatorOptions } from '../authenticator-options.ts';
import { GOING_AWAY } from '../gate/answers.ts';
import { createGateDecision, type GateDecision, type GateStep } from '../gate/decide.ts';
import type { ForwardOptions, GateForward } from '../gate/forward.ts';
import { BODY_TOO_LARGE, readUpgrade } from '../gate/request-form.ts';
import { assertResponseTimeout } from '../gate/upstream.ts';
import { parseUpstream } from '../gate/upstream-address.ts';
import {
  askStatus,
  type Dispatcher,
  loadUndici,
  toPoolOptions,
  type Undici,
} from './dispatcher.ts';
import { Exchange, type ExchangeOwner, writeAnswer } from './exchange.ts';
import { NodeRequestView } from './request-view.ts';
import { GOING_AWAY_CODE, type Tunnel } from './tunnel.ts';
import { adopt, createLastResponse, dismissUpgrade, hasPendingAnswer } from './upgrade.ts';
import { Upload, watchUploads } from './upload.ts';

/** How a gate on Node's streams reaches the upstream, beside what every gate takes. Hooks get the request. */
export type NodeGateOptions = AuthenticatorOptions<JwtClaims, IncomingMessage> &
  ForwardOptions<IncomingMessage> & {
    /** Certificates, as PEM, that an upstream over TLS is checked against. Default those of Node. */
    readonly upstreamCa?: string | Uint8Array;
    /** Greatest size of an answer's headers in bytes. Default that of Node, 16384. */
    readonly maxHeaderBytes?: number;
    /** Greatest size of a request's body in bytes; a larger one is answered 413. Default any. */
    readonly maxBodyBytes?: number;
    /** The package undici 7, where it cannot be loaded by name: in a bundle. */
    readonly undici?: Undici;
  };

/** A gate in front of an API, for `node:http`. */
export interface NodeGate {
  /** For the events `request` and `checkContinue` of a server. */
  readonly handleRequest: (request: IncomingMessage, response: ServerResponse) => void;
  /**
   * For the event `upgrade` of a server: WebSockets and the like, authenticated as any request, then passed on byte for
   * byte.
   */
  readonly handleUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /**
   * Decides with another configuration from now on, also on what is open, and checks the upstream against other
   * certificates.
   *
   * @throws {AuthError} `ERR_CONFIG_INVALID` when the configuration is not valid; the gate stays as it was
   */
  readonly reconfigure: (
    next: Pick<NodeGateOptions, 'upstreamCa'> & { config: AuthConfig },
  ) => void;
  /** Ends the WebSockets with code 1001, and takes no more: for when the server stops listening. */
  readonly drain: () => void;
  /** The same, and closes the connections to the upstream, once what is under way has ended. */
  readonly close: () => Promise<void>;
}

/**
 * The methods whose content means something (RFC 9110 section 9.3). Some servers do not read that of another method, and
 * would take it for the next request of the connection.
 */
const WITH_CONTENT = /^(?:POST|PUT|PATCH)$/;

/** How many requests of one connection may wait behind another. */
const MAX_WAITING = 1000;

/** Whether the client waits for 100 Continue, and Node has not sent it. */
const isWaiting = (view: NodeRequestView, response: ServerResponse): boolean =>
  view.values('expect').length > 0 &&
  response.req.httpVersionMinor > 0 && // HTTP/1.0 knows no interim answers
  Reflect.get(response, '_sent100') !== true;

/**
 * Calls `dispatch` with the body of a request: in one piece where it came with the headers, as most small ones do, since
 * that costs less than a stream.
 */
const passBody = (
  view: NodeRequestView,
  request: IncomingMessage,
  response: ServerResponse,
  toUpload: () => Upload,
  dispatch: (body: Buffer | Upload | null) => void,
): void => {
  const [length = '0'] = view.values('content-length'); // Node takes no second one
  const isChunked = view.values('transfer-encoding').length > 0;
  if (length === '0' && !isChunked) {
    dispatch(null);
    return;
  }
  if (isChunked) watchUploads();
  if (isWaiting(view, response)) response.writeContinue();
  else if (!isChunked) {
    process.nextTick(() => {
      const isThere = request.readableLength === Number(length);
      try {
        dispatch(isThere ? request.read() : toUpload());
      } catch {
        response.destroy(); // what cannot be sent must not end the process
      }
    });
    return;
  }
  dispatch(toUpload());
};

const send = (
  dispatcher: Dispatcher,
  view: NodeRequestView,
  request: IncomingMessage,
  response: ServerResponse,
  step: GateForward,
  owner: ExchangeOwner,
  maxBodyBytes = Number.POSITIVE_INFINITY,
): void => {
  if (
    step.hasBody &&
    view.values('content-length').some((length) => Number(length) > maxBodyBytes)
  ) {
    response.shouldKeepAlive = false; // the body is not read
    writeAnswer(response, step.toFailure(BODY_TOO_LARGE));
    return;
  }
  const { target: path, headers, upgrade } = step;
  const exchange = new Exchange(response, step, owner);
  const { method } = view;
  const dispatch = (data: Buffer | Upload | null): void => {
    // Of a stream undici needs only what an Upload has.
    const body = data as unknown as Uint8Array | Readable | null;
    const more = {
      ...(upgrade !== undefined && { upgrade }),
      ...(body !== null && !WITH_CONTENT.test(method) && { reset: true }),
    };
    dispatcher.dispatch({ method, path, headers, body, ...more }, exchange);
  };
  const toUpload = () => new Upload(request, step.toUpstreamTrailers, maxBodyBytes);
  if (step.hasBody) passBody(view, request, response, toUpload, dispatch);
  else dispatch(null);
};

/**
 * Creates a gate on Node's own streams: faster than `createGate`, and faithful to what `fetch` would change.
 *
 * @throws {TypeError} when `upstream` or another option has a wrong form, or undici is not installed
 * @throws {RangeError} when a number is out of its range
 * @throws {AuthError} `ERR_CONFIG_INVALID` when the configuration is not valid
 * @see RFC 9110 section 7.6
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { createNodeGate } from '@zep-auth/server/node';
 *
 * const gate = createNodeGate({ env: process.env, upstream: 'http://127.0.0.1:8000' });
 * const server = createServer(gate.handleRequest).on('checkContinue', gate.handleRequest);
 * server.on('upgrade', gate.handleUpgrade).listen(8790);
 * ```
 */
export const createNodeGate = (options: NodeGateOptions): NodeGate => {
  const { upstream, responseTimeoutSeconds = 60, upstreamCa, maxHeaderBytes } = options;
  assertResponseTimeout(responseTimeoutSeconds);
  const address = parseUpstream(upstream);
  const { Pool } = options.undici ?? loadUndici();
  const connect = (ca: NodeGateOptions['upstreamCa']): Dispatcher =>
    new Pool(
      address.origin,
      toPoolOptions(address, responseTimeoutSeconds, { ca, maxHeaderBytes }),
    );
  let knownCa = upstreamCa;
  let dispatcher = connect(knownCa);
  const probe = (path: string): Promise<number> => askStatus(dispatcher, path);
  const recheck: GateDecision<IncomingMessage>['recheck'] = (auth, request) =>
    decision.recheck(auth, request);
  let decision = createGateDecision<IncomingMessage>(options, address, probe, recheck);

  const pending = new Set<ServerResponse>();
  const retired = new Set<Dispatcher>();
  let onIdle = (): void => {};
  const tunnels = new Set<Tunnel>();
  const waiting = new WeakMap<Socket, number>();
  let isDraining = false;
  const owner: ExchangeOwner = {
    onOpened: (response) => pending.add(response),
    onClosed: (response) => {
      if (pending.delete(response) && pending.size === 0) onIdle();
    },
    onTunnel: (tunnel, client) => {
      tunnels.add(tunnel);
      client.once('close', () => tunnels.delete(tunnel));
      if (isDraining) tunnel.end(GOING_AWAY_CODE);
    },
  };

  const handle = (
    request: IncomingMessage,
    response: ServerResponse,
    canUpgrade: boolean,
  ): void => {
    const view = new NodeRequestView(request);
    const act = (step: GateStep): void => {
      try {
        if (step.kind === 'answer') writeAnswer(response, step);
        else if (!response.destroyed) {
          send(dispatcher, view, request, response, step, owner, options.maxBodyBytes);
        }
      } catch {
        response.destroy(); // what cannot be written must not end the process
      }
    };
    const step = decision.decide({
      view,
      headers: request.rawHeaders,
      context: request,
      canUpgrade,
    });
    if (step instanceof Promise) void step.then(act);
    else act(step);
  };

  /**
   * Takes the requests that a client sends ahead one after the other: each could open a connection to the upstream, and
   * Node emits no `close` for an answer that waits behind another.
   */
  const handleInTurn = (request: IncomingMessage, response: ServerResponse): void => {
    const { socket } = request;
    if (response.socket !== null || !hasPendingAnswer(socket)) {
      handle(request, response, false);
      return;
    }
    const count = waiting.get(socket) ?? 0;
    if (count >= MAX_WAITING) socket.destroy();
    waiting.set(socket, count + 1);
    // Emitted when the answer in front has ended.
    response.once('socket', () => {
      waiting.set(socket, (waiting.get(socket) ?? 1) - 1);
      process.nextTick(handle, request, response, false);
    });
  };

  const handleUpgrade = (request: IncomingMessage, socket: Socket, head: Buffer): void => {
    adopt(socket);
    if (hasPendingAnswer(socket)) {
      socket.destroy();
      return;
    }
    if (readUpgrade(new NodeRequestView(request)) === undefined) {
      dismissUpgrade(request, socket, head);
      return;
    }
    socket.unshift(head); // for the upstream, and only once it has agreed
    const response = createLastResponse(request, socket);
    if (isDraining) writeAnswer(response, GOING_AWAY);
    else handle(request, response, request.httpVersionMinor > 0);
  };

  const drain = (): void => {
    isDraining = true;
    for (const tunnel of tunnels) tunnel.end(GOING_AWAY_CODE);
  };
  return {
    handleRequest: handleInTurn,
    handleUpgrade: (request, socket, head) => handleUpgrade(request, socket as Socket, head), // by Node's documentation
    reconfigure: ({ config, upstreamCa: ca }) => {
      const { env: _, ...others } = options;
      decision = createGateDecision({ ...others, config }, address, probe, recheck);
      if (String(ca) === String(knownCa)) return;
      const old = dispatcher;
      retired.add(old);
      void old.close().finally(() => retired.delete(old));
      dispatcher = connect(ca);
      knownCa = ca;
    },
    drain,
    close: async () => {
      drain();
      if (pending.size > 0) await new Promise<void>((resolve) => (onIdle = resolve));
      // What is left are connections that are being opened for clients that have gone.
      await Promise.all([dispatcher, ...retired].map((each) => each.destroy()));
    },
  };
};
