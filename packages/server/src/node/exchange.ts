import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { AuthError } from '@zep-auth/core';
import { errorCode } from '../error-code.ts';
import type { GateAnswer } from '../gate/answers.ts';
import type { GateForward } from '../gate/forward.ts';
import type { HeaderList } from '../gate/header-names.ts';
import { BODY_TOO_LARGE } from '../gate/request-form.ts';
import { isSafeMethod } from '../request.ts';
import type { DispatchHandler, RawFields } from './dispatcher.ts';
import { openTunnel, POLICY_VIOLATION_CODE, type Tunnel } from './tunnel.ts';

/** How much of an answer may wait for a client that reads slowly, before the upstream has to wait too. */
const MAX_WAITING_BYTES = 128 * 1024;
const NOTHING = Buffer.alloc(0);

const TIMEOUTS = ['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_CONNECT_TIMEOUT'];

/** Fields as text, one character for each byte. */
const toList = (raw: RawFields): string[] =>
  (raw ?? []).map((part) => (part as Buffer).toString('latin1')); // undici makes buffers

export const writeAnswer = (response: ServerResponse, answer: GateAnswer): void => {
  const { status, headers, body } = answer;
  const bytes = Buffer.byteLength(body);
  const length = status === 204 ? [] : ['Content-Length', String(bytes)];
  // ASCII goes out with the headers in one string.
  response
    .writeHead(status, [...headers, ...length])
    .end(body, bytes === body.length ? 'latin1' : 'utf8');
};

/** Passes on an interim answer (RFC 9110 section 15.2). */
const inform = (response: ServerResponse, status: number, headers: HeaderList): void => {
  if (response.req.httpVersionMinor === 0) return;
  if (status === 102) response.writeProcessing();
  if (status !== 103) return;
  const hints: Record<string, string[]> = Object.create(null);
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]?.toLowerCase() ?? '';
    hints[name] = [...(hints[name] ?? []), headers[i + 1] ?? ''];
  }
  try {
    response.writeEarlyHints(hints);
  } catch {
    // Node does not send a Link that is not well-formed; a hint can be left out.
  }
};

const addTrailers = (response: ServerResponse, trailers: HeaderList): void => {
  const pairs: [string, string][] = [];
  for (let i = 0; i < trailers.length; i += 2)
    pairs.push([trailers[i] ?? '', trailers[i + 1] ?? '']);
  response.addTrailers(pairs);
};

const toUpstreamError = (error: unknown): AuthError => {
  if (error === BODY_TOO_LARGE) return BODY_TOO_LARGE;
  const code = errorCode(error);
  return TIMEOUTS.includes(code)
    ? new AuthError('ERR_UPSTREAM_TIMEOUT', 'the upstream did not answer in time')
    : new AuthError('ERR_UPSTREAM_UNREACHABLE', `the upstream did not answer (${code})`);
};

/** The head of an answer that switches to another protocol. */
const toSwitchHead = (upgrade: string, headers: HeaderList): Buffer => {
  const fields = ['Connection', 'Upgrade', 'Upgrade', upgrade, ...headers];
  let head = 'HTTP/1.1 101 Switching Protocols\r\n';
  for (let i = 0; i < fields.length; i += 2) head += `${fields[i]}: ${fields[i + 1]}\r\n`;
  return Buffer.from(`${head}\r\n`, 'latin1');
};

/** The gate that an exchange belongs to. */
export interface ExchangeOwner {
  /** Called when the upstream is about to be asked. */
  readonly onOpened: (response: ServerResponse) => void;
  /** Called when nothing more is sent to the client by HTTP. */
  readonly onClosed: (response: ServerResponse) => void;
  readonly onTunnel: (tunnel: Tunnel, client: Socket) => void;
}

/**
 * One request at the upstream, and its answer on the way to the client. undici calls the methods; what they threw would
 * be an error of its connection.
 */
export class Exchange implements DispatchHandler {
  readonly #response: ServerResponse;
  readonly #step: GateForward;
  readonly #owner: ExchangeOwner;
  #resume: (() => void) | undefined;
  #abort: (() => void) | undefined;
  #stopWatch: (() => void) | undefined;
  #tunnel: Tunnel | undefined;
  #isClientGone = false;
  #isOver = false;
  #hasBody = false;

  constructor(response: ServerResponse, step: GateForward, owner: ExchangeOwner) {
    this.#response = response;
    this.#step = step;
    this.#owner = owner;
    owner.onOpened(response);
    // A request that changes something goes on until its answer begins: a client that got a 401 would send it again.
    if (isSafeMethod(response.req.method ?? '')) this.#watch();
    response.once('close', () => {
      owner.onClosed(response);
      if (this.#isOver) return;
      this.#isClientGone = true;
      this.#abort?.();
    });
  }

  #watch(): void {
    this.#stopWatch ??= this.#step.watch?.((toAnswer) => {
      if (this.#tunnel) this.#tunnel.end(POLICY_VIOLATION_CODE);
      if (this.#isOver) return;
      this.#isOver = true;
      this.#abort?.();
      if (this.#response.headersSent) this.#response.destroy();
      else writeAnswer(this.#response, toAnswer());
    });
  }

  /** Nothing more comes of the upstream. */
  #finish(): void {
    this.#isOver = true;
    this.#stopWatch?.();
  }

  onConnect(abort: () => void): void {
    this.#abort = abort;
    if (this.#isClientGone || this.#isOver) abort();
  }

  onHeaders(status: number, raw: RawFields, resume: () => void, statusText: string): boolean {
    const response = this.#response;
    const step = this.#step;
    if (status < 100 || status === 101) {
      this.#abort?.(); // an assertion of undici would follow, or a protocol that was not named
      return true;
    }
    if (status < 200) {
      inform(response, status, step.toClientExtras(toList(raw)));
      return true;
    }
    this.#watch();
    const headers = step.toClientHeaders(status, toList(raw));
    // undici reads a reason as UTF-8; what is not ASCII it has changed.
    if (/^[\t\x20-\x7e]*$/.test(statusText)) response.writeHead(status, statusText, headers);
    else response.writeHead(status, headers);
    if (status === 304) {
      // It is whole: its Content-Length is that of another answer, which undici takes for a body that is missing.
      this.#finish();
      response.end();
      return true;
    }
    this.#resume = resume;
    // Headers do not wait for a body that is not there yet.
    process.nextTick(() => {
      if (!this.#hasBody && !this.#isOver) response.write(NOTHING);
    });
    return true;
  }

  onUpgrade(_status: number, raw: RawFields, upstream: Socket): void {
    upstream.on('error', () => {}); // `close` follows
    if (this.#isOver) {
      upstream.destroy();
      return;
    }
    const response = this.#response;
    const client = response.socket;
    const { upgrade = '', toClientHeaders } = this.#step;
    const fields = toList(raw);
    const agreed = fields.filter((_, i) => i % 2 === 1 && /^upgrade$/i.test(fields[i - 1] ?? ''));
    if (
      client === null ||
      client.destroyed ||
      agreed.join().toLowerCase() !== upgrade.toLowerCase()
    ) {
      upstream.destroy();
      this.onError(new Error('the upstream has switched to another protocol'));
      return;
    }
    this.#isOver = true;
    const head = toSwitchHead(upgrade, toClientHeaders(101, fields));
    response.detachSocket(client);
    client.write(head);
    const tunnel = openTunnel(client, upstream, /^websocket$/i.test(upgrade));
    this.#tunnel = tunnel;
    this.#watch();
    client.once('close', () => this.#stopWatch?.());
    this.#owner.onClosed(response);
    this.#owner.onTunnel(tunnel, client);
  }

  onData(chunk: Uint8Array): boolean {
    const response = this.#response;
    this.#hasBody = true;
    if (response.write(chunk) || response.writableLength < MAX_WAITING_BYTES) return true;
    response.once('drain', () => {
      if (!this.#isOver) this.#resume?.(); // the connection may serve another request by then
    });
    return false;
  }

  onComplete(raw: RawFields): void {
    if (this.#isOver) return;
    this.#finish();
    if (raw?.length) addTrailers(this.#response, this.#step.toClientExtras(toList(raw)));
    this.#response.end();
  }

  onError(error: Error): void {
    if (this.#isOver) return;
    this.#finish();
    const response = this.#response;
    // A broken connection says that the answer is not whole.
    if (response.headersSent) response.destroy();
    else {
      if (error === BODY_TOO_LARGE) response.shouldKeepAlive = false; // the rest is not read
      writeAnswer(response, this.#step.toFailure(toUpstreamError(error), this.#isClientGone));
    }
  }
}
