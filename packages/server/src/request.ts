/**
 * A request as its door presents it: what the decision needs, and no framework's type. A door that knows nothing of
 * the connection leaves `scheme` and `peerAddress` unset.
 */
export interface RequestView {
  readonly method: string;
  /** The target as the door received it: an absolute URL, or a path with its query. Never decoded or rewritten. */
  readonly url: string;
  /** The path that a framework has routed by. Where it is set, a path is public only if both agree. */
  readonly routedPath?: string | undefined;
  /** The scheme of the connection itself, whatever the URL says. */
  readonly scheme?: 'http' | 'https' | undefined;
  /** The address of the other end of the connection. */
  readonly peerAddress?: string | undefined;
  /** The values of a header, in order; its name in lower case. Values that arrive joined stay one text. */
  values(name: string): readonly string[];
  /** The names of all headers, in lower case. */
  names(): Iterable<string>;
}

/** What a door knows in addition to the `Request`. */
export type DoorFacts = Pick<RequestView, 'routedPath' | 'scheme' | 'peerAddress'>;

/** Asks the `Request` only for what is read: some runtimes serialize its URL each time. */
class FetchRequestView implements RequestView {
  readonly routedPath: RequestView['routedPath'];
  readonly scheme: RequestView['scheme'];
  readonly peerAddress: RequestView['peerAddress'];
  readonly #request: Request;

  constructor(request: Request, { routedPath, scheme, peerAddress }: DoorFacts) {
    this.#request = request;
    this.routedPath = routedPath;
    this.scheme = scheme;
    this.peerAddress = peerAddress;
  }

  get method(): string {
    return this.#request.method;
  }

  get url(): string {
    return this.#request.url;
  }

  values(name: string): readonly string[] {
    const value = this.#request.headers.get(name);
    return value === null ? [] : [value];
  }

  names(): Iterable<string> {
    return this.#request.headers.keys();
  }
}

/** Makes a view of a `Request`, with what its door knows in addition. A view is returned as it is. */
export const toRequestView = (
  request: Request | RequestView,
  facts: DoorFacts = {},
): RequestView => ('values' in request ? request : new FetchRequestView(request, facts));

const ABSOLUTE = /^[^/]*\/\/[^/?#]*([^?#]*)([^#]*)/;
const ORIGIN_FORM = /^(\/[^?#]*)([^#]*)/;

/** The path and the query of a target, as they were sent; a fragment is dropped. */
export const readTarget = (url: string): { readonly path: string; readonly query: string } => {
  // A path that begins with // is a path (RFC 9112 section 3.2.1): only a scheme makes an authority of it.
  const found = ORIGIN_FORM.exec(url) ?? ABSOLUTE.exec(url);
  return { path: found?.[1] ?? '', query: found?.[2] ?? '' };
};

// A path that no server decodes or normalizes, so that it can be compared as it is.
const PLAIN_PATH = /^(?!.*\/\/)\/[^%\\;?#*]*$/s;

/**
 * Checks public paths, and returns them as a set.
 *
 * @throws {TypeError} when a path does not begin with `/`, or has `%`, `\`, `;`, `?`, `#`, `*` or `//`
 */
export const toPublicPaths = (paths: readonly string[]): ReadonlySet<string> => {
  if (!paths.every((path) => PLAIN_PATH.test(path))) {
    throw new TypeError('a public path begins with / and has no %, \\, ;, ?, #, * or //');
  }
  return new Set(paths);
};

/** Whether a method is safe to repeat and changes nothing (RFC 9110 section 9.2.1). */
export const isSafeMethod = (method: string): boolean => method === 'GET' || method === 'HEAD';

/** Whether a request is for a public path: GET or HEAD, and the raw path byte for byte. */
export const isPublic = (
  { method, url, routedPath }: RequestView,
  publicPaths: ReadonlySet<string>,
): boolean => {
  if (publicPaths.size === 0 || !isSafeMethod(method)) return false;
  const { path } = readTarget(url);
  return publicPaths.has(path) && (routedPath === undefined || routedPath === path);
};

/** Whether a request is a CORS preflight, for which a browser sends no credentials (Fetch, CORS protocol). */
export const isPreflight = (view: RequestView): boolean => {
  if (view.method !== 'OPTIONS') return false;
  const has = (name: string): boolean => view.values(name).length > 0;
  return (
    has('origin') &&
    has('access-control-request-method') &&
    !has('authorization') &&
    !has('transfer-encoding') &&
    view.values('content-length').every((length) => length === '0')
  );
};

/**
 * Whether a request came over HTTPS: according to a trusted proxy, else to its connection, else to its URL. If several
 * proxies have added a scheme, all must be https.
 */
export const isHttps = (view: RequestView, isProxyTrusted: boolean): boolean => {
  const told = isProxyTrusted ? view.values('x-forwarded-proto') : [];
  if (told.length > 0) {
    const schemes = told.join().split(',');
    return schemes.every((scheme) => scheme.trim().toLowerCase() === 'https');
  }
  return view.scheme === undefined ? view.url.startsWith('https:') : view.scheme === 'https';
};

/** The origin that a request was sent to, as a browser would name it. */
export const readOwnOrigin = (view: RequestView, isProxyTrusted: boolean): string => {
  const told = isProxyTrusted ? view.values('x-forwarded-host') : [];
  const named = told.length > 0 ? told : view.values('host');
  const host =
    named.length === 0 && URL.canParse(view.url) ? new URL(view.url).host : named.join(', ');
  return `${isHttps(view, isProxyTrusted) ? 'https' : 'http'}://${host}`;
};
