// For servers of the Model Context Protocol, behind any guard of this package.
import { type Auth, evidenceOf, shareEvidence } from './auth-result.ts';
import { assertScopes } from './problem-response.ts';
import { isSafeMethod } from './request.ts';

/** What the MCP SDKs, 1 and 2, hand to tools as `authInfo`. */
export interface AuthInfo {
  /** The token itself. Not enumerable, so that it is in no log and no JSON. */
  readonly token: string;
  readonly clientId: string;
  readonly scopes: string[];
  readonly expiresAt?: number;
  /** The resource, if the token's `aud` names it (RFC 8707). */
  readonly resource?: URL;
  /** The URL of the metadata document. The SDK names it in the 403 for a token without the tool's scope. */
  readonly resourceMetadataUrl?: string;
  /** The claims of the token. */
  readonly extra: Record<string, unknown>;
}

class AuthWithToken {
  get token(): string {
    const { token } = evidenceOf(this as object as Auth) ?? {}; // `toAuthInfo` makes no other
    if (token === undefined) throw new TypeError('this is a copy of what toAuthInfo returned');
    return token;
  }
}

/** Whether the token was made for the resource. Without an audience it is good wherever its secret is. */
const isFor = (auth: Auth<object>, { resource }: ProtectedResource): boolean =>
  [evidenceOf(auth)?.payload.aud].flat().includes(resource);

/**
 * Makes of an `auth` what the MCP SDKs call AuthInfo. It is still an `auth`, and frozen.
 *
 * @param metadata the resource that the guard protects, if it has a metadata document
 * @throws {TypeError} when `auth` does not come from a guard
 * @example
 * ```ts
 * import { authGuard } from '@zep-auth/server';
 * import { toAuthInfo } from '@zep-auth/server/mcp';
 * import { Hono } from 'hono';
 *
 * const app = new Hono();
 * app.use('/mcp', authGuard({ env: process.env }), async (c, next) => {
 *   if (c.var.auth) c.set('auth', toAuthInfo(c.var.auth)); // where @hono/mcp looks for it
 *   await next();
 * });
 * ```
 */
export const toAuthInfo = <Claims extends object>(
  auth: Auth<Claims>,
  metadata?: ProtectedResource,
): Auth<Claims> & AuthInfo => {
  if (evidenceOf(auth) === undefined) throw new TypeError('toAuthInfo takes the auth of a guard');
  const info = Object.assign(new AuthWithToken(), auth, {
    extra: auth.claims,
    ...(metadata && { resourceMetadataUrl: metadata.url }),
    ...(metadata && isFor(auth, metadata) && { resource: new URL(metadata.resource) }),
  });
  shareEvidence(auth, info);
  // The list of scopes is frozen, which the type of the SDK does not say.
  return Object.freeze(info) as object as Auth<Claims> & AuthInfo;
};

/** What the metadata of a resource say. */
export interface ProtectedResourceOptions {
  /** The URL that clients call, exactly as they are given it: https, or http on loopback. */
  readonly resource: string | URL;
  /** The scopes that tokens may need here. Default none. */
  readonly scopes?: readonly string[];
  /** The issuers that clients can get a token from. Default none: tokens are handed out by hand. */
  readonly authorizationServers?: readonly (string | URL)[];
  /** What people call the resource. Default none. */
  readonly name?: string;
  /** The URL of a page that says how to get a token. Default none. */
  readonly documentation?: string | URL;
}

/** A resource with a metadata document. */
export interface ProtectedResource {
  readonly resource: string;
  /** The URL of the document: for the guard's `resourceMetadata`. */
  readonly url: string;
  /** The path of the document: the route of `handle`, which must be public. */
  readonly path: string;
  /** Answers requests for the document, from pages of any origin. */
  readonly handle: (request: Request) => Response;
}

// RFC 6761 section 6.3, RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3
const LOOPBACK = /^(?:(?:.+\.)?localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

const parseUrl = (option: string, value: string | URL): URL => {
  const url = URL.canParse(String(value)) ? new URL(value) : undefined;
  const isSecure = url?.protocol === 'https:';
  const isLocal = url?.protocol === 'http:' && LOOPBACK.test(url.hostname);
  if (url === undefined || (!isSecure && !isLocal) || url.hash !== '' || url.username !== '') {
    throw new TypeError(`${option} must be an https URL, or http on loopback, without a fragment`);
  }
  return url;
};

const WELL_KNOWN = '/.well-known/oauth-protected-resource';

/**
 * The metadata document of a protected resource, from which MCP clients learn what a token is good for.
 *
 * @throws {TypeError} when a URL is not https (or http on loopback), or a scope has a wrong form
 * @see RFC 9728 sections 2 and 3
 * @example
 * ```ts
 * import { authGuard } from '@zep-auth/server';
 * import { protectedResourceMetadata } from '@zep-auth/server/mcp';
 * import { Hono } from 'hono';
 *
 * const metadata = protectedResourceMetadata({
 *   resource: 'https://api.example.com/mcp',
 *   scopes: ['notes:read', 'notes:write'],
 * });
 * const app = new Hono();
 * app.all(metadata.path, (c) => metadata.handle(c.req.raw));
 * app.use('/mcp', authGuard({ env: process.env, resourceMetadata: metadata.url }));
 * ```
 */
export const protectedResourceMetadata = (options: ProtectedResourceOptions): ProtectedResource => {
  const { resource, scopes = [], authorizationServers: servers = [], name } = options;
  const { documentation } = options;
  assertScopes('scopes', scopes);
  const { origin, pathname, search } = parseUrl('resource', resource);
  for (const server of servers) parseUrl('authorizationServers', server);
  if (documentation !== undefined) parseUrl('documentation', documentation);
  const path = `${WELL_KNOWN}${pathname === '/' ? '' : pathname}`;
  const body = JSON.stringify({
    resource: String(resource),
    ...(servers.length > 0 && { authorization_servers: servers.map(String) }),
    ...(scopes.length > 0 && { scopes_supported: scopes }),
    bearer_methods_supported: ['header'],
    resource_name: name,
    resource_documentation: documentation?.toString(),
  });
  const handle = ({ method }: Request): Response => {
    const cors = { 'access-control-allow-origin': '*' };
    const allow = 'GET, HEAD, OPTIONS';
    if (isSafeMethod(method)) {
      const headers = { 'content-type': 'application/json', 'cache-control': 'max-age=3600' };
      return new Response(method === 'HEAD' ? null : body, { headers: { ...cors, ...headers } });
    }
    if (method !== 'OPTIONS') return new Response(null, { status: 405, headers: { allow } });
    const allowed = {
      'access-control-allow-methods': 'GET, HEAD',
      'access-control-allow-headers': '*',
    };
    return new Response(null, { status: 204, headers: { ...cors, ...allowed, allow } });
  };
  const url = `${origin}${path}${search}`;
  return Object.freeze({ resource: String(resource), url, path, handle });
};
