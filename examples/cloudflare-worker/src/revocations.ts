// The same API with revoked tokens in Workers KV, shared by all Workers with this namespace. Without KV, or without its
// binding, it fails closed with 503.
import { env } from 'cloudflare:workers';
import { authGuard, createRevocationList, type OptionalAuthVariables } from '@zep-auth/server';
import { Hono } from 'hono/tiny';

type Bindings = { readonly ZEP_AUTH_SECRET: string };
type Claims = { readonly jti?: unknown; readonly exp?: number };

// Created once per isolate: its cache saves a KV read for each request.
const revocations = createRevocationList({
  storage: {
    getItem: (key) => env.REVOCATIONS.get(key),
    // KV's shortest lifetime is a minute.
    setItem: (key, value, { ttl }) =>
      env.REVOCATIONS.put(key, value, ttl ? { expirationTtl: Math.max(60, ttl) } : {}),
    removeItem: (key) => env.REVOCATIONS.delete(key),
  },
  onUnavailable: ({ message }) => console.warn(message),
});

const app = new Hono<{ Bindings: Bindings; Variables: OptionalAuthVariables<Claims> }>();
app.use(
  authGuard({
    env: (c) => c.env,
    publicPaths: ['/healthz'],
    revocations,
    onWarning: console.warn,
  }),
);
app.get('/healthz', (c) => c.text('.'));
app.get('/me', (c) => c.json(c.var.auth?.claims ?? {}));
app.post('/logout', async (c) => {
  const { jti, exp } = c.var.auth?.claims ?? {};
  if (typeof jti !== 'string') return c.text('a token without an id does not end here', 409);
  await revocations.revoke({ jti, ...(exp !== undefined && { exp }) });
  return c.body(null, 204);
});

export default app;
