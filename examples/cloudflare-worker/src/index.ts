// A guarded API on Cloudflare Workers, with the secret in a Worker secret. While the secret is missing or invalid, every
// request gets 500.
import { authGuard, type OptionalAuthVariables } from '@zep-auth/server';
import { Hono } from 'hono/tiny';

type Bindings = { readonly ZEP_AUTH_SECRET: string };

const app = new Hono<{ Bindings: Bindings; Variables: OptionalAuthVariables }>();
app.use(authGuard({ env: (c) => c.env, publicPaths: ['/healthz'], onWarning: console.warn }));
app.get('/healthz', (c) => c.text('.'));
app.get('/me', (c) => c.json(c.var.auth?.claims ?? {}));

export default app;
