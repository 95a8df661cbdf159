// What the upstream is asked for a request that was let in, and what becomes of its answer.
import type { AuthError, JwtClaims } from '@zep-auth/core';
import type { Accepted, Auth, Passed } from '../auth-result.ts';
import type { Authenticator, AuthenticatorOptions } from '../authenticator-options.ts';
import type { Refusal } from '../problem-response.ts';
import { type RequestView, readTarget } from '../request.ts';
import { bearer, type Source } from '../sources.ts';
import { FAILED, type GateAnswer, UPSTREAM_TOO_LATE, UPSTREAM_UNREACHABLE } from './answers.ts';
import type { CorsFields, CorsOptions } from './cors.ts';
import type { HeaderList } from './header-names.ts';
import type { PathScopes } from './path-scopes.ts';
import { readUpgrade } from './request-form.ts';
import {
  createRequestPolicy,
  type RequestPolicyOptions,
  toPreflightHeaders,
} from './request-policy.ts';
import {
  createResponsePolicy,
  type ResponsePolicyOptions,
  toClientExtras,
} from './response-policy.ts';
import { joinTarget, type UpstreamAddress } from './upstream-address.ts';
import { createWatch } from './watch.ts';

/** Where a gate leads and what it tells the upstream. `Context` is what its hooks are handed. */
export interface ForwardOptions<Context> extends RequestPolicyOptions, ResponsePolicyOptions {
  /** The API behind the gate: an http or https URL, with a base path if it has one. */
  readonly upstream: string | URL;
  /** How long to wait for the headers of an answer, in seconds up to 86400. Default 60. Bodies have no limit. */
  readonly responseTimeoutSeconds?: number;
  /** Paths that need no token for GET and HEAD, compared byte for byte. Default `/healthz`. */
  readonly publicPaths?: readonly string[];
  /** Scopes that requests below a path need: `{ '/admin': 'admin' }`. Default none. */
  readonly pathScopes?: PathScopes;
  /** The hosts that requests may be for, without their port. Default any. */
  readonly allowHosts?: readonly string[];
  /** Answers preflights and sets CORS headers. Default neither: the upstream does. */
  readonly cors?: CorsOptions;
  /** The name of a request, for the upstream and in the answer, as `X-Request-Id`. Default what the client sent. */
  readonly requestId?: (context: Context) => string;
  /** Whether something needs the operator: `/_gate/health/ready` then says `warn` instead of `pass`. */
  readonly hasWarning?: () => boolean;
  /**
   * How often the token of an open answer or WebSocket is checked again, in seconds up to 86400; 0 leaves it at its
   * expiry. What no longer holds is ended. Default 10.
   */
  readonly recheckSeconds?: number;
  /** Called when something open was ended, with the reason that its token no longer holds. */
  readonly onEnded?: (error: AuthError, context: Context) => void;
  /** Called with each token that was accepted, before the upstream is asked. */
  readonly onAccepted?: (auth: Auth, context: Context) => void;
  /** Called for each request that the upstream did not answer. */
  readonly onUpstreamError?: (error: AuthError, context: Context) => void;
  /** Called with the status of each answer when its headers are there; 499 if the client did not wait for one. */
  readonly onAnswer?: (status: number, context: Context) => void;
}

/** A request, as the door of a gate presents it. */
export interface GateRequest<Context> {
  readonly view: RequestView;
  readonly headers: HeaderList;
  readonly context: Context;
  /** Whether its door can switch to another protocol. */
  readonly canUpgrade: boolean;
}

/** What the upstream is asked, and what becomes of its answer. */
export interface GateForward {
  readonly kind: 'forward';
  /** The path and the query, behind the base path. */
  readonly target: string;
  readonly headers: string[];
  /** Whether the body of the request goes along. */
  readonly hasBody: boolean;
  /** The protocol that client and upstream switch to, if the upstream agrees. */
  readonly upgrade: string | undefined;
  /**
   * Calls `end` when the token no longer holds, until the function that it returns is called. `toAnswer` makes the
   * answer for a client that has none yet.
   */
  readonly watch: ((end: (toAnswer: () => GateAnswer) => void) => () => void) | undefined;
  /** The headers that the client gets of the upstream's answer. */
  readonly toClientHeaders: (status: number, headers: HeaderList) => string[];
  /** The trailers that the upstream gets of an upload. */
  readonly toUpstreamTrailers: (trailers: HeaderList) => string[];
  /** What the client gets of an answer's trailers, or of an interim answer. */
  readonly toClientExtras: (fields: HeaderList) => string[];
  /** The answer where the upstream gave none. `isClientGone`: it was the client that went away. */
  readonly toFailure: (error: AuthError, isClientGone?: boolean) => GateAnswer;
}

/** What each answer to one request carries beside its own. */
export interface Marks {
  requestId: string | undefined;
  cors: CorsFields | undefined;
}

export const mark = (answer: GateAnswer, { requestId, cors }: Marks): GateAnswer => {
  if (requestId === undefined && cors === undefined) return answer;
  const headers = [...answer.headers, ...(cors?.headers ?? [])];
  if (cors !== undefined && cors.varyBy.length > 0) headers.push('Vary', cors.varyBy.join(', '));
  if (requestId !== undefined) headers.push('X-Request-Id', requestId);
  return { ...answer, headers };
};

/** What nginx logs for a client that closes its connection before the answer. */
const CLIENT_GONE = 499;

const PROTOCOLS = 'sec-websocket-protocol';

/** The header that a source reads. */
const toTokenHeaders = ({ name }: Source): readonly string[] => {
  if (name === 'bearer') return ['Authorization'];
  if (name === 'subprotocol') return ['Sec-WebSocket-Protocol'];
  if (name.startsWith('cookie:')) return ['Cookie'];
  return name.startsWith('header:') ? [name.slice('header:'.length)] : [];
};

/** What forwarding needs of the gate that it belongs to. */
interface ForwardTools<Context> {
  readonly recheck: Authenticator<JwtClaims, Context>['recheck'];
  readonly isTrusted: (request: GateRequest<Context>) => boolean;
  readonly toRefusal: (refused: Refusal) => GateAnswer;
  /** Calls a hook, and reports what it throws; whether it threw nothing. */
  readonly attempt: (hook: () => void) => boolean;
  readonly notifyAnswer: (status: number, context: Context) => void;
  /** Tells `onResult` of a refusal after the token was accepted. */
  readonly notify: (request: GateRequest<Context>, error: AuthError) => void;
  readonly report: (thrown: unknown) => void;
}

/**
 * Creates what makes of a request that was let in what the upstream is asked. It throws an AuthError where a claim
 * cannot be a header, or the path leads out of the base path.
 *
 * @throws {TypeError} when an option names a header that it cannot take
 * @throws {RangeError} when `recheckSeconds` is out of its range
 */
export const createForwarding = <Context>(
  options: AuthenticatorOptions<JwtClaims, Context> & ForwardOptions<Context>,
  address: UpstreamAddress,
  { recheck, isTrusted, toRefusal, attempt, notifyAnswer, notify, report }: ForwardTools<Context>,
) => {
  const { sources = [bearer()], onUpstreamError, onEnded } = options;
  const { toUpstreamRequest, toUpstreamTrailers } = createRequestPolicy({
    ...options,
    dropsPathOverrides: options.pathScopes !== undefined,
  });
  const toClientHeaders = createResponsePolicy(address, sources.flatMap(toTokenHeaders), options);
  const watchAuth = createWatch(recheck, options.recheckSeconds, report);

  return (
    request: GateRequest<Context>,
    host: string | undefined,
    result: Accepted | Passed,
    marks: Marks,
  ): GateForward => {
    const { view, headers, context } = request;
    const { auth } = result;
    const { path: given, query } = readTarget(view.url);
    const path = given === '' ? '/' : given; // `http://host` in absolute form
    const isBare = result.outcome === 'preflight';
    const sent = isBare
      ? { target: path, headers: toPreflightHeaders(headers) }
      : toUpstreamRequest(headers, {
          result,
          target: path + query,
          scheme: view.scheme ?? (view.url.startsWith('https:') ? 'https' : 'http'),
          host,
          peerAddress: view.peerAddress,
          isPeerTrusted: isTrusted(request),
          requestId: marks.requestId,
        });
    const isPersonal = result.outcome === 'accepted' || result.outcome === 'anonymous';
    return {
      kind: 'forward',
      target: joinTarget(address, sent.target),
      headers: sent.headers,
      hasBody: !isBare && result.outcome !== 'public',
      upgrade: readUpgrade(view),
      watch:
        auth &&
        ((end) =>
          watchAuth(auth, context, (refused) => {
            attempt(() => onEnded?.(refused.error, context));
            end(() => {
              const answer = toRefusal(refused);
              notifyAnswer(answer.status, context);
              return mark(answer, marks);
            });
          })),
      toClientHeaders: (status, fields) => {
        notifyAnswer(status, context);
        const list = toClientHeaders(fields, { ...marks, status, isPersonal });
        if (status !== 101 || auth?.source !== 'subprotocol') return list;
        // A browser wants one of the protocols that it offered; the upstream has not seen those with the token.
        const isSelected = fields.some(
          (name, i) => i % 2 === 0 && name.toLowerCase() === PROTOCOLS,
        );
        return isSelected ? list : [...list, 'Sec-WebSocket-Protocol', 'bearer'];
      },
      toUpstreamTrailers,
      toClientExtras,
      toFailure: (error, isClientGone = false) => {
        if (error.code === 'ERR_BODY_TOO_LARGE') {
          notify(request, error);
          const refused = toRefusal({ error });
          notifyAnswer(refused.status, context);
          return mark(refused, marks);
        }
        const isLate = error.code === 'ERR_UPSTREAM_TIMEOUT';
        const hasFailed = !isClientGone && !attempt(() => onUpstreamError?.(error, context));
        const answer = isLate ? UPSTREAM_TOO_LATE : UPSTREAM_UNREACHABLE;
        const { status } = hasFailed ? FAILED : answer;
        notifyAnswer(isClientGone ? CLIENT_GONE : status, context);
        return mark(hasFailed ? FAILED : answer, marks);
      },
    };
  };
};
