// What is asked of a server, and what its answers mean. An answer that a right token would get as well is not a refusal.
import { randomBytes } from 'node:crypto';
import type { Answer, Question } from './client.ts';
import { type Finding, fail, pass, skipped, unknown, warn } from './report.ts';
import {
  isSamePage,
  isSuccess,
  lifeAround,
  type Make,
  nowSeconds,
  type Site,
  withToken,
} from './site.ts';

const isRefusal = ({ status }: Answer): boolean => status === 401 || status === 403;
/** The answer to a right token, where it differs from the one without. */
const findReference = async (site: Site): Promise<Answer | undefined> => {
  const useless = [0, 429, (await site.anonymous()).status];
  return [await site.signed(), await site.given()].find(
    (answer) => answer !== undefined && !isRefusal(answer) && !useless.includes(answer.status),
  );
};

const IN_CLEAR = 'no token is sent over plain HTTP';
const THROTTLED = 'the server answers 429: run this again later';
const OPEN = 'the path is open';

/** Judges what is sent and must be refused. What was let in before the server went silent counts. */
const judgeRefusals = async (
  { ask }: Site,
  questions: readonly (readonly [what: string, question: Question])[],
  isLetIn: (answer: Answer) => boolean,
  advice: string,
): Promise<Finding> => {
  const letIn: string[] = [];
  const statuses = new Set<number>();
  try {
    for (const [what, question] of questions) {
      const answer = await ask(question);
      if (isLetIn(answer)) letIn.push(what);
      else if (!isSuccess(answer)) statuses.add(answer.status);
    }
  } catch (error) {
    if (letIn.length === 0) throw error;
  }
  if (letIn.length > 0) {
    return fail(questions.length > 1 ? `let in: ${letIn.join(', ')}` : 'accepted', advice);
  }
  const list = [...statuses].join(', ');
  if (statuses.has(429)) return unknown(THROTTLED);
  return [...statuses].some((status) => status >= 500 || status === 0)
    ? warn(`no orderly answer (${list})`, 'refuse it with 400 or 401: here anyone causes an error')
    : pass(`refused with ${list || 'the page for missing paths'}`);
};

const judgeAnonymous = async (site: Site): Promise<Finding> => {
  const answer = await site.anonymous();
  const { status } = answer;
  if (isSuccess(answer)) {
    const guard = 'put the guard in front of every path, and name the public ones one by one';
    return fail(`the API is open: it answers ${status}`, guard);
  }
  const advice =
    status === 405
      ? 'it takes no GET, as an MCP server: see that `curl -i -X POST` without a token gets 401, or give a path that takes GET'
      : 'give the URL of a path that needs a token, not of one that is missing or redirects';
  return isRefusal(answer)
    ? pass(`refused with ${status}`)
    : unknown(`answers ${status}, which is not a refusal`, advice);
};

/** Why a refusal would say nothing; `undefined` where it says something. */
const findObstacle = async (site: Site): Promise<Finding | undefined> => {
  const anonymous = await site.anonymous();
  if (isSuccess(anonymous)) return skipped(OPEN);
  if (isRefusal(anonymous) || (await findReference(site)) !== undefined) return undefined;
  return unknown('a refusal here looks like any other answer');
};

const swapCase = (text: string): string =>
  text.replace(/[a-z]/gi, (char) =>
    char === char.toLowerCase() ? char.toUpperCase() : char.toLowerCase(),
  );
const escapeLetter = (text: string): string =>
  text.replace(/(?<!%.?)[a-z]/i, (char) => `%${char.charCodeAt(0).toString(16)}`);

/** Other ways to write a path, which a router may take for the same when a guard does not, each with a name. */
export const toPathVariants = (target: string): readonly (readonly [string, string])[] => {
  const [, path = '/', query = ''] = /^([^?]*)(.*)$/s.exec(target) ?? [];
  const inner = path.slice(1);
  const variants: readonly (readonly [string, string])[] = [
    ['//', `/${path}`],
    ['%2F at its start', `/%2F${inner}`],
    ['%2F for /', `/${inner.replaceAll('/', '%2F')}`],
    ['/./', `/.${path}`],
    ['a letter escaped', escapeLetter(path)],
    ['other case', swapCase(path)],
    ['/ at its end', `${path}/`],
    [';x at its end', `${path};x`],
    ['/healthz/../', `/healthz/..${path}`],
    ['/healthz/%2e%2e/', `/healthz/%2e%2e${path}`],
    ['/healthz%2F../', `/healthz%2F..${path}`],
  ];
  return [
    ...variants
      .filter(([, variant]) => variant !== path)
      .map(([name, variant]) => [name, variant + query] as const),
    ['another query', `${path}${query === '' ? '?' : `${query}&`}zepcli-doctor`],
  ];
};

const judgePathVariants = async (site: Site): Promise<Finding> => {
  const obstacle = await findObstacle(site);
  if (obstacle !== undefined) return obstacle;
  const missing = await site.missing();
  return judgeRefusals(
    site,
    toPathVariants(site.path).map(([what, path]) => [what, { path }]),
    (answer) => isSuccess(answer) && !isSamePage(answer, missing),
    'let guard and router see the same path: compare raw paths, and refuse what is not plain',
  );
};

const ORIGIN = 'https://zepcli-doctor.invalid';
const PREFLIGHT = {
  'access-control-request-method': 'GET',
  'access-control-request-headers': 'authorization',
};

const judgeCors = async ({ ask, path }: Site): Promise<Finding> => {
  const preflight = { path, method: 'OPTIONS', headers: { origin: ORIGIN, ...PREFLIGHT } } as const;
  for (const question of [preflight, { path, headers: { origin: ORIGIN } }]) {
    const { headers } = await ask(question);
    const isReflected = headers['access-control-allow-origin'] === ORIGIN;
    if (!isReflected || headers['access-control-allow-credentials'] !== 'true') continue;
    return fail('every origin is allowed, with credentials', 'list the origins of your own pages');
  }
  return pass('not every origin is allowed with credentials');
};

/** Judges the answer to a token that should be right. */
const judgeRight =
  (which: 'given' | 'signed', absent: Finding, advice: string) =>
  async (site: Site): Promise<Finding> => {
    if (!site.mayCarryTokens) return skipped(IN_CLEAR);
    const answer = await site[which]();
    if (answer === undefined) return absent;
    const { status } = answer;
    const anonymous = await site.anonymous();
    if (isSuccess(anonymous)) return skipped(OPEN);
    if (status === 401 || (status === 403 && anonymous.status === 403)) {
      const skew = Math.round((Date.parse(answer.headers.date ?? '') - Date.now()) / 1000);
      const clocks = `its clock is ${Math.abs(skew)} s ${skew < 0 ? 'behind' : 'ahead of'} this one: set both by NTP`;
      return fail(`refused with ${status}`, Math.abs(skew) > 30 ? clocks : advice);
    }
    if (status === 429) return unknown(THROTTLED);
    if (status === anonymous.status) return unknown(`the same answer as without (${status})`);
    if (isSuccess(answer)) return pass(`accepted (${status})`);
    if (status === 405) return pass('accepted; the path takes no GET (405), as an MCP server');
    const claims = which === 'signed' ? '; if it needs more claims, try --send-claims' : '';
    const todo =
      status >= 500
        ? 'the API failed, or it does not answer: look at its log, and at that of its gate'
        : `look at the API, and at the scope of the token${claims}`;
    return warn(`accepted, but then ${status}`, todo);
  };

/** Whether what needs a token is kept for those without one. */
const judgeCache = async (site: Site): Promise<Finding> => {
  if ((await findReference(site)) === undefined) return skipped('no token was accepted');
  // The token that was signed here may lack a claim that the API needs.
  const answers = [await site.signed(), await site.given()];
  const answer = answers.find((one) => one !== undefined && isSuccess(one));
  if (answer === undefined) return skipped('no token got an answer of 2xx');
  const advice = 'send Cache-Control: no-store, or private, with what needs a token';
  if (isSuccess(await site.ask({ path: site.path }))) {
    return fail('the answer was kept, and given out without a token', advice);
  }
  return /\bpublic\b|\bs-maxage\b/i.test(answer.headers['cache-control'] ?? '')
    ? warn('the answer says that caches may share it', advice)
    : pass('nothing is kept for others');
};

const withoutSignature = (token: string): string => token.slice(0, token.lastIndexOf('.') + 1);
const VERIFY = 'verify the signature: anyone can write a token';
const ALGORITHM = 'accept HS256 only: give the library the list of its algorithms';

type BadToken = readonly [string, isSigned: boolean, (make: Make) => string, advice: string];

/** Tokens that no server may accept, and whether it takes the secret to make one. */
const BAD_TOKENS: readonly BadToken[] = [
  ['Bearer x', false, () => 'x', 'verify the token: that there is a header says nothing'],
  ['alg none', false, (make) => withoutSignature(make({}, 'none')), ALGORITHM],
  ['alg nOnE', false, (make) => withoutSignature(make({}, 'nOnE')), ALGORITHM],
  ['another secret', false, (make) => make({}, 'HS256', randomBytes(64)), VERIFY],
  ['tampered', true, (make) => withoutSignature(make({ a: 1 })) + make().slice(-43), VERIFY],
  ['alg HS512', true, (make) => make({}, 'HS512'), ALGORITHM],
  ['alg none, signed', true, (make) => make({}, 'none'), ALGORITHM],
  ['expired', true, (make) => make(lifeAround(-3600)), 'check exp (RFC 7519)'],
  ['not yet valid', true, (make) => make({ nbf: nowSeconds() + 3600 }), 'check nbf (RFC 7519)'],
];

const judgeBadToken =
  (...[name, isSigned, toBad, advice]: BadToken) =>
  async (site: Site): Promise<Finding> => {
    if (!site.mayCarryTokens) return skipped(IN_CLEAR);
    const obstacle = await findObstacle(site);
    if (obstacle !== undefined) return obstacle;
    if (isSigned && !site.hasSecret) return skipped('the secret is not here');
    const reference = await findReference(site);
    if (isSigned && (await site.signed()) !== reference) {
      return unknown('a right token signed here is not accepted either');
    }
    const question = withToken(site.path, toBad(site.make));
    const isLetIn = (answer: Answer): boolean =>
      isSuccess(answer) || answer.status === reference?.status;
    return judgeRefusals(site, [[name, question]], isLetIn, advice);
  };

export type Check = readonly [name: string, judge: (site: Site) => Promise<Finding> | Finding];

export const CHECKS: readonly Check[] = [
  ['no token', judgeAnonymous],
  ['other spellings', judgePathVariants],
  ['CORS', judgeCors],
  [
    'your token',
    judgeRight(
      'given',
      skipped('there is no token', 'give one with --token-file or in ZEP_API_KEY'),
      "run `zepcli doctor --token-file` with the server's environment: it says why",
    ),
  ],
  [
    'token signed here',
    judgeRight(
      'signed',
      skipped('the secret is not here', 'give it in ZEP_AUTH_SECRET or with --secret-file'),
      "the secret here is not the server's, or it wants more claims: try --send-claims with a token",
    ),
  ],
  ['cache', judgeCache],
  ...BAD_TOKENS.map((bad): Check => [bad[0], judgeBadToken(...bad)]),
];
