import { type AuthError, isAuthError, type JwtClaims } from '@zep-auth/core';
import { type Context, Hono } from 'hono';
import { cors } from 'hono/cors';
import { toError } from '../auth-result.ts';
import { type AuthenticatorOptions, createAuthenticator } from '../authenticate.ts';
import { errorCode } from '../error-code.ts';
import { createGuard, readGuardState } from '../hono/guard.ts';
import { createProblem, problemToResponse, toChallenge, toResponse } from '../problem-response.ts';
import { isPreflight, readTarget, toRequestView } from '../request.ts';
import type { Source } from '../sources.ts';
import {
  type Peer,
  readBody,
  toIdentityHeaders,
  toPreflightHeaders,
  toUpstreamHeaders,
} from './forward.ts';
import { createReadiness } from './health.ts';
import { answerFailure, createFetchUpstream, type UpstreamOptions } from './upstream.ts';

export interface ForwardOptions extends UpstreamOptions {
  /** Paths that need no token for GET and HEAD, compared byte for byte. Default `/healthz`. */
  readonly publicPaths?: readonly string[];
  /** Sends the upstream `sub` and `scope` as `X-Auth-Subject` and `X-Auth-Scope`. Default `false`. */
  readonly forwardClaims?: boolean;
  /** Forwards the Authorization header, except on a public path. Default `false`. */
  readonly forwardAuthorization?: boolean;
  /** Answers preflights and sets CORS headers, as `hono/cors`. Without it the upstream does. */
  readonly cors?: NonNullable<Parameters<typeof cors>[0]>;
  /** The address of the other end of the connection, for `X-Forwarded-For`. Default unknown. */
  readonly peerAddress?: (c: Context) => string | undefined;
  /** The name of a request, for the upstream and in the answer, as `X-Request-Id`. Default whatever the client sent. */
  readonly requestId?: (c: Context) => string;
  /** Whether something needs the operator: `/_gate/health/ready` then says `warn` instead of `pass`. */
  readonly hasWarning?: () => boolean;
  /** Called for each request that the upstream did not answer. */
  readonly onUpstreamError?: (error: AuthError, c: Context) => void;
}

/** Where a gate leads and what it tells the upstream, beside the options of its guard. */
export type GateOptions = AuthenticatorOptions<JwtClaims, Context> & ForwardOptions;

/** The target and the headers without the credentials that the guard reads. */
const stripCredentials = (target: string, headers: Headers, sources: readonly Source[]): string => {
  const list = [...headers].flat();
  const stripped = sources.reduce((rest, source) => source.strip(rest, list), target);
  for (const name of [...headers.keys()]) headers.delete(name);
  for (let i = 0; i < list.length; i += 2) headers.append(list[i] ?? '', list[i + 1] ?? '');
  return stripped;
};

const createAnswer = (...problem: Parameters<typeof createProblem>): Response =>
  problemToResponse(createProblem(...problem));

const ALLOW = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';

/** Whether a request wants another protocol. `h2c` is an offer, which may be passed over (RFC 9110 section 7.8). */
const isUpgrade = ({ headers }: Request): boolean => {
  const protocols = (headers.get('upgrade') ?? '').toLowerCase().split(',');
  return protocols.some((protocol) => !['', 'h2c'].includes(protocol.trim()));
};

/**
 * Creates a gate: a guard with a reverse proxy behind it, as a Hono application.
 *
 * @throws {TypeError} when `upstream` or an option of the guard has a wrong form
 * @throws {RangeError} when `responseTimeoutSeconds` is out of its range
 * @throws {AuthError} `ERR_CONFIG_INVALID` when the configuration is not valid
 * @see RFC 9110 section 7.6
 * @example
 * ```ts
 * import { createGate } from '@zep-auth/server';
 *
 * export default createGate({ env: process.env, upstream: 'http://127.0.0.1:8000' });
 * ```
 */
export const createGate = ({ publicPaths = ['/healthz'], ...options }: GateOptions): Hono => {
  const { onWarning } = options;
  const challenge = toChallenge(options);
  const answer = (error: AuthError): Response => toResponse({ error, challenge });
  const fetchUpstream = createFetchUpstream(options);
  const authenticator = createAuthenticator<JwtClaims, Context>({ ...options, publicPaths });
  const guard = createGuard(authenticator, { ...options, refuse: 'return' });

  const forward = async (c: Context): Promise<Response> => {
    const request = c.req.raw;
    const { result, view } = readGuardState(c) ?? {};
    const { path, query } = readTarget(request.url);
    if (view === undefined || result?.outcome === 'preflight') {
      return fetchUpstream(request, {
        target: path,
        headers: toPreflightHeaders(request),
        body: null,
      });
    }
    const peer: Peer = {
      address: options.peerAddress?.(c),
      isTrusted: options.trustedProxy?.(view, c) ?? false,
    };
    const isPublic = result?.outcome === 'public';
    const headers = toUpstreamHeaders(request, peer, { isPublic });
    const authorization = request.headers.get('authorization');
    if (options.forwardAuthorization && authorization !== null && !isPublic) {
      headers.set('authorization', authorization);
    }
    const requestId: unknown = c.get('requestId');
    if (typeof requestId === 'string') headers.set('x-request-id', requestId);
    if (options.forwardClaims && result?.outcome === 'accepted') {
      for (const [name, value] of toIdentityHeaders(result.auth.claims)) headers.set(name, value);
    }
    const target = stripCredentials(path + query, headers, options.sources ?? []);
    return fetchUpstream(request, { target, headers, body: await readBody(request) });
  };

  /** Reports why a request that the guard let through got no answer from the upstream. */
  const notify = async (error: AuthError, c: Context): Promise<void> => {
    if (error.code.startsWith('ERR_UPSTREAM_')) {
      if (!c.req.raw.signal?.aborted) options.onUpstreamError?.(error, c); // else it was the client
    } else {
      const view = readGuardState(c)?.view ?? toRequestView(c.req.raw);
      const { code } = error;
      await options.onResult?.(
        { outcome: 'refused', check: 'token', code, durationMs: 0 },
        view,
        c,
      );
    }
  };

  /** The last resort: whatever a hook throws, the request is answered. */
  const report = (error: unknown): void => {
    try {
      onWarning?.(`a request failed in the gate (${errorCode(error)})`);
    } catch {
      // The listener cannot be told that the listener fails.
    }
  };

  /** For nginx `auth_request` and the like, which know three answers only. */
  const authenticate = async (c: Context): Promise<Response> => {
    const { headers: asked } = c.req.raw;
    // The method that the proxy was asked for, not that of its question.
    const method = asked.get('x-original-method') ?? asked.get('x-forwarded-method') ?? '';
    const result = await authenticator.authenticate(toRequestView(c.req.raw, { method }), c, {
      exempt: false,
    });
    if (result.outcome === 'refused') throw result.error;
    const isForwarded = options.forwardClaims && result.outcome === 'accepted';
    const headers = isForwarded ? toIdentityHeaders(result.auth.claims) : new Headers();
    return new Response(null, { status: 204, headers });
  };

  // Routes match the raw path, so that no decoding stands between what is compared and what is forwarded.
  const gate = new Hono({ getPath: (request) => readTarget(request.url).path });

  gate.all('/_gate/auth', (c) =>
    authenticate(c).catch((error: unknown) => {
      const refusal = isAuthError(error) ? answer(error) : undefined;
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
      return createAnswer(400, 'Bad Request', 'The Host header of the request is not a host.');
    }
    if (c.req.method === 'TRACE' || c.req.method === 'CONNECT') {
      const headers = { allow: ALLOW };
      return createAnswer(405, 'Method Not Allowed', 'This method is not let through.', {
        headers,
      });
    }
    if (!isUpgrade(c.req.raw)) return next();
    return createAnswer(501, 'Not Implemented', 'Upgrades are not let through.');
  });

  gate.get('/_gate/health', (c) => c.json({ status: 'ok' }, 200, { 'cache-control': 'no-store' }));
  gate.get('/_gate/health/ready', createReadiness({ ...options, path: publicPaths[0] ?? '/' }));

  gate.all('/_gate/*', () => createAnswer(404, 'Not Found', 'The gate has no such page.'));

  if (options.cors !== undefined) {
    const exposeHeaders = [...(options.cors.exposeHeaders ?? []), 'WWW-Authenticate'];
    const withCors = cors({ ...options.cors, exposeHeaders });
    // `hono/cors` takes every OPTIONS for a preflight. One that is none gets the headers of any other request.
    const bare = new Hono().use(withCors).all('*', (c) => c.body(null));
    gate.use(async (c, next) => {
      if (c.req.method !== 'OPTIONS' || isPreflight(toRequestView(c.req.raw)))
        return withCors(c, next);
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
      await notify(error, c);
      return error.code.startsWith('ERR_UPSTREAM_') ? answerFailure(error) : answer(error);
    }
  });

  gate.onError((error) => {
    report(error);
    return createAnswer(500, 'Internal Server Error', 'The request could not be handled.');
  });
  return gate;
};
