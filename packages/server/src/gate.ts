// The gate: the guard with a reverse proxy behind it, for an API that cannot carry a guard of its own.
// Never asks the upstream for anything that the guard has refused.
import { type AuthError, isAuthError } from '@zep-auth/core';
import { type Context, Hono } from 'hono';
import { cors } from 'hono/cors';
import { answer, problem } from './answers.ts';
import { withoutCredentials } from './credentials.ts';
import {
  type Peer,
  readBody,
  toIdentityHeaders,
  toPreflightHeaders,
  toUpstreamHeaders,
} from './forward.ts';
import { createGuard, type GuardOptions, readPassage } from './guard.ts';
import { createReadiness } from './health.ts';
import { createJudge } from './judge.ts';
import { isPreflight, readTarget } from './target.ts';
import { answerFailure, createUpstream, nameError, type UpstreamOptions } from './upstream.ts';
import { toError } from './verdict.ts';

/** Where a gate leads and what it tells the upstream, beside the options of its guard. */
export interface GateOptions extends GuardOptions, UpstreamOptions {
  /** Paths that need no token for GET and HEAD, compared byte for byte. Default `/healthz`. */
  readonly publicPaths?: readonly string[];
  /** Tells the upstream `sub` and `scope` as `X-Auth-Subject` and `X-Auth-Scope`. Default `false`. */
  readonly forwardClaims?: boolean;
  /** Leaves the Authorization header for the upstream, except on a public path. Default `false`. */
  readonly forwardAuthorization?: boolean;
  /** Answers preflights and sets CORS headers, as `hono/cors`. Without it the upstream does. */
  readonly cors?: NonNullable<Parameters<typeof cors>[0]>;
  /** The address of the other end of the connection, for `X-Forwarded-For`. Default unknown. */
  readonly peerAddress?: (c: Context) => string | undefined;
  /** The name of a request, for the upstream and in the answer, as `X-Request-Id`. Default whatever the client sent. */
  readonly requestId?: (c: Context) => string;
  /** Whether something needs the operator: `/_gate/health/ready` then says `warn` in place of `pass`. */
  readonly hasWarning?: () => boolean;
  /** Told of each request that the upstream did not answer. */
  readonly onUpstreamError?: (error: AuthError, c: Context) => void;
}

const ALLOW = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';

/** Whether a request wants another protocol. `h2c` is an offer, which may be passed over (RFC 9110 section 7.8). */
const isUpgrade = ({ headers }: Request): boolean => {
  const protocols = (headers.get('upgrade') ?? '').toLowerCase().split(',');
  return protocols.some((protocol) => !['', 'h2c'].includes(protocol.trim()));
};

/**
 * Makes a gate, a Hono application.
 *
 * @throws {TypeError} when `upstream` or an option of the guard has a bad form
 * @throws {RangeError} when `responseTimeoutSeconds` is out of its range
 * @throws {AuthError} `ERR_CONFIG_INVALID` when `config` requires authentication without a keyring
 * @see RFC 9110 section 7.6
 * @example
 * ```ts
 * import { readAuthConfig } from '@zep-auth/core';
 * import { createGate } from '@zep-auth/server';
 *
 * export default createGate({ config: readAuthConfig(process.env), upstream: 'http://127.0.0.1:8000' });
 * ```
 */
export const createGate = ({ publicPaths = ['/healthz'], ...options }: GateOptions): Hono => {
  const { onWarning } = options;
  const ask = createUpstream(options);
  const judge = createJudge({ ...options, publicPaths });
  const guard = createGuard(judge, options);

  const forward = async (c: Context): Promise<Response> => {
    const request = c.req.raw;
    const verdict = readPassage(c)?.verdict;
    const { path, query } = readTarget(request.url);
    if (verdict?.outcome === 'preflight') {
      return ask(request, { target: path, headers: toPreflightHeaders(request), body: null });
    }
    const peer: Peer = {
      address: options.peerAddress?.(c),
      isTrusted: options.trustedProxy?.(c) ?? false,
    };
    const isPublic = verdict?.outcome === 'public';
    const headers = toUpstreamHeaders(request, peer, { isPublic });
    const authorization = request.headers.get('authorization');
    if (options.forwardAuthorization && authorization !== null && !isPublic) {
      headers.set('authorization', authorization);
    }
    const requestId: unknown = c.get('requestId');
    if (typeof requestId === 'string') headers.set('x-request-id', requestId);
    if (options.forwardClaims && verdict?.outcome === 'accepted') {
      for (const [name, value] of toIdentityHeaders(verdict.auth.claims)) headers.set(name, value);
    }
    const rest = withoutCredentials(headers, query, options.sources ?? []);
    return ask(request, { target: path + rest, headers, body: await readBody(request) });
  };

  /** Tells why a request that the guard had let pass got no answer from the upstream. */
  const tell = async (error: AuthError, c: Context): Promise<void> => {
    if (error.code.startsWith('ERR_UPSTREAM_')) {
      if (!c.req.raw.signal?.aborted) options.onUpstreamError?.(error, c); // else it was the client
    } else {
      await options.onResult?.({ outcome: 'refused', code: error.code, durationMs: 0 }, c);
    }
  };

  /** The last resort: whatever a hook throws, the request is answered. */
  const report = (error: unknown): void => {
    try {
      onWarning?.(`a request failed in the gate (${nameError(error)})`);
    } catch {
      // The listener cannot be told that the listener fails.
    }
  };

  /** For nginx `auth_request` and the like, which know three answers only. */
  const authenticate = async (c: Context): Promise<Response> => {
    const verdict = await judge(c);
    if (verdict.outcome === 'refused') throw verdict.error;
    const isTold = options.forwardClaims && verdict.outcome === 'accepted';
    const headers = isTold ? toIdentityHeaders(verdict.auth.claims) : new Headers();
    return new Response(null, { status: 204, headers });
  };

  // Routes match the raw path, so that no decoding stands between what is compared and what is forwarded.
  const gate = new Hono({ getPath: (request) => readTarget(request.url).path });

  gate.all('/_gate/auth', (c) =>
    authenticate(c).catch((error: unknown) => {
      const refusal = isAuthError(error) ? answer(error, options) : undefined;
      const isUnknown = refusal?.status === 401 || refusal?.status === 400;
      if (refusal === undefined) report(error);
      const challenge = refusal?.headers.get('www-authenticate') ?? '';
      return new Response(null, {
        status: isUnknown ? 401 : 403,
        headers: {
          'cache-control': 'no-store',
          ...(isUnknown && { 'www-authenticate': challenge }),
        },
      });
    }),
  );

  if (options.requestId !== undefined) {
    const { requestId } = options;
    gate.use(async function nameRequest(c: Context, next) {
      c.set('requestId', requestId(c));
      await next();
      c.res.headers.set('x-request-id', c.get('requestId'));
    });
  }

  gate.use(async function refuseForms(c, next) {
    const { url } = c.req.raw;
    if (!URL.canParse(url) || /^\w+:\/\/[^/?#]*@/.test(url)) {
      return problem(400, 'Bad Request', 'The Host of the request is no host.');
    }
    if (c.req.method === 'TRACE' || c.req.method === 'CONNECT') {
      const headers = { allow: ALLOW };
      return problem(405, 'Method Not Allowed', 'This method is not let through.', { headers });
    }
    if (!isUpgrade(c.req.raw)) return next();
    return problem(501, 'Not Implemented', 'Upgrades are not let through.');
  });

  gate.get('/_gate/health', (c) => c.json({ status: 'ok' }, 200, { 'cache-control': 'no-store' }));
  gate.get('/_gate/health/ready', createReadiness({ ...options, path: publicPaths[0] ?? '/' }));

  gate.all('/_gate/*', () => problem(404, 'Not Found', 'The gate has no such page.'));

  if (options.cors !== undefined) {
    const exposeHeaders = [...(options.cors.exposeHeaders ?? []), 'WWW-Authenticate'];
    const withCors = cors({ ...options.cors, exposeHeaders });
    // `hono/cors` takes every OPTIONS for a preflight. One that is none gets the headers of any other request.
    const bare = new Hono().use(withCors).all('*', (c) => c.body(null));
    gate.use(async (c, next) => {
      if (c.req.method !== 'OPTIONS' || isPreflight(c.req.raw)) return withCors(c, next);
      const origin = c.req.header('origin');
      const { headers } = await bare.request(
        '/',
        origin === undefined ? {} : { headers: { origin } },
      );
      await next();
      for (const [name, value] of headers) c.res.headers.set(name, value);
    });
  }

  gate.all('*', guard, async (c) => {
    try {
      return await forward(c);
    } catch (error) {
      if (!isAuthError(error)) throw toError(error);
      await tell(error, c);
      return error.code.startsWith('ERR_UPSTREAM_') ? answerFailure(error) : answer(error, options);
    }
  });

  gate.onError((error) => {
    report(error);
    return problem(500, 'Internal Server Error', 'The request could not be handled.');
  });
  return gate;
};
