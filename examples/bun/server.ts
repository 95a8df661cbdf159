// A guarded API on Bun. It does not start without a valid secret, and listens on loopback: put TLS in front of it.
import { loadAuthConfig } from '@zep-auth/core';
import { authGuard, type OptionalAuthVariables } from '@zep-auth/server';
import { Hono } from 'hono';

const readFile = (path: string) => Bun.file(path).bytes(); // for ZEP_AUTH_SECRET_FILE
const config = await loadAuthConfig(process.env, { readFile });

const app = new Hono<{ Variables: OptionalAuthVariables }>();
app.use(authGuard({ config, publicPaths: ['/healthz'], onWarning: console.warn }));
app.get('/healthz', (c) => c.text('.'));
app.get('/me', (c) => c.json(c.var.auth?.claims ?? {}));

export default { hostname: '127.0.0.1', port: process.env['PORT'] ?? 3000, fetch: app.fetch };
