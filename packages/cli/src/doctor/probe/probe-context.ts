// The probed server, and its answers without a token and with a right one. No token is sent where others could read it.
import type { Answer, Client, Question } from './client.ts';
import type { ProbeClaims, ProbeTokens } from './probe-tokens.ts';

/** What the checks share. */
export interface ProbeContext extends Pick<Client, 'ask' | 'answers'> {
  readonly url: URL;
  /** Path and query of the URL. */
  readonly path: string;
  /** Whether a token may be sent: over HTTPS, or to this machine. */
  readonly mayCarryTokens: boolean;
  /** The user's token. It goes into Authorization only. */
  readonly token: string | undefined;
  /** Signs tokens for the probes, if the secret is known. */
  readonly tokens: ProbeTokens | undefined;
  /** What a token for this API claims. */
  readonly claims: ProbeClaims;
  /** The answer without a token. */
  readonly anonymous: () => Promise<Answer>;
  /** The answer without a token for a path that does not exist. */
  readonly unknown: () => Promise<Answer>;
  /** The answer to the user's token. */
  readonly given: () => Promise<Answer | undefined>;
  /** The answer to a right token that was signed here. */
  readonly signed: () => Promise<Answer | undefined>;
}

/** Sends a request once, when its answer is first needed, and keeps the answer. */
const once = <T>(ask: () => Promise<T>): (() => Promise<T>) => {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= ask();
    return answer;
  };
};

export const isSuccess = ({ status }: Answer): boolean => status >= 200 && status < 300;
export const isRefusal = ({ status }: Answer): boolean => status === 401 || status === 403;

/** Whether two answers are the same page, such as the one for paths that do not exist. */
export const isSamePage = (one: Answer, other: Answer): boolean =>
  one.status === other.status && one.body === other.body;

/** A request with a token in its Authorization header. */
export const withToken = (path: string, text: string, before = 'Bearer '): Question => ({
  path,
  headers: { authorization: before + text },
  token: { text, isInQuery: false },
});

/** A path that does not exist. */
export const inventPath = (before: string): string =>
  `${before}zepcli-doctor-${Math.floor(Math.random() * 1e9)}`;

type Known = Pick<ProbeContext, 'url' | 'mayCarryTokens' | 'token' | 'tokens' | 'claims'>;

export const createProbeContext = (client: Client, known: Known): ProbeContext => {
  const { url, mayCarryTokens, token, tokens } = known;
  const { ask, answers } = client;
  const path = url.pathname + url.search;
  const askWith = async (text: string | undefined): Promise<Answer | undefined> =>
    text === undefined || !mayCarryTokens ? undefined : ask(withToken(path, text));
  return {
    ...known,
    ask,
    answers,
    path,
    anonymous: once(() => ask({ path })),
    unknown: once(() => ask({ path: inventPath('/') })),
    given: once(() => askWith(token)),
    signed: once(() => askWith(tokens?.good())),
  };
};

/** The answer to a right token, if it differs from the answer without one. */
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
