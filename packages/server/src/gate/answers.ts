import type { AuthErrorCode } from '@zep-auth/core';
import { createProblem, type Problem, type Refusal, toProblem } from '../problem-response.ts';
import type { HeaderList } from './header-names.ts';

/** An answer of the gate's, not of the upstream. */
export interface GateAnswer {
  readonly kind: 'answer';
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: string;
}

const toAnswer = ({ status, headers, body }: Problem): GateAnswer => ({
  kind: 'answer',
  status,
  headers: Object.entries(headers).flat(),
  body,
});

const createAnswer = (...problem: Parameters<typeof createProblem>): GateAnswer =>
  toAnswer(createProblem(...problem));

/** The answers to refusals that only a gate knows. */
const OWN_REFUSALS: Partial<Record<AuthErrorCode, GateAnswer>> = {
  ERR_REQUEST_MALFORMED: createAnswer(
    400,
    'Bad Request',
    'The request can be read in more than one way.',
  ),
  ERR_HOST_NOT_ALLOWED: createAnswer(
    421,
    'Misdirected Request',
    'This service does not answer for this host.',
  ),
  ERR_BODY_TOO_LARGE: createAnswer(
    413,
    'Content Too Large',
    'The body of the request is larger than this service takes.',
  ),
};

/** Creates what answers refused requests. An answer is made once where it is the same for each. */
export const createToRefusal = (): ((refused: Refusal) => GateAnswer) => {
  const known = new Map<AuthErrorCode, Refusal & { readonly answer: GateAnswer }>();
  return (refused) => {
    const { error } = refused;
    const own = OWN_REFUSALS[error.code];
    if (own !== undefined) return own;
    const before = known.get(error.code);
    if (before !== undefined && before.challenge === refused.challenge) return before.answer;
    const answer = toAnswer(toProblem(refused));
    const isShared = error.scopes === undefined && error.retryAfterSeconds === undefined;
    if (isShared) known.set(error.code, { ...refused, answer });
    return answer;
  };
};

export const METHOD_NOT_ALLOWED: GateAnswer = createAnswer(
  405,
  'Method Not Allowed',
  'This method is not let through.',
  { headers: { allow: 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS' } },
);
export const NO_UPGRADE: GateAnswer = createAnswer(
  501,
  'Not Implemented',
  'This upgrade is not let through.',
);
export const GOING_AWAY: GateAnswer = createAnswer(
  503,
  'Service Unavailable',
  'The gate is about to end.',
  { headers: { 'retry-after': '1' } },
);
export const NO_SUCH_PAGE: GateAnswer = createAnswer(
  404,
  'Not Found',
  'The gate has no such page.',
);
export const FAILED: GateAnswer = createAnswer(
  500,
  'Internal Server Error',
  'The request could not be handled.',
);
export const UPSTREAM_TOO_LATE: GateAnswer = createAnswer(
  504,
  'Gateway Timeout',
  'The upstream service did not answer in time.',
);
export const UPSTREAM_UNREACHABLE: GateAnswer = createAnswer(
  502,
  'Bad Gateway',
  'The upstream service did not answer.',
);
