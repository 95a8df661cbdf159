// Puts an endpoint behind the authenticator of @zep-auth/server.
import { type Auth, createAuthenticator, toResponse } from '@zep-auth/server';
import type { APIContext, APIRoute } from 'astro';
import { z } from 'zod';

const claimsSchema = z.object({ sub: z.string() }); // a token without a subject is refused
type Claims = z.output<typeof claimsSchema>;

// A function, so that the environment is read with a request: the build loads this file, and has no secret.
const { authenticate } = createAuthenticator({ env: () => process.env, claimsSchema });

export const protect =
  (
    handler: (context: APIContext, auth: Auth<Claims> | undefined) => Response | Promise<Response>,
    ...scopes: string[]
  ): APIRoute =>
  async (context) => {
    const result = await authenticate(context.request, undefined, { scopes });
    return result.outcome === 'refused' ? toResponse(result) : handler(context, result.auth);
  };
