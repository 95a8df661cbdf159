// What a server does with a token: it accepts a right one and refuses every other. An answer that would be the same with
// a right token is not a refusal.
import { type Finding, fail, pass, skipped, warn } from '../result.ts';
import type { Answer, Question } from './client.ts';
import {
  findReference,
  isRefusal,
  isSuccess,
  type ProbeContext,
  withToken,
} from './probe-context.ts';
import { foreign, type ProbeTokens, unsigned } from './probe-tokens.ts';

const IN_CLEAR = 'no token is sent over plain HTTP';
const THROTTLED = 'the server answers 429: run this again later';

const judgeRight = (answer: Answer, anonymous: Answer, refused: string): Finding => {
  const { status } = answer;
  if (isSuccess(anonymous)) return skipped('the path is open, with or without one');
  if (isRefusal(answer) && (status === 401 || status === anonymous.status)) {
    return fail(`refused with ${status}`, refused);
  }
  if (status === 403) {
    return warn('refused with 403', 'it is known, but may not do this: look at its scope');
  }
  if (status === 429) return skipped(THROTTLED);
  if (status === anonymous.status) {
    return skipped(`the same answer as without (${status})`, 'give a path that needs a token');
  }
  if (isSuccess(answer)) return pass(`accepted (${status})`);
  return warn(`accepted, but then ${status}`, 'look at the API: the token did not stop it');
};

/** The user's own token. */
export const judgeGiven = async (context: ProbeContext): Promise<Finding> => {
  if (!context.mayCarryTokens) return skipped(IN_CLEAR);
  const answer = await context.given();
  if (answer === undefined) {
    return skipped('there is no token', 'give one with --token-file or in ZEP_API_KEY');
  }
  const advice = "run `zepcli doctor --token-file` with the server's environment: it says why";
  return judgeRight(answer, await context.anonymous(), advice);
};

/** A right token, signed here for a minute. */
export const judgeSigned = async (context: ProbeContext): Promise<Finding> => {
  if (!context.mayCarryTokens) return skipped(IN_CLEAR);
  const answer = await context.signed();
  if (answer === undefined) {
    return skipped('the secret is not here', 'give it in ZEP_AUTH_SECRET or with --secret-file');
  }
  const advice =
    "the secret here is not the server's, or the server asks for more claims: give a client's token and --send-claims";
  return judgeRight(answer, await context.anonymous(), advice);
};

/** Whether what needs a token is kept for those without one. */
export const judgeCache = async (context: ProbeContext): Promise<Finding> => {
  const reference = await findReference(context);
  if (reference === undefined || !isSuccess(reference)) return skipped('no token was accepted');
  if (!isRefusal(await context.anonymous())) return skipped('the path is not guarded');
  const advice = 'send Cache-Control: no-store, or private, with what needs a token';
  const again = await context.ask({ path: context.path });
  if (isSuccess(again)) return fail('the answer was kept, and given out without a token', advice);
  const isShared = /\bpublic\b|\bs-maxage\b/i.test(reference.headers.get('cache-control') ?? '');
  if (isShared) return warn('the answer says that caches may share it', advice);
  return pass('nothing is kept for others');
};

/** One kind of bad token. */
interface Forgery {
  readonly name: string;
  readonly advice: string;
  /** Whether it takes the secret to make one. */
  readonly needsSecret: boolean;
  /** Questions, each with a name. */
  readonly questions: (context: ProbeContext) => readonly (readonly [string, Question])[];
}

const VERIFY = 'verify the signature: anyone can write a token';

const signedKind = (
  name: string,
  advice: string,
  makers: { readonly [what: string]: (tokens: ProbeTokens) => string },
): Forgery => ({
  name,
  advice,
  needsSecret: true,
  questions: ({ tokens, path }) =>
    tokens === undefined
      ? []
      : Object.entries(makers).map(([what, make]) => [what, withToken(path, make(tokens))]),
});

const FORGERIES: readonly Forgery[] = [
  {
    name: 'any credentials',
    needsSecret: false,
    advice: 'verify the token: that there is a header says nothing',
    questions: ({ path }) =>
      ['Bearer x', 'Basic eDp4'].map((authorization) => [
        authorization,
        { path, headers: { authorization } },
      ]),
  },
  {
    name: 'no signature',
    needsSecret: false,
    advice: 'accept HS256 only: give the library the list of its algorithms',
    questions: ({ path, claims }) =>
      ['none', 'nOnE'].map((alg) => [`alg ${alg}`, withToken(path, unsigned(alg, claims))]),
  },
  {
    name: 'another secret',
    needsSecret: false,
    advice: VERIFY,
    questions: ({ path, claims }) => [['any signature', withToken(path, foreign(claims))]],
  },
  signedKind('tampered', VERIFY, { 'changed claims': (tokens) => tokens.tampered() }),
  signedKind('algorithm', 'compare alg with HS256, whatever the signature says', {
    'alg HS512 over HS256': (tokens) => tokens.withAlgorithm('HS512'),
    'alg none over HS256': (tokens) => tokens.withAlgorithm('none'),
  }),
  signedKind('expired', 'check exp (RFC 7519 section 4.1.4)', {
    'a token of an hour ago': (tokens) => tokens.expired(),
  }),
  signedKind('not yet valid', 'check nbf (RFC 7519 section 4.1.5)', {
    'a token for the next hour': (tokens) => tokens.notYetValid(),
  }),
];

/** Why a forgery would tell nothing. */
const findObstacle = async (
  context: ProbeContext,
  needsSecret: boolean,
): Promise<string | undefined> => {
  if (!context.mayCarryTokens) return IN_CLEAR;
  const anonymous = await context.anonymous();
  if (isSuccess(anonymous)) return 'the path is open';
  const isTelling = isRefusal(anonymous) || (await findReference(context)) !== undefined;
  if (!needsSecret) return isTelling ? undefined : 'a refusal here looks like anything else';
  if (context.tokens === undefined) return 'the secret is not here';
  const signed = await context.signed();
  return signed === undefined || signed !== (await findReference(context))
    ? 'a right token signed here is not accepted either'
    : undefined;
};

const join = (parts: readonly string[]): string => [...new Set(parts)].join(', ');

/** Sends each token of a forgery, and judges what came back. */
const judgeForgery = async (
  { needsSecret, advice, questions }: Forgery,
  context: ProbeContext,
): Promise<Finding> => {
  const obstacle = await findObstacle(context, needsSecret);
  if (obstacle !== undefined) return skipped(obstacle);
  const reference = await findReference(context);
  const answers: (readonly [string, Answer])[] = [];
  for (const [what, question] of questions(context)) {
    answers.push([what, await context.ask(question)]);
  }
  const namesWhere = (isSo: (answer: Answer) => boolean): readonly string[] =>
    answers.filter(([, answer]) => isSo(answer)).map(([what]) => what);

  const taken = namesWhere((answer) => isSuccess(answer) || answer.status === reference?.status);
  if (taken.length > 0) return fail(`accepted: ${join(taken)}`, advice);
  if (answers.some(([, { status }]) => status === 429)) return skipped(THROTTLED);
  const broken = namesWhere(({ status }) => status >= 500 || status === 0);
  if (broken.length > 0) {
    const what = 'answer every bad token with 401: here anyone can cause an error of the server';
    return warn(`no orderly answer to ${join(broken)}`, what);
  }
  return pass(`refused with ${join(answers.map(([, { status }]) => String(status)))}`);
};

/** The checks with bad tokens, by their names. */
export const FORGERY_CHECKS: readonly (readonly [
  string,
  (context: ProbeContext) => Promise<Finding>,
])[] = FORGERIES.map((forgery) => [forgery.name, (context) => judgeForgery(forgery, context)]);
