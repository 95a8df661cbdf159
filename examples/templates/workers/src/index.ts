import { authGuard } from '@zep-auth/server';
import { Hono } from 'hono';

const app = new Hono<{ Bindings: { readonly ZEP_AUTH_SECRET: string } }>();
app.use(authGuard({ env: (c) => c.env, publicPaths: ['/healthz'] }));
app.get('/healthz', (c) => c.text('ok'));
app.get('/me', (c) => c.json({ sub: c.var.auth?.claims.sub ?? null }));

export default app;
