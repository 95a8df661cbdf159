import { authGuard, requireScope } from '@zep-auth/server';
import { Hono } from 'hono';

const app = new Hono<{ Bindings: { ZEP_AUTH_SECRET: string } }>();
app.use(authGuard({ env: (c) => c.env }));
app.get('/me', (c) => c.json({ sub: c.var.auth?.claims.sub ?? null }));
app.delete('/things/:id', requireScope('things:delete'), (c) => c.body(null, 204));

export default app;
