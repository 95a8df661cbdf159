// A `fetch` that records its calls and sends nothing.
import type { AuthFetch } from '../src/index.ts';

export const TOKEN =
  'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.O_ADp3sQL0B5OHZZi_itwaNA7b77PzRVjEtMC1qQTeM';
export const BEARER = `Bearer ${TOKEN}`;

export interface Call {
  readonly input: string | URL | Request;
  readonly init: RequestInit | undefined;
  /** The Request that the platform makes from both. */
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

/** The Authorization header of each call. */
export const sentIn = (calls: readonly Call[]): readonly (string | null)[] =>
  calls.map(({ request }) => request.headers.get('authorization'));

/** A 401, with or without a challenge. */
export const refuse = (challenge?: string): Response =>
  new Response('refused', {
    status: 401,
    headers: challenge === undefined ? {} : { 'www-authenticate': challenge },
  });

/** Returns a token with the given claims. Its signature is wrong, but the client does not verify. */
export const makeToken = (claims: object): string => {
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
  return TOKEN.replace('.e30.', `.${payload}.`);
};
