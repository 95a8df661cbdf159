// A `fetch` to the API that waits as long as the client does: Node's own gives up on a body after 300 s of silence.
// Never goes through a proxy.
import { Agent, fetch as undiciFetch } from 'undici';

export interface FetchWithoutTimeout {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly close: () => Promise<void>;
}

export const createFetchWithoutTimeout = (): FetchWithoutTimeout => {
  const dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
  const untimed = undiciFetch as unknown as (url: string, init: object) => Promise<Response>; // undici's own types of the same standard
  return {
    fetch: (url, init) => untimed(url, { ...init, dispatcher }),
    close: () => dispatcher.close(),
  };
};
