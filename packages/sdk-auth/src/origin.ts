import { AuthError } from '@zep-auth/core/client';

/** Which origins get the token. */
export interface OriginOptions {
  /** The origins that get the token, such as `https://api.example.com`. HTTPS, or HTTP on loopback. */
  readonly origins: readonly string[];
  /** Origins that get the token over plain HTTP, where anyone on the way can read it. Default none. */
  readonly insecureOrigins?: readonly string[];
}

// Every parser agrees on the origin of such a URL, so it is sent unchanged. React Native's URL class cannot be used here:
// it does not know origins, and it alters URLs.
const ORIGIN = /^(https?:\/\/)(?:[^/?#\\]*@)?([\w.-]+|\[[\da-f:.]+\])(:\d+)?(?![^/?#])/i;
// RFC 6761 section 6.3, RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3
const INSECURE = /^http:(?!\/\/((.+\.)?localhost|127(\.\d+){3}|\[::1\])(:\d+)?$)/;

/**
 * Returns a URL as it is sent, and its origin, which is empty unless the URL is HTTP or HTTPS.
 *
 * @throws {TypeError} when it is not a URL, or relative without a base
 */
export const resolveUrl = (url: string, base?: string): [href: string, origin: string] => {
  const href = ORIGIN.test(url) ? url : new URL(url, base).href;
  const origin = (ORIGIN.exec(href) ?? []).slice(1).join('').toLowerCase(); // scheme, host and port
  return [href, origin.replace(/^(https:.*):443$|^(http:.*):80$/, '$1$2')];
};

/**
 * Returns the origins that get a token.
 *
 * @throws {AuthError} `ERR_INSECURE_TRANSPORT` when one is plain HTTP, and not on loopback or in `insecureOrigins`
 * @throws {TypeError} without an entry, or when one has a path. It does not repeat the entry, which may be a token
 */
export const parseOrigins = (options: OriginOptions): readonly string[] => {
  const parse = (name: keyof OriginOptions) =>
    [options[name] ?? []].flat().map((entry, i) => {
      try {
        const [href, origin] = resolveUrl(entry);
        if (origin && /^\w+:\/\/[^/?#@]+\/?$/.test(href)) return origin;
      } catch {}
      throw new TypeError(`${name}[${i}] must look like https://api.example.com`);
    });
  const insecure = parse('insecureOrigins');
  const origins = [...parse('origins'), ...insecure];
  if (!origins.length) throw new TypeError('origins must list which origins get the token');
  const exposed = origins.find((origin) => INSECURE.test(origin) && !insecure.includes(origin));
  if (exposed) {
    throw new AuthError(
      'ERR_INSECURE_TRANSPORT',
      `${exposed} is plain HTTP: use https, or insecureOrigins`,
    );
  }
  return origins;
};
