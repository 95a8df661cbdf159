import { createProblem, type Problem } from '../problem-response.ts';
import type { HeaderList } from './header-names.ts';

/** An answer of the gate's, not of the upstream. */
export interface GateAnswer {
  readonly kind: 'answer';
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: string;
}

export const toAnswer = ({ status, headers, body }: Problem): GateAnswer => ({
  kind: 'answer',
  status,
  headers: Object.entries(headers).flat(),
  body,
});

const createAnswer = (...problem: Parameters<typeof createProblem>): GateAnswer =>
  toAnswer(createProblem(...problem));

export const METHOD_NOT_ALLOWED: GateAnswer = createAnswer(
  405,
  'Method Not Allowed',
  'This method is not let through.',
  { headers: { allow: 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS' } },
);
export const NO_UPGRADE: GateAnswer = createAnswer(
  501,
  'Not Implemented',
  'Upgrades are not let through.',
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
