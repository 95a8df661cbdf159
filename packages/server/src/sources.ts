// Where a token may be: each source finds its token in a request, and removes it from one that is forwarded.
import { parseBearer } from '@zep-auth/core';
import { assertOptions } from '@zep-auth/core/internal';
import { guardError } from './problem-response.ts';
import { isSafeMethod, type RequestView, readOwnOrigin, readTarget } from './request.ts';

/** A place where a request may carry its token. */
export interface Source {
  /** What `auth.source` says: `bearer`, `header:x-api-key`, `cookie:jwt`, `query:access_token`, `subprotocol`. */
  readonly name: string;
  /** `explicit`: the client put it there. `ambient`: a browser adds it, so it counts only without Authorization. */
  readonly kind: 'explicit' | 'ambient';
  /**
   * The tokens in a request. More than one is ambiguous, and refused; a single empty one counts as absent.
   *
   * @throws {AuthError} `ERR_CREDENTIALS_AMBIGUOUS` when one value holds several
   */
  read(view: RequestView): readonly string[];
  /** Whether the page that caused the request may use the token. A trusted proxy's forwarding headers are believed. */
  allows?(view: RequestView, isProxyTrusted: boolean): boolean;
  /** Removes the token: from `headers`, a list of names and values in turn, in place; returns the target without it. */
  strip(target: string, headers: string[]): string;
}

// RFC 9110 section 5.6.2
const HTTP_TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

// Fields that carry something else, or belong to one connection (RFC 9110 section 7.6.1).
const RESERVED_HEADER =
  /^(?:authorization|cookie|host|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|content-.*|sec-.*)$/;

/** Removes the fields that `isDropped` picks. */
const dropHeaders = (
  headers: string[],
  isDropped: (name: string, value: string) => boolean,
): void => {
  for (let i = headers.length - 2; i >= 0; i -= 2) {
    const [name = '', value = ''] = [headers[i], headers[i + 1]];
    if (isDropped(name.toLowerCase(), value)) headers.splice(i, 2);
  }
};

/** Rewrites the values of one header; an empty value removes the field. */
const rewriteHeader = (
  headers: string[],
  header: string,
  rewrite: (value: string) => string,
): void => {
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i]?.toLowerCase() === header) headers[i + 1] = rewrite(headers[i + 1] ?? '');
  }
  dropHeaders(headers, (name, value) => name === header && value === '');
};

/**
 * `Authorization: Bearer …`, the default.
 *
 * @see RFC 6750 section 2.1
 */
export const bearer = (): Source => ({
  name: 'bearer',
  kind: 'explicit',
  read: (view) => {
    const values = view.values('authorization');
    if (values.length > 1) throw guardError('ERR_CREDENTIALS_AMBIGUOUS');
    const token = parseBearer(values[0]);
    return token === undefined ? [] : [token];
  },
  strip: (target, headers) => {
    dropHeaders(headers, (name) => name === 'authorization');
    return target;
  },
});

/**
 * A header whose whole value is the token, `x-api-key` for example.
 *
 * @throws {TypeError} when the name is not a header's, or a header that means something else
 */
export const header = (name: string): Source => {
  const field = name.toLowerCase();
  // The messages here do not repeat a name, which may be a secret in the wrong place.
  if (!HTTP_TOKEN.test(field) || RESERVED_HEADER.test(field)) {
    throw new TypeError('header() takes a name that means nothing else, such as x-api-key');
  }
  return {
    name: `header:${field}`,
    kind: 'explicit',
    // A comma joins two values (RFC 9110 section 5.3).
    read: (view) => view.values(field).flatMap((value) => value.split(',')),
    strip: (target, headers) => {
      dropHeaders(headers, (found) => found === field);
      return target;
    },
  };
};

const isOrigin = (text: string): boolean =>
  /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;

/**
 * Whether a request only reads, and no page of another site sees the answer. Some frameworks treat a GET with a method
 * header as another method; an upgrade opens a WebSocket; the page that makes a cross-site GET sees the answer, unless the
 * GET is a navigation.
 */
const isHarmless = (view: RequestView): boolean => {
  if (!isSafeMethod(view.method)) return false;
  for (const name of view.names()) {
    if (/^(?:x.(?:http.)?method|upgrade$|sec-websocket-)/.test(name)) return false;
  }
  const mode = view.values('sec-fetch-mode').join();
  if (mode === 'websocket') return false; // as a proxy repeats it that asks before an upgrade
  return mode === 'navigate' || !view.values('sec-fetch-site').includes('cross-site');
};

/** What a cookie source allows. */
export interface CookieOptions {
  /** Other origins whose pages may use the cookie for more than reading, and for WebSockets. Default none. */
  readonly allowedOrigins?: readonly string[];
}

/**
 * A cookie. Requests that change something must come from a page of the same origin, or an allowed one.
 *
 * @throws {TypeError} when the name is not a cookie's, or an allowed origin is not a scheme and a host
 * @see RFC 6265 section 4.1.1
 */
export const cookie = (name: string, options: CookieOptions = {}): Source => {
  assertOptions('cookie', options, ['allowedOrigins']);
  const allowedOrigins = [...(options.allowedOrigins ?? [])];
  if (!HTTP_TOKEN.test(name)) {
    throw new TypeError("cookie() takes a cookie's name, such as __Host-token");
  }
  if (!allowedOrigins.every(isOrigin)) {
    throw new TypeError('an allowed origin is a scheme and a host: https://app.example.com');
  }
  const escaped = name.replace(/[$*+.^|]/g, '\\$&');
  const pair = new RegExp(`(?:^|;)[ \\t]*${escaped}=([^;]*)`, 'g');
  return {
    name: `cookie:${name}`,
    kind: 'ambient',
    read: (view) => {
      const found = view.values('cookie').flatMap((value) => [...value.matchAll(pair)]);
      return found.map(([, text = '']) => text.trim().replace(/^"(.*)"$/, '$1'));
    },
    allows: (view, isProxyTrusted) => {
      if (isHarmless(view)) return true;
      const origin = view.values('origin').join();
      return allowedOrigins.includes(origin) || origin === readOwnOrigin(view, isProxyTrusted);
    },
    strip: (target, headers) => {
      rewriteHeader(headers, 'cookie', (value) => value.replace(pair, '').replace(/^;[ \t]*/, ''));
      return target;
    },
  };
};

/**
 * A parameter of the query. URLs end up in logs and browser histories: use it only where nothing else works.
 *
 * @throws {TypeError} when the name would have to be encoded in a URL
 * @see RFC 6750 section 2.3
 */
export const query = (name: string): Source => {
  if (!/^[\w.~-]+$/.test(name)) {
    throw new TypeError('query() takes a name without encoding, such as access_token');
  }
  const escaped = name.replaceAll('.', '\\.');
  const pair = new RegExp(`(?<=^\\?|&)${escaped}=([^&]*)`, 'g');
  const inText = new RegExp(`[?&]${escaped}=`);
  const tokensIn = (text: string): readonly string[] =>
    Array.from(text.matchAll(pair), ([, token = '']) => token);
  return {
    name: `query:${name}`,
    kind: 'explicit',
    read: (view) => tokensIn(readTarget(view.url).query),
    strip: (target, headers) => {
      const start = target.indexOf('?');
      if (start === -1) {
        dropHeaders(headers, (_, value) => inText.test(value));
        return target;
      }
      const [path, text] = [target.slice(0, start), target.slice(start)];
      const tokens = tokensIn(text);
      // Referer, X-Original-URI, HX-Current-URL and others repeat the URL.
      dropHeaders(
        headers,
        (_, value) => inText.test(value) || tokens.some((token) => token && value.includes(token)),
      );
      if (!inText.test(text)) return target;
      const rest = text
        .slice(1)
        .split('&')
        .filter((part) => !part.startsWith(`${name}=`));
      return rest.length === 0 ? path : `${path}?${rest.join('&')}`;
    },
  };
};

const parseProtocols = (value: string): readonly string[] =>
  value.split(',').map((protocol) => protocol.trim());

const PROTOCOLS = 'sec-websocket-protocol';

/** Whether a protocol is the token, which comes directly after `bearer`. */
const isToken = (_: string, i: number, protocols: readonly string[]): boolean =>
  protocols[i - 1] === 'bearer';

/**
 * The WebSocket subprotocol after `bearer`: `new WebSocket(url, ['bearer', token])`. A page in a browser cannot set any
 * other header of a WebSocket.
 *
 * @see RFC 6455 section 11.3.4
 */
export const subprotocol = (): Source => ({
  name: 'subprotocol',
  kind: 'explicit',
  read: (view) => view.values(PROTOCOLS).flatMap((value) => parseProtocols(value).filter(isToken)),
  strip: (target, headers) => {
    rewriteHeader(headers, PROTOCOLS, (value) => {
      const protocols = parseProtocols(value);
      if (!protocols.some(isToken)) return value;
      return protocols
        .filter((protocol, i) => protocol !== 'bearer' && !isToken(protocol, i, protocols))
        .join(', ');
    });
    return target;
  },
});

/**
 * The subprotocol to answer a WebSocket client with: the first that it offers and the application speaks, else
 * `bearer` if it offers that, else `undefined`. The token is never selected.
 *
 * @param offered the `Sec-WebSocket-Protocol` header, or the protocols in it
 * @param supported the protocols that the application speaks
 * @see RFC 6455 section 4.2.2
 */
export const selectProtocol = (
  offered: string | Iterable<string> | null | undefined,
  supported?: readonly string[],
): string | undefined => {
  const offers = typeof offered === 'string' ? parseProtocols(offered) : [...(offered ?? [])];
  return offers.find((offer) => supported?.includes(offer)) ?? offers.find((o) => o === 'bearer');
};
