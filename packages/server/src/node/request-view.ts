import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type RequestView, readTarget } from '../request.ts';

const isTls = (socket: Socket): boolean => 'encrypted' in socket && socket.encrypted === true;

/**
 * Node's request as the authenticator sees it, without a copy. It reads `rawHeaders`: in `headers` a second
 * Authorization or Host is not to be seen.
 */
export class NodeRequestView implements RequestView {
  readonly #request: IncomingMessage;

  constructor(request: IncomingMessage) {
    this.#request = request;
  }

  get method(): string {
    return this.#request.method ?? '';
  }

  /** The target as it was sent: Express changes `url` for a router that it is mounted in. */
  get url(): string {
    const { originalUrl, url = '' } = this.#request as { originalUrl?: string; url?: string };
    return originalUrl ?? url;
  }

  /** The path that Express routes by, which a middleware may have rewritten. */
  get routedPath(): string | undefined {
    const {
      originalUrl,
      baseUrl = '',
      url = '',
    } = this.#request as {
      originalUrl?: string;
      baseUrl?: string;
      url?: string;
    };
    return originalUrl === undefined ? undefined : readTarget(baseUrl + url).path;
  }

  get scheme(): 'http' | 'https' {
    return isTls(this.#request.socket) ? 'https' : 'http';
  }

  get peerAddress(): string | undefined {
    return this.#request.socket.remoteAddress;
  }

  values(name: string): readonly string[] {
    const { rawHeaders } = this.#request;
    const values: string[] = [];
    for (let i = 0; i < rawHeaders.length; i += 2) {
      const found = rawHeaders[i] ?? '';
      if (found.length === name.length && found.toLowerCase() === name) {
        values.push(rawHeaders[i + 1] ?? '');
      }
    }
    return values;
  }

  *names(): Iterable<string> {
    const { rawHeaders } = this.#request;
    for (let i = 0; i < rawHeaders.length; i += 2) yield (rawHeaders[i] ?? '').toLowerCase();
  }
}
