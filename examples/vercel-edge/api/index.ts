// A guarded API in a Vercel Function on the edge runtime. Without a valid secret the function does not load.
import { readAuthConfig } from '@zep-auth/core';
import { authGuard, type OptionalAuthVariables } from '@zep-auth/server';
import { Hono } from 'hono';

export const config = { runtime: 'edge' };

const app = new Hono<{ Variables: OptionalAuthVariables }>();
const options = { publicPaths: ['/healthz'], onWarning: console.warn };
app.use(authGuard({ config: readAuthConfig(process.env), ...options }));
app.get('/healthz', (c) => c.text('.'));
app.get('/me', (c) => c.json(c.var.auth?.claims ?? {}));

export default (request: Request) => app.fetch(request);
