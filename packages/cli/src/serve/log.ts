// What a gate says while it runs, in words or as JSON.
// Never a query, a token or a secret: long path segments may be anything, a token too, so they stay out.
import type { GuardResult } from '@zep-auth/server';
import { type Io, log, toJson } from '../io/io.ts';

/** A request that is being answered, and at last has been. */
export interface Observed {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly client: string | undefined;
  readonly startMs: number;
  /** What the guard has decided; unset where it was not asked. */
  result?: GuardResult;
  status?: number;
  /** Until the headers of the answer were there. */
  durationMs: number;
}

export interface Log {
  /** Whatever else is said goes through this, in the same form. */
  readonly io: Io;
  /** One request that has been answered: in words where it was refused, as JSON each. */
  readonly request: (observed: Observed) => void;
  /** The API has not answered a request. */
  readonly failure: (observed: Observed, code: string, message: string) => void;
}

const hide = (path: string): string => path.replace(/[^/]{17,}/g, '...');

const createTextLog = (io: Io): Log => ({
  io,
  request: ({ method, path, result, status }) => {
    if (result?.outcome !== 'refused') return;
    const what = method === '' ? 'what is not a request' : `${method} ${hide(path)}`;
    log(io, `refused ${what}: ${method === '' ? status : result.code}`);
  },
  failure: ({ method, path }, code, message) =>
    log(io, `failed ${method} ${hide(path)}: ${code}, ${message}`),
});

const createJsonLog = (io: Io): Log => {
  const write = (level: 'info' | 'warn', message: string, more: object = {}): void => {
    const entry = { time: new Date().toISOString(), level, message, ...more };
    io.stderr.write(`${toJson(entry)}\n`);
  };
  const describe = ({ id, method, path, client }: Observed) => ({
    id,
    method,
    path: hide(path),
    client,
  });
  return {
    io: {
      ...io,
      logTo: (message) => {
        const [, warning] = /^warning: (.*)$/s.exec(message) ?? [];
        write(warning === undefined ? 'info' : 'warn', warning ?? message);
      },
    },
    request: (observed) => {
      const { outcome, code, keyId, tokenId, cached } = observed.result ?? {};
      const durationMs = Number(observed.durationMs.toFixed(3));
      const { status } = observed;
      const more = { status, outcome, code, keyId, tokenId, cached, durationMs };
      write('info', 'request', { ...describe(observed), ...more });
    },
    failure: (observed, code, message) => write('warn', message, { ...describe(observed), code }),
  };
};

export const createLog = (io: Io, isJson: boolean): Log =>
  isJson ? createJsonLog(io) : createTextLog(io);
