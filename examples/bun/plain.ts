// An API without any framework, on Bun.serve. It does not start without a valid secret, and listens on loopback.
import { type Auth, createAuthenticator, toResponse } from '@zep-auth/server';
import { z } from 'zod';

const claimsSchema = z.object({ sub: z.string() }); // a token without a subject is refused
type Claims = z.output<typeof claimsSchema>;

const { authenticate } = createAuthenticator({ env: process.env, claimsSchema });

const protect =
  <R extends Request>(
    handler: (request: R, auth: Auth<Claims> | undefined) => Response | Promise<Response>,
    ...scopes: string[]
  ) =>
  async (request: R): Promise<Response> => {
    const result = await authenticate(request, undefined, { scopes });
    return result.outcome === 'refused' ? toResponse(result) : handler(request, result.auth);
  };

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: process.env['PORT'] ?? 3000,
  routes: {
    '/healthz': new Response('.'),
    '/api/me': {
      GET: protect((_request, auth) => Response.json({ sub: auth?.claims.sub ?? null })),
    },
    '/api/things/:id': {
      DELETE: protect((request: Bun.BunRequest<'/api/things/:id'>, auth) => {
        console.log(`${auth?.claims.sub} deleted ${request.params.id}`);
        return new Response(null, { status: 204 });
      }, 'things:write'),
    },
  },
  fetch: () => new Response('There is no such route.', { status: 404 }),
});
console.log(`listening on ${server.url}`);
