// An API without any framework, on Deno.serve. It does not start without a valid secret.
import { type Auth, createAuthenticator, toResponse } from '@zep-auth/server';
import { z } from 'zod';

const claimsSchema = z.object({ sub: z.string() }); // a token without a subject is refused
type Claims = z.output<typeof claimsSchema>;

const env = { ZEP_AUTH_SECRET: Deno.env.get('ZEP_AUTH_SECRET') }; // needs permission for this variable only
const { authenticate } = createAuthenticator({ env, claimsSchema });

const protect =
  (handler: (id: string, auth: Auth<Claims> | undefined) => Response, ...scopes: string[]) =>
  async (request: Request, id = ''): Promise<Response> => {
    const result = await authenticate(request, undefined, { scopes });
    return result.outcome === 'refused' ? toResponse(result) : handler(id, result.auth);
  };

const readMe = protect((_id, auth) => Response.json({ sub: auth?.claims.sub ?? null }));
const deleteThing = protect((id, auth) => {
  console.log(`${auth?.claims.sub} deleted ${id}`);
  return new Response(null, { status: 204 });
}, 'things:write');

const thing = new URLPattern({ pathname: '/api/things/:id' });

// Listens on DENO_SERVE_ADDRESS, or else on every interface.
Deno.serve((request) => {
  const { method, url } = request;
  const { pathname } = new URL(url);
  if (pathname === '/healthz') return new Response('.');
  const isRead = method === 'GET' || method === 'HEAD';
  if (pathname === '/api/me' && isRead) return readMe(request);
  const id = thing.exec(url)?.pathname.groups['id'];
  if (id !== undefined && method === 'DELETE') return deleteThing(request, id);
  return new Response('There is no such route.', { status: 404 });
});
