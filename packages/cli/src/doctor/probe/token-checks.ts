// What a server does with a token: it must accept the right one and refuse all others. An answer that is the same for a right
// token does not count as a refusal.

import { type Finding, fail, pass, skipped, warn } from '../result.ts';
import type { Answer } from './client.ts';
import { FORGERIES, type Forgery } from './forgeries.ts';
import { findReference, isRefusal, isSuccess, type ProbeContext } from './probe-context.ts';

const IN_CLEAR = 'no token is sent over plain HTTP';

const judgeRight = (answer: Answer, anonymous: Answer, refused: string): Finding => {
  const { status } = answer;
  if (isSuccess(anonymous)) return skipped('the path is open, with or without one');
  if (isRefusal(answer) && (status === 401 || status === anonymous.status)) {
    return fail(`refused with ${status}`, refused);
  }
  if (status === 403) {
    return warn('refused with 403', 'it is known, but may not do this: look at its scope');
  }
  if (status === 429) return skipped('the server answers 429: run this again later');
  if (status === anonymous.status) {
    return skipped(`the same answer as without (${status})`, 'give a path that needs a token');
  }
  if (isSuccess(answer)) return pass(`let in (${status})`);
  return warn(`let in, but then ${status}`, 'look at the API: the token was not what stopped it');
};

/** The user's own token. */
export const judgeGiven = async (context: ProbeContext): Promise<Finding> => {
  if (!context.mayCarryTokens) return skipped(IN_CLEAR);
  const answer = await context.given();
  if (answer === undefined) {
    return skipped('there is none to send', 'give one with --token-file or in ZEP_API_KEY');
  }
  return judgeRight(
    answer,
    await context.anonymous(),
    'run `zepcli doctor` with the environment of the server and this token: it says why',
  );
};

/** A good token, signed here, that expires after a minute. */
export const judgeSigned = async (context: ProbeContext): Promise<Finding> => {
  if (!context.mayCarryTokens) return skipped(IN_CLEAR);
  const answer = await context.signed();
  if (answer === undefined) {
    return skipped('the secret is not here', 'give it in ZEP_AUTH_SECRET or with --secret-file');
  }
  return judgeRight(
    answer,
    await context.anonymous(),
    'the secret here is not the server’s, or it asks for claims that are not known here: give a token of a client, too',
  );
};

/** Why a forgery would show nothing. */
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
    ? 'a right token signed here is not let in either'
    : undefined;
};

const join = (parts: readonly string[]): string => [...new Set(parts)].join(', ');

/** Sends each token of a kind, and checks the answers. */
const judgeForgery = async (
  { needsSecret, severity, advice, variants }: Forgery,
  context: ProbeContext,
): Promise<Finding> => {
  const obstacle = await findObstacle(context, needsSecret);
  if (obstacle !== undefined) return skipped(obstacle);
  const reference = await findReference(context);
  const answers: (readonly [string, Answer])[] = [];
  for (const [what, question] of variants(context))
    answers.push([what, await context.ask(question)]);
  const namesWhere = (isSo: (answer: Answer) => boolean): readonly string[] =>
    answers.filter(([, answer]) => isSo(answer)).map(([what]) => what);

  const taken = namesWhere((answer) => isSuccess(answer) || answer.status === reference?.status);
  if (taken.length > 0) {
    return (severity === 'fail' ? fail : warn)(`let in: ${join(taken)}`, advice);
  }
  if (answers.some(([, { status }]) => status === 429)) {
    return skipped('the server answers 429: run this again later');
  }
  const broken = namesWhere(({ status }) => status >= 500 || status === 0);
  if (broken.length > 0) {
    return warn(
      `no orderly answer to ${join(broken)}`,
      'answer every bad token with 401: here anyone can cause an error of the server',
    );
  }
  return pass(`refused with ${join(answers.map(([, { status }]) => String(status)))}`);
};

/** The checks with bad tokens, by their names. */
export const FORGERY_CHECKS: readonly (readonly [
  string,
  (context: ProbeContext) => Promise<Finding>,
])[] = FORGERIES.map((forgery) => [forgery.name, (context) => judgeForgery(forgery, context)]);

const CACHE = 'send Cache-Control: no-store, or private, with what needs a token';

/** Whether an answer for one client is cached for others. */
export const judgeCache = async (context: ProbeContext): Promise<Finding> => {
  const reference = await findReference(context);
  if (reference === undefined || !isSuccess(reference)) return skipped('no token was let in');
  const anonymous = await context.anonymous();
  if (!isRefusal(anonymous)) return skipped('the path is not guarded');
  const again = await context.ask({ path: context.path });
  if (isSuccess(again)) return fail('the answer was kept, and handed out without a token', CACHE);
  const isShared = /\bpublic\b|\bs-maxage\b/i.test(reference.headers.get('cache-control') ?? '');
  if (isShared) return warn('the answer says that caches may share it', CACHE);
  return pass('nothing is kept for others');
};
