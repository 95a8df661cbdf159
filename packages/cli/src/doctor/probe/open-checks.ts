// What a server does without a token.

import { type Finding, fail, pass, skipped, warn } from '../result.ts';
import type { Answer } from './client.ts';
import { inventPath, isRefusal, isSuccess, type ProbeContext } from './probe-context.ts';

const GUARD = 'put the guard in front of every path, and name the public ones one by one';

/** Without a token: refused. */
export const judgeAnonymous = async (context: ProbeContext): Promise<Finding> => {
  const answer = await context.anonymous();
  const { status } = answer;
  if (isSuccess(answer)) return fail(`the API is open: it answers ${status}`, GUARD);
  if (status === 401) return pass('refused with 401');
  if (status === 403) {
    return warn('refused with 403', 'answer 401: 403 tells a client that no token will help');
  }
  if (status === 404) {
    return warn('not found (404)', 'give a URL with a path that a client really uses');
  }
  if (status >= 300 && status < 400) {
    return warn(`redirects (${status})`, 'give the URL that it redirects to, if that is the API');
  }
  return warn(`answers ${status}`, 'look at the server: this is not an answer to a missing token');
};

/** `/healthz`: open to load balancers and to Zep's clients. */
export const judgeHealth = async (context: ProbeContext): Promise<Finding> => {
  const answer = await context.ask({ path: '/healthz' });
  const { status } = answer;
  if (isSuccess(answer) || status === 404) return pass(`answers ${status}`);
  if (!isRefusal(answer)) return warn(`answers ${status}`, 'look at the server: it is not well');
  return warn(
    `asks for a token (${status})`,
    "let it answer without one: load balancers and Zep's clients have none",
  );
};

/** A path that only begins with `/healthz` is not public. */
export const judgeHealthPrefix = async (context: ProbeContext): Promise<Finding> => {
  if (!isRefusal(await context.missing())) return skipped('missing paths are not guarded either');
  for (const before of ['/healthz', '/healthz/']) {
    const answer = await context.ask({ path: inventPath(before) });
    if (isRefusal(answer)) continue;
    const advice = 'compare public paths whole, not by how they begin';
    return (isSuccess(answer) ? fail : warn)(`not guarded (${answer.status})`, advice);
  }
  return pass('guarded');
};

const ORIGIN = 'https://zepcli-doctor.invalid';

/** Whether an answer lets the pages of any origin read it with the user's cookies. */
const isOpenToAll = ({ headers }: Answer): boolean =>
  headers.get('access-control-allow-origin') === ORIGIN &&
  headers.get('access-control-allow-credentials') === 'true';

/** CORS: a preflight passes, since no browser sends a token with it; but not every origin gets in with credentials. */
export const judgeCors = async (context: ProbeContext): Promise<Finding> => {
  const answer = await context.ask({
    path: context.path,
    method: 'OPTIONS',
    headers: {
      origin: ORIGIN,
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'authorization',
    },
  });
  const simple = await context.ask({ path: context.path, headers: { origin: ORIGIN } });
  if (isOpenToAll(answer) || isOpenToAll(simple)) {
    return fail('every origin is allowed, with credentials', 'list the origins of your own pages');
  }
  if (answer.status === 0) return warn('no answer', 'look at the server: it ends the connection');
  if (!isRefusal(answer)) return pass(`a preflight needs no token (${answer.status})`);
  return warn(
    `a preflight is refused with ${answer.status}`,
    'let preflights pass, or no page of another origin can use the API',
  );
};
