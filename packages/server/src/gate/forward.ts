// Which headers of a request reach the upstream, and in whose name.
// Never forwards what a client could use to speak as the gate, as its proxy, or as somebody else.
import { AuthError, type JwtClaims } from '@zep-auth/core';

/** What the upstream is sent, beside the method. */
export interface UpstreamRequest {
  /** The path, and the query if there is one, as they were sent. */
  readonly target: string;
  readonly headers: Headers;
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>> | null;
}

/** The other end of the client's connection. */
export interface Peer {
  /** Its address, where the runtime tells it. */
  readonly address: string | undefined;
  /** Whether it is a proxy whose forwarding headers are to be believed. */
  readonly isTrusted: boolean;
}

// RFC 9110 section 7.6.1, and the older ones that are still sent.
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** A copy without the fields that belong to one connection: the known ones, and those that Connection names. */
export const withoutHopByHop = (headers: Headers): Headers => {
  const copy = new Headers(headers);
  const named = (headers.get('connection') ?? '').split(',').map((name) => name.trim());
  for (const name of [...HOP_BY_HOP, ...named]) {
    if (/^[\w!#$%&'*+.^`|~-]+$/.test(name)) copy.delete(name); // else it names no field
  }
  return copy;
};

// Upstreams that speak CGI or WSGI take _ for -, and some any other sign, so they are one here.
const isIdentity = (name: string): boolean => /^x[^a-z0-9]auth[^a-z0-9]/.test(name);
const isForwarding = (name: string): boolean =>
  /^(?:forwarded|x[^a-z0-9]forwarded.*|x[^a-z0-9]real[^a-z0-9]ip)$/.test(name);

// What makes some frameworks take a request for another one.
const isOverride = (name: string): boolean =>
  /^x[^a-z0-9](?:original[^a-z0-9]ur[il]|rewrite[^a-z0-9]ur[il]|(?:http[^a-z0-9])?method(?:[^a-z0-9]override)?)$/.test(
    name,
  );

/** The headers of a request on its way to the upstream. What passed as public stays what it passed as. */
export const toUpstreamHeaders = (
  request: Request,
  peer: Peer,
  { isPublic }: { readonly isPublic: boolean },
): Headers => {
  const headers = withoutHopByHop(request.headers);
  for (const name of [...headers.keys()]) {
    if (isIdentity(name) || (isForwarding(name) && !peer.isTrusted)) headers.delete(name);
    if (isPublic && isOverride(name)) headers.delete(name);
  }
  // `Proxy` becomes HTTP_PROXY behind CGI.
  for (const name of ['authorization', 'expect', 'host', 'proxy']) headers.delete(name);
  if (request.method === 'GET' || request.method === 'HEAD') headers.delete('content-length');
  // `fetch` hands bodies over decoded, so no encoding is asked for.
  headers.set('accept-encoding', 'identity');
  if (peer.address !== undefined) headers.append('x-forwarded-for', peer.address);
  const { protocol, host } = new URL(request.url);
  if (!headers.has('x-forwarded-proto')) headers.set('x-forwarded-proto', protocol.slice(0, -1));
  if (!headers.has('x-forwarded-host')) {
    headers.set('x-forwarded-host', request.headers.get('host') ?? host);
  }
  headers.append('via', '1.1 zep-auth'); // RFC 9110 section 7.6.3
  return headers;
};

/** The body of a request, if it has one: some runtimes hand out an empty stream where there is none. */
export const readBody = async ({ body, headers }: Request): Promise<UpstreamRequest['body']> => {
  if (body === null || headers.get('content-length') === '0') return null;
  if (headers.has('content-length') || headers.has('transfer-encoding')) return body;
  const [probe, rest] = body.tee();
  const reader = probe.getReader();
  const { done } = await reader.read();
  reader.cancel().catch(() => {}); // settles only with the other branch, which is none of its business
  return done ? null : rest;
};

/** The headers of a CORS preflight on its way to the upstream: what the protocol needs and nothing else. */
export const toPreflightHeaders = (request: Request): Headers =>
  new Headers(
    [...request.headers].filter(
      ([name]) => name === 'origin' || name.startsWith('access-control-request-'),
    ),
  );

/**
 * The headers that tell whose request it is.
 *
 * @throws {AuthError} `ERR_TOKEN_CLAIM` when a claim has no form as a header: refused is better than garbled
 */
export const toIdentityHeaders = (claims: JwtClaims): Headers => {
  const headers = new Headers();
  for (const [claim, name] of [
    ['sub', 'x-auth-subject'],
    ['scope', 'x-auth-scope'],
  ] as const) {
    const value = claims[claim];
    if (value === undefined) continue;
    if (typeof value !== 'string' || !/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value)) {
      throw new AuthError('ERR_TOKEN_CLAIM', `the ${claim} claim has no form as a header`, {
        claim,
      });
    }
    headers.set(name, value);
  }
  return headers;
};
