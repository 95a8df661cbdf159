// Types for the part of undici that the gate uses, so that an application with only the middleware need not install it.
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { UpstreamAddress } from '../gate/upstream-address.ts';

/** Alternating names and values. undici passes buffers, although its types also allow strings. */
export type RawFields = readonly (Uint8Array | string)[] | null;

/** The callbacks of a request that undici sends. */
export interface DispatchHandler {
  onConnect(abort: (error?: Error) => void): void;
  onHeaders(status: number, headers: RawFields, resume: () => void, statusText: string): boolean;
  /** The upstream has switched protocols. The handler now owns the socket. */
  onUpgrade?(status: number, headers: RawFields, socket: Socket): void;
  onData(chunk: Uint8Array): boolean;
  onComplete(trailers: RawFields): void;
  onError(error: Error): void;
}

/** The options of a request to undici. */
interface DispatchOptions {
  readonly method: string;
  readonly path: string;
  readonly headers: string[];
  readonly body: Uint8Array | Readable | null;
  /** `true` asks the upstream to close the connection after its answer. */
  readonly reset?: boolean;
  readonly headersTimeout?: number;
  /** The protocol to switch to. */
  readonly upgrade?: string;
}

/** A pool of connections to one origin. */
export interface Dispatcher {
  dispatch(options: DispatchOptions, handler: DispatchHandler): boolean;
  close(): Promise<void>;
  destroy(error?: Error): Promise<void>;
}

interface PoolOptions {
  readonly headersTimeout: number;
  readonly bodyTimeout: number;
  readonly maxHeaderSize?: number;
  readonly socketPath?: string;
  readonly connect: { readonly ca?: string | Uint8Array; readonly timeout: number };
}

/** undici, as far as the gate needs it. */
export interface Undici {
  readonly Pool: new (origin: string, options: PoolOptions) => Dispatcher;
}

/**
 * Loads the undici that is installed beside this package.
 *
 * @throws {TypeError} when undici cannot be loaded
 */
export const loadUndici = (): Undici => {
  try {
    return createRequire(import.meta.url)('undici') as Undici; // the shape that undici documents
  } catch (cause) {
    throw new TypeError('createNodeGate needs the package undici 7: npm install undici@7', {
      cause,
    });
  }
};

const NO_LIMIT = 0;
const PROBE_MS = 2000;

/** Returns the options of a pool of connections to an upstream. */
export const toPoolOptions = (
  { socketPath }: UpstreamAddress,
  responseTimeoutSeconds: number,
  more: {
    readonly ca: string | Uint8Array | undefined;
    readonly maxHeaderBytes: number | undefined;
  },
): PoolOptions => {
  const { ca, maxHeaderBytes } = more;
  const timeout = Math.ceil(responseTimeoutSeconds * 1000);
  return {
    headersTimeout: timeout,
    bodyTimeout: NO_LIMIT,
    ...(maxHeaderBytes !== undefined && { maxHeaderSize: maxHeaderBytes }),
    ...(socketPath !== undefined && { socketPath }),
    connect: { timeout, ...(ca !== undefined && { ca }) },
  };
};

/** Sends a GET request without headers. Resolves with the final status; rejects on an error or after `PROBE_MS`. */
export const askStatus = (dispatcher: Dispatcher, path: string): Promise<number> =>
  new Promise((resolve, reject) => {
    // `headersTimeout` starts only once connected; this timer includes the time to connect.
    setTimeout(() => reject(new Error('the upstream did not answer in time')), PROBE_MS).unref();
    dispatcher.dispatch(
      { method: 'GET', path, headers: [], body: null, headersTimeout: PROBE_MS },
      {
        onConnect: () => {},
        onHeaders: (status) => {
          if (status >= 200) resolve(status);
          return true;
        },
        onData: () => true,
        onComplete: () => {},
        onError: reject,
      },
    );
  });
