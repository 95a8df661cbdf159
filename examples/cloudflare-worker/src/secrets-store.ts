// The same API with the secret in a Secrets Store, which several Workers can share. It keeps no promise across requests,
// because a Worker must not await work that another request started.
import { loadAuthConfig } from '@zep-auth/core';
import { authGuard, type OptionalAuthVariables } from '@zep-auth/server';
import type { MiddlewareHandler } from 'hono';
import { Hono } from 'hono/tiny';

type Bindings = { readonly ZEP_AUTH_SECRET: { get(): Promise<string> } };

const options = { publicPaths: ['/healthz'], onWarning: console.warn };
let guard: MiddlewareHandler | undefined;

const app = new Hono<{ Bindings: Bindings; Variables: OptionalAuthVariables }>();
app.use(async (c, next) => {
  guard ??= authGuard({ config: await loadAuthConfig(c.env), ...options });
  return guard(c, next);
});
app.get('/healthz', (c) => c.text('.'));
app.get('/me', (c) => c.json(c.var.auth?.claims ?? {}));

export default app;
