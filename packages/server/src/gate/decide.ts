// What a gate does with a request, whatever carries it: the answers of its own, and what it asks the upstream. The
// gates on fetch and on Node's streams are transports around this.
import { type AuthError, type AuthErrorCode, isAuthError, type JwtClaims } from '@zep-auth/core';
import { andThen, assertOptions, catchError, type MaybePromise } from '@zep-auth/core/internal';
import type { Accepted, Passed } from '../auth-result.ts';
import { type AuthenticatorOptions, createDecision, DECISION_OPTIONS } from '../authenticate.ts';
import { errorCode } from '../error-code.ts';
import { type Refusal, toChallenge, toProblem } from '../problem-response.ts';
import { isPreflight, type RequestView, readTarget } from '../request.ts';
import { bearer, type Source } from '../sources.ts';
import {
  FAILED,
  type GateAnswer,
  METHOD_NOT_ALLOWED,
  NO_SUCH_PAGE,
  NO_UPGRADE,
  toAnswer,
  UPSTREAM_TOO_LATE,
  UPSTREAM_UNREACHABLE,
} from './answers.ts';
import { type CorsFields, type CorsOptions, createCors } from './cors.ts';
import type { HeaderList } from './header-names.ts';
import { ALIVE, createReadiness, type Probe } from './health.ts';
import { createPathScopes, type PathScopes } from './path-scopes.ts';
import { assertHostAllowed, readHost } from './request-form.ts';
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
import { createSubrequest, isSubrequest } from './subrequest.ts';
import { joinTarget, type UpstreamAddress } from './upstream-address.ts';

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
  /** Called for each request that the upstream did not answer. */
  readonly onUpstreamError?: (error: AuthError, context: Context) => void;
  /** Called with the status of each answer when its headers are there; 499 if the client did not wait for one. */
  readonly onAnswer?: (status: number, context: Context) => void;
}

/** The options of both gates. */
const GATE_OPTIONS: readonly string[] = [
  ...DECISION_OPTIONS,
  'upstream',
  'responseTimeoutSeconds',
  'pathScopes',
  'allowHosts',
  'cors',
  'requestId',
  'hasWarning',
  'onUpstreamError',
  'onAnswer',
  'forwardAuthorization',
  'forwardClaims',
  'forwardHeaders',
  'sharedCache',
  'fetch',
  'peerAddress',
  'upstreamCa',
  'maxHeaderBytes',
  'undici',
];

/** A request, as the door of a gate presents it. */
export interface GateRequest<Context> {
  readonly view: RequestView;
  readonly headers: HeaderList;
  readonly context: Context;
}

/** What the upstream is asked, and what becomes of its answer. */
export interface GateForward {
  readonly kind: 'forward';
  /** The path and the query, behind the base path. */
  readonly target: string;
  readonly headers: string[];
  /** Whether the body of the request goes along. */
  readonly hasBody: boolean;
  /** The headers that the client gets of the upstream's answer. */
  readonly toClientHeaders: (status: number, headers: HeaderList) => string[];
  /** The trailers that the upstream gets of an upload. */
  readonly toUpstreamTrailers: (trailers: HeaderList) => string[];
  /** What the client gets of an answer's trailers, or of an interim answer. */
  readonly toClientExtras: (fields: HeaderList) => string[];
  /** The answer where the upstream gave none. `isClientGone`: it was the client that went away. */
  readonly toFailure: (error: AuthError, isClientGone?: boolean) => GateAnswer;
}

export type GateStep = GateAnswer | GateForward;

/** What nginx logs for a client that closes its connection before the answer. */
const CLIENT_GONE = 499;

/** Whether a request wants another protocol. `h2c` is an offer, which may be passed over (RFC 9110 section 7.8). */
const isUpgrade = (view: RequestView): boolean => {
  const values = view.values('upgrade');
  if (values.length === 0) return false;
  const protocols = values.join().toLowerCase().split(',');
  return protocols.some((protocol) => !['', 'h2c'].includes(protocol.trim()));
};

/** The header that a source reads. */
const toTokenHeaders = ({ name }: Source): readonly string[] => {
  if (name === 'bearer') return ['Authorization'];
  if (name === 'subprotocol') return ['Sec-WebSocket-Protocol'];
  if (name.startsWith('cookie:')) return ['Cookie'];
  return name.startsWith('header:') ? [name.slice('header:'.length)] : [];
};

/** What a hook returned, if a header can hold it. */
const toFieldValue = (hook: string, value: string | undefined): string | undefined => {
  if (value === undefined || /^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return value;
  throw new TypeError(`${hook} returned a text that cannot be a header`);
};

/** What each answer to one request carries beside its own. */
interface Marks {
  requestId: string | undefined;
  cors: CorsFields | undefined;
}

const mark = (answer: GateAnswer, { requestId, cors }: Marks): GateAnswer => {
  if (requestId === undefined && cors === undefined) return answer;
  const headers = [...answer.headers, ...(cors?.headers ?? [])];
  if (cors !== undefined && cors.varyBy.length > 0) headers.push('Vary', cors.varyBy.join(', '));
  if (requestId !== undefined) headers.push('X-Request-Id', requestId);
  return { ...answer, headers };
};

/**
 * Creates what decides on the requests of a gate. It neither throws nor rejects.
 *
 * @throws {TypeError} when an option has a wrong form
 * @throws {RangeError} when a number is out of its range
 * @throws {AuthError} `ERR_CONFIG_INVALID` when the configuration is not valid
 */
export const createGateDecision = <Context>(
  options: AuthenticatorOptions<JwtClaims, Context> & ForwardOptions<Context>,
  address: UpstreamAddress,
  probe: Probe,
): ((request: GateRequest<Context>) => MaybePromise<GateStep>) => {
  assertOptions('a gate', options, GATE_OPTIONS);
  const { publicPaths = ['/healthz'], sources = [bearer()], forwardClaims = {} } = options;
  const { trustedProxy, onResult, onUpstreamError } = options;
  const authenticator = createDecision<JwtClaims, Context>({ ...options, publicPaths });
  const challenge = toChallenge(options);
  const scopesOf = options.pathScopes && createPathScopes(options.pathScopes);
  const { toUpstreamRequest, toUpstreamTrailers } = createRequestPolicy({
    ...options,
    dropsPathOverrides: scopesOf !== undefined,
  });
  const toClientHeaders = createResponsePolicy(address, sources.flatMap(toTokenHeaders), options);
  const cors = options.cors && createCors(options.cors);
  const allowed = options.allowHosts && new Set(options.allowHosts.map((h) => h.toLowerCase()));
  const healthTarget = joinTarget(address, publicPaths[0] ?? '/');
  const checkReadiness = createReadiness(probe, healthTarget, options.hasWarning);

  /** The last resort: whatever a hook throws, the request is answered. */
  const report = (thrown: unknown): void => {
    try {
      options.onWarning?.(`a request failed in the gate (${errorCode(thrown)})`);
    } catch {
      // The listener cannot be told that the listener fails.
    }
  };

  const notifyAnswer = (status: number, context: Context): void => {
    try {
      options.onAnswer?.(status, context);
    } catch (thrown) {
      report(thrown); // the answer is on its way
    }
  };

  const answerSubrequest = createSubrequest(authenticator, {
    challenge,
    forwardClaims,
    scopesOf,
    report,
  });

  const isTrusted = ({ view, context }: GateRequest<Context>): boolean =>
    trustedProxy?.(view, context) === true;

  const known = new Map<AuthErrorCode, Refusal & { readonly answer: GateAnswer }>();
  /** The answer to a refused request, made once where it is the same for each. */
  const toRefusal = (refused: Refusal): GateAnswer => {
    const { error } = refused;
    const before = known.get(error.code);
    if (before !== undefined && before.challenge === refused.challenge) return before.answer;
    const answer = toAnswer(toProblem(refused));
    const isShared = error.scopes === undefined && error.retryAfterSeconds === undefined;
    if (isShared) known.set(error.code, { ...refused, answer });
    return answer;
  };

  /** Refuses for a reason that the authenticator does not know. */
  const refuse = (error: AuthError, request: GateRequest<Context>): MaybePromise<GateAnswer> => {
    const result = { outcome: 'refused', check: 'token', code: error.code, durationMs: 0 } as const;
    const told = onResult?.(result, request.view, request.context);
    const answer = toRefusal({ error, challenge });
    return told instanceof Promise ? told.then(() => answer) : answer;
  };

  const forward = (
    request: GateRequest<Context>,
    host: string | undefined,
    result: Accepted | Passed,
    marks: Marks,
  ): GateForward => {
    const { view, headers, context } = request;
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
      hasBody: !isBare,
      toClientHeaders: (status, fields) => {
        notifyAnswer(status, context);
        return toClientHeaders(fields, { ...marks, status, isPersonal });
      },
      toUpstreamTrailers,
      toClientExtras,
      toFailure: (error, isClientGone = false) => {
        let answer =
          error.code === 'ERR_UPSTREAM_TIMEOUT' ? UPSTREAM_TOO_LATE : UPSTREAM_UNREACHABLE;
        try {
          if (!isClientGone) onUpstreamError?.(error, context);
        } catch (thrown) {
          report(thrown);
          answer = FAILED;
        }
        notifyAnswer(isClientGone ? CLIENT_GONE : answer.status, context);
        return mark(answer, marks);
      },
    };
  };

  const authenticateAndForward = (
    request: GateRequest<Context>,
    host: string | undefined,
    marks: Marks,
  ): MaybePromise<GateStep> => {
    const { view, context } = request;
    const scopes = scopesOf?.(readTarget(view.url).path) ?? [];
    const asked = scopes.length === 0 ? undefined : { scopes };
    return andThen(authenticator.authenticate(view, context, asked), (result) => {
      if (result.outcome === 'refused') return toRefusal(result);
      try {
        return forward(request, host, result, marks);
      } catch (thrown) {
        if (!isAuthError(thrown)) throw thrown;
        return refuse(thrown, request);
      }
    });
  };

  const answerOwnPage = (
    { view }: GateRequest<Context>,
    path: string,
  ): MaybePromise<GateAnswer> => {
    if (view.method !== 'GET' && view.method !== 'HEAD') return NO_SUCH_PAGE;
    if (path === '/_gate/health') return ALIVE;
    return path === '/_gate/health/ready' ? checkReadiness() : NO_SUCH_PAGE;
  };

  const decide = (request: GateRequest<Context>, marks: Marks): MaybePromise<GateStep> => {
    const { view, context } = request;
    const { path } = readTarget(view.url);
    if (isSubrequest(path)) return answerSubrequest(view, context, () => isTrusted(request));
    marks.requestId = toFieldValue('requestId', options.requestId?.(context));
    try {
      const host = readHost(view);
      if (view.method === 'TRACE' || view.method === 'CONNECT') return METHOD_NOT_ALLOWED;
      if (isUpgrade(view)) return NO_UPGRADE;
      if (path === '/_gate' || path.startsWith('/_gate/')) return answerOwnPage(request, path);
      if (allowed !== undefined) {
        const told = isTrusted(request) ? view.values('x-forwarded-host') : [];
        assertHostAllowed(told.length > 0 ? told.join().split(',') : [host], allowed);
      }
      if (cors !== undefined && isPreflight(view)) {
        marks.cors = cors.forPreflight(view);
        return { kind: 'answer', status: 204, headers: [], body: '' };
      }
      marks.cors = cors?.forAnswer(view);
      return authenticateAndForward(request, host, marks);
    } catch (thrown) {
      if (!isAuthError(thrown)) throw thrown;
      return refuse(thrown, request);
    }
  };

  return (request) => {
    const marks: Marks = { requestId: undefined, cors: undefined };
    const finish = (step: GateStep): GateStep => {
      if (step.kind === 'forward') return step;
      notifyAnswer(step.status, request.context);
      return mark(step, marks);
    };
    return andThen(
      catchError(
        () => decide(request, marks),
        (thrown): GateStep => {
          report(thrown);
          return FAILED;
        },
      ),
      finish,
    );
  };
};
