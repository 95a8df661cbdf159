// Requests of the doctor: one at a time, each with a limit of time and size. It follows no redirect, sends paths as they
// are, and trusts no certificate that is not trusted, whatever NODE_TLS_REJECT_UNAUTHORIZED says.
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { CliError } from '../../io/errors.ts';

/** One request. */
export interface Question {
  readonly method?: 'GET' | 'OPTIONS';
  /** Path and query, sent as they are. */
  readonly path: string;
  readonly headers?: { readonly [field: string]: string };
}

/** What came back. */
export interface Answer {
  /** 0 where the server broke off. */
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  /** Its beginning. */
  readonly body: string;
  /** How far the server's clock is ahead, by its Date. */
  readonly secondsAhead?: number;
}

/** The server cannot be asked. */
export class Unreachable extends Error {
  /** The code of Node or OpenSSL. */
  readonly code: string;
  constructor(error: unknown) {
    super('the server does not answer');
    const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
    this.code =
      [code, name].map(String).find((text) => /^[A-Z][A-Za-z_\d]*$/.test(text)) ?? 'Error';
  }
}

/** Asks one server. */
export interface Client {
  /**
   * @throws {Unreachable} when it has not answered at all, not to two questions in a row, or time is up
   * @throws {CliError} when the run is interrupted
   */
  readonly ask: (question: Question) => Promise<Answer>;
  /** All that it has answered. */
  readonly answers: readonly Answer[];
  readonly close: () => void;
}

export interface ClientOptions {
  readonly origin: string;
  /** Ends everything. */
  readonly signal: AbortSignal;
  /** Certificates to trust instead of the well-known ones, in PEM. */
  readonly ca?: string | undefined;
  /** How long one answer may take, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number | undefined;
  /** When nothing is asked any more, by `performance.now()`. */
  readonly deadlineMs?: number | undefined;
}

export const TIMEOUT_MS = 10_000;
const MAX_BODY_BYTES = 64 * 1024;

const readStart = async (response: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size >= MAX_BODY_BYTES) break;
  }
  return Buffer.concat(chunks).toString('latin1', 0, MAX_BODY_BYTES);
};

const toAnswer = async (response: IncomingMessage): Promise<Answer> => {
  const headers = new Map(
    Object.entries(response.headers).map(([name, value]) => [
      name,
      [value ?? ''].flat().join(', '),
    ]),
  );
  const time = Date.parse(headers.get('date') ?? '');
  return {
    status: response.statusCode ?? 0,
    headers,
    ...(!Number.isNaN(time) && { secondsAhead: (time - Date.now()) / 1000 }),
    body: await readStart(response),
  };
};

export const createClient = (options: ClientOptions): Client => {
  const { origin, signal, ca, timeoutMs = TIMEOUT_MS, deadlineMs = Infinity } = options;
  const isTls = origin.startsWith('https:');
  const settings = { keepAlive: true, maxSockets: 1 };
  const agent = isTls
    ? new HttpsAgent({ ...settings, rejectUnauthorized: true, ...(ca !== undefined && { ca }) })
    : new HttpAgent(settings);
  const { hostname, port } = new URL(origin);
  const answers: Answer[] = [];
  let failures = 0;

  const attempt = (question: Question): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const request = (isTls ? httpsRequest : httpRequest)({
        agent,
        hostname: hostname.replace(/^\[|\]$/g, ''),
        port: port || undefined,
        method: question.method ?? 'GET',
        path: question.path,
        headers: { 'user-agent': 'zepcli-doctor', ...question.headers },
        signal,
      });
      const limit = Math.max(0, Math.min(timeoutMs, deadlineMs - performance.now()));
      // A timer for the whole answer: a socket that drips is never idle.
      const timer = setTimeout(
        () => request.destroy(Object.assign(new Error(), { code: 'ETIMEDOUT' })),
        limit,
      );
      request.on('error', reject);
      request.on('response', (response) => void toAnswer(response).then(resolve, reject));
      request.on('close', () => clearTimeout(timer));
      request.end();
    });

  const assertWanted = (): void => {
    if (signal.aborted) throw new CliError('ERR_INTERRUPTED', 'interrupted');
  };

  const ask = async (question: Question): Promise<Answer> => {
    // Once more, because a kept connection may be closed just when it is used again; but a timeout is final.
    for (const isLast of [false, true]) {
      assertWanted();
      if (performance.now() >= deadlineMs) throw new Unreachable({ code: 'EDEADLINE' });
      try {
        const answer = await attempt(question);
        failures = 0;
        answers.push(answer);
        return answer;
      } catch (error) {
        assertWanted();
        const unreachable = new Unreachable(error);
        if (unreachable.code === 'ETIMEDOUT') throw unreachable;
        if (!isLast) continue;
        failures++;
        if (failures > 1 || answers.length === 0) throw unreachable;
      }
    }
    return { status: 0, headers: new Map(), body: '' };
  };

  return { ask, answers, close: () => agent.destroy() };
};
