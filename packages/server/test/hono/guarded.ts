// An application behind a guard. It counts the runs of its handler, and records what the guard set.
import { Hono } from 'hono';
import { authGuard, type GuardOptions, type OptionalAuthVariables } from '../../src/index.ts';

export interface Guarded {
  readonly app: Hono<{ Variables: OptionalAuthVariables }>;
  /** How often the handler ran. */
  readonly runs: () => number;
  /** What `c.var.auth` was in each run. */
  readonly auths: readonly unknown[];
  /** Sends a GET, with an Authorization header if one is given. */
  readonly get: (authorization?: string, path?: string) => Promise<Response>;
  /** Sends any request. */
  readonly send: (request: Request) => Promise<Response>;
}

export const guarded = (options: GuardOptions): Guarded => {
  const auths: unknown[] = [];
  const app = new Hono<{ Variables: OptionalAuthVariables }>();
  app.use(authGuard(options));
  app.all('*', (c) => {
    auths.push(c.var.auth);
    return c.text('reached');
  });
  return {
    app,
    auths,
    runs: () => auths.length,
    get: async (authorization, path = '/things') =>
      app.request(
        `http://localhost${path}`,
        authorization === undefined ? {} : { headers: { authorization } },
      ),
    send: async (request) => app.request(request),
  };
};
