import type { RequestView } from '../request.ts';
import type { HeaderList } from './header-names.ts';

/**
 * How the gate answers pages of other origins.
 *
 * @see Fetch, CORS protocol
 */
export interface CorsOptions {
  /**
   * The origins whose pages may read answers: `*`, one, several, or a function that returns the origin to allow, or
   * nothing.
   */
  readonly origin: string | readonly string[] | ((origin: string) => string | null | undefined);
  /** Default GET, HEAD, PUT, POST, DELETE, PATCH. */
  readonly allowMethods?: readonly string[];
  /** Default whatever the preflight asks for. */
  readonly allowHeaders?: readonly string[];
  /** Beside `WWW-Authenticate`, by which a page sees why it was refused. Default none. */
  readonly exposeHeaders?: readonly string[];
  /** How long a browser may remember a preflight, in seconds. Default up to the browser. */
  readonly maxAge?: number;
  /** Lets pages send cookies. Not with `*`. Default `false`. */
  readonly credentials?: boolean;
}

/** What the gate sets on an answer. */
export interface CorsFields {
  readonly headers: HeaderList;
  /** What the answer depends on, for its Vary. */
  readonly varyBy: readonly string[];
}

export interface Cors {
  /** For any answer. */
  readonly forAnswer: (view: RequestView) => CorsFields;
  /** For the answer to a preflight. */
  readonly forPreflight: (view: RequestView) => CorsFields;
}

const METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'PATCH'];

const isOrigin = (text: string): boolean =>
  /^[a-z][\w+.-]*:\/\/[^/?#]+$/.test(text) && URL.canParse(text);

/**
 * Creates what answers pages of other origins.
 *
 * @throws {TypeError} when an origin is not one, or any origin may send cookies
 */
export const createCors = (options: CorsOptions): Cors => {
  const { origin, allowMethods = METHODS, allowHeaders = [], maxAge, credentials } = options;
  const exposed = [...(options.exposeHeaders ?? []), 'WWW-Authenticate'].join(', ');
  const origins = typeof origin === 'function' ? [] : [origin].flat();
  const isAny = origins.includes('*');
  if (!origins.every((text) => text === '*' || isOrigin(text))) {
    throw new TypeError('cors.origin is * or a scheme and a host: https://app.example.com');
  }
  if (isAny && credentials === true) {
    throw new TypeError('cors.origin * with credentials would let every page act as its visitor');
  }
  const findAllowed = (asked: string): string | null | undefined => {
    if (typeof origin === 'function') {
      const allowed = origin(asked);
      if (!allowed || allowed === '*' || isOrigin(allowed)) return allowed;
      throw new TypeError('cors.origin returned something that is not an origin');
    }
    return isAny ? '*' : origins.find((text) => text === asked);
  };
  const forAnswer = (view: RequestView): CorsFields => {
    const allowed = findAllowed(view.values('origin').join());
    const varyBy = isAny ? [] : ['Origin'];
    if (!allowed) return { headers: [], varyBy };
    const headers = ['Access-Control-Allow-Origin', allowed];
    if (credentials === true) headers.push('Access-Control-Allow-Credentials', 'true');
    headers.push('Access-Control-Expose-Headers', exposed);
    return { headers, varyBy };
  };
  return {
    forAnswer,
    forPreflight: (view) => {
      const { headers, varyBy } = forAnswer(view);
      if (headers.length === 0) return { headers, varyBy };
      const asked = view.values('access-control-request-headers');
      const named = allowHeaders.length > 0 ? allowHeaders : asked;
      return {
        headers: [
          ...headers,
          'Access-Control-Allow-Methods',
          allowMethods.join(', '),
          ...(named.length > 0 ? ['Access-Control-Allow-Headers', named.join(', ')] : []),
          ...(maxAge === undefined ? [] : ['Access-Control-Max-Age', String(maxAge)]),
        ],
        varyBy: [...varyBy, 'Access-Control-Request-Headers'],
      };
    },
  };
};
