// An API on Elysia. It does not start without a valid secret.
import { Elysia } from 'elysia';
import { guard } from './guard.ts';

export const app = new Elysia()
  .use(guard)
  .get('/healthz', '.')
  .get('/api/me', ({ auth }) => ({ sub: auth?.claims.sub ?? null }), { scopes: [] })
  .delete(
    '/api/things/:id',
    ({ auth, params }) => {
      console.log(`${auth?.claims.sub} deleted ${params.id}`);
      return new Response(null, { status: 204 });
    },
    { scopes: ['things:write'] },
  );
