// What a gate says while it runs, as text or as JSON. Never a query, a token or a secret: a long segment of a path may be
// one, so it is left out.
import { escapeControls, type Io, quote, toJson } from '../io/io.ts';
import type { ObservedRequest } from './observer.ts';

export interface Log {
  /** Whatever else is said goes through this, in the same form. */
  readonly io: Io;
  /**
   * One request that has been answered, or `ended` while its answer was open, and why: as text where it was refused,
   * failed or ended, as JSON each.
   */
  readonly request: (observed: ObservedRequest, ended?: string) => void;
}

let nowMs = 0;
let nowText = '';

/** The time as text, made once for each millisecond. */
const now = (): string => {
  const ms = Date.now();
  if (ms !== nowMs) nowText = new Date(ms).toISOString();
  nowMs = ms;
  return nowText;
};
const hide = (path: string): string => path.replace(/[^/]{17,}/g, '...');

/** A value that a client, a token or the API may have chosen, as one field of a line: it cannot begin another. */
const toField = (value: string): string => (/^[!#-<>-~]+$/.test(value) ? value : quote(value));

/**
 * Writes lines: at once, or all that a turn of the event loop has gathered together. To a pipe Node writes synchronously,
 * and a write for each refusal is a large part of what it costs.
 */
const createLineWriter = ({ stderr }: Io) => {
  let waiting = '';
  const flush = (): void => {
    if (waiting !== '') stderr.write(waiting);
    waiting = '';
  };
  const gather = (line: string): void => {
    if (waiting === '') setImmediate(flush);
    waiting += `${line}\n`;
  };
  const write = (line: string): void => {
    waiting += `${line}\n`;
    flush();
  };
  return { gather, write };
};

const createTextLog = (outside: Io, withSubject: boolean): Log => {
  const lines = createLineWriter(outside);
  const toLine = (message: string): string => `${now()} ${message}`;
  return {
    io: { ...outside, logTo: (message) => lines.write(toLine(message)) },
    request: (observed, ended) => {
      const { method, path, status, result, failure } = observed;
      const isOwnPage = path.startsWith('/_gate/');
      const isBad = result === undefined ? status >= 400 && !isOwnPage : result.code !== undefined;
      if (!isBad && failure === undefined && ended === undefined) return;
      const { id, client, traceId, durationMs } = observed; // the client is looked up only here
      const what =
        method === '' ? 'what is not a request' : `${toField(method)} ${toField(hide(path))}`;
      const { code = '', message = '', claim, keyId, tokenId, sub } = result ?? {};
      // The code alone does not say which algorithm, or what is wrong with the form.
      const words = /^ERR_TOKEN_(?:ALGORITHM|MALFORMED)$/.test(code) ? `, ${message};` : '';
      const why = failure ? `${failure.code}, ${failure.message};` : (ended ?? `${code}${words}`);
      const verb = failure ? 'failed' : ended ? 'ended' : 'refused';
      let line = `${verb} ${what}: ${why} status=${status}`;
      const add = (name: string, value: string | undefined): void => {
        if (value !== undefined) line += ` ${name}=${toField(value)}`;
      };
      add('claim', claim);
      add('client', client);
      add('id', id);
      add('ms', durationMs.toFixed(2));
      add('key', keyId);
      add('token', tokenId);
      if (withSubject) add('sub', sub);
      add('trace', traceId);
      lines.gather(toLine(escapeControls(line))); // the words of a failure may hold more lines
    },
  };
};

const createJsonLog = (outside: Io, withSubject: boolean): Log => {
  const lines = createLineWriter(outside);
  const toLine = (level: 'info' | 'warn', message: string, more: object = {}): string =>
    toJson({ time: now(), level, message, ...more });
  return {
    io: {
      ...outside,
      logTo: (message) => {
        const [, warning] = /^warning: (.*)$/s.exec(message) ?? [];
        lines.write(toLine(warning === undefined ? 'info' : 'warn', warning ?? message));
      },
    },
    request: (observed, ended) => {
      const { id, method, path, client, traceId, status, failure, result } = observed;
      const { outcome, code, message, claim, keyId, tokenId, sub, cached } = result ?? {};
      const line = toLine(failure ? 'warn' : 'info', ended ? 'ended' : 'request', {
        ...{ id, traceId, method, path: hide(path), client, status, outcome },
        code: failure?.code ?? ended ?? code,
        ...{ claim, reason: failure?.message ?? (ended ? undefined : message), keyId, tokenId },
        ...(withSubject && { sub }),
        ...{ cached, durationMs: Number(observed.durationMs.toFixed(3)) },
      });
      lines.gather(line);
    },
  };
};

export const createLog = (io: Io, isJson: boolean, withSubject: boolean): Log =>
  (isJson ? createJsonLog : createTextLog)(io, withSubject);
