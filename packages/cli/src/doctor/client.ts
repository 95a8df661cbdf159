// The doctor's requests: each on its own connection, with a limit of time and size. Redirects are not followed, paths are
// sent as they are, and certificates are checked whatever NODE_TLS_REJECT_UNAUTHORIZED says.
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { CliError, causeOf, isCliError } from '../io/errors.ts';

export interface Question {
  readonly method?: 'GET' | 'OPTIONS';
  /** Path and query, sent as they are. */
  readonly path: string;
  readonly headers?: { readonly [field: string]: string };
}

export interface Answer {
  /** 0 where the server broke off. */
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Its beginning. */
  readonly body: string;
}

/** @throws {CliError} `ERR_NETWORK` when the server does not answer in time, or never has; `ERR_INTERRUPTED` after a signal */
export type Ask = (question: Question) => Promise<Answer>;

export interface AskOptions {
  readonly signal: AbortSignal;
  /** Certificates to trust instead of the well-known ones, in PEM. */
  readonly ca?: string | undefined;
  /** How long an answer may take, in milliseconds. */
  readonly timeoutMs: number;
  /** When the last answer has to be there, by `performance.now()`. */
  readonly deadlineMs: number;
}

/** The cause where the limit of all was reached, not that of one answer. */
export const OVER = 'the time of the probe is over';

const MAX_BODY_BYTES = 64 * 1024;

const toAnswer = async (response: IncomingMessage): Promise<Answer> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size >= MAX_BODY_BYTES) break;
  }
  const body = Buffer.concat(chunks).toString('latin1', 0, MAX_BODY_BYTES);
  return { status: response.statusCode ?? 0, headers: response.headers, body };
};

export const createAsk = (
  origin: string,
  { signal, ca, timeoutMs, deadlineMs }: AskOptions,
): Ask => {
  const send = origin.startsWith('https:') ? httpsRequest : httpRequest;
  const server = { agent: false, signal, rejectUnauthorized: true, ca } as const;
  let hasAnswered = false;
  return async ({ path, method = 'GET', headers }) => {
    const leftMs = Math.max(0, deadlineMs - performance.now());
    const late = leftMs < timeoutMs ? OVER : `no answer within ${timeoutMs / 1000} s`;
    const silence = new CliError('ERR_NETWORK', late);
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      if (leftMs === 0) throw silence;
      const answer = await new Promise<Answer>((resolve, reject) => {
        const all = { 'user-agent': 'zepcli-doctor', ...headers };
        const request = send(origin, { ...server, path, method, headers: all });
        const stop = (): void => {
          reject(silence);
          request.destroy();
        };
        timer = setTimeout(stop, Math.min(timeoutMs, leftMs)); // a socket that drips is never idle
        request.on('error', reject);
        request.on('response', (response) => void toAnswer(response).then(resolve, reject));
        request.end();
      });
      hasAnswered = true;
      return answer;
    } catch (error) {
      if (signal.aborted) throw new CliError('ERR_INTERRUPTED', 'interrupted');
      if (isCliError(error)) throw error;
      const cause = causeOf(error);
      if (!hasAnswered || !/ECONNRESET|EPIPE/.test(cause)) throw new CliError('ERR_NETWORK', cause);
      return { status: 0, headers: {}, body: '' };
    } finally {
      clearTimeout(timer);
    }
  };
};
