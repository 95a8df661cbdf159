import { channel } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Writable } from 'node:stream';
import type { HeaderList } from '../gate/header-names.ts';
import { BODY_TOO_LARGE } from '../gate/request-form.ts';

/** What undici writes at the end of a body in chunks. */
const LAST_CHUNK = '\r\n0\r\n\r\n';

/**
 * The body of a request as undici reads it. It is not the request itself, which undici would destroy when an answer
 * comes before the upload has ended; and it sends trailers, for which undici has no option.
 */
export class Upload extends EventEmitter {
  /** Tells undici that it need not destroy the stream at its end, which it would take for a break. */
  readonly _readableState = { autoDestroy: true };
  destroyed = false;
  /** The connection that the body is written to. */
  socket: Writable | undefined;
  readonly #request: IncomingMessage;
  readonly #toTrailers: (trailers: HeaderList) => HeaderList;
  #leftBytes: number;

  constructor(
    request: IncomingMessage,
    toTrailers: (trailers: HeaderList) => HeaderList,
    maxBytes: number,
  ) {
    super();
    this.#leftBytes = maxBytes;
    this.#request = request;
    this.#toTrailers = toTrailers;
    request.pause().on('data', this.#onData).on('end', this.#onEnd);
  }

  /** By this undici knows a stream; it does not call it. */
  pipe(): void {}

  resume(): void {
    this.#request.resume();
  }

  pause(): void {
    this.#request.pause();
  }

  /** The rest of the upload is read and dropped, so that the client's connection can go on. */
  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.#request.off('data', this.#onData).off('end', this.#onEnd).resume();
    this.emit('close');
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#leftBytes -= chunk.length;
    if (this.#leftBytes >= 0) this.emit('data', chunk);
    else this.emit('error', BODY_TOO_LARGE); // undici aborts its request with it
  };

  readonly #onEnd = (): void => {
    const { rawTrailers } = this.#request;
    if (rawTrailers.length > 0) this.#addTrailers(this.#toTrailers(rawTrailers));
    this.emit('end');
  };

  /** Puts trailers into the last chunk, which undici writes while `end` is emitted. */
  #addTrailers(trailers: HeaderList): void {
    const { socket } = this;
    if (socket === undefined) return;
    let last = LAST_CHUNK.slice(0, -2);
    for (let i = 0; i < trailers.length; i += 2) last += `${trailers[i]}: ${trailers[i + 1]}\r\n`;
    const { write } = socket;
    const restore = (): void => {
      socket.write = write;
    };
    socket.write = (chunk: unknown, ...rest: unknown[]): boolean => {
      restore();
      const sent = chunk === LAST_CHUNK ? `${last}\r\n` : chunk;
      return Reflect.apply(write, socket, [sent, ...rest]);
    };
    queueMicrotask(restore);
  }
}

let isWatching = false;

/** Has undici tell each upload its connection. */
export const watchUploads = (): void => {
  if (isWatching) return;
  isWatching = true;
  channel('undici:client:sendHeaders').subscribe((message) => {
    const { request, socket } = message as { request: { body: unknown }; socket: Writable }; // undici's documentation
    if (request.body instanceof Upload) request.body.socket = socket;
  });
};
