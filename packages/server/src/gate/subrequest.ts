import { isAuthError } from '@zep-auth/core';
import { andThen, catchError, type MaybePromise } from '@zep-auth/core/internal';
import type { Authenticator } from '../authenticate.ts';
import { type Refusal, toProblem } from '../problem-response.ts';
import type { RequestView } from '../request.ts';
import type { GateAnswer } from './answers.ts';
import { toClaimFields } from './request-policy.ts';

export const SUBREQUEST_PATH = '/_gate/auth';

export interface SubrequestOptions extends Pick<Refusal, 'challenge'> {
  readonly forwardClaims: Readonly<Record<string, string>>;
  /** Called with what a hook threw. */
  readonly report: (thrown: unknown) => void;
}

/** The method that the proxy was asked for. Where two are named, one may be the client's own word. */
const readOriginalMethod = (view: RequestView): string => {
  const named = [...view.values('x-original-method'), ...view.values('x-forwarded-method')];
  return new Set(named).size === 1 ? (named[0] ?? '') : '';
};

/** The request that a proxy asks about. */
const toOriginal = (view: RequestView): RequestView => ({
  method: readOriginalMethod(view),
  url: view.url,
  scheme: view.scheme,
  peerAddress: view.peerAddress,
  values: (name) => view.values(name),
  names: () => view.names(),
});

/**
 * Creates what answers a proxy that asks before it lets a request through, nginx with `auth_request` for example: with
 * 204, 401 or 403, the three answers that it knows.
 */
export const createSubrequest =
  <Claims extends object, Context>(
    { authenticate }: Authenticator<Claims, Context>,
    { challenge, forwardClaims, report }: SubrequestOptions,
  ): ((view: RequestView, context: Context) => MaybePromise<GateAnswer>) =>
  (view, context) => {
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
    return catchError<GateAnswer>(
      () =>
        andThen(authenticate(toOriginal(view), context, { exempt: false }), (result) => {
          if (result.outcome === 'refused') return toRefusal(result.error);
          const fields = result.auth ? toClaimFields(result.auth, forwardClaims) : [];
          const headers = [...fields, 'cache-control', 'no-store'];
          return { kind: 'answer', status: 204, headers, body: '' };
        }),
      toRefusal,
    );
  };
