// A refusal as one value, so that a test compares it as a whole.
import { expect } from 'vitest';

export const BARE = 'Bearer realm="api"';
export const INVALID_REQUEST = `${BARE}, error="invalid_request"`;
export const INVALID_TOKEN = `${BARE}, error="invalid_token"`;

export interface Refusal {
  readonly status: number;
  readonly challenge: string | null;
  readonly contentType: string | null;
  readonly cacheControl: string | null;
  readonly body: unknown;
}

export const readRefusal = async (response: Response): Promise<Refusal> => ({
  status: response.status,
  challenge: response.headers.get('www-authenticate'),
  contentType: response.headers.get('content-type'),
  cacheControl: response.headers.get('cache-control'),
  body: await response.json(),
});

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  421: 'Misdirected Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

/** A whole refusal. Without a code, the body must not have that member. */
export const refusal = (status: number, challenge: string | null, code?: string): Refusal => ({
  status,
  challenge,
  contentType: 'application/problem+json',
  cacheControl: 'no-store',
  body: {
    type: 'about:blank',
    title: TITLES[status],
    status,
    detail: expect.stringMatching(/^[A-Z].+\.$/),
    ...(code !== undefined && { code }),
  },
});
