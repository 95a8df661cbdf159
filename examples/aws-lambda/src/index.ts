// A guarded API on AWS Lambda, behind a function URL, API Gateway or a load balancer. Without a valid secret the
// function does not start.
import { readAuthConfig } from '@zep-auth/core';
import { authGuard, type OptionalAuthVariables } from '@zep-auth/server';
import { Hono } from 'hono';
import { handle } from 'hono/aws-lambda';

const config = readAuthConfig(process.env);

const app = new Hono<{ Variables: OptionalAuthVariables }>();
app.use(authGuard({ config, publicPaths: ['/healthz'], onWarning: console.warn }));
app.get('/healthz', (c) => c.text('.'));
app.get('/me', (c) => c.json(c.var.auth?.claims ?? {}));
app.put('/files', async (c) => c.json({ bytes: (await c.req.arrayBuffer()).byteLength }));

export const handler = handle(app);
