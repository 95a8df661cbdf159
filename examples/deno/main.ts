// A guarded API on Deno and Deno Deploy. It reads each variable by name, because `Deno.env.toObject()` would need
// permission for the whole environment.
import { readAuthConfig } from '@zep-auth/core';
import { authGuard, type OptionalAuthVariables } from '@zep-auth/server';
import { Hono } from 'hono';

const SECRETS =
  'SECRET SECRET_FILE SECRET_PREVIOUS SECRET_PREVIOUS_FILE SECRET_ENCODING ALLOW_WEAK_SECRET';
const POLICY = 'ISSUER AUDIENCE CLOCK_TOLERANCE_SECONDS MAX_TOKEN_AGE_SECONDS REQUIRE_EXPIRY';
const names = `REQUIRED ${SECRETS} ${POLICY} REVOKED IGNORE_VARIABLES`
  .split(' ')
  .map((name) => `ZEP_AUTH_${name}`);
const config = readAuthConfig(Object.fromEntries(names.map((name) => [name, Deno.env.get(name)])));

const app = new Hono<{ Variables: OptionalAuthVariables }>();
app.use(authGuard({ config, publicPaths: ['/healthz'], onWarning: console.warn }));
app.get('/healthz', (c) => c.text('.'));
app.get('/me', (c) => c.json(c.var.auth?.claims ?? {}));

// Listens on DENO_SERVE_ADDRESS, which the task sets, or else on every interface, as Deno Deploy expects.
Deno.serve(app.fetch);
