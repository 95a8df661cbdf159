// An application that refuses what `zepcli revoke` has revoked, without a restart.
import { serve } from '@hono/node-server';
import { authGuard, createRevocationList } from '@zep-auth/server';
import { Hono } from 'hono';
import { openStorage } from './storage.mjs';

const revocations = createRevocationList({
  storage: await openStorage(process.env.ZEP_AUTH_STORE_URL),
  onUnavailable: ({ message }) => console.warn(message),
});

const app = new Hono();
app.use(authGuard({ env: process.env, publicPaths: ['/healthz'], revocations }));
app.get('/healthz', (c) => c.text('.'));
app.get('/me', (c) => c.json(c.var.auth?.claims));

const port = Number(process.env.PORT ?? 3000);
serve({ fetch: app.fetch, hostname: '127.0.0.1', port }, (info) => {
  console.log(`listening on http://127.0.0.1:${info.port}`);
});
