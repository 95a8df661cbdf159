// Requests of the doctor: one after the other, each with an end in time and size, none that changes anything.
// Never follows a redirect, repairs a path, or trusts a certificate that is not trusted.
import { Agent } from 'undici';
import { CliError } from '../../io/io.ts';

/** One request. */
export interface Question {
  readonly method?: 'GET' | 'HEAD' | 'OPTIONS';
  /** Path and query, sent as they are. */
  readonly path: string;
  readonly headers?: { readonly [field: string]: string };
  /** The token that is in it, wherever it stands, and where. */
  readonly token?: { readonly text: string; readonly isInQuery: boolean };
}

/** What came back. */
export interface Answer {
  /** 0 where there was no answer. */
  readonly status: number;
  /** Fields by lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  /** Its beginning. */
  readonly body: string;
  readonly question: Question;
  /** How far the server's clock is ahead, by its Date. */
  readonly secondsAhead?: number;
}

/** The server cannot be asked. */
export class Unreachable extends Error {
  /** Node's or OpenSSL's code. */
  readonly code: string;
  constructor(error: unknown) {
    super('the server does not answer');
    const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
    // Some have a code, some a number that means nothing, and all a name.
    this.code =
      [code, name].map(String).find((text) => /^[A-Z][A-Za-z_\d]*$/.test(text)) ?? 'Error';
  }
}

/** Asks one server. */
export interface Client {
  /**
   * @throws {Unreachable} when it has not answered at all, or not to two questions in a row
   * @throws {CliError} when the run is asked to end
   */
  readonly ask: (question: Question) => Promise<Answer>;
  /** All that it has answered. */
  readonly answers: readonly Answer[];
  readonly close: () => Promise<void>;
}

/** How to ask. */
export interface ClientOptions {
  readonly origin: string;
  /** Ends all. */
  readonly signal: AbortSignal;
  /** Certificates to trust, in PEM, in place of the well-known. */
  readonly ca?: string | undefined;
}

/** How long one answer may take. */
export const TIMEOUT_MS = 10_000;
const MAX_BODY_BYTES = 64 * 1024;

const readStart = async (body: AsyncIterable<Uint8Array>): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= MAX_BODY_BYTES) break;
  }
  return Buffer.concat(chunks).toString('latin1', 0, MAX_BODY_BYTES);
};

const compareClocks = (date: string | undefined): { readonly secondsAhead?: number } => {
  const time = Date.parse(date ?? '');
  return Number.isNaN(time) ? {} : { secondsAhead: (time - Date.now()) / 1000 };
};

export const createClient = ({ origin, signal, ca }: ClientOptions): Client => {
  const agent = new Agent({
    // In spite of NODE_TLS_REJECT_UNAUTHORIZED.
    connect: { rejectUnauthorized: true, timeout: TIMEOUT_MS, ...(ca !== undefined && { ca }) },
  });
  const answers: Answer[] = [];
  let failures = 0;

  const attempt = async (question: Question): Promise<Answer> => {
    const response = await agent.request({
      origin,
      path: question.path,
      method: question.method ?? 'GET',
      headers: { 'user-agent': 'zepcli-doctor', ...question.headers },
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    const headers = new Map(
      Object.entries(response.headers).map(([name, value]) => [
        name,
        [value ?? ''].flat().join(', '),
      ]),
    );
    const body = await readStart(response.body);
    return {
      status: response.statusCode,
      headers,
      body,
      question,
      ...compareClocks(headers.get('date')),
    };
  };

  const assertWanted = (): void => {
    if (signal.aborted) throw new CliError('it was asked to end before it was done');
  };

  const ask = async (question: Question): Promise<Answer> => {
    // Once more, since a connection may be closed just when it is used again.
    for (const isLast of [false, true]) {
      assertWanted();
      try {
        const answer = await attempt(question);
        failures = 0;
        answers.push(answer);
        return answer;
      } catch (error) {
        assertWanted();
        if (!isLast) continue;
        failures++;
        if (failures > 1 || answers.length === 0) throw new Unreachable(error);
      }
    }
    return { status: 0, headers: new Map(), body: '', question };
  };

  return { ask, answers, close: () => agent.destroy() };
};
