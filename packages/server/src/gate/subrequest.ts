import { isAuthError, type JwtClaims } from '@zep-auth/core';
import { andThen, catchError, type MaybePromise } from '@zep-auth/core/internal';
import type { Auth } from '../auth-result.ts';
import type { Authenticator } from '../authenticator-options.ts';
import { type Refusal, toProblem } from '../problem-response.ts';
import { type RequestView, readTarget } from '../request.ts';
import type { GateAnswer } from './answers.ts';
import { foldName } from './header-names.ts';
import { toClaimFields } from './request-policy.ts';

const SUBREQUEST_PATH = '/_gate/auth';

/** Whether a path asks about another request: `/_gate/auth`, or the other request's path behind it. */
export const isSubrequest = (path: string): boolean =>
  path === SUBREQUEST_PATH || path.startsWith(`${SUBREQUEST_PATH}/`);

export interface SubrequestOptions<Context> extends Pick<Refusal, 'challenge'> {
  readonly forwardClaims: Readonly<Record<string, string>>;
  /** The scopes that a path needs; all that there are for a path that is not known. */
  readonly scopesOf: ((path: string) => readonly string[]) | undefined;
  readonly onAccepted: ((auth: Auth, context: Context) => void) | undefined;
  /** Called with what a hook threw. */
  readonly report: (thrown: unknown) => void;
}

/** What is said of the other request. Where two things are said, one may be the client's own word: it counts as none. */
const agree = (said: readonly string[]): string =>
  new Set(said).size === 1 ? (said[0] ?? '') : '';

/** Whether a header names another method, which the API may take for the request's, or asks for a WebSocket. */
const isMore = (name: string): boolean =>
  /^(?:x-(?:http-)?method(?:-override)?|upgrade|sec-websocket-key)$/.test(foldName(name));

/** Whether a header names another target, which the API may take for the request's. */
const isOtherTarget = (name: string): boolean =>
  /^x-(?:original-url|rewrite-ur[il])$/.test(foldName(name));

/** The request that a proxy asks about. Its target, and thereby exemptions, are known from a trusted proxy only. */
const readOriginal = (view: RequestView, isTrusted: boolean) => {
  const { path, query } = readTarget(view.url);
  const behind = path.slice(SUBREQUEST_PATH.length);
  const saidBy = (own: string, ...names: string[]): string =>
    agree([...(behind === '' ? [] : [own]), ...names.flatMap((name) => view.values(name))]);
  const method = saidBy(view.method, 'x-original-method', 'x-forwarded-method');
  const target = isTrusted ? saidBy(behind + query, 'x-original-uri', 'x-forwarded-uri') : '';
  const names = [...view.names()];
  // Behind a # servers disagree on where a target ends.
  const isKnown = target.startsWith('/') && !target.includes('#') && !names.some(isOtherTarget);
  const original: RequestView = {
    method,
    url: isKnown ? target : view.url,
    scheme: view.scheme ?? (/^https:/i.test(view.url) ? 'https' : 'http'),
    peerAddress: view.peerAddress,
    values: (name) => view.values(name),
    names: () => view.names(),
  };
  return {
    original,
    path: isKnown ? readTarget(target).path : '',
    exempt: isKnown && !names.some(isMore) && !view.values('sec-fetch-mode').includes('websocket'),
    // Envoy, which appends the path, knows no other status for yes; 204 is what has always been said to the others.
    accepted: behind === '' ? 204 : 200,
  };
};

/**
 * Creates what answers a proxy that asks before it lets a request through, nginx with `auth_request` for example: with
 * 401, 403, or 204 (200 where the path is appended), which each of them understands.
 */
export const createSubrequest =
  <Context>(
    { authenticate }: Authenticator<JwtClaims, Context>,
    { challenge, forwardClaims, scopesOf, onAccepted, report }: SubrequestOptions<Context>,
  ): ((
    view: RequestView,
    context: Context,
    isTrusted: () => boolean,
  ) => MaybePromise<GateAnswer>) =>
  (view, context, isTrusted) => {
    const toRefusal = (thrown: unknown): GateAnswer => {
      const headers = ['cache-control', 'no-store'];
      if (!isAuthError(thrown)) {
        report(thrown);
        return { kind: 'answer', status: 403, headers, body: '' };
      }
      const problem = toProblem({ error: thrown, ...(challenge && { challenge }) });
      if (problem.status !== 401 && problem.status !== 400) {
        return { kind: 'answer', status: 403, headers, body: '' };
      }
      const asked = problem.headers['www-authenticate'] ?? '';
      return {
        kind: 'answer',
        status: 401,
        headers: [...headers, 'www-authenticate', asked],
        body: '',
      };
    };
    return catchError<GateAnswer>(() => {
      const { original, path, exempt, accepted } = readOriginal(view, isTrusted());
      const asked = { exempt, scopes: scopesOf?.(path) ?? [] };
      return andThen(authenticate(original, context, asked), (result) => {
        if (result.outcome === 'refused') return toRefusal(result.error);
        if (result.auth !== undefined) onAccepted?.(result.auth, context);
        const fields = result.auth ? toClaimFields(result.auth, forwardClaims) : [];
        const headers = [...fields, 'cache-control', 'no-store'];
        return { kind: 'answer', status: accepted, headers, body: '' };
      });
    }, toRefusal);
  };
