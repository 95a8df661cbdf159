// What a gate does with a request, whatever carries it: its own answers, and what it asks the upstream. The gates on
// fetch and on Node's streams are transports around this.
import { type AuthError, isAuthError, type JwtClaims } from '@zep-auth/core';
import { andThen, assertOptions, catchError, type MaybePromise } from '@zep-auth/core/internal';
import { createDecision } from '../authenticate.ts';
import {
  type Authenticator,
  type AuthenticatorOptions,
  DECISION_OPTIONS,
} from '../authenticator-options.ts';
import { errorCode } from '../error-code.ts';
import { toChallenge } from '../problem-response.ts';
import { isPreflight, readTarget } from '../request.ts';
import {
  createToRefusal,
  FAILED,
  type GateAnswer,
  METHOD_NOT_ALLOWED,
  NO_SUCH_PAGE,
  NO_UPGRADE,
} from './answers.ts';
import { createCors } from './cors.ts';
import {
  createForwarding,
  type ForwardOptions,
  type GateForward,
  type GateRequest,
  type Marks,
  mark,
} from './forward.ts';
import { ALIVE, createReadiness, type Probe } from './health.ts';
import { createPathScopes } from './path-scopes.ts';
import { assertHostAllowed, canSwitch, readHost, readUpgrade } from './request-form.ts';
import { createSubrequest, isSubrequest } from './subrequest.ts';
import { joinTarget, type UpstreamAddress } from './upstream-address.ts';

export type GateStep = GateAnswer | GateForward;

type Recheck<Context> = Authenticator<JwtClaims, Context>['recheck'];

/** What decides on the requests of a gate, and again on the tokens that it has accepted. */
export interface GateDecision<Context> {
  /** Neither throws nor rejects. */
  readonly decide: (request: GateRequest<Context>) => MaybePromise<GateStep>;
  readonly recheck: Recheck<Context>;
}

/** What `onResult` learns of a refusal that is the gate's, not the authenticator's. */
const toGateRefusal = ({ code }: AuthError) =>
  ({ outcome: 'refused', check: 'token', code, durationMs: 0 }) as const;

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
  'recheckSeconds',
  'onEnded',
  'onAccepted',
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
  'maxBodyBytes',
  'undici',
];

/** What a hook returned, if a header can hold it. */
const toFieldValue = (hook: string, value: string | undefined): string | undefined => {
  if (value === undefined || /^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return value;
  throw new TypeError(`${hook} returned a text that cannot be a header`);
};

/**
 * Creates what decides on the requests of a gate. `recheck` decides again on what is open, where another decision has
 * replaced this one.
 *
 * @throws {TypeError} when an option has a wrong form
 * @throws {RangeError} when a number is out of its range
 * @throws {AuthError} `ERR_CONFIG_INVALID` when the configuration is not valid
 */
export const createGateDecision = <Context>(
  options: AuthenticatorOptions<JwtClaims, Context> & ForwardOptions<Context>,
  address: UpstreamAddress,
  probe: Probe,
  recheck?: Recheck<Context>,
): GateDecision<Context> => {
  assertOptions('a gate', options, GATE_OPTIONS);
  const { publicPaths = ['/healthz'], forwardClaims = {}, trustedProxy } = options;
  const authenticator = createDecision<JwtClaims, Context>({ ...options, publicPaths });
  const challenge = toChallenge(options);
  const scopesOf =
    options.pathScopes === undefined ? undefined : createPathScopes(options.pathScopes);
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

  const attempt = (hook: () => unknown): boolean => {
    try {
      const result = hook();
      if (result instanceof Promise) result.catch(report);
      return true;
    } catch (thrown) {
      report(thrown);
      return false;
    }
  };

  const notifyAnswer = (status: number, context: Context): void => {
    attempt(() => options.onAnswer?.(status, context));
  };

  const answerSubrequest = createSubrequest(authenticator, {
    challenge,
    forwardClaims,
    scopesOf,
    onAccepted: options.onAccepted,
    report,
  });

  const isTrusted = ({ view, context }: GateRequest<Context>): boolean =>
    trustedProxy?.(view, context) === true;

  const toRefusal = createToRefusal();
  const forward = createForwarding(options, address, {
    recheck: recheck ?? authenticator.recheck,
    isTrusted,
    toRefusal,
    attempt,
    notifyAnswer,
    notify: ({ view, context }, error) =>
      void attempt(() => authenticator.notify(toGateRefusal(error), view, context)),
    report,
  });

  /** Refuses for a reason that the authenticator does not know. */
  const refuse = (error: AuthError, request: GateRequest<Context>): MaybePromise<GateAnswer> => {
    const answer = toRefusal({ error, challenge });
    return andThen(
      authenticator.notify(toGateRefusal(error), request.view, request.context),
      () => answer,
    );
  };

  const authenticateAndForward = (
    request: GateRequest<Context>,
    host: string | undefined,
    marks: Marks,
  ): MaybePromise<GateStep> => {
    const { view, context } = request;
    const scopes = scopesOf?.(readTarget(view.url).path) ?? [];
    // A public path is one to read from, not one to open a WebSocket on: many servers take those on any path.
    const exempt = readUpgrade(view) === undefined;
    const asked = scopes.length === 0 && exempt ? undefined : { scopes, exempt };
    return andThen(authenticator.authenticate(view, context, asked), (result) => {
      if (result.outcome === 'refused') return toRefusal(result);
      if (result.auth !== undefined) options.onAccepted?.(result.auth, context);
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
      if (readUpgrade(view) !== undefined && !(request.canUpgrade && canSwitch(view))) {
        return NO_UPGRADE;
      }
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

  const decideAndMark = (request: GateRequest<Context>): MaybePromise<GateStep> => {
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
  return { decide: decideAndMark, recheck: authenticator.recheck };
};
