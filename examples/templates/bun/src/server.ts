import { authGuard } from '@zep-auth/server';
import { Hono } from 'hono';

const app = new Hono();
app.use(authGuard({ env: process.env, publicPaths: ['/healthz'] }));
app.get('/healthz', (c) => c.text('ok'));
app.get('/me', (c) => c.json({ sub: c.var.auth?.claims.sub ?? null }));

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: process.env['PORT'] ?? 3000,
  fetch: app.fetch,
});
console.log(`listening on http://127.0.0.1:${server.port}`);
