// The server that is probed, and what is known of it: how it answers without a token and with a right one.
import type { Answer, Client, Question } from './client.ts';
import type { ProbeClaims, ProbeTokens } from './probe-tokens.ts';

/** What the checks ask and know. */
export interface ProbeContext {
  readonly ask: Client['ask'];
  readonly url: URL;
  /** Path and query of the URL. */
  readonly path: string;
  /** Whether a token may be sent: over HTTPS, or to this machine. */
  readonly mayCarryTokens: boolean;
  /** Makes tokens for the probes, where the secret is here. */
  readonly tokens: ProbeTokens | undefined;
  /** What a token for this API claims. */
  readonly claims: ProbeClaims;
  /** The answer without a token. */
  readonly anonymous: () => Promise<Answer>;
  /** The answer without a token for a path that does not exist. */
  readonly missing: () => Promise<Answer>;
  /** The answer to the user's token. It goes into Authorization of this one request. */
  readonly given: () => Promise<Answer | undefined>;
  /** The answer to a right token that was signed here. */
  readonly signed: () => Promise<Answer | undefined>;
}

/** Asks at the first call, and keeps the answer. */
const once = <T>(ask: () => Promise<T>): (() => Promise<T>) => {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= ask();
    return answer;
  };
};

export const isSuccess = ({ status }: Answer): boolean => status >= 200 && status < 300;
export const isRefusal = ({ status }: Answer): boolean => status === 401 || status === 403;

/** Whether two answers are the one page that a server has for everything that does not exist. */
export const isSamePage = (one: Answer, other: Answer): boolean =>
  one.status === other.status && one.body === other.body;

/** A question with a token in its Authorization header. */
export const withToken = (path: string, token: string): Question => ({
  path,
  headers: { authorization: `Bearer ${token}` },
});

/** A path that no server has. */
export const inventPath = (before: string): string =>
  `${before}zepcli-doctor-${Math.floor(Math.random() * 1e9)}`;

interface Known extends Pick<ProbeContext, 'url' | 'mayCarryTokens' | 'tokens' | 'claims'> {
  readonly token: string | undefined;
}

export const createProbeContext = ({ ask }: Client, { token, ...known }: Known): ProbeContext => {
  const { url, mayCarryTokens, tokens } = known;
  const path = url.pathname + url.search;
  const askWith = async (text: string | undefined): Promise<Answer | undefined> =>
    text === undefined || !mayCarryTokens ? undefined : ask(withToken(path, text));
  return {
    ...known,
    ask,
    path,
    anonymous: once(() => ask({ path })),
    missing: once(() => ask({ path: inventPath('/') })),
    given: once(() => askWith(token)),
    signed: once(() => askWith(tokens?.good())),
  };
};

/** The answer to a right token, where there is one that tells it from no token. */
export const findReference = async (context: ProbeContext): Promise<Answer | undefined> => {
  const anonymous = await context.anonymous();
  const answers = [await context.signed(), await context.given()];
  return answers.find(
    (answer) =>
      answer !== undefined &&
      !isRefusal(answer) &&
      ![0, 429, anonymous.status].includes(answer.status),
  );
};
