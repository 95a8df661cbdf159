// A `fetch` that keeps what it was asked and sends nothing.
// Never a network: what is in `calls` is what the platform would have got.
import type { AuthFetch } from '../src/index.ts';

export const TOKEN =
  'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.O_ADp3sQL0B5OHZZi_itwaNA7b77PzRVjEtMC1qQTeM';
export const BEARER = `Bearer ${TOKEN}`;

export interface Call {
  readonly input: string | URL | Request;
  readonly init: RequestInit | undefined;
  /** The request that the platform makes of the two. */
  readonly request: Request;
}

export const createRecorder = (): {
  readonly fetch: AuthFetch;
  readonly calls: readonly Call[];
} => {
  const calls: Call[] = [];
  return {
    calls,
    fetch: async (input, init) => {
      calls.push({ input, init, request: new Request(input, init) });
      return new Response('answered');
    },
  };
};
