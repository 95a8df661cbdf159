// Where a token may stand beside the Authorization header: in a cookie, a WebSocket subprotocol, the query.
// Never chooses between two tokens, and takes no cookie that another site could have sent along.
import { parseBearer } from '@zep-auth/core';
import { refuse } from './answers.ts';
import { isHttps, isReading, readTarget } from './target.ts';

/** A place where a token may stand. */
export type CredentialSource = 'header' | 'cookie' | 'subprotocol' | 'query';

/** Where a guard looks for the token. */
export interface CredentialOptions {
  /**
   * `header`: `Authorization: Bearer …`. `cookie`: the cookie `jwt`, read where the request has no other credentials.
   * `subprotocol`: `bearer` directly followed by the token in `Sec-WebSocket-Protocol`. `query`: `access_token`,
   * which ends up in logs and histories. Default `header` alone.
   */
  readonly sources?: readonly CredentialSource[];
  /** Other origins whose pages may use the cookie for more than GET and HEAD, and for WebSockets. Default none. */
  readonly allowedOrigins?: readonly string[];
}

/** A token, and where it stands. */
interface Found {
  readonly token: string;
  readonly source: CredentialSource;
}

const COOKIE = /(?:^|;)[ \t]*jwt=([^;]*)/g;
const QUERY = /(?<=[?&])access_token=([^&]*)/g;

const isOrigin = (text: string): boolean =>
  /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;

/** The protocols that a WebSocket client offers (RFC 6455 section 11.3.4). */
const offersOf = (header: string | null): readonly string[] =>
  header?.split(',').map((offer) => offer.trim()) ?? [];

const tokensIn: Record<CredentialSource, (request: Request) => readonly string[]> = {
  header: ({ headers }) => [parseBearer(headers.get('authorization')) ?? []].flat(),
  query: ({ url }) =>
    Array.from(readTarget(url).query.matchAll(QUERY), ([, token]) => String(token)),
  cookie: ({ headers }) =>
    Array.from(String(headers.get('cookie')).matchAll(COOKIE), ([, token]) => String(token).trim()),
  subprotocol: ({ headers }) =>
    offersOf(headers.get('sec-websocket-protocol')).filter(
      (_, i, offers) => offers[i - 1] === 'bearer',
    ),
};

/** The origin that a request was sent to, as a browser would name it. */
const ownOrigin = (request: Request, isProxyTrusted: boolean): string => {
  const { headers, url } = request;
  const told = isProxyTrusted ? headers.get('x-forwarded-host') : null;
  const scheme = isHttps(request, isProxyTrusted) ? 'https' : 'http';
  return `${scheme}://${told ?? headers.get('host') ?? new URL(url).host}`;
};

/** How a request came. */
interface Way {
  /** Whether the other end is a proxy of ours. */
  readonly isProxyTrusted: boolean;
  /** Whether it only asks, by GET, on behalf of another request, as nginx does. */
  readonly isSubrequest: boolean;
}

/** Whether a request changes nothing, by its method or by that of the request which it speaks for. */
const isSafe = ({ method, headers }: Request, isSubrequest: boolean): boolean => {
  const told = headers.get('x-original-method') ?? headers.get('x-forwarded-method');
  const meant = isSubrequest ? told : method;
  // What makes some frameworks take a GET for another method, and what makes it a WebSocket.
  const isOther = [...headers.keys()].some((name) => /^(?:x.(?:http.)?method|upgrade$)/.test(name));
  return isReading(String(meant)) && !isOther;
};

/** A browser sends the cookie along whatever site asks it to, so that site has to be known. */
const isFromElsewhere = (
  request: Request,
  allowedOrigins: readonly string[],
  { isProxyTrusted, isSubrequest }: Way,
): boolean => {
  if (isSafe(request, isSubrequest)) return false;
  const origin = String(request.headers.get('origin')); // without one it is null, which is nobody's
  return !allowedOrigins.includes(origin) && origin !== ownOrigin(request, isProxyTrusted);
};

/** Finds the token of a request where it is not in the header; `undefined` when there is none elsewhere. */
export type ReadElsewhere = (request: Request, way: Way) => Found | undefined;

/**
 * Makes the search for tokens beside the header; `undefined` where only the header is asked for.
 *
 * @throws {TypeError} when a source is unknown, there is none, or an origin is none
 */
export const createReadElsewhere = ({
  sources = ['header'],
  allowedOrigins = [],
}: CredentialOptions): ReadElsewhere | undefined => {
  if (!sources.length || !sources.every((source) => Object.hasOwn(tokensIn, source))) {
    throw new TypeError(`sources is a list of ${Object.keys(tokensIn).join(', ')}`);
  }
  if (!allowedOrigins.every(isOrigin)) {
    throw new TypeError('an allowed origin is a scheme and a host: https://app.example.com');
  }
  if (sources.every((source) => source === 'header')) return undefined;
  const find = (request: Request, among: readonly CredentialSource[]): Found | undefined => {
    const [found, ...others] = among.flatMap((source) =>
      tokensIn[source](request).map((token) => ({ source, token })),
    );
    if (!others.length) return found;
    throw refuse('ERR_CREDENTIALS_AMBIGUOUS');
  };
  const explicit = sources.filter((source) => source !== 'cookie');
  return (request, way) => {
    const found = find(request, explicit);
    if (found !== undefined) return found;
    if (explicit.length === sources.length || request.headers.has('authorization'))
      return undefined;
    const cookie = find(request, ['cookie']);
    if (!cookie?.token) return undefined;
    if (!isFromElsewhere(request, allowedOrigins, way)) return cookie;
    throw refuse('ERR_ORIGIN_NOT_ALLOWED');
  };
};

/** Takes the credentials that a guard reads out of what goes on: headers, and the query. */
export const withoutCredentials = (
  headers: Headers,
  query: string,
  sources: readonly CredentialSource[],
): string => {
  const cookie = headers.get('cookie');
  if (sources.includes('cookie') && cookie !== null) {
    const rest = cookie.replace(COOKIE, '').replace(/^;[ \t]*/, '');
    if (rest === '') headers.delete('cookie');
    else headers.set('cookie', rest);
  }
  if (sources.includes('subprotocol')) headers.delete('sec-websocket-protocol');
  if (!sources.includes('query')) return query;
  if (headers.get('referer')?.includes('access_token=')) headers.delete('referer');
  const rest = query
    .slice(1)
    .split('&')
    .filter((pair) => !pair.startsWith('access_token='));
  return query === '' || rest.length === 0 ? '' : `?${rest.join('&')}`;
};

/**
 * The subprotocol to answer a WebSocket client with: the first that it offers and the application speaks, else
 * `bearer` if it offers that, else `undefined`. Never the token.
 *
 * @param offered the `Sec-WebSocket-Protocol` header, or the protocols in it
 * @param supported the protocols that the application speaks, if any
 * @see RFC 6455 section 4.2.2
 */
export const selectProtocol = (
  offered: string | Iterable<string> | null | undefined,
  supported?: readonly string[],
): string | undefined => {
  const offers =
    typeof offered === 'object' && offered !== null ? [...offered] : offersOf(offered ?? null);
  return (
    offers.find((offer) => supported?.includes(offer)) ?? offers.find((offer) => offer === 'bearer')
  );
};
