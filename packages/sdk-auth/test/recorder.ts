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

export const createRecorder = (
  answer: (call: Call, index: number) => Response | Promise<Response> = () =>
    new Response('answered'),
): { readonly fetch: AuthFetch; readonly calls: readonly Call[] } => {
  const calls: Call[] = [];
  return {
    calls,
    fetch: async (input, init) => {
      const call = { input, init, request: new Request(input, init) };
      calls.push(call);
      return answer(call, calls.length - 1);
    },
  };
};

/** What of the calls was sent as Authorization. */
export const sentIn = (calls: readonly Call[]): readonly (string | null)[] =>
  calls.map(({ request }) => request.headers.get('authorization'));

/** A 401 with a challenge, or without one. */
export const refuse = (challenge?: string): Response =>
  new Response('refused', {
    status: 401,
    headers: challenge === undefined ? {} : { 'www-authenticate': challenge },
  });

/** What has the form of a token and these claims. Its signature is nobody's business here. */
export const makeToken = (claims: object): string => {
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
  return TOKEN.replace('.e30.', `.${payload}.`);
};
