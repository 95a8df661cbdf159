// One API for many tenants: each host has its own variables, and so its own secret and policy.
import { authGuard } from '@zep-auth/server';
import { Hono } from 'hono';

/** A tenant's variables, as the guard reads them: `ZEP_AUTH_SECRET`, `ZEP_AUTH_SECRET_PREVIOUS`, `ZEP_AUTH_ISSUER` … */
export type TenantEnv = Readonly<Record<`ZEP_AUTH_${string}`, string>>;

/** Finds the variables of a tenant: in a database or a secrets manager. It is asked for each request, so let it cache. */
export type FindTenant = (host: string) => Promise<TenantEnv | undefined>;

export const createApp = (findTenant: FindTenant) => {
  const app = new Hono<{ Variables: { tenant: TenantEnv } }>();
  app.use(async (c, next) => {
    const tenant = await findTenant(new URL(c.req.url).hostname);
    if (tenant === undefined) return c.notFound(); // without variables the guard would answer 500
    c.set('tenant', tenant);
    return next();
  });
  app.use(
    authGuard({
      env: (c) => c.get('tenant'),
      maxEnvironments: 5000, // tenants whose verifiers are kept
      cacheSize: 50, // tokens that are cached for each of them
    }),
  );
  return app.get('/me', (c) => c.json({ sub: c.var.auth?.claims.sub ?? null }));
};
