import { serve } from '@hono/node-server';
import { authGuard } from '@zep-auth/server';
import { Hono } from 'hono';

const app = new Hono();
app.use(authGuard({ env: process.env, publicPaths: ['/healthz'] }));
app.get('/healthz', (c) => c.text('ok'));
app.get('/me', (c) => c.json({ sub: c.var.auth?.claims.sub ?? null }));

const port = Number(process.env['PORT'] ?? 3000);
serve({ fetch: app.fetch, hostname: '127.0.0.1', port }, (info) => {
  console.log(`listening on http://127.0.0.1:${info.port}`);
});
