// What the guard and the gate read off a request before any credentials: its raw path, its scheme, the two exemptions.
// Never decodes: a path that needs decoding is not the path that was compared.

const TARGET = /^[^/]*\/\/[^/?#]*([^?#]*)([^#]*)/;

/** The path and the query of a request's URL, as they were sent; a fragment is nobody's business. */
export const readTarget = (url: string): { readonly path: string; readonly query: string } => {
  const found = TARGET.exec(url);
  return { path: found?.[1] ?? '', query: found?.[2] ?? '' };
};

// A path that may be compared as it is: everything that someone might decode or fold is out.
const PLAIN_PATH = /^(?!.*\/\/)\/[^%\\;?#*]*$/s;

/**
 * Takes a list of public paths as a set.
 *
 * @throws {TypeError} when a path can never match as it is meant: it does not begin with `/`, or has `%`, `\`,
 * `;`, `?`, `#`, `//`, or a `*` that would stand for itself
 */
export const toPublicPaths = (paths: readonly string[]): ReadonlySet<string> => {
  if (!paths.every((path) => PLAIN_PATH.test(path))) {
    throw new TypeError('a public path begins with / and has no %, \\, ;, ?, #, * or //');
  }
  return new Set(paths);
};

/** Whether a method asks for something, and changes nothing. */
export const isReading = (method: string): boolean => /^(?:GET|HEAD)$/.test(method);

/** Whether a request is for a public path: GET or HEAD, and the raw path byte for byte. */
export const isPublic = (request: Request, publicPaths: ReadonlySet<string>): boolean =>
  publicPaths.size > 0 &&
  isReading(request.method) &&
  publicPaths.has(readTarget(request.url).path);

/** Whether a request is a CORS preflight, which no browser lets anyone authenticate (Fetch, CORS protocol). */
export const isPreflight = (request: Request): boolean => {
  if (request.method !== 'OPTIONS') return false;
  const { headers } = request;
  return (
    headers.has('origin') &&
    headers.has('access-control-request-method') &&
    !headers.has('authorization') &&
    !headers.has('transfer-encoding') &&
    (headers.get('content-length') ?? '0') === '0'
  );
};

/**
 * Whether a request came over HTTPS: by its own URL, or by the word of a proxy that is trusted. Where several
 * proxies have spoken, every one must have said so.
 */
export const isHttps = ({ url, headers }: Request, isProxyTrusted: boolean): boolean => {
  const said = isProxyTrusted ? headers.get('x-forwarded-proto') : null;
  if (said === null) return url.startsWith('https:');
  return said.split(',').every((scheme) => scheme.trim().toLowerCase() === 'https');
};
