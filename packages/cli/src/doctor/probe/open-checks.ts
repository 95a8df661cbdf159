// What a server does without a token: it must refuse, with the right challenge. No request can change anything.

import { type Finding, fail, pass, skipped, warn } from '../result.ts';
import type { Answer } from './client.ts';
import { inventPath, isRefusal, isSuccess, type ProbeContext } from './probe-context.ts';

const GUARD = 'put the guard in front of every path, and name the public ones one by one';

const nameStatus = ({ status }: Answer): string =>
  status === 0 ? 'no answer' : `answers ${status}`;

/** Without a token: refused. */
export const judgeAnonymous = async (context: ProbeContext): Promise<Finding> => {
  const answer = await context.anonymous();
  const { status } = answer;
  if (isSuccess(answer)) return fail(`the API is open: it answers ${status}`, GUARD);
  if (status === 401) return pass('refused with 401');
  if (status === 403) {
    return warn(
      'refused with 403',
      'answer 401: 403 tells a client that no token will help; if it wants https, give such a URL',
    );
  }
  if (status === 404) {
    return warn('there is no such path (404)', 'give a URL with a path that a client really uses');
  }
  if (status >= 300 && status < 400) {
    return warn(`redirects (${status})`, 'give the URL that it redirects to, if that is the API');
  }
  return warn(`answers ${status}`, 'look at the server: this is no answer to a missing token');
};

/** HEAD without a token: as GET. */
export const judgeHead = async (context: ProbeContext): Promise<Finding> => {
  if (isSuccess(await context.anonymous())) return skipped('the path is open');
  const answer = await context.ask({ path: context.path, method: 'HEAD' });
  if (isSuccess(answer))
    return fail(`answers ${answer.status}`, 'guard every method, not GET alone');
  return pass(isRefusal(answer) ? `refused with ${answer.status}` : nameStatus(answer));
};

/** `/healthz`, which load balancers ask without a token. */
export const judgeHealth = async (context: ProbeContext): Promise<Finding> => {
  const answer = await context.ask({ path: '/healthz' });
  const { status } = answer;
  if (isSuccess(answer)) return pass(`answers ${status}`);
  if (status === 404) return pass('there is none (404)');
  if (isRefusal(answer)) {
    return warn(
      `asks for a token (${status})`,
      'let it answer without one: load balancers and Zep’s clients ask it so',
    );
  }
  return warn(nameStatus(answer), 'look at the server: it does not say that it is well');
};

/** A path that only begins with `/healthz` must not be public. */
export const judgeHealthPrefix = async (context: ProbeContext): Promise<Finding> => {
  const unknown = await context.unknown();
  if (!isRefusal(unknown)) return skipped('paths that do not exist are not guarded either');
  for (const before of ['/healthz', '/healthz/']) {
    const answer = await context.ask({ path: inventPath(before) });
    const advice = 'compare public paths whole, not by their beginning';
    if (isSuccess(answer)) return fail(`open (${answer.status})`, advice);
    if (!isRefusal(answer)) return warn(`not guarded (${answer.status})`, advice);
  }
  return pass('guarded');
};

/** A CORS preflight, which browsers send without a token. */
export const judgePreflight = async (context: ProbeContext): Promise<Finding> => {
  const answer = await context.ask({
    path: context.path,
    method: 'OPTIONS',
    headers: {
      origin: 'https://zepcli-doctor.invalid',
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'authorization',
    },
  });
  if (answer.status === 0) return warn('no answer', 'look at the server: it ends the connection');
  if (!isRefusal(answer)) return pass(`not asked for a token (${answer.status})`);
  return warn(
    `refused with ${answer.status}`,
    'let preflights pass, or no page of another origin can use the API: browsers send no token with them',
  );
};

/** The challenge of a 401. @see RFC 6750 section 3 */
export const judgeChallenge = async (context: ProbeContext): Promise<Finding> => {
  const { status, headers } = await context.anonymous();
  if (status !== 401) return skipped('there is no 401 to have one');
  const challenge = headers.get('www-authenticate');
  if (challenge === undefined) {
    return warn('there is none', 'send WWW-Authenticate: Bearer realm="api" with a 401');
  }
  const bearer = /(?:^|,\s*)bearer\b(.*)$/is.exec(challenge)?.[1];
  if (bearer === undefined) {
    return warn('it does not name Bearer', 'send WWW-Authenticate: Bearer realm="api"');
  }
  if (!/\brealm\s*=/i.test(bearer)) return warn('it has no realm', 'add one: Bearer realm="api"');
  if (/\berror\s*=/i.test(bearer)) {
    return warn(
      'it has an error, though there was no token',
      'send the realm alone (RFC 6750 section 3.1)',
    );
  }
  return pass('Bearer, with a realm');
};
