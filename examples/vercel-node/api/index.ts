// A guarded API in a Vercel Function on Node. Without a valid secret the function does not load.
import { authGuard, requireScope } from '@zep-auth/server';
import { Hono } from 'hono';
import { z } from 'zod';

const claimsSchema = z.object({ sub: z.string() }); // a token without a subject is refused
const guard = authGuard({ env: process.env, claimsSchema });

const app = new Hono();
app.get('/healthz', (c) => c.text('.'));
app.get('/api/me', guard, (c) => c.json({ sub: c.var.auth.claims.sub }));
app.delete('/api/things/:id', guard, requireScope('things:write'), (c) => {
  console.log(`${c.var.auth.claims.sub} deleted ${c.req.param('id')}`);
  return c.body(null, 204);
});

export default { fetch: app.fetch };
