// A `fetch` to the API without a limit between two parts of a body; Node's own ends after 300 s. It uses no proxy.
import { Agent, fetch as undiciFetch } from 'undici';

export interface FetchWithoutTimeout {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly close: () => Promise<void>;
}

export const createFetchWithoutTimeout = (): FetchWithoutTimeout => {
  const dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
  const untimed = undiciFetch as unknown as (url: string, init: object) => Promise<Response>; // undici has its own types for the same standard
  return {
    fetch: (url, init) => untimed(url, { ...init, dispatcher }),
    close: () => dispatcher.close(),
  };
};
