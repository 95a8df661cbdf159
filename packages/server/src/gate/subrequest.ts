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

/** The request that a proxy asks about, by the method that it was sent. */
const toOriginal = (view: RequestView): RequestView => ({
  method: [...view.values('x-original-method'), ...view.values('x-forwarded-method')][0] ?? '',
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
          return { kind: 'answer', status: 204, headers: fields, body: '' };
        }),
      toRefusal,
    );
  };
