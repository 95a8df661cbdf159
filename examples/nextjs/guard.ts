// A Next.js handler behind the guard: a function from Request to Response, as the guard is.
// Never runs the handler for a request that the guard refuses.
import { type Auth, authGuard, type OptionalAuthVariables } from '@zep-auth/server';
import { Hono } from 'hono';

/** A handler as Next.js calls it, with whose request it is in between. */
type Handler<Context> = (
  request: Request,
  auth: Auth | undefined,
  context: Context,
) => Response | Promise<Response>;

// Read with the request and not at once: `next build` loads this file, and has no secret.
const guard = authGuard({ env: () => process.env, onWarning: console.warn });

export const protect = <Context>(handler: Handler<Context>) => {
  const app = new Hono<{ Variables: OptionalAuthVariables; Bindings: { context: Context } }>();
  app.use(guard);
  app.all('*', (c) => handler(c.req.raw, c.var.auth, c.env.context));
  app.onError((error) => {
    throw error; // what is no refusal is for Next.js to handle: redirect() and notFound() are errors, too
  });
  return async (request: Request, context: Context): Promise<Response> =>
    app.fetch(request, { context });
};
