import type { ServerResponse } from 'node:http';
import { AuthError } from '@zep-auth/core';
import { errorCode } from '../error-code.ts';
import type { GateAnswer } from '../gate/answers.ts';
import type { GateForward } from '../gate/decide.ts';
import type { HeaderList } from '../gate/header-names.ts';
import type { DispatchHandler, RawFields } from './dispatcher.ts';

/** How much of an answer may wait for a client that reads slowly, before the upstream has to wait too. */
const MAX_WAITING_BYTES = 128 * 1024;
const NOTHING = Buffer.alloc(0);

const TIMEOUTS = ['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_CONNECT_TIMEOUT'];

/** Fields as text, one character for each byte. */
const toList = (raw: RawFields): string[] =>
  (raw ?? []).map((part) => (part as Buffer).toString('latin1')); // undici makes buffers

export const writeAnswer = (response: ServerResponse, answer: GateAnswer): void => {
  const { status, headers, body } = answer;
  const length = status === 204 ? [] : ['Content-Length', String(Buffer.byteLength(body))];
  response.writeHead(status, [...headers, ...length]).end(body);
};

/** Passes on an interim answer (RFC 9110 section 15.2). */
const inform = (response: ServerResponse, status: number, headers: HeaderList): void => {
  if (response.req.httpVersionMinor === 0) return;
  if (status === 102) response.writeProcessing();
  if (status !== 103) return;
  const hints: Record<string, string[]> = {};
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
  const code = errorCode(error);
  return TIMEOUTS.includes(code)
    ? new AuthError('ERR_UPSTREAM_TIMEOUT', 'the upstream did not answer in time')
    : new AuthError('ERR_UPSTREAM_UNREACHABLE', `the upstream did not answer (${code})`);
};

/**
 * One request at the upstream, and its answer on the way to the client. undici calls the methods; what they threw would
 * be an error of its connection.
 */
export class Exchange implements DispatchHandler {
  readonly #response: ServerResponse;
  readonly #step: GateForward;
  #abort: (() => void) | undefined;
  #isClientGone = false;
  #isOver = false;
  #hasBody = false;

  constructor(response: ServerResponse, step: GateForward) {
    this.#response = response;
    this.#step = step;
    response.once('close', () => {
      if (this.#isOver) return;
      this.#isClientGone = true;
      this.#abort?.();
    });
  }

  onConnect(abort: () => void): void {
    this.#abort = abort;
    if (this.#isClientGone) abort();
  }

  onHeaders(status: number, raw: RawFields, resume: () => void, statusText: string): boolean {
    const response = this.#response;
    const step = this.#step;
    if (status < 100) {
      this.#abort?.(); // an assertion of undici would follow
      return true;
    }
    if (status < 200) {
      inform(response, status, step.toClientExtras(toList(raw)));
      return true;
    }
    const headers = step.toClientHeaders(status, toList(raw));
    // undici reads a reason as UTF-8; what is not ASCII it has changed.
    if (/^[\t\x20-\x7e]*$/.test(statusText)) response.writeHead(status, statusText, headers);
    else response.writeHead(status, headers);
    if (status === 304) {
      // It is whole: its Content-Length is that of another answer, which undici takes for a body that is missing.
      this.#isOver = true;
      response.end();
      return true;
    }
    response.on('drain', () => {
      if (!this.#isOver) resume(); // the connection may serve another request by then
    });
    // Headers do not wait for a body that is not there yet.
    process.nextTick(() => {
      if (!this.#hasBody && !this.#isOver) response.write(NOTHING);
    });
    return true;
  }

  onData(chunk: Uint8Array): boolean {
    this.#hasBody = true;
    return this.#response.write(chunk) || this.#response.writableLength < MAX_WAITING_BYTES;
  }

  onComplete(raw: RawFields): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (raw?.length) addTrailers(this.#response, this.#step.toClientExtras(toList(raw)));
    this.#response.end();
  }

  onError(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const response = this.#response;
    // A broken connection says that the answer is not whole.
    if (response.headersSent) response.destroy();
    else writeAnswer(response, this.#step.toFailure(toUpstreamError(error), this.#isClientGone));
  }
}
