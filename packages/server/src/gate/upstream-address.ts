import { refusal } from '@zep-auth/core/internal';

/** Where the upstream is, taken apart. */
export interface UpstreamAddress {
  /** Scheme, host and port. */
  readonly origin: string;
  /** The path of a Unix socket, where the upstream listens on one. */
  readonly socketPath: string | undefined;
  /** The host, with its port where it is not the default of http or https. */
  readonly authority: string;
  readonly hostname: string;
  /** The path that every target is put behind, without a slash at its end; empty for the root. */
  readonly basePath: string;
}

const normalizeAuthority = (authority: string): string =>
  authority.toLowerCase().replace(/:(?:80|443)?$/, '');

/**
 * Takes an upstream apart.
 *
 * @throws {TypeError} when it is not an http or https URL, or has credentials, a query or a fragment
 */
export const parseUpstream = (upstream: string | URL): UpstreamAddress => {
  const [, socketPath, path = '/'] = /^unix:(\/[^:]*)(?::(\/.*))?$/.exec(String(upstream)) ?? [];
  const text = socketPath === undefined ? upstream : `http://localhost${path}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (!isHttp || `${url.origin}${url.pathname}` !== url.href) {
    throw new TypeError(
      'upstream must begin with http:// or https://, or be unix:/path[:/base], and have no credentials, query or fragment',
    );
  }
  return {
    origin: url.origin,
    socketPath,
    authority: normalizeAuthority(url.host),
    hostname: url.hostname,
    basePath: url.pathname.replace(/\/$/, ''),
  };
};

/** Whether some server would take a path out of where it begins: dot segments in any spelling and with any slash. */
const leadsOut = (path: string): boolean => {
  let depth = 0;
  for (const segment of path.split(/[/\\]|%2f|%5c/i)) {
    const name = segment.replace(/;.*$/s, '').replace(/%2e/gi, '.');
    if (name === '..') depth -= 1;
    else if (name !== '.' && name !== '') depth += 1;
    if (depth < 0) return true;
  }
  return false;
};

const pathOf = (target: string): string => /^[^?#]*/.exec(target)?.[0] ?? '';

/**
 * The base path, then the target's own text.
 *
 * @throws {AuthError} `ERR_REQUEST_MALFORMED` when the target leads out of the base path
 */
export const joinTarget = ({ basePath }: UpstreamAddress, target: string): string => {
  if (basePath === '') return target;
  if (!leadsOut(pathOf(target))) return basePath + target;
  throw refusal('ERR_REQUEST_MALFORMED', 'the path leads out of the base path of the upstream');
};

/** A URL of the upstream's as the client reaches it through the gate; any other stays as it is. */
export const toGateUrl = (address: UpstreamAddress, url: string): string => {
  const absolute = /^(?:https?:)?\/\/([^/?#]*)(.*)$/is.exec(url);
  if (absolute && normalizeAuthority(absolute[1] ?? '') !== address.authority) return url;
  const reference = absolute ? (absolute[2] ?? '') : url;
  const path = pathOf(reference);
  const { basePath } = address;
  const rest = path.slice(basePath.length);
  const isBelow = path.startsWith(basePath) && /^(?:$|\/)/.test(rest) && !leadsOut(rest);
  if (!isBelow || (!absolute && !/^\/(?![/\\])/.test(url))) return url;
  const gatePath = rest === '' ? '/' : rest;
  // A path that begins with two slashes would be read as another host.
  const isHostLike = /^\/[/\\]/.test(gatePath);
  return `${isHostLike ? '/.' : ''}${gatePath}${reference.slice(path.length)}`;
};

/** A Refresh whose URL leads through the gate. */
export const toGateRefresh = (address: UpstreamAddress, refresh: string): string =>
  refresh.replace(
    /^([^;,]*[;,][ \t]*(?:url[ \t]*=[ \t]*)?)(["']?)([^"']*)/i,
    (_, before: string, quote: string, url: string) =>
      `${before}${quote}${toGateUrl(address, url)}`,
  );

/** A Set-Cookie for the gate: without the upstream's own Domain, and with a Path that is a path of the gate. */
export const toGateCookie = (address: UpstreamAddress, setCookie: string): string => {
  const [pair = '', ...attributes] = setCookie.split(';');
  const { hostname, basePath } = address;
  const kept = attributes.flatMap((attribute) => {
    const [, before = '', name = '', value = ''] =
      /^([ \t]*(domain|path)[ \t]*=[ \t]*)(.*?)[ \t]*$/i.exec(attribute)?.map(String) ?? [];
    if (/^domain$/i.test(name)) {
      return value.replace(/^\./, '').toLowerCase() === hostname ? [] : [attribute];
    }
    const rest = value.slice(basePath.length);
    const isBelow = basePath !== '' && value.startsWith(basePath) && /^(?:$|\/)/.test(rest);
    return isBelow && name !== '' ? [`${before}${rest === '' ? '/' : rest}`] : [attribute];
  });
  return [pair, ...kept].join(';');
};
