import type { AuthError } from '@zep-auth/core';
import { refusal } from '@zep-auth/core/internal';
import type { RequestView } from '../request.ts';

const HOST = /^(?:[\w.~-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;
const ABSOLUTE = /^(https?):\/\/([^/?#]*)/i;

/** Refuses a body that is larger than the gate takes. */
export const BODY_TOO_LARGE: AuthError = refusal('ERR_BODY_TOO_LARGE', 'the body is too large');

const malformed = (reason: string) => refusal('ERR_REQUEST_MALFORMED', reason);

let lastHost: string | undefined;

/** Whether a text is a host for every reader: `1.2.3.999` is one for some. Most requests name the same one. */
const isHost = (text: string): boolean => {
  if (text !== lastHost) {
    if (!HOST.test(text) || !URL.canParse(`http://${text}`)) return false;
    lastHost = text;
  }
  return true;
};

/**
 * The host that a request is for, as it named it: in its target, else in its Host (RFC 9112 section 3.2.2).
 * `undefined` without either, which HTTP/1.0 allows.
 *
 * @throws {AuthError} `ERR_REQUEST_MALFORMED` when two parts of a proxy chain could read different requests in it
 */
export const readHost = (view: RequestView): string | undefined => {
  const { url, scheme } = view;
  const [, urlScheme, authority] = ABSOLUTE.exec(url) ?? [];
  if (urlScheme === undefined && !url.startsWith('/')) throw malformed('the target is not a path');
  if (scheme !== undefined && (urlScheme?.toLowerCase() ?? scheme) !== scheme) {
    throw malformed('the target names another scheme than the connection has');
  }
  const hosts = view.values('host');
  if (hosts.length > 1) throw malformed('the request has more than one Host');
  const host = (scheme === undefined ? hosts[0] : undefined) ?? authority ?? hosts[0];
  for (const text of [host, ...hosts]) {
    if (text !== undefined && !isHost(text)) throw malformed('the Host is not a host');
  }
  return host;
};

/**
 * Checks that a request is for one of the allowed hosts.
 *
 * @throws {AuthError} `ERR_HOST_NOT_ALLOWED` when it is not
 * @see RFC 9110 section 15.5.20
 */
export const assertHostAllowed = (
  hosts: readonly (string | undefined)[],
  allowed: ReadonlySet<string>,
): void => {
  const isAllowed = (host: string | undefined): boolean =>
    host !== undefined && allowed.has(host.trim().replace(/:\d*$/, '').toLowerCase());
  if (!hosts.every(isAllowed)) {
    throw refusal('ERR_HOST_NOT_ALLOWED', 'the request is for a host that is not allowed');
  }
};

/**
 * The protocols that a request wants instead of HTTP/1.1, or `undefined`. `h2c` is an offer, which may be passed over
 * (RFC 9110 section 7.8).
 */
export const readUpgrade = (view: RequestView): string | undefined => {
  const values = view.values('upgrade');
  if (values.length === 0) return undefined;
  const wanted = values.join();
  return /^[\s,]*(?:h2c[\s,]*)*$/i.test(wanted) ? undefined : wanted;
};

/**
 * Whether client and upstream may switch to the protocol that a request wants. Not to a version of HTTP or TLS, in
 * which requests would pass unseen; not behind a body, which could be read as the other protocol; and not for a method
 * that is exempt from authentication.
 */
export const canSwitch = (view: RequestView): boolean =>
  /^(?!h2|http|tls)[\w!#$%&'*+.^`|~-]+(?:\/[\w.-]+)?$/i.test(view.values('upgrade').join()) &&
  (view.method === 'GET' || view.method === 'POST') &&
  view.values('transfer-encoding').length === 0 &&
  view.values('content-length').every((length) => length === '0');
